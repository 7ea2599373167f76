"""Requests to the ledger, receipts, and rows of events."""

from dataclasses import dataclass
from typing import NamedTuple

from domain.envelope import Submission
from domain.errors import ParleyError, Problem
from domain.time.instants import Moment


@dataclass(frozen=True, slots=True)
class Request:
    """Events to be recorded atomically."""

    submissions: tuple[Submission, ...]

    by: str
    """The principal who records: becomes `recorded_by`."""

    expected_version: int | None = None
    """If-Match: the version that the deal (of the first submission) must have."""

    must_be_new: bool = False
    """If-None-Match: *: the deal must have no event yet."""

    lenient: bool = False
    """Unknown references become warnings."""

    dry_run: bool = False
    """Validate without recording."""

    key: str | None = None
    """The Idempotency-Key: it identifies these events."""

    array: bool | None = None
    """Whether pointers start with the index of the submission; None: where there are several."""


class Appended(NamedTuple):
    """The place of one event in the log."""

    id: str
    type: str
    deal_id: str
    version: int
    position: int
    recorded_at: Moment
    leaf_hash: str


@dataclass(slots=True, unsafe_hash=True)
class Receipt:
    """The receipt of a recorded or duplicate request. Not changed, and not frozen: that takes three times as long."""

    events: tuple[Appended, ...]
    """One for each submission, in its order."""

    version: int
    """Of the deal, after the last of these events."""

    position: int
    """Of the log, after the last of these events."""

    warnings: tuple[Problem, ...] = ()

    replayed: bool = False
    """True when every event had been recorded before: this is the first receipt again."""


@dataclass(frozen=True, slots=True)
class Imported:
    """The result of an import."""

    recorded: int
    """Events recorded now; in a dry run, those that would be."""

    repeated: int
    """Events that had been recorded before, or appear twice in the import: nothing was done for them."""

    refused: tuple[tuple[int, ParleyError], ...] = ()
    """Index and reason of each submission that was not recorded."""

    warnings: tuple[tuple[int, Problem], ...] = ()
    """Index and reason of each reference that the record does not hold."""

    position: int = 0
    """Position in the log of the last event of the import that is recorded; 0 where none is."""

    deals: tuple[str, ...] = ()
    """The deals that gained events."""


class Recorded(NamedTuple):
    """One row of the record."""

    position: int
    deal_id: str
    version: int
    id: str
    type: str
    recorded_at: Moment
    recorded_by: str
    leaf: bytes
    leaf_hash: bytes
    payload: bytes | None
    """None when it was erased; then `salt` is None too."""
    salt: bytes | None


class LogHead(NamedTuple):
    """The end of a log. An empty one is (0, 0)."""

    position: int
    recorded_at: Moment


class DealHead(NamedTuple):
    """The end of a deal's record."""

    deal_id: str
    version: int
    position: int
    recorded_at: Moment
    leaf_hash: bytes
