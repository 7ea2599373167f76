"""Validation of paths: whether a path of the state can exist, and ever did, for one deal."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any

from domain import state_paths
from domain.basis import Basis
from domain.envelope import RecordedEvent
from domain.events.background import EntityMerged
from domain.events.deal import DealOpened
from domain.events.record import RecordCorrected, RecordErased, RecordReinstated, RecordVoided
from domain.folded_deal import EntityKey
from domain.state_paths import ABSENT, KINDS
from domain.time.instants import FUTURE
from projections.cancellation import checked
from projections.temporal import json_pointer
from projections.temporal.dependencies import Dependencies, bearing
from projections.temporal.recorded_deal import RecordedDeal

STATES_SEEN = 16
"""States whose names are compared with a misspelt one."""


def section_of(tokens: Sequence[str]) -> str | None:
    """The section that a place lies in; None for the whole state."""
    return tokens[0] if tokens else None


def check_possible(past: RecordedDeal, tokens: Sequence[str], basis: Basis) -> None:
    """Raises UnknownPath for a section that no state has, and for an entry of whose id no event of the deal speaks."""
    if not tokens:
        return
    nothing = past.empty_state(basis).sections
    if tokens[0] not in nothing:
        raise json_pointer.unknown_path(tokens, [nothing])
    kind = KINDS.get(tokens[0])
    if len(tokens) > 1 and kind not in (None, "deal"):
        ids = _ids(past, str(kind))
        if tokens[1] not in ids and tokens[1] not in _other_texts(past):
            raise json_pointer.unknown_path(tokens, [{tokens[0]: dict.fromkeys(ids)}])


def _ids(past: RecordedDeal, kind: str) -> set[str]:
    """The ids of one kind of which any event speaks as it was first recorded."""
    slots = chain.from_iterable(_entity_keys(line) for line in checked(past.lines))
    return {thing_id for found, thing_id in slots if found == kind}


def _entity_keys(line: RecordedEvent) -> list[EntityKey]:
    return [(kind.KIND, thing_id) for kind, thing_id in line.event.touches(line.id)]


def _other_texts(past: RecordedDeal) -> set[str]:
    """Every text that a correction gives, every name in a path that an erasure names, and every id that others were
    merged into: the id of an entry may be among them."""
    found: set[str] = set()
    for line in past.lines:
        if isinstance(line.event, RecordCorrected):
            found.update(value for value in line.event.changes.values() if isinstance(value, str))
        elif isinstance(line.event, EntityMerged):
            found.add(line.event.into)
        elif isinstance(line.event, RecordErased):
            for path in line.event.touched:
                found.update(json_pointer.parse(path))
    return found


def check_exists(past: RecordedDeal, tokens: Sequence[str], basis: Basis, seen: Iterable[Any] = ()) -> None:
    """Raises UnknownPath where no state of the deal ever had the path, on any basis.

    `seen` are states of the walk over valid time on the basis, which lack it; without them the walk was not made.
    """
    whole = _whole(past, basis)
    told = past.with_lines(past.developments)
    bears = bearing(tokens)
    states = [*seen]
    walks = []
    if not states or not _knows_all(past, basis):
        walks.append(past.walk_valid_time(whole, bears, section_of(tokens)))
    if _reads_otherwise(past, bears):
        walks.append(told.walk_valid_time(whole, bears, section_of(tokens)))
    for moved in chain.from_iterable(walks):
        if state_paths.get(moved.state.sections, tokens) is not ABSENT:
            return
        states = [*states[1 - STATES_SEEN :], moved.state.sections]
    nothing = past.empty_state(basis).sections
    if state_paths.get(nothing, tokens) is ABSENT:
        raise json_pointer.unknown_path(tokens, [*states, nothing])


def _whole(past: RecordedDeal, basis: Basis) -> Basis:
    """The basis that knows everything ever recorded."""
    last = past.lines[-1] if past.lines else None
    return replace(
        basis,
        known_at=FUTURE,
        known_version=last.version if last else 0,
        known_position=last.position if last else 0,
        known_by="recorded",
        layer="all",
    )


def _knows_all(past: RecordedDeal, basis: Basis) -> bool:
    last = past.lines[-1]
    reaches = basis.known_version >= last.version and basis.known_position >= last.position
    return reaches and basis.known_at >= last.recorded_at and basis.known_by == "recorded" and basis.layer == "all"


def _reads_otherwise(past: RecordedDeal, bears: Dependencies | None) -> bool:
    """Whether any event that bears on the place was voided or corrected: then it may have been there before."""
    about = (RecordCorrected, RecordVoided, RecordReinstated)
    aimed = {line.event.event_id for line in past.lines if isinstance(line.event, about)}
    if bears is None:
        return bool(aimed)
    return any(
        line.type == DealOpened.NAME or any(bears.takes(slot) for slot in _entity_keys(line))
        for line in checked(past.lines)
        if line.id in aimed
    )
