"""What an analyst must know to be missing."""

from collections.abc import Iterator

from domain.entities.approval import OUTSTANDING, Approval
from domain.entities.bid import Bid
from domain.entities.deadline import Deadline
from domain.entities.deal_calendar import DealCalendar
from domain.entities.export_list import ExportList, Match
from domain.entities.litigation import Case
from domain.entities.order import Order
from domain.entities.party import Party
from domain.entities.variant import Variant
from domain.fields import conditions
from domain.rulebook import register_rule
from domain.sections.calendar_faults import calendar_faults
from domain.sections.context import Entry, owed
from domain.sections.derivation import Derivation
from domain.sections.section import section
from domain.sections.variants import ASSETS
from domain.sections.wording import Group, Wording, sentence_member
from domain.sentences.dates import date_text

UNKNOWN = "unknowns"


NO_DATE = register_rule(
    "no-date",
    UNKNOWN,
    "An open deadline has no date: nothing names one, what names one is open-ended, its clock is stopped, or its "
    "count needs what is not known. No date is guessed.",
    "20 working days by an unknown calendar.",
)


LOOSE_ANCHOR = register_rule(
    "loose-anchor",
    UNKNOWN,
    "A date is counted from a day that is known only roughly; the count starts from the earliest or latest derivation, "
    "as asked.",
    "90 days from some day of August 2020.",
)


NO_DURATION = register_rule(
    "no-duration",
    UNKNOWN,
    "An approval is outstanding and the record does not say how long it may take.",
    "China's licence, in the articles of September 2020.",
)


NO_OUTCOME = register_rule(
    "no-outcome",
    UNKNOWN,
    "A statutory or binding date has passed, and no event says whether it was met, lapsed or was withdrawn.",
    "A statutory review period that ended in March and was never heard of again.",
)


NO_CALENDAR = register_rule(
    "no-calendar",
    UNKNOWN,
    "An approval is bounded in working days, and no calendar of its jurisdiction is known.",
    "25 working days of the European Commission.",
)


NO_AUTHORITY = register_rule(
    "no-authority",
    UNKNOWN,
    "An approval is first heard of by a later event: who decides, and on what, is not on record.",
    "A proposal is filed with CFIUS before any event says that its approval is required.",
)


NO_BASE = register_rule(
    "no-base-variant",
    UNKNOWN,
    "Whether an approval is needed depends on how the deal is built, and no variant is adopted.",
    "China's licence is needed only if the algorithm goes along; three variants are discussed.",
)


LIST_COUNT = register_rule(
    "list-count",
    UNKNOWN,
    "A list of controlled exports grew by more entries than are on record: what else it catches is not known.",
    "23 entries added, two of them named.",
)


NO_PRICE = register_rule(
    "no-price",
    UNKNOWN,
    "A bid is in play, and neither its price nor what else is paid is on record.",
    "Oracle's bid of 14 September 2020.",
)


RELIEF_OUTLIVES = register_rule(
    "relief-outlives-case",
    UNKNOWN,
    "A case has ended, also by a final ruling, and the record does not say whether the relief granted in it has ended. "
    "The relief counts as in force.",
    "A case is dismissed while its injunction runs.",
)


@section(
    noun="unknown",
    wording=Wording(
        group=Group.OTHER,
        rank=2,
        it=("{id}",),
        new="Not known about {it}: {why}",
        gone="No longer open about {it}: {why}",
        members={
            "why": sentence_member(
                "Not known about {it}: {now}",
                "Not known about {it}: {now} (before: {was})",
                "No longer open about {it}: {was}",
            ),
        },
        repeated=frozenset({"rule", "kind", "id"}),
    ),
    depends_on=(Approval, Bid, Case, Deadline, DealCalendar, ExportList, Match, Order, Party, Variant),
)
def unknowns(derivation: Derivation) -> list[Entry]:
    """What is missing, by rule and id. Once the deal has ended, only what concerns life after it."""
    found = [*_dates(derivation), *_outcomes(derivation), *_approvals(derivation), *_reliefs(derivation)]
    if derivation.context.ended_at is None:
        found += [*_lists(derivation), *_prices(derivation)]
    return sorted(found, key=lambda entry: (entry["rule"], entry["id"]))


