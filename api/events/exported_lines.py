"""Exported lines read back for an import: members that the log added, erased events, the trailer.

`GET /v1/events` writes each event as it was sent, with the members that the log added to it. Another log gives its own
values for those, so they are left out; a line written by hand that holds some of them is refused as before.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any

from api.events import decoding
from domain.envelope import LEAF_MEMBERS, LEDGER_MEMBERS, Submission
from domain.errors import Problem
from domain.event import REGISTRY
from domain.validation import identifiers
from ledger.encoding.event_codec import ERASED
from projections.replay.erased_paths import with_data

ADDED = frozenset({*LEDGER_MEMBERS, "seal", "voided_by", "corrected_by", "erased", "layer", "text"})
"""Members that a response adds to an event as it was sent."""

MARK = "leaf_hash"
"""The member that distinguishes an exported event from one written by hand."""

TRAILER = frozenset({"count", "position", "digest"})


def read_line(raw: Any, deal_id: str | None, new_id: decoding.NewId) -> Submission | list[Problem]:
    """The event of a line, written by hand or exported; or all its faults."""
    if not isinstance(raw, dict) or MARK not in raw:
        return decoding.read_event(raw, deal_id, new_id)
    sent = {name: value for name, value in raw.items() if name not in ADDED}
    if raw.get("erased") is True and sent.get("data") is None:
        return _erased(sent, deal_id, new_id)
    return _completed(sent, deal_id, new_id)


def _completed(sent: Mapping[str, Any], deal_id: str | None, new_id: decoding.NewId) -> Submission | list[Problem]:
    """An event whose data contains members that the ledger of the exporting log filled in."""
    cls, data = REGISTRY.get(str(sent.get("type"))), sent.get("data")
    if cls is None or not isinstance(data, dict):
        return decoding.read_event(sent, deal_id, new_id)
    given = {name: value for name, value in data.items() if name in cls.OF_THE_LEDGER}
    rest = {name: value for name, value in data.items() if name not in given}
    made = decoding.read_event({**sent, "data": rest}, deal_id, new_id)
    return made if isinstance(made, list) or not given else with_data(made, given)


def _erased(sent: Mapping[str, Any], deal_id: str | None, new_id: decoding.NewId) -> Submission | list[Problem]:
    """An event whose payload was erased: its leaf members are read with the example of its type as data."""
    if sent.get("type") not in REGISTRY:
        return decoding.read_event(sent, deal_id, new_id)
    leaf = {name: value for name, value in sent.items() if name in LEAF_MEMBERS}
    made = decoding.decoded({**leaf, "data": dict(REGISTRY[sent["type"]].EXAMPLE)}, deal_id, new_id)
    if not isinstance(made, Submission):
        return made
    return list(identifiers(made)) or replace(made, payload=ERASED, sent={})


def is_trailer(raw: Any) -> bool:
    """Whether a line is the trailer of an export."""
    return isinstance(raw, dict) and raw.keys() == TRAILER


@dataclass(slots=True)
class Trailers:
    """Compares each trailer with the lines before it. A file may contain several exports."""

    count: int = 0
    """Lines since the last trailer."""
    seen: int = 0
    """Trailers so far."""
    _digest: Any = field(default_factory=sha256)

    def note(self, line: bytes, *, blank: bool = False) -> None:
        """A line that is no trailer."""
        self._digest.update(line)
        self.count += not blank

    def check(self, raw: Mapping[str, Any]) -> tuple[Problem | None, Problem | None]:
        """An error if lines are missing or surplus, a warning if they differ from those exported."""
        count, digest = self.count, self._digest.hexdigest()
        self.count, self._digest, self.seen = 0, sha256(), self.seen + 1
        if raw["count"] != count:
            told = (
                f"The trailer says that {raw['count']!r} events come before it, and there are {count}: "
                "export the log again, or leave the trailer out to import the lines that are here."
            )
            return Problem("/count", "trailer-mismatch", told), None
        if raw["digest"] != digest:
            told = "The lines before this trailer are not byte for byte those that were exported."
            return None, Problem("/digest", "trailer-mismatch", told)
        return None, None
