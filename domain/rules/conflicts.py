"""Where dates, mandates and approvals clash: C1 to C11. Each rule is one function; its docstring is the reference."""

from collections.abc import Iterator

from domain.entities.export_list import ExportList
from domain.entities.order import Order
from domain.entities.variant import Variant
from domain.rules.conflict import (
    FINDERS,
    Conflict,
    causes,
    conflict,
    due,
    extension_faults,
    force,
    pairs_of_one_subject,
)
from domain.sections.claims import claim_status, matches, told
from domain.sections.context import Entry
from domain.sections.deadlines import ENDED
from domain.sections.derivation import Reading
from domain.sections.feasibility import Review
from domain.time.date_arithmetic import count

LEGAL = frozenset({"legally_binding", "statutory", "court_order"})
"""The forces of law, a contract's left aside."""


DEMANDED = frozenset({"pending", "extended", "tolled"})
"""The statuses of a deadline that somebody insists on."""


@conflict(
    "C1",
    "TikTok, 12 Sep 2020: sale by 15 Sep, said by the president; transactions barred from 20 Sep by his order. 20 "
    "Sep binds.",
)
def two_dates_of_unequal_force(reading: Reading, _reviews: dict[str, Review]) -> Iterator[Conflict]:
    """A binding date and one of lesser force stand open for the same subject and differ. The binding one binds.

    Binding are legally_binding, statutory, court_order and contractual. Deadlines without a subject are not compared.
    """
    for one, other in pairs_of_one_subject(reading):
        if one.binding is other.binding:
            continue
        strong, weak = (one, other) if one.binding else (other, one)
        yield Conflict(
            members=(strong.deadline.id, weak.deadline.id),
            binds=strong.deadline.id,
            why=f"{due(strong)} is {force(strong)}, {due(weak)} only {force(weak)}: {due(strong)} binds.",
            because=causes(strong, weak),
        )


@conflict(
    "C2",
    "An extension is told as 15 days and as 27 Nov, but 15 days from the prior date are another day.",
)
def a_restated_date_differs(reading: Reading, _reviews: dict[str, Review]) -> Iterator[Conflict]:
    """A date was restated or counted otherwise than it stands; that of the instrument, or of the last extension, binds.

    So where a reaffirmation names another day, or where a day that is named outright is not the sum of its own count.
    """
    for found in reading.open:
        last = found.moves[-1].shift.id if found.moves else None
        for event_id, stands, total in found.sums:
            if event_id == last or not found.moves:
                yield Conflict(
                    members=(found.deadline.id, event_id),
                    binds=found.deadline.id,
                    why=f"{event_id} names {stands.text}, but its own count comes to {total}: {stands.text} stands.",
                    because=(event_id,),
                )
        for mark in found.deadline.restated:
            told = mark.value.last_day(found.zone)
            if found.due is not None and told is not None and told != found.due.day:
                yield Conflict(
                    members=(found.deadline.id, mark.id),
                    binds=found.deadline.id,
                    why=f"{mark.id} restates it as {mark.value.text}, but it is due {found.due.text}.",
                    because=(*found.due.because, mark.id),
                )


@conflict(
    "C3",
    "TikTok, 13 Nov 2020: the divestiture date of 12 Nov is extended a day after it passed.",
)
def an_extension_beyond_its_power(reading: Reading, _reviews: dict[str, Review]) -> Iterator[Conflict]:
    """The extension that sets the date of an open deadline goes over the cap, came after the lapse, or was granted by
    someone whom the instrument does not name.

    The extended date is shown as it was told; whether it binds is open.
    """
    for found in reading.open:
        if not found.moves or found.moves[-1].shift.toll is not None:
            continue
        faults = [fault for _rule, fault in extension_faults(reading, found, len(found.moves) - 1)]
        if faults:
            shift = found.moves[-1].shift
            yield Conflict(
                members=(found.deadline.id, shift.id),
                hard=True,
                why=f"The extension to {due(found)} by {shift.by or 'nobody named'} {'; '.join(faults)}.",
                because=(*causes(found), shift.id),
            )


