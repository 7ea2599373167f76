"""Anomalies of a record: unusual events, which take effect as recorded, each with the rule that lists it."""

from collections.abc import Iterator
from dataclasses import dataclass

from domain.entities.agreement import Agreement
from domain.entities.approval import Approval
from domain.entities.base import Entity
from domain.entities.bid import Bid
from domain.entities.deadline import Deadline, Instrument
from domain.entities.deal import DealEntity
from domain.events.record import RecordCorrected, RecordReinstated, RecordVoided
from domain.rulebook import register_rule
from domain.rules.conflict import extension_faults
from domain.sections.context import Context, Entry, owed
from domain.sections.derivation import Derivation
from domain.sections.section import section
from domain.sections.wording import Group, Wording, sentence_member
from domain.time.edtf import When

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
    about=("/effective",),
)
EARLY_PUBLICATION = register_rule(
    "published-before-occurred",
    GROUP,
    "An event is recorded as published certainly before it occurred. It takes effect as recorded.",
    "A ruling of 30 October whose publication is dated the 3rd.",
    about=("/published",),
)
DATED_AHEAD = register_rule(
    "recorded-before-occurred",
    GROUP,
    "An event is said to have occurred certainly after it was recorded. It counts from its day.",
    "A licence that is recorded today as granted in 2207.",
    about=("/occurred",),
)
BEFORE_OPENING = register_rule(
    "before-opening",
    GROUP,
    "A bid, an agreement, a step of an approval or an end of the deal counts from certainly before the deal was "
    "opened. It is folded all the same.",
    "A bid dated a year before the talks began.",
    about=("/occurred",),
)
AFTER_THE_END = register_rule(
    "after-the-end",
    GROUP,
    "A bid, an agreement or another closing or termination counts from after the end of the deal, where it makes no "
    "sense. It is folded all the same; an end does not replace the first.",
    "A bid is revised a week after closing.",
    about=("/occurred",),
)
OVER_BAR = register_rule(
    "closed-over-bar",
    GROUP,
    "The deal was closed while relief or an order barred it, or before a suspensory approval was cleared (C12).",
    "Illumina closes its purchase of GRAIL on 18 Aug 2021, before the Commission has decided.",
)
NOT_LATER = register_rule(
    "extension-not-later",
    GROUP,
    "An extension names a day that is not later than the one due until then. Its date is shown; deadline.advanced "
    "moves a deadline to an earlier day.",
    "An extension from 15 March to 10 March.",
    about=("/data/new_due", "/data/by_days"),
)
DUE_BEFORE = register_rule(
    "due-before-set",
    GROUP,
    "A deadline was due before the day on which it was set. Its date is shown.",
    "A deadline of 2002 that is set in 2020.",
    about=("/data/due", "/data/offset"),
)
WITHOUT_DATE = register_rule(
    "set-without-date",
    GROUP,
    "A deadline was set without a date: it names no day, and nothing from which one is counted.",
    "A deadline to file, without saying by when.",
    about=("/data/offset", "/data/anchor", "/data/deadline_id"),
)
SET_TWICE = register_rule(
    "set-twice",
    GROUP,
    "A deadline was set a second time. The second instrument replaces the first.",
    "Two events set a deadline of one id to different days.",
    about=("/data/deadline_id",),
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
    about=("/data/new_due", "/data/by_days"),
)
WITHOUT_POWER = register_rule(
    "extension-without-power",
    GROUP,
    "An extension was granted by someone other than whom the instrument names; that binds also the party that set the "
    "deadline. Its date is shown.",
    "Commerce extends a deadline that only CFIUS may extend.",
    about=("/data/by",),
)
ENDED_ALREADY = register_rule(
    "extension-after-end",
    GROUP,
    "A deadline that was met or withdrawn was extended. Its status is unchanged.",
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
    "A clock that was not stopped is recorded as resumed. A day that is named takes effect.",
    "The CMA resumes a review whose pause was not recorded.",
)
TWO_ENDS = register_rule(
    "two-ends",
    GROUP,
    "The deal was both closed and terminated. The first to happen prevails.",
    "A termination that was recorded after closing.",
)
VOIDED_TWICE = register_rule(
    "voided-twice",
    GROUP,
    "An event was voided that had been voided already. The second voiding changes nothing.",
    "Two analysts void the same duplicate.",
    about=("/data/event_id",),
)
CORRECTED_VOID = register_rule(
    "corrected-after-voiding",
    GROUP,
    "An event was corrected that had been voided. The correction changes nothing, unless the event is reinstated.",
    "The price of a bid is corrected a day after the bid was voided as a duplicate.",
    about=("/data/event_id",),
)
REINSTATED_STANDING = register_rule(
    "reinstated-without-voiding",
    GROUP,
    "An event was reinstated that had not been voided. The reinstatement changes nothing.",
    "A reinstatement that names another event than the one that was voided.",
    about=("/data/event_id",),
)


