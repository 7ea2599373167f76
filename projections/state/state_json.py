"""The JSON of a state and of its basis: the hash of what it says, and the link under which it is found again."""

from hashlib import sha256
from urllib.parse import quote, urlencode

from domain.basis import Basis
from domain.state import State, without_counters
from domain.time.instants import iso
from ledger.encoding.canonical_json import canonical
from projections.state import answers
from projections.state.holiday_calendars import VERSION as CALENDARS
from projections.state.time_query import DEFAULTS

RULES = "10"
"""The version of the rules of derivation: raised when a rule changes its answer."""


def state_to_json(deal_id: str, found: State, basis: Basis) -> answers.State:
    """The JSON of a state: with the basis, the next change by time, and its hash."""
    sections = dict(found.sections)
    return {
        "exists": sections.pop("exists"),
        "deal": sections.pop("deal"),
        "basis": basis_to_json(deal_id, basis),
        **sections,
        "next_transition_at": iso(found.next_transition_at) if found.next_transition_at else None,
        "state_hash": state_hash(found),
    }


def basis_to_json(deal_id: str, basis: Basis) -> answers.Basis:
    """The basis echoed exactly, with the link under which this answer is found again."""
    return {**basis_members(basis), "permalink": permalink(deal_id, basis)}  # type: ignore[typeddict-item]  # one is optional


def basis_members(basis: Basis) -> answers.BasisMembers:
    """The members of a basis that do not depend on whether its state is on record."""
    return {
        "valid_at": iso(basis.valid_at),
        "known_at": iso(basis.known_at),
        "known_version": basis.known_version,
        "known_position": basis.known_position,
        "known_by": basis.known_by,
        "reading": basis.reading,
        "layer": basis.layer,
        "hindsight": basis.hindsight,
        "projected": basis.projected,
        "rules": {"rules": RULES, "calendars": CALENDARS},
    }


def state_hash(found: State) -> str:
    """SHA-256, in hex, of the canonical bytes of what the state says; day counters are no part of it."""
    return sha256(canonical(without_counters(found.sections))).hexdigest()


def permalink(deal_id: str, basis: Basis, position: int | None = None) -> str:
    """The permanent link: the same answer, also after later recordings. `position` bounds what is of other deals."""
    asked: dict[str, str | int] = {"valid_at": iso(basis.valid_at), "known_version": basis.known_version}
    if position is not None:
        asked["known_position"] = position
    if basis.known_by == "published":
        asked.update(known_at=iso(basis.known_at), known_by="published")
    for name in ("reading", "layer"):
        if getattr(basis, name) != DEFAULTS[name]:
            asked[name] = getattr(basis, name)
    return f"/v1/deals/{quote(deal_id)}/state?{urlencode(asked)}"