@conflict(
    "C4",
    "TikTok, Sep 2020: the US orders the sale; China's export list catches the recommendation algorithm.",
)
def mandates_clash(reading: Reading, _reviews: dict[str, Review]) -> Iterator[Conflict]:
    """One jurisdiction demands what another forbids without a licence; neither mandate yields to the other.

    Demanded: an open deadline with the force of law rests on an order of the one. Forbidden: a list of the other
    catches an asset that goes along, by some opinion, and no approval of that jurisdiction is granted or withdrawn.
    Where a variant is adopted its assets count, else those of any not dropped; with no variant on record any match.
    """
    if not reading.open:
        return
    variants = [reading.structure.base] if reading.structure.base else reading.structure.live
    for thing in reading.context.every(ExportList):
        if thing.prohibition is None or not reading.context.started(thing.effective):
            continue
        caught = {match.asset_id: match.id for match in matches(reading.context, thing)}
        moving = {asset: by for asset, by in caught.items() if _goes_along(asset, variants)}
        if not moving or _licensed(reading, thing):
            continue
        for found in reading.open:
            order = reading.context.one(Order, found.deadline.order_id)
            if (
                order is None
                or found.deadline.force not in LEGAL
                or found.status not in DEMANDED
                or order.jurisdiction in (None, thing.jurisdiction)
            ):
                continue
            forbids = "bans" if thing.prohibition == "banned" else "allows only with a licence"
            other = thing.jurisdiction or thing.issuer
            yield Conflict(
                members=(order.id, thing.id),
                hard=True,
                why=f"{order.jurisdiction} demands by {due(found)} what {other} {forbids}: "
                f"the transfer of {', '.join(sorted(moving))}.",
                because=tuple(
                    dict.fromkeys(
                        (*causes(found), *order.origin.because[:1], *thing.origin.because[-1:], *moving.values())
                    )
                ),
            )


def _goes_along(asset: str, variants: list[Variant]) -> bool:
    return not variants or any(asset in variant.assets_in for variant in variants)


def _licensed(reading: Reading, thing: ExportList) -> bool:
    """Whether an authority of the list's jurisdiction has let the deal pass, or asks for nothing any more."""
    statuses = [
        reading.clearance.status(approval)[0]
        for approval in reading.clearance.all
        if approval.jurisdiction == thing.jurisdiction and approval.jurisdiction is not None
    ]
    return bool(statuses) and all(status in ("granted", "conditioned", "withdrawn") for status in statuses)


@conflict(
    "C5",
    "Qualcomm/NXP, Jul 2018: China's review needs longer than is left until the outside date of 25 Jul.",
)
def an_approval_comes_too_late(reading: Reading, reviews: dict[str, Review]) -> Iterator[Conflict]:
    """An approval that is needed cannot (infeasible, hard) or need not (at risk, soft) come in time: its min_days,
    or its max_days, from its application or from the day asked about, end after the nearest binding deadline.
    """
    goal = reading.next_binding
    if goal is None or goal.due is None:
        return
    for found in reviews.values():
        if found.verdict not in ("infeasible", "at_risk"):
            continue
        approval, infeasible = found.approval, found.verdict == "infeasible"
        days = approval.min_days if infeasible else approval.max_days
        unit = (approval.day_kind or "day").replace("_", " ")
        when = f"filed {found.view['filed']}" if found.view["filed"] else "not filed in time"
        takes = f"infeasible: {approval.id} takes at least" if infeasible else f"at risk: {approval.id} takes up to"
        yield Conflict(
            members=(approval.id, goal.deadline.id),
            binds=goal.deadline.id,
            hard=infeasible,
            verdict=found.verdict,
            why=f"{takes} {days} {unit}s, {when}, and {goal.deadline.id} is due {goal.due.text}.",
            because=found.because,
        )


