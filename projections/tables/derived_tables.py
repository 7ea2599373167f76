"""The tables of deals, their deadlines and their conditions, and what the rows of each are derived from."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from domain.entities.agreement import Agreement
from domain.entities.approval import Approval
from domain.entities.base import Entity
from domain.entities.bid import Bid
from domain.entities.deadline import Deadline
from domain.entities.deal import DealEntity
from domain.entities.deal_calendar import DealCalendar
from domain.entities.identity import Identity
from domain.entities.litigation import Case
from domain.entities.order import Order
from domain.entities.party import Party
from domain.entities.variant import Variant
from domain.envelope import RecordedEvent
from domain.erased_correction import ErasedCorrection
from domain.erased_event import Erased
from domain.state import State
from domain.state_paths import tokens_of
from projections.row_authentication import SignedTable
from projections.tables import deadlines
from projections.tables.deadlines import DeadlineRow
from projections.tables.stored_rows import TimelineTable
from projections.tables.subjects import ONE, Subject
from projections.tables.summaries import CONDITION_SECTIONS, deal_columns, listed_blockers, outstanding_conditions
from projections.tables.timelines import Key

DEAL_TABLE = TimelineTable(
    "deals",
    (),
    (
        "title", "title_order", "kind", "subject", "jurisdictions", "tz", "status", "phase", "parties", "opened",
        "words", "names", "named", "erased_next",
    ),
)  # fmt: skip
DEADLINE_TABLE = TimelineTable("deadlines", ("deadline_id",), DeadlineRow._fields[2:], last_by_hash=True)
CONDITION_TABLE = TimelineTable("conditions", (), ("outstanding",))
COVERAGE = SignedTable(
    "covered_deals",
    ("deal_id", "version", "position", "recorded_at", "tz", "unreadable", "retried_at", "change"),
)

NEXT_DEADLINE = "next_deadline"
DEADLINE_KINDS = (Order, Case, Approval, DealCalendar)
"""The kinds of entities that bear on a deadline."""

Values = Mapping[Key, tuple[Any, ...]]
"""Subject -> the values of its row."""


def _kinds(*kinds: type[Entity]) -> frozenset[str]:
    """These kinds, and those on which every section depends: the deal itself, and ids that are merged."""
    return frozenset({DealEntity.KIND, Identity.KIND, *(kind.KIND for kind in kinds)})


@dataclass(frozen=True, slots=True)
class Part:
    """A table, and what its rows are derived from."""

    table: TimelineTable
    subject: Subject
    values: Callable[[str, State], Values]
    with_deadlines: Subject | None = None
    """The subject in its place where an erasure bears on deadlines: which of them hides the next depends on all."""

    def subject_in(self, lines: Iterable[RecordedEvent]) -> Subject:
        """What its rows are derived from in a deal of these events."""
        wider = self.with_deadlines
        return wider if wider is not None and any(map(_hides_deadlines, lines)) else self.subject


def _hides_deadlines(line: RecordedEvent) -> bool:
    """Whether an event was erased that had set what deadlines say, or which of them comes next."""
    paths = line.event.paths if isinstance(line.event, Erased | ErasedCorrection) else ()
    return any(tokens_of(path)[0] in (Deadline.SECTION, NEXT_DEADLINE) for path in paths)


def _deal_values(deal_id: str, found: State) -> Values:
    return {ONE: values_of(DEAL_TABLE, deal_columns(deal_id, found.sections))}


def _deadline_values(deal_id: str, found: State) -> Values:
    rows = deadlines.derive_rows(deal_id, found)
    return {(row.deadline_id,): values_of(DEADLINE_TABLE, row._asdict()) for row in rows}


def _condition_values(_deal_id: str, found: State) -> Values:
    outstanding = outstanding_conditions(found.sections)
    return {ONE: (outstanding,)} if outstanding else {}


def values_of(table: TimelineTable, columns: Mapping[str, Any]) -> tuple[Any, ...]:
    """The values of a row of a table, by the names of its columns."""
    values = (columns[name] for name in table.values)
    return tuple(tuple(each) if isinstance(each, list) else each for each in values)


DEAL_SECTIONS = ("deal", "status", "phase", "parties")

PARTS = (
    Part(
        DEAL_TABLE,
        Subject(_kinds(Bid, Agreement, Party), DEAL_SECTIONS),
        _deal_values,
        with_deadlines=Subject(
            _kinds(Bid, Agreement, Party, Deadline, *DEADLINE_KINDS),
            (*DEAL_SECTIONS, Deadline.SECTION, NEXT_DEADLINE),
        ),
    ),
    Part(
        DEADLINE_TABLE,
        Subject(
            _kinds(),
            ("deal", "parties", "merged", Deadline.SECTION, NEXT_DEADLINE),
            named=("set_by", "obligor", "order_id"),
            own=Deadline.KIND,
            related=frozenset(kind.KIND for kind in DEADLINE_KINDS),
        ),
        _deadline_values,
    ),
    Part(
        CONDITION_TABLE,
        Subject(_kinds(Approval, Order, Case, Party, Variant), CONDITION_SECTIONS, listed=listed_blockers),
        _condition_values,
    ),
)