def _missing(rule_id: str, kind: str, entity_id: str, why: str, because: tuple[str, ...]) -> Entry:
    return {"rule": rule_id, "kind": kind, "id": entity_id, "why": why, "because": list(dict.fromkeys(because))}


def _dates(derivation: Derivation) -> Iterator[Entry]:
    for found in derivation.deadlines.all.values():
        deadline, instrument = found.deadline, found.deadline.instrument
        if not found.open or found.at is not None:
            continue
        if found.due is None:
            yield _missing(NO_DATE, "deadline", deadline.id, found.trace[-1], (*found.history_because, *found.because))
            continue
        calendar = instrument.calendar if instrument is not None else None
        for rule_id, why in calendar_faults(calendar, derivation.context.calendars):
            yield _missing(rule_id, "deadline", deadline.id, why, (*owed(deadline, "instrument"), *found.because))
        anchor = found.anchor if instrument is not None and instrument.due is None else None
        if anchor is not None and anchor.earliest != anchor.latest:
            why = f"It is counted from {date_text(anchor.text)}, which is no single day."
            yield _missing(LOOSE_ANCHOR, "deadline", deadline.id, why, (*found.history_because, *found.because))


def _outcomes(derivation: Derivation) -> Iterator[Entry]:
    for found in derivation.deadlines.all.values():
        if found.status == "past_due" and found.binding and found.due is not None:
            why = f"It was due {date_text(found.due.text)}; whether it was met is not on record."
            yield _missing(NO_OUTCOME, "deadline", found.deadline.id, why, found.causes)


def _approvals(derivation: Derivation) -> Iterator[Entry]:
    base = derivation.variants.base
    for approval in derivation.approvals.all:
        lives = derivation.context.after_the_end(mark.key[0] for mark in approval.marks)
        if derivation.approvals.status(approval)[0] not in OUTSTANDING or not lives:
            continue
        because = derivation.approvals.outstanding_because(approval)
        if approval.authority is None:
            yield _missing(NO_AUTHORITY, "approval", approval.id, "No event says whose it is.", because)
        if approval.only_if is not None and base is None:
            condition = conditions.parse(approval.only_if)
            holding = [variant.id for variant in derivation.variants.live if condition.holds(variant)]
            met_by = f"it holds for {', '.join(holding)}" if holding else "no variant on record meets it"
            yield _missing(
                NO_BASE,
                "approval",
                approval.id,
                f"No variant is adopted: {approval.only_if}; {met_by}.",
                (*because, *(event for each in derivation.variants.live for event in owed(each, *ASSETS))),
            )
        if not derivation.approvals.needed(approval):
            continue
        if approval.min_days is None and approval.max_days is None:
            yield _missing(NO_DURATION, "approval", approval.id, "How long it may take is not on record.", because)
        elif (
            approval.day_kind == "working_day" and derivation.context.calendars(approval.jurisdiction or "none") is None
        ):
            why = f"No calendar of working days is known for {approval.jurisdiction or 'an unnamed place'}."
            bounds = owed(approval, "min_days", "max_days", "day_kind")
            yield _missing(NO_CALENDAR, "approval", approval.id, why, (*because, *bounds))


def _lists(derivation: Derivation) -> Iterator[Entry]:
    for entity in derivation.context.every(ExportList):
        if entity.added is not None and entity.added > len(entity.entries):
            why = f"{entity.added} entries were added, {len(entity.entries)} are on record."
            yield _missing(LIST_COUNT, "export_list", entity.id, why, owed(entity, "added", "entries"))


def _prices(derivation: Derivation) -> Iterator[Entry]:
    for bid in derivation.bids.in_play():
        if bid.price is None and bid.consideration is None:
            yield _missing(NO_PRICE, "bid", bid.id, "Its price is not on record.", derivation.bids.status_because(bid))


def _reliefs(derivation: Derivation) -> Iterator[Entry]:
    for case, relief in derivation.legal_statuses.live:
        end = case.ended or case.decided
        lives = derivation.context.after_the_end((relief.start,))
        if lives and end is not None and relief.relief != "permanent_injunction":
            ended = date_text(end.since)
            why = f"The case ended on {ended}; whether its {relief.relief.replace('_', ' ')} did is not said."
            yield _missing(RELIEF_OUTLIVES, "case", case.id, why, (relief.id, end.id))
