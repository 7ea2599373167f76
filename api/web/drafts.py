"""Drafts of events in a form: ids made from names, names in place of ids, and what a draft changes in an event."""

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from api.http import json_text
from api.web.forms import Field
from domain.entities.base import Entity
from domain.entities.party import Party
from domain.event import REGISTRY
from domain.fields.description import describe
from domain.fields.types import PARTY, Reference
from domain.json_equality import equal
from domain.sentences.names import Names
from domain.sentences.template import template
from domain.sentences.wording import reference_of
from domain.sentences.words import capitalized
from projections.sentences.member_references import entry_reference

LONGEST_ID = 40
"""Characters of an id that is made from a name, before a number that makes it unique."""


@dataclass(frozen=True, slots=True)
class Pick:
    """An entry of a picker."""

    id: str
    name: str


def slug(text: str) -> str:
    """An id from a name: `Sale of the US assets` as `sale-of-the-us-assets`; empty where no letter can be one."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    words = "-".join(re.findall("[a-z0-9]+", plain))
    return words if len(words) <= LONGEST_ID else words[: LONGEST_ID + 1].rpartition("-")[0] or words[:LONGEST_ID]


def unused(wanted: str, taken: Collection[str]) -> str:
    """An id, with a number after it where it is taken."""
    if not wanted or wanted not in taken:
        return wanted
    return next(each for count in range(2, len(taken) + 3) if (each := f"{wanted}-{count}") not in taken)


def made_id(type_name: str, data: Mapping[str, Any], state: Mapping[str, Any]) -> str:
    """An id for the entity that an event creates, from what it is called by; empty where that is missing."""
    about = created_by(type_name)
    if about is None:
        return ""
    names, texts, parties = Names(state), [], []
    for place in template(about.PHRASE).placeholders():
        held = data.get(place.name)
        if place.form == "names" and held:
            parties += [names.of(each, PARTY) for each in ([held] if isinstance(held, str) else held)]
        elif not place.form and isinstance(held, str):
            texts.append(held)
    wanted = slug(" ".join(texts)) if texts else slug(" ".join((about.KIND, *parties))) if parties else ""
    return unused(wanted, state.get(about.SECTION) or {})


def created_by(type_name: str) -> type[Entity] | None:
    """The kind of the entity that an event of a type creates and names by one id; None where it creates none."""
    event = REGISTRY.get(type_name)
    about = event.ABOUT if event is not None and event.CREATES else None
    return about if about is not None and about.KEY in describe(REGISTRY[type_name]) else None


def with_ids(type_name: str, data: Mapping[str, Any], state: Mapping[str, Any]) -> dict[str, Any]:
    """The data of an event with ids in place of names that the state gives to one entity alone."""
    by_name: dict[str, str | None] = {}
    parties = picks(state, Party.SECTION)
    for each in parties:
        name = each.name.casefold()
        by_name[name] = each.id if by_name.get(name, each.id) == each.id else None
    known = {each.id for each in parties}

    def id_of(value: Any) -> Any:
        if isinstance(value, list):
            return [id_of(each) for each in value]
        return (by_name.get(value.casefold()) or value) if isinstance(value, str) and value not in known else value

    fields = describe(REGISTRY[type_name])
    refers = {name: reference_of(field) for name, field in fields.items()}
    return {name: id_of(value) if _admits_party(refers[name]) else value for name, value in data.items()}


def _admits_party(reference: Reference | None) -> bool:
    return reference is not None and (not reference.kinds or Party.KIND in reference.kinds)


def picks(state: Mapping[str, Any], section: str) -> list[Pick]:
    """The entries of a section by name; among the parties also those that only the opening of the deal names."""
    names, entries, reference = Names(state), state.get(section), entry_reference(section)
    known = dict.fromkeys(entries if isinstance(entries, Mapping) else ())
    if section == Party.SECTION:
        known |= dict.fromkeys((state.get("deal") or {}).get("names") or ())
    return sorted(
        (Pick(each, capitalized(names.of(each, reference))) for each in known), key=lambda each: each.name.casefold()
    )


def event_picks(events: Iterable[Mapping[str, Any]]) -> list[Pick]:
    """Events by what they say, in the order given."""
    return [Pick(each["id"], f"{each['occurred']}: {each.get('text') or each['type']}") for each in events]


def filled(fields: Iterable[Field], values: Mapping[str, Any]) -> dict[str, str]:
    """The inputs of a form that give these values."""
    return dict(_filled(fields, values))


def _filled(fields: Iterable[Field], values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for each in fields:
        value = values.get(each.pointer.rsplit("/", 1)[1])
        if value is None or value == []:
            continue
        match each.kind:
            case "group":
                yield from _filled(each.parts, value)
            case "rows":
                for index, row in enumerate(value):
                    yield from _filled(each.row(index), row)
            case "words":
                yield each.pointer, "\n".join(value)
            case "flag":
                yield each.pointer, "yes" if value else "no"
            case _:
                yield each.pointer, value if isinstance(value, str) else json_text.encode(value).decode()


def changes(event: Mapping[str, Any], draft: Mapping[str, Any], around: Iterable[str]) -> dict[str, Any]:
    """The fields in which a draft differs from an event that it corrects; null for one that it leaves out.

    `around` names the members beside the data.
    """
    before, after = ({**_said(each, around), **_said(each["data"], each["data"])} for each in (event, draft))
    names = [*after, *(name for name in before if name not in after)]
    return {name: after.get(name) for name in names if not equal(before.get(name), after.get(name))}


def _said(values: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    return {name: value for name in names if (value := values.get(name)) not in (None, [])}