OF_THE_RECORD = {
    RecordVoided.NAME: (VOIDED_TWICE, "{event_id} had been voided already, by {voided_by}."),
    RecordCorrected.NAME: (CORRECTED_VOID, "{event_id} had been voided, by {voided_by}: the correction has no effect."),
    RecordReinstated.NAME: (REINSTATED_STANDING, "{event_id} had not been voided."),
}
"""Anomalies of what changes how events read, by type: rule and sentence."""

OF_ONE_EVENT = {
    RETROACTIVE: "takes effect before it occurred",
    EARLY_PUBLICATION: "was made public before it occurred, as its dates say",
    DATED_AHEAD: "was recorded before the day on which it occurred, as its dates say",
}
"""Anomalies of an event by itself, by rule."""


@dataclass(frozen=True, slots=True)
class Anomaly:
    event_id: str
    rule: str
    why: str
    because: tuple[str, ...] = ()
    """The events beside it that make it one."""


@section(
    noun="anomaly",
    columns=("event_id", "rule", "why"),
    wording=Wording(
        group=Group.OTHER,
        rank=3,
        it=("{event_id}",),
        new="Out of the ordinary: {why}",
        gone="No longer out of the ordinary: {why}",
        members={
            "why": sentence_member(
                "Out of the ordinary: {now}",
                "Out of the ordinary: {now} (before: {was})",
                "No longer out of the ordinary: {was}",
            ),
        },
        repeated=frozenset({"event_id", "rule"}),
    ),
)
def anomalies(derivation: Derivation) -> list[Entry]:
    """What is out of the ordinary in the record: event, rule, why; each once."""
    found: dict[tuple[str, str], Anomaly] = {}
    for anomaly in _all(derivation):
        found.setdefault((anomaly.event_id, anomaly.rule), anomaly)
    ordered = sorted(found.values(), key=lambda each: (each.event_id, each.rule))
    return [
        {
            "event_id": each.event_id,
            "rule": each.rule,
            "why": each.why,
            "because": list(dict.fromkeys((each.event_id, *each.because))),
        }
        for each in ordered
    ]


def _all(derivation: Derivation) -> Iterator[Anomaly]:
    for change in derivation.chosen.futile:
        rule_id, sentence = OF_THE_RECORD[change.type]
        because = tuple(each for each in (change.event_id, change.voided_by) if each)
        yield Anomaly(
            change.id, rule_id, sentence.format(event_id=change.event_id, voided_by=change.voided_by), because
        )
    for (_kind, _id), entity in sorted(derivation.context.deal.entities.items()):
        if not entity.created and not isinstance(entity, DealEntity) and entity.origin.because:
            name = entity.KIND.replace("_", " ")
            yield Anomaly(
                entity.origin.because[0],
                STUB,
                f"{name} {entity.id} is first heard of here; no event on record makes it.",
            )
        for event_id, rule_id in entity.origin.anomalies:
            yield Anomaly(event_id, rule_id, f"{event_id} {OF_ONE_EVENT[rule_id]}.")
        if isinstance(entity, Bid | Agreement):
            yield from _after_the_end(derivation.context, entity)
        yield from _before_the_opening(derivation.context, entity)
    for found in derivation.deadlines.all.values():
        yield from _of_deadline(derivation, found.deadline)
    context = derivation.context
    deal_entity = context.deal_entity
    if deal_entity.closed is not None and deal_entity.terminated is not None:
        first, later = sorted((deal_entity.closed, deal_entity.terminated), key=lambda mark: mark.key)
        yield Anomaly(later.id, TWO_ENDS, "The deal had ended before.", (first.id,))
    for mark in deal_entity.later_ends:
        earlier = deal_entity.closed if mark.value == "closed" else deal_entity.terminated
        because = (earlier.id,) if earlier is not None else ()
        yield Anomaly(mark.id, AFTER_THE_END, f"The deal had been {mark.value} before.", because)
    opened = deal_entity.opened
    if opened is not None:
        for end in (deal_entity.closed, deal_entity.terminated):
            if end is not None and When.parse(end.since).closes(context.zone) < opened.key[0]:
                yield Anomaly(end.id, BEFORE_OPENING, f"The deal was opened on {opened.since}.", (opened.id,))
    if deal_entity.closed is not None:
        for bar in derivation.bars_at_closing:
            yield Anomaly(deal_entity.closed.id, OVER_BAR, f"The deal was closed while {bar.why}.", bar.because)


