"""The links of a deal as the whole log has them: with the other deals' titles and status, and with their links to it.

They are added to the answer after its state is derived and hashed; a state, its hash and a bundle are a function of
the deal's own record alone.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from domain.basis import Basis
from domain.entities.link import INVERSES
from domain.errors import UnreadableDeal
from domain.state import State
from projections.isolation import isolated
from projections.state import answers
from projections.state.state_json import permalink, state_to_json
from projections.state.state_reader import StateReader
from projections.state.time_query import Bound, TimeQuery

MOST_DEALS = 100
"""Deals that are read for the links of one, in each direction; of those that link to it the last that did."""

COUNTED_DEALS = 10_000
"""Deals linking to one that are counted."""

READ = ("exists", "deal", "status", "links")
"""The sections that are derived of another deal."""

Entry = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class LinkedState:
    """The state of a deal with its links in both directions."""

    state: answers.State
    deals: frozenset[str]
    """The other deals that it depends on, those that are not on record yet among them."""


@dataclass(frozen=True, slots=True)
class _OtherDeals:
    """The other deals that can be read on a basis, by id, and the last position that is known of them."""

    found: Mapping[str, State]
    position: int


def state_with_links(reader: StateReader, deal_id: str, question: TimeQuery) -> LinkedState:
    """The state of a deal, its links with what their other ends say on the same basis."""
    found, basis = reader.state_on_query(deal_id, question)
    with isolated(reader.ledger, deal_id, basis.known_version):
        answer = state_to_json(deal_id, found, basis)
    bound = Bound.of(question, basis)
    own = answer["links"]
    every = reader.ledger.deals_linking_to(deal_id, COUNTED_DEALS, bound.position, bound.recorded_at)
    named = list(dict.fromkeys(each["other_deal"] for each in own if isinstance(each, Mapping)))
    linking, linked = every[:MOST_DEALS], named[:MOST_DEALS]
    omitted = len({*every, *named}.difference(linking, linked))
    deals = frozenset((*linked, *linking))
    if not deals:
        return LinkedState(answer, deals)
    others = _read(reader, deals, basis, bound)
    incoming = [] if not found.sections["exists"] else _incoming(deal_id, linking, others, own)
    answer["links"] = [*(_outgoing(each, others) for each in own), *incoming]
    position = max(basis.known_position, others.position)
    answer["basis"] = {**answer["basis"], "permalink": permalink(deal_id, basis, position)}
    if omitted:
        answer["basis"]["links_omitted"] = omitted
    return LinkedState(answer, deals)


def _read(reader: StateReader, deals: Iterable[str], basis: Basis, bound: Bound) -> _OtherDeals:
    """What is on record of other deals; one that cannot be read is left out."""
    found: dict[str, State] = {}
    last = 0
    for head in reader.ledger.deal_heads(sorted(deals)):
        try:
            state, position = reader.state_beside(head, basis, bound, *READ)
        except UnreadableDeal:
            continue
        last = max(last, position)
        if state.sections["exists"]:
            found[head.deal_id] = state
    return _OtherDeals(found, last)


def _outgoing(link: Any, others: _OtherDeals) -> Any:
    """A link of the deal's own record with what the other deal says of itself."""
    if not isinstance(link, Mapping):
        return link
    return {**link, "other": _other(others.found.get(link["other_deal"])), "incoming": False}


def _incoming(deal_id: str, linking: Iterable[str], others: _OtherDeals, own: Iterable[Any]) -> list[Entry]:
    """The links of other deals to this one, by their ids; those that its own record has too are left out."""
    held = {(each["other_deal"], each["relation"]) for each in own if isinstance(each, Mapping)}
    links = [
        {
            **link,
            "id": name,
            "other_deal": name,
            "relation": INVERSES.get(link["relation"], link["relation"]),
            "other": _other(others.found[name]),
            "incoming": True,
        }
        for name in sorted(linking)
        if name in others.found
        for link in others.found[name].sections["links"]
        if isinstance(link, Mapping) and link["other_deal"] == deal_id
    ]
    return [each for each in links if (each["other_deal"], each["relation"]) not in held]


def _other(state: State | None) -> Entry | None:
    """The title and the status of another deal; None where it is not on record."""
    if state is None:
        return None
    return {"title": state.sections["deal"]["title"], "status": state.sections["status"]["value"]}
