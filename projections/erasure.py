"""What an erasure takes from the state: the paths that the event had set, listed before its payload is destroyed."""

from dataclasses import replace
from typing import Any

from domain.dates import iso
from domain.envelope import Submission
from domain.errors import UnknownDeal
from domain.events.record import RecordErased
from domain.state import without_counters
from ledger import codec
from projections.questions import Question
from projections.reader import Reader
from projections.replay import changes

MOST_PATHS = 500
"""Paths in one erasure; an event that set more is listed by the things it set."""

BOOKKEEPING = ("because", "history")


def with_touched(reader: Reader, submission: Submission) -> Submission:
    """An erasure as it is recorded: with the state paths that its event had set, unless it names them itself.

    Sent again, it is the same again. Any other submission is handed back as it is.
    """
    erasure = submission.payload.data
    if not isinstance(erasure, RecordErased) or "touched" in submission.sent.get("data", {}):
        return submission
    known = reader.ledger.event(submission.id)
    if known is not None and known.type == codec.ERASING and known.payload is not None:
        before = codec.submission_of(known)
        paths = list(getattr(before.payload.data, "touched", ())) if "touched" in before.sent["data"] else None
    else:
        paths = touched(reader, submission.deal_id, erasure.event_id)
    if paths is None:
        return submission
    sent = {**submission.sent, "data": {**submission.sent["data"], "touched": paths}}
    data = replace(erasure, touched=tuple(paths))
    return replace(submission, sent=sent, payload=replace(submission.payload, data=data))


def touched(reader: Reader, deal_id: str, event_id: str) -> list[str]:
    """The paths of the present state that were set when this event was recorded; none where there is no such event."""
    event = reader.ledger.event(event_id)
    if event is None or event.deal_id != deal_id or event.payload is None:
        return []
    try:
        now = iso(reader.now())
        states = [
            reader.found(deal_id, Question(valid_at=now, known_version=version))[0].sections
            for version in (event.version - 1, event.version)
        ]
    except UnknownDeal:
        return []
    before, after = (without_counters(dict(each)) for each in states)
    found = [each["path"] for each in changes.between(before, after) if not _is_bookkeeping(each)]
    paths = list(dict.fromkeys(found))
    return paths if len(paths) <= MOST_PATHS else sorted({"/".join(path.split("/")[:3]) for path in paths})[:MOST_PATHS]


def _is_bookkeeping(change: dict[str, Any]) -> bool:
    return any(part in BOOKKEEPING or part.endswith("_because") for part in change["path"].split("/"))
