"""Remains of erased events, stored in their erasures: the paths of the state that they had set, and the few
fields by which an event still acts (which event a voiding is about, the zone of a deal's days)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson

from domain.envelope import Payload, RecordedEvent, Submission
from domain.erased_correction import ErasedCorrection
from domain.erased_event import Erased
from domain.event import REGISTRY, Event
from domain.events.record import RecordCorrected
from ledger.encoding import event_codec
from ledger.models import Recorded

KEPT = "kept"
"""Member of an erasure's data, filled in by the ledger alone: fields of the erased event that outlive it."""

REPORTED = "reported"
"""Among them: that the event was a report and no fact."""


@dataclass(frozen=True, slots=True)
class Erasure:
    """The remains of one erased event."""

    id: str
    paths: tuple[str, ...]
    kept: Mapping[str, Any]


def erasures(rows: Iterable[Recorded]) -> dict[str, Erasure]:
    """Erased event -> its erasure, of these rows. The first one counts."""
    found: dict[str, Erasure] = {}
    for row in rows:
        target = event_codec.erased_by(row)
        if target is not None and row.payload is not None:
            data = orjson.loads(row.payload)["data"]
            paths = [path for path in data.get("touched") or () if isinstance(path, str) and path.startswith("/")]
            kept = data.get(KEPT)
            found.setdefault(target, Erasure(row.id, tuple(paths), kept if isinstance(kept, dict) else {}))
    return found


def lines(rows: Sequence[Recorded]) -> list[RecordedEvent]:
    """The events of the rows of one deal; erased ones with what is left of them."""
    return list(decoded(rows))


def decoded(rows: Sequence[Recorded]) -> Iterator[RecordedEvent]:
    """The same, one by one."""
    found = erasures(rows)
    return (resolved(event_codec.line(row), found) for row in rows)


def resolved(line: RecordedEvent, found: Mapping[str, Erasure]) -> RecordedEvent:
    """A line; of an erased one, with what is left of it."""
    if line.id not in found:
        return line
    return replace(line, payload=remaining_payload(line.type, line.id, found[line.id]), erased=True)


def submissions(rows: Sequence[Recorded]) -> list[Submission]:
    """The events of these rows as they were sent; erased ones with what is left of them."""
    found = erasures(rows)
    return [
        replace(sent, payload=remaining_payload(sent.type, sent.id, found[sent.id]))
        if row.payload is None and row.id in found
        else sent
        for row, sent in ((row, event_codec.submission_of(row)) for row in rows)
    ]


def remaining_payload(type_name: str, event_id: str, erasure: Erasure) -> Payload:
    """The remains of an erased event."""
    because = (event_id, erasure.id)
    known = _known(REGISTRY.get(type_name, Event), erasure.kept)
    data: Event
    if isinstance(known, RecordCorrected):
        data = ErasedCorrection(
            event_id=known.event_id, changes={}, cause=known.cause, paths=erasure.paths, because=because
        )
    elif known is not None and known.ABOUT is None:
        data = known
    else:
        data = Erased(original=known, paths=erasure.paths, because=because)
    return Payload(data=data, attribution="unattributed" if erasure.kept.get(REPORTED) is True else None)


def _known(cls: type[Event], kept: Mapping[str, Any]) -> Event | None:
    """The event by the fields that outlive its erasure; None where none of its type do, or they were not kept."""
    if cls.OUTLIVES is None or any(name not in kept for name in cls.OUTLIVES):
        return None
    return event_codec.decode_leniently(cls, {"data": {name: kept[name] for name in cls.OUTLIVES}}).data
