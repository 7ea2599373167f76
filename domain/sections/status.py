"""The status of the deal, and the phase it is in."""

from collections.abc import Iterator

from domain.entities.agreement import Agreement
from domain.entities.base import Occurrence
from domain.entities.bid import Bid
from domain.entities.deal import DealEntity
from domain.rulebook import register_rule
from domain.sections.context import Context, Entry
from domain.sections.section import section

CLOSED = register_rule(
    "closed-wins",
    "status",
    "A deal that was closed is closed, whatever comes later.",
    "TikTok, 22 Jan 2026.",
)


TERMINATED = register_rule(
    "terminated-wins",
    "status",
    "A deal that was terminated is terminated, whatever comes later.",
    "Qualcomm/NXP, 26 Jul 2018.",
)


SUSPENDED = register_rule(
    "talks-suspended",
    "status",
    "Between deal.talks_suspended and deal.talks_resumed an open deal is stalled.",
    "TikTok from February 2021, by report.",
)


RESUMED = register_rule(
    "talks-resumed",
    "status",
    "Once talks are resumed the deal is open again.",
    "TikTok from 20 Jan 2025.",
)


OPENED = register_rule(
    "deal-opened",
    "status",
    "A deal is open from deal.opened on.",
    "TikTok from 31 Jul 2020.",
)


@section(depends_on=())
def status(context: Context) -> Entry | None:
    """Open, stalled, closed or terminated.

    Rule 3: closed and terminated win; else stalled between suspension and resumption; else open. What reports would
    make of it stands beside it.
    """
    deal_entity = context.deal_entity
    entry = _status(deal_entity)
    as_reported = deal_entity.origin.as_reported
    if entry is None or not isinstance(as_reported, DealEntity):
        return entry
    reported = _status(as_reported)
    if reported is not None and reported["value"] != entry["value"]:
        grades = dict(as_reported.origin.by_report.values())
        entry["reported"] = {
            "value": reported["value"],
            "grade": grades.get(reported["because"][0]),
            "since": reported["since"],
            "because": reported["because"],
        }
    return entry


def _status(deal_entity: DealEntity) -> Entry | None:
    if deal_entity.opened is None:
        return None
    ends = [
        (mark.key, value, mark)
        for value, mark in ((CLOSED, deal_entity.closed), (TERMINATED, deal_entity.terminated))
        if mark is not None
    ]
    if ends:
        _key, rule, mark = min(ends, key=lambda each: each[0])
        return _standing("closed" if rule == CLOSED else "terminated", rule, mark)
    talks = deal_entity.talks
    if talks is not None:
        return _standing("stalled", SUSPENDED, talks) if talks.value else _standing("open", RESUMED, talks)
    return _standing("open", OPENED, deal_entity.opened)


def _standing(value: str, rule: str, mark: Occurrence) -> Entry:
    return {"value": value, "since": mark.since, "rule": rule, "because": [mark.id]}


def current_phase(context: Context) -> Occurrence | None:
    """Rule 3: the last of the events that move the phase. Facts move it; reports only where there are none."""
    marks = list(_moves(context))
    facts = [mark for mark in marks if not mark.reported]
    return max(facts or marks, key=lambda mark: mark.key, default=None)


@section(depends_on=(Bid, Agreement))
def phase(context: Context) -> str | None:
    """How far the deal has come."""
    found = current_phase(context)
    return str(found.value) if found else None


@section()
def phase_because(context: Context) -> list[str]:
    """The event that moved the phase last."""
    found = current_phase(context)
    return [found.id] if found else []


def _moves(context: Context) -> Iterator[Occurrence]:
    deal_entity = context.deal_entity
    if deal_entity.opened is None:
        return
    yield _as(deal_entity.opened, "exploratory")
    submitted = [bid.submitted for bid in context.every(Bid) if bid.submitted is not None]
    for layer in (False, True):
        first = min((mark for mark in submitted if mark.reported is layer), key=lambda mark: mark.key, default=None)
        if first is not None:
            yield _as(first, "bidding")
    for agreement in context.every(Agreement):
        if agreement.reached is not None:
            yield _as(agreement.reached, "signed" if agreement.reached.value == "definitive" else "agreed_in_principle")
    yield from deal_entity.moves
    if deal_entity.closed is not None:
        yield _as(deal_entity.closed, "closed")
    if deal_entity.terminated is not None:
        yield _as(deal_entity.terminated, "terminated")


def _as(mark: Occurrence, value: str) -> Occurrence:
    return Occurrence(mark.key, mark.since, mark.id, value, mark.reported)
