"""Template filters: dates, money and names in words; safe links."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from api import formatting
from api.web.bidi_isolation import isolate
from domain.fields.types import Reference
from domain.sections.deadline_status import PAST_DUE, overdue_words
from domain.sections.links import INVERSE_RELATIONS
from domain.sections.wording import VERDICTS
from domain.sentences import amounts
from domain.sentences.dates import date_text, imprecise
from domain.sentences.names import Names
from domain.sentences.words import capitalized, plain
from domain.state_paths import members
from domain.time.edtf import LONGEST_TEXT, When
from projections.sentences import member_texts, rule_texts
from projections.sentences.member_references import (
    entry_reference,
    event_reference,
    member_reference,
    reference_in,
    token_reference,
)
from projections.temporal import json_pointer

NAMES = {"id": "Id", "tz": "Time zone", "lei": "LEI", "url": "URL", "pct": "Per cent"}
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@lru_cache(maxsize=4096)
def time_tag(text: object, weekday: bool = False) -> Markup:
    """A `<time>` element for a date or instant; an imprecise one is marked as a window and says how it was written."""
    if text is None or text == "":
        return Markup("")
    written, words = str(text), date_text(text)
    if imprecise(written):
        return Markup('<span class="window" title="as written: {}">{}</span>').format(written, words)
    if weekday and len(written) == 10:
        words = f"{DAYS[date.fromisoformat(written).weekday()]} {words}"
    if len(written) > 10:
        words = re.sub(r"(\d\d:\d\d):\d\d", r"\1", words)  # minutes are what people read; the element has the rest
        return Markup('<time datetime="{}" title="{}">{}</time>').format(written, written, words)
    return Markup('<time datetime="{}">{}</time>').format(written, words)


def is_date(value: object) -> bool:
    """Whether a text is written as a date or an instant; a bare year is taken for a number."""
    if not isinstance(value, str) or not 7 <= len(value) <= LONGEST_TEXT or value[0] not in "0123456789[.":
        return False
    try:
        When.parse(value)
    except ValueError:
        return False
    return True


def money(value: object) -> str:
    """An amount with its currency; empty for what is none."""
    return amounts.money(value) if isinstance(value, Mapping) and "amount" in value else ""


def label(name: object) -> str:
    """A name as a title: `set_by` is Set by, `days_left` Days left."""
    if "-" in str(name):  # an id, not a word
        return str(name)
    if str(name) in NAMES:
        return NAMES[str(name)]
    words = str(name).replace("_", " ").replace(".", " ").strip()
    return capitalized(words)


@pass_context
def member_label(page: Context, name: str, value: object, reference: Reference | None) -> str:
    """A member of an entry or an event as a title: `order_id` is Order where the order has a name."""
    is_named = isinstance(value, str) and called(value, page.get("state") or {}, reference) is not value
    return label(name.removesuffix("_id") if is_named else name)


def reference_of(name: str, entry: object, of: str = "") -> Reference | None:
    """Which entities a member refers to, of an entry of a section of the state, or of an event by its type."""
    return event_reference(of, name) if "." in of else reference_in(entry, name, of)


def time_left(deadline: Mapping[str, Any]) -> str:
    """The distance of a deadline in words: `8 days left`, `today`, `overdue 3 days`, `3 days ago` once it is over."""
    left = deadline.get("days_left")
    return formatting.time_left(deadline) + (" left" if isinstance(left, int) and left > 0 else "")


def most_overdue_words(deadline: Mapping[str, Any]) -> str:
    """The same of the deadline that has been overdue for the longest time, as a row of the list of deals has it."""
    return overdue_words({"status": PAST_DUE, **deadline})


def days_ahead(deal: Mapping[str, Any]) -> str:
    """The distance of the next deadline of a deal, as a row of the list of deals has it."""
    return time_left({"status": "pending", "days_left": deal.get("days_left")})


def relation(value: object) -> str:
    """What a deal is to a linked one, in words."""
    return INVERSE_RELATIONS.get(str(value), plain(value))


def verdict(value: object) -> str:
    """A verdict on an approval against a date in words."""
    return VERDICTS.get(str(value), str(value))


def number(count: object, one: str, many: str | None = None) -> str:
    """A count with its noun: 1 event, 2 events."""
    return amounts.count(count, one, many) if isinstance(count, int) else str(count)


def called(value: object, state: Mapping[str, Any], reference: Reference | str | None) -> object:
    """An id by the name that the state gives it, with the id as a title; any other value unchanged. The reference, or
    one kind, says what the id is of; None: the value is no id."""
    told = Reference((reference,)) if isinstance(reference, str) else reference
    name = Names(state).known(value, told) if isinstance(value, str) and told is not None else None
    return value if name is None else Markup('<span class="called" title="{}">{}</span>').format(value, isolate(name))


def called_list(values: object, state: Mapping[str, Any], kind: str) -> Markup:
    """Ids of one kind by their names, separated by commas."""
    return Markup(", ").join(escape(called(each, state, kind)) for each in members(values))


def place_reference(path: str) -> Reference | None:
    """Which entities the value at a path of a state refers to."""
    tokens = json_pointer.parse(path)
    return member_reference(tokens[-1], tokens[0]) if tokens else None


def place_words(path: str, state: Mapping[str, Any]) -> list[object]:
    """The steps to a place in the state: sections and members as titles, entries by their names."""
    tokens = json_pointer.parse(path)
    steps = ((each, called(each, state, token_reference(tokens, at))) for at, each in enumerate(tokens))
    return [label(each) if shown is each else shown for each, shown in steps]


@pass_context
def rule_text(page: Context, text: object) -> object:
    """A text that a rule made, with names for ids and dates in words."""
    state, events = page.get("state") or {}, page.get("events") or {}

    def event_text(event_id: str) -> str | None:
        event = events.get(event_id)
        return None if event is None else event.get("text") or event.get("summary") or label(event["type"])

    return rule_texts.rule_text(text, state, event_text) if isinstance(text, str) else text


def member_text(value: object, path: str, state: Mapping[str, Any]) -> str | None:
    """The value at a path of a state, as sentences on its changes say it; None where it is a date, a list or more."""
    return None if is_date(value) else member_texts.member_text(value, json_pointer.parse(path), state)


def safe_link(url: object) -> str | None:
    """The URL if it is safe to link to: http and https alone, so that no source can contain a script."""
    try:
        parts = urlsplit(str(url))
    except ValueError:
        return None
    return str(url) if parts.scheme in ("http", "https") and parts.netloc else None


def day_of(text: object) -> date | None:
    """The civil day that an instant or a date starts with, or None."""
    try:
        return datetime.fromisoformat(str(text)[:10]).date()
    except ValueError:
        return None


def code_spans(text: object) -> Markup:
    """A text whose `names` are in backticks, those set as code."""
    parts = str(text).split("`")
    tags = (Markup("<code>{}</code>") if index % 2 else Markup("{}") for index in range(len(parts)))
    return Markup("").join(tag.format(part) for tag, part in zip(tags, parts, strict=True))


def shown(value: Any) -> bool:
    """Whether a value is not empty."""
    return value is not None and value != "" and value != [] and value != {}


FILTERS: dict[str, Any] = {
    "date": time_tag, "date_words": date_text, "money": money, "amount": amounts.amount, "label": label,
    "member_label": member_label, "reference_of": reference_of, "place_words": place_words,
    "place_reference": place_reference, "entry_reference": entry_reference,
    "plain": plain, "days": amounts.left, "safe_link": safe_link, "ticks": code_spans, "number": number,
    "members": members, "called": called, "called_list": called_list, "verdict": verdict, "relation": relation,
    "rule_text": rule_text, "member_text": member_text, "time_left": time_left, "overdue_words": most_overdue_words,
    "days_ahead": days_ahead,
}  # fmt: skip
TESTS: dict[str, Any] = {"date": is_date, "shown": shown, "imprecise": imprecise}
