"""Anomalies of a record: unusual events, which take effect as recorded, each with the rule that lists it."""

from collections.abc import Iterable, Iterator
from datetime import tzinfo

from domain.entities.agreement import Agreement
from domain.entities.approval import Approval
from domain.entities.base import Entity
from domain.entities.bid import Bid
from domain.entities.deal import DealEntity
from domain.events.record import RecordCorrected, RecordReinstated, RecordVoided
from domain.rulebook import register_rule
from domain.rules.anomaly import GROUP, Anomaly
from domain.rules.deadline_anomalies import deadline_anomalies
from domain.sections.context import Context, Entry
from domain.sections.derivation import Derivation
from domain.sections.section import section
from domain.sections.wording import Group, Wording, sentence_member
from domain.sentences.dates import date_text
from domain.time.edtf import closing
from domain.time.instants import Moment

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
    "The deal was closed while relief or an order barred it, or before a suspensory approval was cleared.",
    "Illumina closes its purchase of GRAIL on 18 Aug 2021, before the Commission has decided.",
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
    return _entries(_all(derivation))


def anomalies_of_entities(context: Context, entities: Iterable[Entity]) -> list[Entry]:
    """What is out of the ordinary in these entities by themselves, as `anomalies` has it.

    It depends on them and on the deal itself alone; everything else that `anomalies` lists depends on the kinds that
    `conflicts` depends on, on the deal, and on what was recorded of other events.
    """
    return _entries(each for entity in entities for each in _of_entity(context, entity))


def _entries(anomalies: Iterable[Anomaly]) -> list[Entry]:
    """Each once, the first of an event and a rule, in order of these."""
    found: dict[tuple[str, str], Anomaly] = {}
    for anomaly in anomalies:
        found.setdefault(anomaly[:2], anomaly)
    led_by = LedBy()
    return [
        {"event_id": event_id, "rule": rule, "why": each.why, "because": led_by(event_id, each.because)}
        for (event_id, rule), each in sorted(found.items())
    ]


class LedBy:
    """Lists of one event and then the others of a sequence, each once.

    The anomalies of a deadline share its history, which is gone through once for all of them.
    """

    def __init__(self) -> None:
        self._known: dict[int, tuple[tuple[str, ...], list[str], dict[str, int]]] = {}
        """By the identity of a sequence: it, its events each once, and their places."""

    def __call__(self, first: str, others: tuple[str, ...]) -> list[str]:
        if len(others) < 2:
            return [first] if others in ((), (first,)) else [first, *others]
        known = self._known.get(id(others))
        if known is None:
            places = {event: at for at, event in enumerate(dict.fromkeys(others))}
            known = self._known[id(others)] = (others, [*places], places)
        _, events, places = known
        at = places.get(first)
        led = events.copy()
        led.insert(0, first if at is None else led.pop(at))
        return led


def _all(derivation: Derivation) -> Iterator[Anomaly]:
    for change in derivation.chosen.futile:
        rule_id, sentence = OF_THE_RECORD[change.type]
        because = tuple(each for each in (change.event_id, change.voided_by) if each)
        yield Anomaly(
            change.id, rule_id, sentence.format(event_id=change.event_id, voided_by=change.voided_by), because
        )
    for (_kind, _id), entity in sorted(derivation.context.deal.entities.items()):
        yield from _of_entity(derivation.context, entity)
    for found in derivation.deadlines.all.values():
        yield from deadline_anomalies(derivation, found)
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
            if end is not None and closing(end.since, context.zone) < opened.key[0]:
                yield Anomaly(
                    end.id, BEFORE_OPENING, f"The deal was opened on {date_text(opened.since)}.", (opened.id,)
                )
    if deal_entity.closed is not None:
        for bar in derivation.bars_at_closing:
            yield Anomaly(deal_entity.closed.id, OVER_BAR, f"The deal was closed while {bar.why}.", bar.because)


def _of_entity(context: Context, entity: Entity) -> Iterator[Anomaly]:
    """Anomalies of one entity by itself, and beside the opening and the end of the deal."""
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
        yield from _after_the_end(context, entity)
    yield from _before_the_opening(context, entity)


def _after_the_end(context: Context, entity: Bid | Agreement) -> Iterator[Anomaly]:
    end = context.end
    if end is None:
        return
    for event_id, key in zip(entity.origin.because, entity.origin.keys, strict=True):
        if key[0] > end.key[0]:
            why = f"{event_id} counts from after the end of the deal."
            yield Anomaly(event_id, AFTER_THE_END, why, (end.id,))


def _before_the_opening(context: Context, entity: Entity) -> Iterator[Anomaly]:
    opened = context.deal_entity.opened
    if opened is None:
        return
    because = (opened.id,)
    for event_id in _moves_before(entity, opened.key[0], context.zone):
        yield Anomaly(event_id, BEFORE_OPENING, f"{event_id} counts from before the deal was opened.", because)


def _moves_before(entity: Entity, moment: Moment, zone: tzinfo) -> list[str]:
    """The events of an entity that make no sense without a deal and were over before a moment."""
    if isinstance(entity, Bid | Agreement):
        moves = entity.history if isinstance(entity, Bid) else entity.versions
        return [move["because"][0] for move in moves if closing(move["since"], zone) < moment]
    if isinstance(entity, Approval):
        # What an approval is required for may be law long before.
        marks = entity.marks
        return [mark.id for mark in marks if mark.value != "required" and closing(mark.since, zone) < moment]
    return []
