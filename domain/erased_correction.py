"""Corrections that were erased: the event that they were about stands, but for what they had changed in it."""

from dataclasses import dataclass

from domain.erasure import Erased
from domain.event import Event
from domain.events.record import RecordCorrected


@dataclass(frozen=True, kw_only=True)
class ErasedCorrection(RecordCorrected):
    """What is left of a correction that was erased: which event it was about, and the places that it had changed."""

    paths: tuple[str, ...] = ()
    because: tuple[str, ...] = ()


def touched_by(event: Event, correction: ErasedCorrection) -> Erased:
    """An event whose correction was erased: what it set still stands, but for what the correction had changed."""
    if isinstance(event, Erased):
        paths = tuple(dict.fromkeys((*event.paths, *correction.paths)))
        return Erased(original=event.original, paths=paths, because=(*event.because, *correction.because))
    return Erased(original=event, paths=correction.paths, because=correction.because)
