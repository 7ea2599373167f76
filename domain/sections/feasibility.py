"""Whether the approvals that are still outstanding can come in time (rule 16)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import cast

from domain.entities.approval import OUTSTANDING, Approval
from domain.entities.variant import Variant
from domain.fields import conditions
from domain.rulebook import register_rule
from domain.sections.context import Context, Entry, owed
from domain.sections.deadline_dates import DueDate
from domain.sections.derivation import Derivation
from domain.sections.section import section
from domain.sections.wording import VERDICTS, Group, Wording, sentence_member
from domain.time.date_arithmetic import Unit, count
from domain.time.instants import civil_day, end_of_day

IN_TIME = register_rule(
    "in-time",
    "feasibility",
    "An approval takes at least min_days and at most max_days (in day_kind, by the calendar of its jurisdiction) "
    "from its last application, refiling or reopening, or from the day asked about where there is none. Where even "
    "the shortest review ends after the nearest binding date of closing (its subject is closing, or its obligation is "
    "the deal's own closing or divestiture) it is infeasible; where the longest would, at_risk; else feasible; "
    "unknown where the record says neither bound or none that decides. Nothing is guaranteed by a day that has "
    "passed. There is no verdict while there is no deal: before it is opened, and once it is terminated or unwound.",
    "A licence of 30 working days in China, asked for on 31 Aug 2020, is guaranteed by 16 Oct 2020, working "
    "weekends counted: feasible for 12 Nov, at risk for 20 Sep.",
)

GRAVEST = ("infeasible", "at_risk", "unknown", "feasible")


@dataclass(frozen=True, slots=True)
class Review:
    """One outstanding approval against the nearest binding deadline."""

    approval: Approval
    verdict: str
    view: Entry
    because: tuple[str, ...]


def review_approvals(derivation: Derivation) -> dict[str, Review]:
    """The outstanding approvals by id, each with its verdict; none while there is no deal."""
    outstanding = derivation.outstanding if derivation.has_deal else []
    return {approval.id: _review(derivation, approval) for approval in outstanding}


@section(
    title="Feasibility before the deadline",
    wording=Wording(
        group=Group.CONDITIONS,
        rank=4,
        it=("the reviews",),
        members={
            "deadline": sentence_member(
                "The outstanding reviews are measured against {now}",
                "The outstanding reviews are now measured against {now} (before: {was})",
                "There is no longer a binding deadline to measure the outstanding reviews against (before: {was})",
                follows=("/next_deadline/binding",),
            ),
            "due": sentence_member(
                "The outstanding reviews have to end by {now}",
                "The outstanding reviews now have to end by {now} (before: {was})",
                "The outstanding reviews no longer have a date to end by (before: {was})",
                follows=("deadline",),
            ),
            "approvals.*": sentence_member(
                "A decision on {key} in time is {now}",
                "A decision on {key} in time is now {now} (before: {was})",
                "The decision on {key} is no longer outstanding",
                item=("{verdict}",),
                meanings=VERDICTS,
            ),
            "approvals.*.verdict": sentence_member(
                "A decision on {key} in time is {now}",
                "A decision on {key} in time is now {now} (before: {was})",
                "Whether a decision on {key} can come in time is no longer on record (before: {was})",
                meanings=VERDICTS,
            ),
            "approvals.*.guaranteed_by": sentence_member(
                "The decision on {key} is certain by {now}",
                "The decision on {key} is now certain by {now} (before: {was})",
                "The decision on {key} is no longer certain by any day (before: by {was})",
            ),
            "approvals.*.earliest": sentence_member(
                "The decision on {key} can come on {now} at the earliest",
                "The decision on {key} can now come on {now} at the earliest (before: {was})",
                "The earliest day of a decision on {key} is no longer on record (before: {was})",
            ),
            "approvals.*.latest_filing": sentence_member(
                "To be certain of a decision in time, {key} has to be filed by {now}",
                "To be certain of a decision in time, {key} now has to be filed by {now} (before: {was})",
                "There is no longer a last day for filing {key} (before: {was})",
            ),
            "approvals.*.latest_filing_at_best": sentence_member(
                "To have any chance of a decision in time, {key} has to be filed by {now}",
                "To have any chance of a decision in time, {key} now has to be filed by {now} (before: {was})",
                "There is no longer a last day for filing {key} with any chance (before: {was})",
                follows=("approvals.*.latest_filing",),
            ),
            "approvals.*.filed": sentence_member(
                "{key} was filed on {now}",
                "{key} was filed on {now} (before: {was})",
                "{key} is no longer filed (before: {was})",
                follows=("approvals.*.verdict", "approvals.*.earliest", "approvals.*.guaranteed_by"),
            ),
            "variants.*": sentence_member(
                "With {key}, decisions in time are {now}",
                "With {key}, decisions in time are now {now} (before: {was})",
                "The time that {key} needs is no longer counted",
                item=("{verdict}",),
                meanings=VERDICTS,
            ),
            "variants.*.verdict": sentence_member(
                "With {key}, decisions in time are {now}",
                "With {key}, decisions in time are now {now} (before: {was})",
                "Whether the decisions that {key} needs can come in time is no longer on record (before: {was})",
                meanings=VERDICTS,
            ),
        },
        repeated=frozenset(
            {
                "days_left",
                "rule",
                "variants.*.approvals",
                "variants.*.sum_min_days",
                "variants.*.sum_max_days",
            }
        ),
    ),
)
def feasibility(derivation: Derivation, reviews: dict[str, Review]) -> Entry:
    """Per approval and per variant: can it still be done by the nearest binding deadline."""
    goal = derivation.next_binding
    live = [variant for variant in derivation.variants.all if variant.status != "dropped"]
    return {
        "deadline": goal.deadline.id if goal else None,
        "due": goal.due.text if goal and goal.due else None,
        "days_left": derivation.deadlines.days_left(goal) if goal else None,
        "rule": IN_TIME,
        "approvals": {each.approval.id: each.view for each in reviews.values()},
        "variants": {
            variant.id: _variant(
                derivation,
                variant,
                [
                    approval
                    for approval in derivation.approvals.all
                    if derivation.approvals.status(approval)[0] in OUTSTANDING
                    and (approval.only_if is None or conditions.parse(approval.only_if).holds(variant))
                ],
            )
            for variant in (live if derivation.has_deal and derivation.context.ended_at is None else [])
        },
        "because": list(goal.causes) if goal else [],
    }


def decided_by(context: Context, approval: Approval, start: date, days: int | None) -> date | None:
    """The day on which so many days of review, begun on `start`, are over; None where that cannot be counted."""
    if days is None:
        return None
    place = approval.jurisdiction
    calendar = context.calendars(place) if place and approval.day_kind == "working_day" else None
    return count(start, days, cast(Unit, approval.day_kind or "day"), calendar, named=place).due


def filed(context: Context, approval: Approval) -> date | None:
    """The day of its last application, refiling or reopening; None where it is not filed, or is required again."""
    clock = approval.clock or approval.applied
    if clock is None or approval.status == "required":
        return None
    return civil_day(clock.key[0], context.zone)


def _review(derivation: Derivation, approval: Approval) -> Review:
    context, goal = derivation.context, derivation.next_binding
    start = filed(context, approval)
    because = tuple(dict.fromkeys((*_review_causes(derivation, approval), *(goal.causes if goal else ()))))
    view: Entry = {
        "filed": start.isoformat() if start else None,
        "earliest": None,
        "guaranteed_by": None,
        "latest_filing": None,
        "latest_filing_at_best": None,
        "verdict": "unknown",
    }
    if start is not None:
        shortest = decided_by(context, approval, start, approval.min_days)
        longest = decided_by(context, approval, start, approval.max_days)
        view["earliest"] = shortest.isoformat() if shortest else None
        overrun = longest is not None and longest < civil_day(context.valid_at, context.zone)
        view["guaranteed_by"] = longest.isoformat() if longest and not overrun else None
        if goal is not None and goal.due is not None:
            guaranteed = False if overrun else longest <= goal.due.day if longest else None
            view["verdict"] = _verdict(shortest <= goal.due.day if shortest else None, guaranteed)
    elif goal is not None and goal.due is not None:
        at_best = latest_start(goal.due.day, lambda day: decided_by(context, approval, day, approval.min_days))
        surely = latest_start(goal.due.day, lambda day: decided_by(context, approval, day, approval.max_days))
        view["latest_filing_at_best"] = at_best.isoformat() if at_best else None
        view["latest_filing"] = surely.isoformat() if surely else None
        view["verdict"] = _verdict(_ahead(derivation, at_best, goal), _ahead(derivation, surely, goal))
    view["because"] = list(because)
    if not approval.origin.facts:
        view["layer"] = "reported"
    return Review(approval, view["verdict"], view, because)


def _review_causes(derivation: Derivation, approval: Approval) -> Iterator[str]:
    """The events by which an approval is outstanding and takes as long as it does."""
    yield from derivation.approvals.outstanding_because(approval)
    yield from owed(approval, "min_days", "max_days", "day_kind", "clock", "applied", "status")
    place = approval.jurisdiction
    calendar = derivation.context.calendars(place) if place and approval.day_kind == "working_day" else None
    yield from calendar.because if calendar is not None else ()


def _verdict(at_best: bool | None, surely: bool | None) -> str:
    """From whether the shortest and the longest review end in time; None where that is not known."""
    if at_best is False:
        return "infeasible"
    if surely is None:
        return "unknown"
    return "feasible" if surely else "at_risk"


def _ahead(derivation: Derivation, latest: date | None, goal: DueDate) -> bool | None:
    """Whether the last day to file has not passed yet."""
    return None if latest is None else not derivation.context.has_passed(end_of_day(latest, goal.zone) + 1)


def latest_start(due: date, end_of: Callable[[date], date | None]) -> date | None:
    """The last day to begin on, so that what then takes its time ends by `due`; None where it cannot be counted."""
    try:
        whole = end_of(due)
        start = due - (whole - due) if whole else None
        while start is not None and (end := end_of(start)) is not None:
            if end <= due:
                break
            start -= max(end - due, timedelta(days=1))
        if start is None or end_of(start) is None:
            return None
        while (end := end_of(start + timedelta(days=1))) is not None and end <= due:
            start += timedelta(days=1)
    except OverflowError:
        return None
    return start


def _variant(derivation: Derivation, variant: Variant, needed: list[Approval]) -> Entry:
    """What this way to build the deal still needs, side by side and one after another."""
    found = [_review(derivation, approval) for approval in needed]
    verdicts = [each.verdict for each in found]
    entry: Entry = {
        "approvals": [approval.id for approval in needed],
        "verdict": next((verdict for verdict in GRAVEST if verdict in verdicts), "feasible"),
        "one_after_another": _chain(derivation, needed),
        "because": list(dict.fromkeys((*variant.origin.because, *(event for each in found for event in each.because)))),
    }
    units = {approval.day_kind or "day" for approval in needed}
    for name in ("min_days", "max_days"):
        known = [getattr(approval, name) for approval in needed if getattr(approval, name) is not None]
        entry[f"sum_{name}"] = sum(known) if len(units) <= 1 else None
        entry[f"{name}_unknown_for"] = [approval.id for approval in needed if getattr(approval, name) is None]
    entry["unit"] = units.pop() if len(units) == 1 else None
    return entry


def _chain(derivation: Derivation, needed: list[Approval]) -> Entry:
    """The last days to begin, were every review that is not filed yet to wait for the one before."""
    context, goal = derivation.context, derivation.next_binding
    waiting = [approval for approval in needed if filed(context, approval) is None]
    if goal is None or goal.due is None or not waiting:
        return {"latest_start": None, "latest_start_at_best": None, "verdict": None}

    def through(name: str) -> Callable[[date], date | None]:
        def end_of(day: date) -> date | None:
            end: date | None = day
            for approval in waiting:
                end = decided_by(context, approval, end, getattr(approval, name)) if end else None
            return end

        return end_of

    at_best, surely = latest_start(goal.due.day, through("min_days")), latest_start(goal.due.day, through("max_days"))
    return {
        "latest_start": surely.isoformat() if surely else None,
        "latest_start_at_best": at_best.isoformat() if at_best else None,
        "verdict": _verdict(_ahead(derivation, at_best, goal), _ahead(derivation, surely, goal)),
    }