@conflict(
    "C6",
    "TikTok, 28 Sep 2020: a court enjoins the app-store ban that was to start on the 27th.",
)
def the_order_beneath_does_not_hold(reading: Reading, _reviews: dict[str, Review]) -> Iterator[Conflict]:
    """A deadline rests on an order that is enjoined, revoked, expired or not enforced, or is enjoined itself: its date
    stands on paper. It ends when the order is in force again, or the deadline is met, lapsed or withdrawn by its own
    event; of a revoked or expired order, when the day has passed.
    """
    if reading.context.ended_at is not None:
        return
    for found in reading.docket.all.values():
        if found.deadline.outcome is not None or found.status not in ("enjoined", "not_enforced", "withdrawn"):
            continue
        if found.status == "withdrawn" and (found.due is None or reading.context.reached(found.due.closes + 1)):
            continue
        order = reading.law.order(found.deadline.order_id)
        direct = found.deadline.id in reading.law.enjoined
        beneath = found.deadline.order_id if order and order[0] in ("enjoined", "not_enforced", *ENDED) else None
        told = f"{beneath} is {str(order[0]).replace('_', ' ')}" if beneath and order else "a court has stopped it"
        yield Conflict(
            members=(found.deadline.id, beneath) if beneath else (found.deadline.id,),
            why=f"{found.deadline.id}, due {due(found)}, does not hold for now: {told}"
            + (", and a court has stopped the deadline itself." if beneath and direct else "."),
            because=found.because,
        )


@conflict(
    "C7",
    "6 Aug 2020 + 45 days is Sunday, 20 Sep; the order has no roll rule, so it is not Monday.",
)
def due_on_a_day_off(reading: Reading, _reviews: dict[str, Review]) -> Iterator[Conflict]:
    """An open deadline falls on a Saturday, a Sunday or a holiday of its named calendar, and its instrument has no roll
    rule. The date stands as it is.
    """
    for found in reading.open:
        instrument = found.deadline.instrument
        if found.due is None or (instrument is not None and instrument.roll not in (None, "none")):
            continue
        calendar = reading.docket.calendar(instrument.calendar if instrument else None)
        worked = calendar.is_working(found.due.day) if calendar else None
        if worked is None:
            worked = found.due.day.weekday() < 5
        if not worked:
            day = found.due.day.strftime("%A")
            of = f" by the calendar {calendar.name}" if calendar else ""
            yield Conflict(
                members=(found.deadline.id,),
                binds=found.deadline.id,
                why=f"{due(found)} is a {day}, a day off{of}, and no roll rule moves it.",
                because=causes(found),
            )


@conflict(
    "C8",
    "Two courts set different days for the same sale.",
)
def two_legal_orders_disagree(reading: Reading, _reviews: dict[str, Review]) -> Iterator[Conflict]:
    """Two legal orders date one subject differently: both have the force of law, and different hands set them. Which
    binds is not for this record to say.
    """
    for one, other in pairs_of_one_subject(reading):
        both = one.deadline.force in LEGAL and other.deadline.force in LEGAL
        if both and one.deadline.set_by != other.deadline.set_by:
            yield Conflict(
                members=(one.deadline.id, other.deadline.id),
                hard=True,
                why=f"{one.deadline.set_by} set {due(one)} ({force(one)}), {other.deadline.set_by} set {due(other)} "
                f"({force(other)}).",
                because=causes(one, other),
            )


@conflict(
    "C9",
    "Brexit, 22 Mar 2019: 22 May if the Commons approve by 29 Mar, otherwise 12 Apr.",
)
def branches_undecided(reading: Reading, _reviews: dict[str, Review]) -> Iterator[Conflict]:
    """An extension gave dates on conditions, and two or more of them are still possible."""
    if reading.context.ended_at is not None:
        return
    for found in reading.docket.all.values():
        live = [branch for branch in found.branches if branch["status"] == "live"]
        if len(live) < 2 or not found.open:
            continue
        told = ", or ".join(f"{branch['due']} {_on_condition(branch)}" for branch in live)
        yield Conflict(
            members=(found.deadline.id,),
            why=f"Undecided: {told}.",
            because=(found.branches_by,) if found.branches_by else (),
        )


