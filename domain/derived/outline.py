"""The deal in outline: status, phase, parties, agreements."""

from collections.abc import Iterator

from domain.derived.context import Context, Entry, keyed, plain
from domain.things import Agreement, Bid, Mark, Party


def status(context: Context) -> Entry | None:
    """Rule 3: closed and terminated win; else stalled between suspension and resumption; else open."""
    matter = context.matter
    if matter.opened is None:
        return None
    ends = [
        (mark.key, value, mark)
        for value, mark in (("closed", matter.closed), ("terminated", matter.terminated))
        if mark
    ]
    if ends:
        _key, value, mark = min(ends, key=lambda each: each[0])
        return {"value": value, "since": mark.since, "rule": f"{value}-wins", "because": [mark.id]}
    talks = matter.talks
    shadow = matter.origin.shadow
    if talks is not None and talks.value:
        told: Entry = {"value": "stalled", "since": talks.since, "rule": "talks-suspended", "because": [talks.id]}
    elif talks is not None:
        told = {"value": "open", "since": talks.since, "rule": "talks-resumed", "because": [talks.id]}
    else:
        told = {"value": "open", "since": matter.opened.since, "rule": "deal-opened", "because": [matter.opened.id]}
    reported = getattr(shadow, "talks", None)
    if isinstance(reported, Mark) and reported != talks:
        value = "stalled" if reported.value else "open"
        if value != told["value"]:
            told["reported"] = {"value": value, "since": reported.since, "because": [reported.id]}
    return told


def phase(context: Context) -> Mark | None:
    """Rule 3: the last of the events that move the phase. Facts move it; reports only where there are none."""
    marks = list(_moves(context))
    facts = [mark for mark in marks if not mark.reported]
    return max(facts or marks, key=lambda mark: mark.key, default=None)


def _moves(context: Context) -> Iterator[Mark]:
    matter = context.matter
    if matter.opened is None:
        return
    yield _as(matter.opened, "exploratory")
    submitted = [bid.submitted for bid in context.every(Bid) if bid.submitted is not None]
    for layer in (False, True):
        first = min((mark for mark in submitted if mark.reported is layer), key=lambda mark: mark.key, default=None)
        if first is not None:
            yield _as(first, "bidding")
    for agreement in context.every(Agreement):
        if agreement.reached is not None:
            yield _as(agreement.reached, "signed" if agreement.reached.value == "definitive" else "agreed_in_principle")
    yield from matter.moves
    if matter.closed is not None:
        yield _as(matter.closed, "closed")
    if matter.terminated is not None:
        yield _as(matter.terminated, "terminated")


def _as(mark: Mark, value: str) -> Mark:
    return Mark(mark.key, mark.since, mark.id, value, mark.reported)


def parties(context: Context) -> dict[str, Entry]:
    return keyed(context.every(Party), _party)


def _party(party: Party) -> Entry:
    return {
        "name": party.name,
        "roles": list(party.roles),
        "kind": party.kind,
        "country": party.country,
        "lei": party.lei,
        "parent": party.parent,
        "active": party.active,
        "representatives": [
            {name: plain(value) for name, value in change.items() if name != "key"} for change in party.representatives
        ],
        "history": plain(party.history),
    }


def agreements(context: Context) -> dict[str, Entry]:
    return keyed(context.every(Agreement), _agreement)


def _agreement(agreement: Agreement) -> Entry:
    view: Entry = {
        "level": agreement.level,
        "binding": agreement.binding,
        "parties": list(agreement.parties),
        "summary": agreement.summary,
        "price": plain(agreement.price),
        "stakes": plain(agreement.stakes),
        "variant_id": agreement.variant_id,
        "outside_date": plain(agreement.outside_date),
        "since": agreement.reached.since if agreement.reached else None,
        "versions": plain(agreement.versions),
    }
    # An amendment sets the agreement's terms key by key (rule 13), those with a field of their own included.
    view.update({name: plain(value) for name, value in agreement.other.items() if name != "versions"})
    return view
