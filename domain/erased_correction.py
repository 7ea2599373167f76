"""Corrections that were erased: the corrected event remains, except for the fields that they had changed."""

from dataclasses import dataclass

from domain.erased_event import Erased
from domain.event import Event
from domain.events.record import RecordCorrected


@dataclass(frozen=True, kw_only=True)
class ErasedCorrection(RecordCorrected):
    """What is left of a correction that was erased: which event it was about, and the places that it had changed."""

    paths: tuple[str, ...] = ()
    because: tuple[str, ...] = ()


def touched_by(event: Event, correction: ErasedCorrection) -> Erased:
    """An event whose correction was erased: what it set remains, except the fields that the correction changed."""
    if isinstance(event, Erased):
        paths = tuple(dict.fromkeys((*event.paths, *correction.paths)))
        return Erased(original=event.original, paths=paths, because=(*event.because, *correction.because))
    return Erased(original=event, paths=correction.paths, because=correction.because)
