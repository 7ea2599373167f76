"""Court cases, the relief in them, and whether they seek to block the deal."""

from functools import partial

from domain.entities.litigation import Case, Relief
from domain.entities.order import Order
from domain.entities.party import Party
from domain.sections.context import Context, Entry, entries_by_id, to_json
from domain.sections.orders import LegalStatuses
from domain.sections.section import section
from domain.sections.wording import Group, Wording, list_member, sentence_member, status_member, value_member


@section(
    entity=Case,
    columns=("court", "plaintiffs", "defendants", "status", "targets"),
    named_by="court",
    depends_on=(Order,),
    wording=Wording(
        group=Group.CONDITIONS,
        rank=1,
        new="New: {it}",
        shown=("in {court}", "{status}", "over {targets}", "seeking {relief_sought}"),
        gone="{it} is no longer on record",
        members={
            "status": status_member({"appealed": "under appeal", "pending": "before the court", "ended": "over"}),
            "relief": list_member("the relief", item=("{relief}", "{status}", "until {until}", "({scope})")),
            "rulings": list_member(
                "the rulings", item=("{outcome}", "in favour of {in_favour_of}", "({disposition})", "of {on}")
            ),
            "ended": sentence_member(
                "{it} ended: {now}",
                "{it} ended: {now} (before: {was})",
                "{it} no longer counts as ended (before: {was})",
                follows=("status",),
                follows_as=frozenset(),
            ),
            "decided": sentence_member(
                "{it} was decided: {now}",
                "{it} was decided: {now} (before: {was})",
                "{it} is no longer decided (before: {was})",
                follows=("status",),
            ),
            "appealed_to": sentence_member(
                "{it} went on to {now}",
                "{it} went on to {now} (before: {was})",
                "{it} is no longer appealed (before: to {was})",
            ),
            "appealed_from": sentence_member(
                "{it} came from {now}",
                "{it} came from {now} (before: {was})",
                "{it} no longer comes from another case (before: {was})",
            ),
            "court": value_member("the court"),
            "level": value_member("the level"),
            "plaintiffs": list_member("the plaintiffs"),
            "defendants": list_member("the defendants"),
            "targets": list_member("the targets"),
            "moot": sentence_member(
                "In {it}, {now} is moot",
                "In {it}, what is moot: {difference}",
                "In {it}, there is no longer anything moot (before: {was})",
            ),
            "docket": value_member("the docket number"),
            "forum": value_member("the forum"),
            "relief_sought": value_member("the relief sought"),
            "transfers": list_member("the earlier courts", item=("{from}", "until {since}")),
        },
    ),
    statuses=("pending", "appealed", "paused", "decided", "ended"),
    over=("decided", "ended"),
)
def litigation(context: Context, legal_statuses: LegalStatuses) -> dict[str, Entry]:
    """Court cases, with relief and rulings."""
    return entries_by_id(context.every(Case), partial(_case_view, context, legal_statuses))


def _case_view(context: Context, legal_statuses: LegalStatuses, case: Case) -> Entry:
    inherited = legal_statuses.sides(case)
    statuses = ((target, legal_statuses.order(target)) for target in legal_statuses.targets(case))
    moot = [(target, found[1]) for target, found in statuses if found is not None and found[0] == "revoked"]
    status = "pending"
    if case.ended is not None:
        status = "ended"
    elif case.decided is not None:
        status = "decided"
    elif case.paused is not None and not context.over(case.paused_until):
        status = "paused"
    elif case.appealed_to is not None:
        status = "appealed"
    return {
        "court": case.court,
        "level": case.level,
        "plaintiffs": list(inherited.plaintiffs),
        "defendants": list(inherited.defendants),
        "targets": list(legal_statuses.targets(case)),
        "moot": [target for target, _because in moot],
        "status": status,
        "docket": case.docket,
        "forum": case.forum,
        "transfers": [dict(move) for move in case.courts],
        "relief_sought": case.relief_sought,
        "relief": [_relief_view(context, legal_statuses, case, relief) for relief in case.reliefs],
        "rulings": [
            {name: to_json(value) for name, value in ruling.items() if name != "key"} for ruling in case.rulings
        ],
        "ended": case.ended.value if case.ended else None,
        "decided": case.decided.value if case.decided else None,
        "appealed_to": case.appealed_to,
        "appealed_from": case.appealed_from,
        "because": [
            *legal_statuses.inherited_because(case),
            *(event for _target, because in moot for event in because),
        ],
    }


def _relief_view(context: Context, legal_statuses: LegalStatuses, case: Case, relief: Relief) -> Entry:
    targets = legal_statuses.targets(case, relief.targets)
    over = relief.status == "granted" and context.over(relief.until)
    return {
        "relief": relief.relief,
        "status": "ended" if over else relief.status,
        "since": relief.since,
        "until": to_json(relief.until),
        "targets": list(targets) if relief.status != "denied" else [],
        "scope": relief.scope,
        "reason": relief.reason,
        "because": [*legal_statuses.relief_because(case, relief), *([relief.end.id] if relief.end else [])],
    }


AUTHORITIES = frozenset({"regulator", "government", "legislature", "court"})
"""Roles of a plaintiff whose case against a party of the deal seeks to block it."""

DEALING = frozenset({"target", "seller", "buyer", "bidder"})
"""Roles that make one a party of the deal, beside being named by deal.opened."""


def seeks_to_block(context: Context, legal_statuses: LegalStatuses, case: Case) -> bool:
    """Rule 7: a case that has not ended, against a party of the deal, brought by an authority or against the closing.

    An end on an imprecise day counts at its latest moment (rule 17).
    """
    end = case.ended or case.decided
    if end is not None and context.surely(end.since):
        return False
    sides = legal_statuses.sides(case)
    if case.appealed_to is not None and case.appealed_to in legal_statuses.cases:
        return False
    parties = frozenset(context.deal_entity.parties) | {
        each.id for each in context.every(Party) if DEALING & {*each.roles}
    }
    return not parties.isdisjoint(sides.defendants) and (
        _by_authority(context, case, sides) or _names_the_closing(legal_statuses, case)
    )


def _by_authority(context: Context, case: Case, sides: Case) -> bool:
    suing = (context.one(Party, each) for each in sides.plaintiffs)
    return "authority" in (case.forum, sides.forum) or any(
        party is not None and AUTHORITIES & {*party.roles} for party in suing
    )


def _names_the_closing(legal_statuses: LegalStatuses, case: Case) -> bool:
    sought = legal_statuses.sides(case).relief_sought or case.relief_sought or ""
    return (
        "closing" in legal_statuses.targets(case)
        or "closing" in sought.casefold()
        or any("closing" in relief.targets for relief in case.reliefs)
    )