def _on_condition(branch: Entry) -> str:
    if branch.get("otherwise"):
        return "otherwise"
    until = f" by {branch['by']}" if branch["by"] else ""
    return f"if {branch['condition'] or branch['approval_id'] or 'a condition'} holds{until}"


@conflict(
    "C10",
    "Microsoft/Activision: the agreement ends on 18 Jul 2023, the CMA may decide until 29 Aug.",
)
def the_contract_comes_before_the_decision(reading: Reading, _reviews: dict[str, Review]) -> Iterator[Conflict]:
    """A contractual deadline is due before an open statutory one whose subject is an approval required or pending: the
    parties may have to decide before the authority does.
    """
    awaited = {approval.id for approval in reading.outstanding}
    for statutory in reading.open:
        if statutory.deadline.force != "statutory" or statutory.deadline.subject not in awaited:
            continue
        for contractual in reading.open:
            if contractual.deadline.force != "contractual" or contractual.due is None or statutory.due is None:
                continue
            if contractual.due.closes < statutory.due.closes:
                yield Conflict(
                    members=(contractual.deadline.id, statutory.deadline.id),
                    binds=contractual.deadline.id,
                    why=f"{contractual.deadline.id} is due {due(contractual)}, before the decision on "
                    f"{statutory.deadline.subject} is ({due(statutory)}).",
                    because=causes(contractual, statutory),
                )


@conflict(
    "C11",
    "TikTok: a paper says three months from mid-August (14 Nov); the order says 90 days (12 Nov).",
)
def a_duration_worded_differently(reading: Reading, _reviews: dict[str, Review]) -> Iterator[Conflict]:
    """A report words the duration of a deadline differently, and its count comes to another day. The deadline binds.

    "Three months" is not 90 days. A denied claim counts no more.
    """
    for claim in told(reading.context):
        words = claim.restates
        found = reading.docket.all.get(words.deadline_id) if words else None
        if words is None or found is None or found not in reading.open or claim_status(claim) == "denied":
            continue
        anchor = words.anchor.day(found.zone, reading.context.reading)
        day = count(anchor, words.offset, words.unit).due if anchor and words.unit != "working_day" else None
        first = found.first.day if found.first else None
        if day is not None and found.due is not None and day not in (first, found.due.day):
            yield Conflict(
                members=(found.deadline.id, claim.id),
                binds=found.deadline.id,
                why=f"{claim.id} says {words.offset} {words.unit}{'' if abs(words.offset) == 1 else 's'} from "
                f"{words.anchor.text}, which comes to {day}; it is due {found.due.text}.",
                because=tuple(dict.fromkeys((*causes(found), *claim.origin.because[-1:]))),
            )


def conflicts(reading: Reading, reviews: dict[str, Review]) -> list[Entry]:
    """Every conflict at the moment, in order of rule."""
    entries = []
    deadlines, decided = reading.docket.all, reading.deciding.docket.all
    for rule_id, finder in FINDERS.items():
        for found in finder(reading, reviews):
            by_reports = found.binds in deadlines and found.binds not in decided
            entry: Entry = {
                "rule": rule_id,
                "members": list(found.members),
                "binds": None if by_reports else found.binds,
                "severity": "hard" if found.hard else "soft",
                "why": f"{found.why} {found.binds} is known by reports alone, and binds nobody."
                if by_reports
                else found.why,
                "because": list(dict.fromkeys(found.because)),
            }
            if found.verdict is not None:
                entry["verdict"] = found.verdict
            entries.append(entry)
    return entries
