"""Paths in a state, as tokens of a JSON pointer (RFC 6901): the value there, and the events that caused it."""

import re
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any, Final

from domain.entities import ENTITY_TYPES
from domain.entities.base import Entity
from domain.entities.deal import DealEntity
from domain.folded_deal import FoldedDeal

SUFFIX = "_because"

ERASED = "[erased]"
"""The value of a path that an erased event had set."""

_INDEX = re.compile("0|[1-9][0-9]{0,8}")


class Absent:
    """The value of a path that does not exist, which differs from null."""

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final = Absent()

ENTITY_SECTIONS = {kind.SECTION: kind for kind in ENTITY_TYPES.values() if kind.SECTION}
"""Section -> the class of the entities that it has an entry for each of."""

KINDS = {section: kind.KIND for section, kind in ENTITY_SECTIONS.items() if kind.SHOWS_FIELDS}
"""Section -> kind of the entities whose fields its entries show."""


@cache
def tokens_of(path: str) -> tuple[str, ...]:
    """The tokens of a pointer that is known to be one."""
    return tuple(token.replace("~1", "/").replace("~0", "~") for token in path.split("/")[1:])


def write(tokens: Iterable[str]) -> str:
    """The pointer of these tokens."""
    return "".join("/" + token.replace("~", "~0").replace("/", "~1") for token in tokens)


def host(tokens: Sequence[str]) -> tuple[str, str]:
    """Kind and id of the entity that a place belongs to: the deal itself where it is no single entity's."""
    kind = ENTITY_SECTIONS.get(tokens[0], DealEntity)
    if kind.SINGLETON or len(tokens) <= kind.KEY_PARTS:
        return DealEntity.KIND, ""
    return kind.KIND, "/".join(tokens[1 : kind.KEY_PARTS + 1])


def unless_erased(value: Any) -> Any:
    """A value, or None where it was erased: for what reckons with it."""
    return None if value == ERASED else value


def members(value: Any) -> list[Any]:
    """The members of a list; of one that was erased, that it was."""
    return [value] if value == ERASED else list(value or ())


def get(value: Any, tokens: Sequence[str]) -> Any:
    """The value at the path, or ABSENT."""
    for token in tokens:
        value = step(value, token)
        if value is ABSENT:
            return ABSENT
    return value


def step(value: Any, token: str) -> Any:
    """The value below another, or ABSENT."""
    if isinstance(value, dict):
        return value.get(token, ABSENT)
    if isinstance(value, list) and _INDEX.fullmatch(token) and int(token) < len(value):
        return value[int(token)]
    return ABSENT


def erasure_at(deal: FoldedDeal, tokens: Sequence[str]) -> tuple[str, ...]:
    """The erased event that had set a place, or one around it, and the event that erased it; none where none did."""
    entity = deal.entities.get(host(tokens)) if tokens else None
    if entity is None or not entity.origin.erased:
        return ()
    around = (write(tokens[:length]) for length in range(len(tokens), 0, -1))
    return next((found[-1].because for path in around if (found := entity.origin.erased.get(path))), ())


def causes(sections: Any, deal: FoldedDeal, tokens: Sequence[str]) -> tuple[str, ...]:
    """The events to which a value is owed: what is said of the value itself, else of its field, else of its entry."""
    erased = erasure_at(deal, tokens)
    if erased and get(sections, tokens) == ERASED:
        return erased
    found: Sequence[str] = ()
    value = sections
    for depth, token in enumerate(tokens):
        own = value.get(token + SUFFIX) if isinstance(value, dict) else None
        value = step(value, token)
        if own is not None:
            found = own
        elif depth == _field_depth(tokens):
            found = field_causes(deal, tokens) or found
        if isinstance(value, dict) and isinstance(value.get("because"), list):
            found = value["because"]
    if value is not ABSENT and (isinstance(value, list) or not found):
        within = tuple(dict.fromkeys(inside(value)))
        found = within or found
    return tuple(found)


def _field_depth(tokens: Sequence[str]) -> int:
    return 1 if tokens[0] == "deal" else 2


def field_causes(deal: FoldedDeal, tokens: Sequence[str]) -> tuple[str, ...] | None:
    """The events to which the field of an entity is owed that a place shows; None where it shows no single one's."""
    entity = _entity_at(deal, tokens)
    if entity is None:
        return None
    name = tokens[_field_depth(tokens)]
    if name not in entity.DERIVED_FROM and not hasattr(entity, name):
        return None
    by = entity.origin.causes
    return tuple(dict.fromkeys(event for each in entity.DERIVED_FROM.get(name, (name,)) for event in by.get(each, ())))


def is_accumulated(tokens: Sequence[str]) -> bool:
    """Whether a place shows a value to which events add."""
    kind = ENTITY_SECTIONS.get(tokens[0])
    return kind is not None and "/".join(tokens[_field_depth(tokens) :]) in kind.ACCUMULATED


def begun_by(deal: FoldedDeal, tokens: Sequence[str]) -> tuple[str, ...] | None:
    """The events at which a value began that each event since has added to; None where a place shows no such value."""
    entity = _entity_at(deal, tokens)
    return entity.begun_by("/".join(tokens[_field_depth(tokens) :])) if entity is not None else None


def _entity_at(deal: FoldedDeal, tokens: Sequence[str]) -> Entity | None:
    """The entity of whose entry a place is a part; None where it is below no entry that shows the fields of one."""
    kind = KINDS.get(tokens[0])
    if kind is None or len(tokens) <= _field_depth(tokens):
        return None
    return deal.entities.get((kind, "" if kind == "deal" else tokens[1]))


def inside(value: Any) -> list[str]:
    """The causes anywhere inside a value."""
    found: list[str] = []
    if isinstance(value, dict | list):
        _collect_causes(value, found)
    return found


def _collect_causes(value: dict[str, Any] | list[Any], found: list[str]) -> None:
    if isinstance(value, list):
        for each in value:
            if isinstance(each, dict | list):
                _collect_causes(each, found)
        return
    for name, each in value.items():
        if name == "because" or name.endswith(SUFFIX):
            found.extend(each)
        elif isinstance(each, dict | list):
            _collect_causes(each, found)