def _after_the_end(context: Context, entity: Bid | Agreement) -> Iterator[Anomaly]:
    end = context.end
    for event_id, key in zip(entity.origin.because, entity.origin.keys, strict=True):
        if end is not None and key[0] > end.key[0]:
            why = f"{event_id} counts from after the end of the deal."
            yield Anomaly(event_id, AFTER_THE_END, why, (end.id,))


def _before_the_opening(context: Context, entity: Entity) -> Iterator[Anomaly]:
    opened = context.deal_entity.opened
    for event_id, since in _moves_within_the_deal(entity):
        if opened is not None and When.parse(since).closes(context.zone) < opened.key[0]:
            why = f"{event_id} counts from before the deal was opened."
            yield Anomaly(event_id, BEFORE_OPENING, why, (opened.id,))


def _ends(deadline: Deadline, how: str | None) -> tuple[str, ...]:
    """The events by which a deadline ended in that way."""
    if how is None:
        return ()
    return tuple(move["because"][0] for move in deadline.history if move["kind"] == how)


def _moves_within_the_deal(entity: Entity) -> Iterator[tuple[str, str]]:
    """Event and day of what makes no sense without a deal."""
    if isinstance(entity, Bid | Agreement):
        for move in entity.history if isinstance(entity, Bid) else entity.versions:
            [event_id] = move["because"]
            yield event_id, move["since"]
    if isinstance(entity, Approval):
        # What an approval is required for may be law long before.
        yield from ((mark.id, mark.since) for mark in entity.marks if mark.value != "required")


def _dated(instrument: Instrument | None) -> bool:
    """Whether an instrument names a day, or all that one is counted from."""
    if instrument is None or instrument.due is not None:
        return instrument is not None
    counted = instrument.offset is not None and instrument.unit is not None
    return counted and (instrument.from_order or instrument.anchor is not None)


def _of_deadline(derivation: Derivation, deadline: Deadline) -> Iterator[Anomaly]:
    found = derivation.deadlines.all[deadline.id]
    history = found.history_because
    for index, move in enumerate(found.moves):
        if move.shift.toll is not None or move.shift.advanced:
            continue
        if move.shift.extends and move.before and move.after and move.after.day <= move.before.day:
            told = f"{deadline.id} was due {move.before.text}, and the extension names {move.after.text}."
            yield Anomaly(move.shift.id, NOT_LATER, told, history)
        for rule_id, fault in extension_faults(derivation, found, index):
            because = (*history, *owed(deadline, "extendable"), *_ends(deadline, move.shift.after))
            yield Anomaly(move.shift.id, rule_id, f"The extension of {deadline.id} {fault}.", because)
        if move.shift.after in ("met", "withdrawn"):
            yield Anomaly(
                move.shift.id,
                ENDED_ALREADY,
                f"{deadline.id} was {move.shift.after} before it was extended.",
                _ends(deadline, move.shift.after),
            )
        if move.shift.resumed:
            yield Anomaly(move.shift.id, RESUMED_RUNNING, f"The clock of {deadline.id} was not stopped.")
    set_mark, first = deadline.set_mark, found.first
    if set_mark is not None and first is not None and first.day < derivation.deadlines.day_of(found, set_mark.key[0]):
        yield Anomaly(
            set_mark.id, DUE_BEFORE, f"{deadline.id} was set on {set_mark.since}, due {first.text}.", first.because
        )
    if set_mark is not None and found.due is None and not _dated(deadline.instrument):
        yield Anomaly(set_mark.id, WITHOUT_DATE, f"{deadline.id} was set without a date, and nothing to count it from.")
    first_set, *again = [each["because"][0] for each in deadline.history if each["kind"] == "set"] or [""]
    for event_id in again:
        yield Anomaly(event_id, SET_TWICE, f"{deadline.id} had been set before.", (first_set,))
    outcome = deadline.outcome
    due = found.due_at(outcome.key[0]) if outcome is not None else None
    if outcome is None or due is None:
        return
    if outcome.value == "met" and outcome.key[0] > due.closes:
        yield Anomaly(outcome.id, MET_LATE, f"{deadline.id} was due {due.text}.", due.because)
    if outcome.value == "lapsed" and derivation.deadlines.day_of(found, outcome.key[0]) < due.day:
        yield Anomaly(outcome.id, LAPSED_EARLY, f"{deadline.id} is due {due.text} only.", due.because)
