"""What is odd in a record: it stays as it was told, and is listed with the rule that says why it is odd."""

from collections.abc import Iterator
from dataclasses import dataclass

from domain.entities.base import Entity
from domain.entities.deadline import Deadline
from domain.entities.deal import DealEntity
from domain.rulebook import register_rule
from domain.rules.conflict import extension_faults
from domain.sections.context import Entry
from domain.sections.derivation import Derivation
from domain.sections.section import section

GROUP = "anomalies"

STUB = register_rule(
    "stub",
    GROUP,
    "An entity is first heard of by an event that acts on it, and none that makes it is on record. It appears with "
    "nulls.",
    "An injunction is granted in a case whose filing was never recorded (Marland v. Trump, 30 Oct 2020).",
)
RETROACTIVE = register_rule(
    "retroactive",
    GROUP,
    "An event takes effect before the day on which it occurred. It counts from its effective day.",
    "A regulation of 10 September that applies from 1 September.",
)
AFTER_THE_END = register_rule(
    "after-the-end",
    GROUP,
    "An event counts from a moment after the deal was closed or terminated. It is folded all the same.",
    "A bid is revised a week after closing.",
)
AFTER_LAPSE = register_rule(
    "extension-after-lapse",
    GROUP,
    "An extension came after the day that was due until then, or after the deadline was said to have lapsed. Its "
    "date is shown.",
    "TikTok: 15 days more, made public on 13 Nov 2020; the date had been the 12th.",
)
OVER_CAP = register_rule(
    "extension-over-cap",
    GROUP,
    "An extension goes beyond the latest day, or the number of times, that the instrument allows. Its date is shown.",
    "A third extension of a statute that allows one.",
)
WITHOUT_POWER = register_rule(
    "extension-without-power",
    GROUP,
    "An extension was granted by someone other than whom the instrument names; that binds also whoever set the "
    "deadline. Its date is shown.",
    "Commerce extends a deadline that only CFIUS may extend.",
)
ENDED_ALREADY = register_rule(
    "extension-after-end",
    GROUP,
    "A deadline that was met or withdrawn was extended. It keeps its status.",
    "More time for a filing that had been made.",
)
MET_LATE = register_rule(
    "met-after-due",
    GROUP,
    "A deadline was met after the day on which it was due. It counts as met.",
    "Closing on 25 January of what was to close by the 22nd.",
)
LAPSED_EARLY = register_rule(
    "lapsed-before-due",
    GROUP,
    "A deadline is said to have lapsed before the day on which it was due. It counts as lapsed.",
    "A lapse on 3 December of what was due on the 4th.",
)
RESUMED_RUNNING = register_rule(
    "resumed-while-running",
    GROUP,
    "A clock is said to run again that nobody stopped. A day that is named stands.",
    "The CMA resumes a review whose pause was not recorded.",
)
TWO_ENDS = register_rule(
    "two-ends",
    GROUP,
    "The deal was both closed and terminated. The first to happen stands.",
    "A termination that was recorded after closing.",
)


@dataclass(frozen=True, slots=True)
class Anomaly:
    event_id: str
    rule: str
    why: str


@section(noun="anomaly", columns=("event_id", "rule", "why"))
def anomalies(derivation: Derivation) -> list[Entry]:
    """What is out of the ordinary in the record: event, rule, why; each once."""
    found: dict[tuple[str, str], Anomaly] = {}
    for anomaly in _all(derivation):
        found.setdefault((anomaly.event_id, anomaly.rule), anomaly)
    ordered = sorted(found.values(), key=lambda each: (each.event_id, each.rule))
    return [
        {"event_id": each.event_id, "rule": each.rule, "why": each.why, "because": [each.event_id]} for each in ordered
    ]


def _all(derivation: Derivation) -> Iterator[Anomaly]:
    ended = derivation.context.ended_at
    for (_kind, _id), entity in sorted(derivation.context.deal.entities.items()):
        if not entity.created and not isinstance(entity, DealEntity) and entity.origin.because:
            name = entity.KIND.replace("_", " ")
            yield Anomaly(
                entity.origin.because[0],
                STUB,
                f"{name} {entity.id} is first heard of here; no event on record makes it.",
            )
        for event_id, rule_id in entity.origin.anomalies:
            yield Anomaly(event_id, rule_id, f"{event_id} takes effect before it occurred.")
        if ended is not None and entity.origin.keys and entity.origin.keys[-1][0] > ended:
            yield from _after(entity, ended)
    for found in derivation.deadlines.all.values():
        yield from _of_deadline(derivation, found.deadline)
    deal_entity = derivation.context.deal_entity
    if deal_entity.closed is not None and deal_entity.terminated is not None:
        later = max(deal_entity.closed, deal_entity.terminated, key=lambda mark: mark.key)
        yield Anomaly(later.id, TWO_ENDS, "The deal had ended before.")


def _after(entity: Entity, ended: int) -> Iterator[Anomaly]:
    for event_id, key in zip(entity.origin.because, entity.origin.keys, strict=True):
        if key[0] > ended:
            yield Anomaly(event_id, AFTER_THE_END, f"{event_id} counts from after the end of the deal.")


def _of_deadline(derivation: Derivation, deadline: Deadline) -> Iterator[Anomaly]:
    found = derivation.deadlines.all[deadline.id]
    for index, move in enumerate(found.moves):
        if move.shift.toll is not None:
            continue
        for rule_id, fault in extension_faults(derivation, found, index):
            yield Anomaly(move.shift.id, rule_id, f"The extension of {deadline.id} {fault}.")
        if move.shift.after in ("met", "withdrawn"):
            yield Anomaly(move.shift.id, ENDED_ALREADY, f"{deadline.id} was {move.shift.after} before it was extended.")
        if move.shift.resumed:
            yield Anomaly(move.shift.id, RESUMED_RUNNING, f"The clock of {deadline.id} was not stopped.")
    outcome = deadline.outcome
    due = found.due_at(outcome.key[0]) if outcome is not None else None
    if outcome is None or due is None:
        return
    if outcome.value == "met" and outcome.key[0] > due.closes:
        yield Anomaly(outcome.id, MET_LATE, f"{deadline.id} was due {due.text}.")
    if outcome.value == "lapsed" and derivation.deadlines.day_of(found, outcome.key[0]) < due.day:
        yield Anomaly(outcome.id, LAPSED_EARLY, f"{deadline.id} is due {due.text} only.")
