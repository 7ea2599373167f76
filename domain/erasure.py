"""Erasure in a state: writes `[erased]` over the paths that an erased event had set (rule 25).

A value that a later event in fold order set again stays; one that later events only added to, such as a count, does
not, until it begins again. A value from before the erased event would be wrong, and null
would look like something that was not recorded. What was derived from such a value is left out too: no anomaly, unknown
or conflict blames the record for what was destroyed.
"""

from collections.abc import Collection, Iterable, Iterator
from typing import Any

from domain.entities.base import Entity, Erasure, Key
from domain.fields.types import BINDING
from domain.folded_deal import FoldedDeal
from domain.sections.context import Entry, is_shown_count
from domain.sections.deadline_status import OPEN
from domain.state_paths import (
    ABSENT,
    ENTITY_SECTIONS,
    ERASED,
    SUFFIX,
    begun_by,
    causes,
    field_causes,
    get,
    step,
    tokens_of,
)

COUNTED = {"due": (("days_left",), ("working_days_left",), ("extension", "used"))}
"""Place -> the places beside it that are counted from it."""

DECISIVE = frozenset({"status", "bars", "effective", "until", "relief", "only_if", "targets"})
"""Names of the places on which it rests whether an entity blocks the closing."""

LISTS_ABOUT_ENTITY_SECTIONS = ("anomalies", "unknowns", "contradictions", "conflicts", "scheduled")
"""Lists of what follows from entities; an entry about one of which something was erased is left out."""

NOT_SET = frozenset({"because", "history", "layer"})
"""Members of an entry that say where it comes from."""

Tokens = tuple[str, ...]


def rests_on_others(sections: Collection[str], deal: FoldedDeal) -> bool:
    """Whether one of these sections is redacted beside others alone: a list, or what is no entity's own, if anything
    was erased."""
    beside = any(section not in ENTITY_SECTIONS for section in sections)
    return beside and any(entity.origin.erased for entity in deal.entities.values())


def redact(sections: Entry, deal: FoldedDeal) -> None:
    """Write over what was erased, in place: in all sections of a state of this deal, or in one that needs no other."""
    marked = [entity for entity in deal.entities.values() if entity.origin.erased]
    if not marked:
        return
    erased = {event for entity in marked for each in _marks(entity) for event in each.because}
    order = {event: key for entity in deal.entities.values() for event, key in _places(entity) if event not in erased}
    redacted: dict[str, set[str]] = {}
    for entity in marked:
        for path, (*_, erasure) in entity.origin.erased.items():
            for tokens in list(_leaves(sections, tokens_of(path))) if tokens_of(path)[0] in sections else ():
                if not _set_since(sections, deal, tokens, erasure, order):
                    _write_over(sections, tokens, erasure)
                    redacted.setdefault(entity.id, set()).add(tokens[-1])
    involved = erased | {event for entity in marked if entity.id in redacted for event in entity.origin.because}
    for name in sections.keys() & {*LISTS_ABOUT_ENTITY_SECTIONS}:
        sections[name] = [each for each in sections[name] if not _rests_on(each, redacted, involved)]
    _blockers(sections, redacted)
    _next_deadline(sections, redacted)


def _marks(entity: Entity) -> Iterator[Erasure]:
    return (each for erasures in entity.origin.erased.values() for each in erasures)


def _places(entity: Entity) -> Iterator[tuple[str, Key]]:
    return zip(entity.origin.because, entity.origin.keys, strict=True)


def _leaves(sections: Entry, tokens: Tokens) -> Iterator[Tokens]:
    """The places at and below one: an erasure may name a whole entry."""
    value = get(sections, tokens)
    if not isinstance(value, dict) or not value or is_value(value):
        yield tokens
        return
    for name in list(value):
        if name not in NOT_SET and not name.endswith(SUFFIX) and not is_shown_count(name):
            yield from _leaves(sections, (*tokens, name))


def is_value(value: dict[str, Any]) -> bool:
    """Whether an object is one value: an amount of money."""
    return value.keys() <= {"amount", "currency", "per"}


def _set_since(sections: Entry, deal: FoldedDeal, tokens: Tokens, erasure: Erasure, order: dict[str, Key]) -> bool:
    """Whether a value is there that is owed to an event after the erased one."""
    value = get(sections, tokens)
    if value is ABSENT or value is None or value == ERASED:
        return False
    owed = _owed(sections, deal, tokens, value)
    return any(order[event] > erasure.key for event in owed if event in order)


def _owed(sections: Entry, deal: FoldedDeal, tokens: Tokens, value: Any) -> Iterable[str]:
    """The events to which a value is owed, of an accumulated one those at which it began again. What touched an entity
    otherwise has not set each of its fields."""
    if tokens[0] == "next_deadline" and isinstance(value, str):
        found: Iterable[str] = sections["deadlines"].get(value, {}).get("because", ())
        return found
    begun = begun_by(deal, tokens)
    if begun is not None:
        return begun
    entry = get(sections, tokens[:-1])
    has_causes = isinstance(entry, dict) and tokens[-1] + SUFFIX in entry
    fields = field_causes(deal, tokens)
    return causes(sections, deal, tokens) if has_causes or fields is None else fields


def _write_over(sections: Entry, tokens: Tokens, erasure: Erasure) -> None:
    entry: Any = sections
    for depth, token in enumerate(tokens[:-1]):
        below = step(entry, token)
        if below is ABSENT or below is None:
            if not isinstance(entry, dict):
                return
            below = entry[token] = {"because": []} if depth == 1 else {}
        if not isinstance(below, dict | list):
            return
        if isinstance(below, dict) and isinstance(below.get("because"), list):
            below["because"] = list(dict.fromkeys((*below["because"], *erasure.because)))
        entry = below
    if isinstance(entry, dict):
        name = tokens[-1]
        entry[name] = ERASED
        for *around, counted in COUNTED.get(name, ()):
            beside = get(entry, around)
            if isinstance(beside, dict) and counted in beside:
                beside[counted] = ERASED
        if isinstance(entry.get(name + SUFFIX), list):
            entry[name + SUFFIX] = list(erasure.because)


def _rests_on(entry: Entry, redacted: dict[str, set[str]], involved: set[str]) -> bool:
    """Whether an entry of a list is about something of which a part was erased."""
    about = {entry.get("id"), *entry.get("members", ())}
    return entry.get("event_id") in involved or not about.isdisjoint(redacted)


def _blockers(sections: Entry, redacted: dict[str, set[str]]) -> None:
    """Whether an entity still blocks cannot be known where what decides it was erased: it stays, and says so."""
    for entry in sections.get("blockers", ()):
        if DECISIVE.intersection(redacted.get(entry["id"], ())):
            entry.update({name: ERASED for name in ("severity", "status", "clears_when") if name in entry})


def _next_deadline(sections: Entry, redacted: dict[str, set[str]]) -> None:
    """An open deadline whose date was erased may come next: null, where none does by its date, would deny that."""
    if "next_deadline" not in sections:
        return
    entry = sections["next_deadline"]
    for entity_id, deadline in sections["deadlines"].items():
        if "due" not in redacted.get(entity_id, ()) or deadline["due"] != ERASED or not _may_be_open(deadline):
            continue
        binding = deadline["force"] in BINDING or deadline["force"] == ERASED
        for name in ("reported",) if deadline.get("layer") else ("binding", "any") if binding else ("any",):
            if entry[name] is None:
                entry[name] = ERASED


def _may_be_open(deadline: Entry) -> bool:
    return not deadline.get("frozen") and (deadline["status"] in OPEN or deadline["status"] == ERASED)
