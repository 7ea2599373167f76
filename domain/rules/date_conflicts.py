"""Conflicts between dates: of unequal force, restated, extended without power, on days off, on conditions."""

from collections.abc import Iterator

from domain.rules.conflict import Conflict, causes, conflict, due, force, pairs_of_one_subject
from domain.rules.extension_faults import extension_faults
from domain.sections.claims import claim_status, visible_claims
from domain.sections.context import Entry, owed
from domain.sections.derivation import Derivation
from domain.sections.feasibility import Review
from domain.sentences.dates import date_text
from domain.time.date_arithmetic import count


@conflict(
    "C1",
    "TikTok, 12 Sep 2020: sale by 15 Sep, said by the president; transactions barred from 20 Sep by his order. 20 "
    "Sep binds.",
)
def two_dates_of_unequal_force(derivation: Derivation, _reviews: dict[str, Review]) -> Iterator[Conflict]:
    """A binding date and one of lesser force are open for the same subject and differ. The binding one applies.

    Binding are legally_binding, statutory, court_order and contractual. Deadlines without a subject are not compared.
    """
    for one, other in pairs_of_one_subject(derivation):
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
    "An extension is recorded as 15 days and as 27 Nov, but 15 days from the prior date are another day.",
)
def a_restated_date_differs(derivation: Derivation, _reviews: dict[str, Review]) -> Iterator[Conflict]:
    """A date was restated or counted differently; that of the instrument, or of the last extension, binds.

    So where a reaffirmation names another day, or where a day that is named outright is not the sum of its own count.
    """
    for found in derivation.open:
        last = found.moves[-1].shift.id if found.moves else None
        for event_id, stands, total, prior in found.sums:
            if event_id == last or not found.moves:
                yield Conflict(
                    members=(found.deadline.id, event_id),
                    binds=found.deadline.id,
                    why=f"{event_id} names {date_text(stands.text)}, but its own count comes to {date_text(total)}: "
                    f"{date_text(stands.text)} stands.",
                    because=(*prior, event_id, *found.because),
                )
        for mark in found.deadline.restated:
            named = mark.value.last_day(found.zone)
            if found.due is not None and named is not None and named != found.due.day:
                yield Conflict(
                    members=(found.deadline.id, mark.id),
                    binds=found.deadline.id,
                    why=f"{mark.id} restates it as {date_text(mark.value.text)}, but it is due {due(found)}.",
                    because=(*causes(found), mark.id),
                )


@conflict(
    "C3",
    "TikTok, 13 Nov 2020: the divestiture date of 12 Nov is extended a day after it passed.",
)
def an_extension_beyond_its_power(derivation: Derivation, _reviews: dict[str, Review]) -> Iterator[Conflict]:
    """The extension that sets the date of an open deadline goes over the cap, came after the lapse, or was granted by
    someone whom the instrument does not name.

    The extended date is shown as recorded; whether it binds is open.
    """
    for found in derivation.open:
        if not found.moves or not found.moves[-1].shift.extends:
            continue
        faults = [fault for _rule, fault in extension_faults(found, len(found.moves) - 1)]
        if faults:
            shift = found.moves[-1].shift
            yield Conflict(
                members=(found.deadline.id, shift.id),
                hard=True,
                why=f"The extension to {due(found)} by {shift.by or 'an unnamed party'} {'; '.join(faults)}.",
                because=(*found.history_because, *causes(found), *owed(found.deadline, "extendable")),
            )


@conflict(
    "C7",
    "6 Aug 2020 + 45 days is Sunday, 20 Sep; the order has no roll rule, so it is not Monday.",
)
def due_on_a_day_off(derivation: Derivation, _reviews: dict[str, Review]) -> Iterator[Conflict]:
    """An open deadline falls on a Saturday, a Sunday or a holiday of its named calendar, and its instrument has no roll
    rule. The date is unchanged.
    """
    for found in derivation.open:
        instrument = found.deadline.instrument
        if found.due is None or (instrument is not None and instrument.roll not in (None, "none")):
            continue
        calendar = derivation.deadlines.calendar(instrument.calendar if instrument else None)
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
                because=(*causes(found), *(calendar.because if calendar else ())),
            )


@conflict(
    "C9",
    "Brexit, 22 Mar 2019: 22 May if the Commons approve by 29 Mar, otherwise 12 Apr.",
)
def branches_undecided(derivation: Derivation, _reviews: dict[str, Review]) -> Iterator[Conflict]:
    """An extension gave dates on conditions, and two or more of them are still possible."""
    for found in derivation.deadlines.all.values():
        if found.at is not None:
            continue
        live = [branch for branch in found.branches if branch["status"] == "live"]
        if len(live) < 2 or not found.open:
            continue
        dates = ", or ".join(f"{date_text(branch['due'])} {_on_condition(branch)}" for branch in live)
        yield Conflict(
            members=(found.deadline.id,),
            why=f"Undecided: {dates}.",
            because=(*((found.branches_by,) if found.branches_by else ()), *found.because),
        )


def _on_condition(branch: Entry) -> str:
    if branch.get("otherwise"):
        return "otherwise"
    until = f" by {date_text(branch['by'])}" if branch["by"] else ""
    return f"if {branch['condition'] or branch['approval_id'] or 'a condition'} holds{until}"


@conflict(
    "C11",
    "TikTok: a paper says three months from mid-August (14 Nov); the order says 90 days (12 Nov).",
)
def a_duration_worded_differently(derivation: Derivation, _reviews: dict[str, Review]) -> Iterator[Conflict]:
    """A report words the duration of a deadline differently, and its count comes to another day. The deadline binds.

    "Three months" is not 90 days. A denied claim counts no more.
    """
    for claim in visible_claims(derivation.context):
        restated = claim.restates
        found = derivation.deadlines.all.get(restated.deadline_id) if restated else None
        if restated is None or found is None or found not in derivation.open or claim_status(claim) == "denied":
            continue
        anchor = restated.anchor.day(found.zone, derivation.context.reading)
        day = count(anchor, restated.offset, restated.unit).due if anchor and restated.unit != "working_day" else None
        first = found.first.day if found.first else None
        if day is not None and found.due is not None and day not in (first, found.due.day):
            yield Conflict(
                members=(found.deadline.id, claim.id),
                binds=found.deadline.id,
                why=f"{claim.id} says {restated.offset} {restated.unit}{'' if abs(restated.offset) == 1 else 's'} from "
                f"{date_text(restated.anchor.text)}, which comes to {date_text(day)}; it is due {due(found)}.",
                because=(*causes(found), *owed(claim, "restates")),
            )
