"""The sentence of a recorded event: what happened, who reported it, and `[erased]` where nothing may be said of it."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from domain.bitemporal import is_report
from domain.envelope import RecordedEvent
from domain.erased_event import Erased
from domain.event import REGISTRY, Event
from domain.fields.description import describe
from domain.fields.types import ANY_ENTITY, PARTY, Reference
from domain.sentences.dates import date_text
from domain.sentences.names import Names
from domain.sentences.wording import Wording, reference_of
from domain.sentences.words import shortened
from domain.state_paths import ERASED

CITED: Mapping[str | None, str] = {
    "named_expert": "an expert", "background": "a source on background", "anonymous_single": "an unnamed source",
    "anonymous_multiple": "unnamed sources",
}  # fmt: skip
"""Whom a report of this attribution cites."""

ALONE: Mapping[str | None, str] = {
    "named_expert": "an expert said", "background": "a source on background said",
    "anonymous_single": "an unnamed source said", "anonymous_multiple": "unnamed sources said",
    "analysis": "an analysis said",
}  # fmt: skip
"""Who reported it, where no publisher is on record."""

ARTICLES = ("the ", "a ", "an ", "it was ", "background ", "unnamed sources ")
"""What a sentence begins with where it begins with no name: there it gets a capital."""

Before = Callable[[RecordedEvent, str], Any]
"""A member of the entity that an event is about, before the event, or with `next_` after it; None: not known."""


def sentence(
    line: RecordedEvent,
    names: Names,
    before: Before | None = None,
    *,
    target: str | None = None,
    corrected: str | None = None,
) -> str:
    """An event in a sentence. Of an event about another one, `target` and `corrected` are the sentences of that one."""
    if line.erased or isinstance(line.event, Erased):
        return ERASED
    reporter = _reporter(line, names) if is_report(line) else None
    event, envelope = line.event, line.payload.effective
    say = Wording(
        names=names,
        references=referred_to_by,
        before=(lambda member: before(line, member)) if before is not None else lambda _member: None,
        effective=envelope.text if envelope is not None else None,
        reporter=reporter,
        target=target,
        corrected=corrected,
    )
    try:
        told = say.sentence(event.SENTENCE, event, event.words(say))
    except (LookupError, TypeError, ValueError, AttributeError):
        # What is stored is not checked: where a value is none that its field allows, the type says what happened.
        return (event.__doc__ or "").split("\n")[0].rstrip(".")
    if envelope is not None and "{effective}" not in event.SENTENCE:
        told = f"{told}, effective {date_text(envelope)}"
    if reporter is not None and not event.REPORT:
        told = f"{reporter} that {told}"
    return told[0].upper() + told[1:] if told.startswith(ARTICLES) and not _starts_with_id(told, event) else told


@cache
def referred_to_by(name: str) -> Reference | None:
    """Which entities fields of this name refer to in events: any where events differ; None where they refer to none."""
    fields = (described[name] for described in map(describe, _classes()) if name in described)
    found = {reference for field in fields if (reference := reference_of(field)) is not None}
    return next(iter(found)) if len(found) == 1 else ANY_ENTITY if found else None


@cache
def _classes() -> tuple[type, ...]:
    """The events and the values with parts in them."""
    fields = [field for cls in REGISTRY.values() for field in describe(cls).values()]
    return *REGISTRY.values(), *dict.fromkeys(field.nested for field in fields if field.nested is not None)


def _starts_with_id(told: str, event: Event) -> bool:
    """Whether a sentence starts with an id that reads like an article."""
    first = told.split(" ", 1)[0]
    given = (getattr(event, field.name, None) for field in describe(type(event)).values() if field.names_entities)
    return any(first == each or (isinstance(each, tuple) and first in each) for each in given)


def _reporter(line: RecordedEvent, names: Names) -> str:
    """Who reported an event, and citing whom: `Reuters reported, citing unnamed sources,`."""
    payload = line.payload
    publisher = next((source.publisher for source in payload.sources if source.publisher), None)
    claimant = names.of(payload.actor, PARTY) if payload.attribution == "party_claim" and payload.actor else None
    if publisher is None:
        return f"{claimant} claimed" if claimant else ALONE.get(payload.attribution, "it was reported")
    cited = claimant or CITED.get(payload.attribution)
    return f"{shortened(publisher)} reported{f', citing {cited},' if cited else ''}"
