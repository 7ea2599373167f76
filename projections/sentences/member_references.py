"""Which entities the members of a state refer to: those of its events' fields of the same name, and its own."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from domain.entities import ENTITY_TYPES
from domain.entities.approval import Approval
from domain.entities.bid import Bid
from domain.entities.deadline import Deadline
from domain.entities.litigation import Case
from domain.event import REGISTRY
from domain.fields.description import describe
from domain.fields.types import ANY_ENTITY, PARTY, TARGET, Reference
from domain.narration import referred_to_by
from domain.sections.section import Form
from domain.sentences.wording import reference_of
from domain.state import SECTIONS

_APPROVAL, _DEADLINE, _CASE = (Reference((kind.KIND,)) for kind in (Approval, Deadline, Case))

STATE_MEMBERS: Mapping[str, Reference] = {
    "confirmed_by": PARTY, "denied_by": PARTY,
    "binds": _DEADLINE, "any": _DEADLINE, "binding": _DEADLINE, "overdue": _DEADLINE, "feasibility.deadline": _DEADLINE,
    "members": Reference((Deadline.KIND, *(kind for kind in ENTITY_TYPES if kind != Deadline.KIND))),
    "approvals": _APPROVAL, "min_days_unknown_for": _APPROVAL, "max_days_unknown_for": _APPROVAL,
    "moot": TARGET, "appealed_to": _CASE, "appealed_from": _CASE,
    "best_bid.id": Reference((Bid.KIND,)), "id": ANY_ENTITY,
}  # fmt: skip
"""What the members refer to that hold ids and are no fields of events, in every section or in one."""

KINDS: Mapping[str, str] = {"relief": Case.KIND, **{kind: kind for kind in ENTITY_TYPES}}
"""What an entry says that its `id` is of -> the kind of the entity."""


@cache
def member_reference(member: str, section: str = "") -> Reference | None:
    """Which entities a member of a state refers to, by its path and the section; None where it refers to none."""
    name = member.rpartition(".")[2]
    return (
        STATE_MEMBERS.get(f"{section}.{name}")
        or _own_reference(section, name)
        or referred_to_by(name)
        or STATE_MEMBERS.get(name)
    )


def reference_in(entry: object, member: str, section: str = "") -> Reference | None:
    """The same of a member of an entry, which may say of what kind its `id` is."""
    kind = entry.get("kind") if member == "id" and isinstance(entry, Mapping) else None
    if isinstance(kind, str) and kind in KINDS:
        return Reference((KINDS[kind],))
    return member_reference(member, section)


def naming_itself(name: Callable[[str, Reference], str], entry: object) -> Callable[[str, Reference], str]:
    """The names for a text of an entry in which its own id is of the kind that the entry says."""
    own, reference = (entry.get("id") if isinstance(entry, Mapping) else None), reference_in(entry, "id")
    return lambda entity_id, other: name(entity_id, reference if reference and entity_id == own else other)


def entry_reference(section: str) -> Reference:
    """Which entities the ids of the entries of a section are of."""
    if section == "stances":
        return PARTY
    declared = SECTIONS.get(section)
    if declared is None or declared.entity is None:
        return STATE_MEMBERS.get(section, ANY_ENTITY)
    return Reference((declared.entity.KIND,)) if declared.form is Form.ENTRIES else ANY_ENTITY


def token_reference(tokens: Sequence[str], at: int) -> Reference | None:
    """Which entities a token of a place in a state may be of; None where it is the name of a section or a member."""
    section = SECTIONS.get(tokens[0]) if tokens else None
    if section is None or at == 0:
        return None
    if at == 1 and section.by_id:
        return entry_reference(section.name)
    return member_reference(tokens[at - 1], section.name) if at > 1 or section.form is Form.OBJECT else None


@cache
def _own_reference(section: str, name: str) -> Reference | None:
    """What a field of the events about the entities of a section refers to."""
    entity = SECTIONS[section].entity if section in SECTIONS else None
    if entity is None:
        return None
    fields = (describe(cls).get(name) for cls in REGISTRY.values() if cls.ABOUT is entity)
    found = {reference_of(field) for field in fields if field is not None} - {None}
    return found.pop() if len(found) == 1 else None


def event_reference(event_type: str, name: str) -> Reference | None:
    """What a field of a type of event refers to; of an unknown type or field, by the name alone."""
    cls: Any = REGISTRY.get(event_type)
    field = describe(cls).get(name) if cls is not None else None
    return referred_to_by(name) if field is None else reference_of(field)
