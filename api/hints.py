"""What to do after an error, in the words of each interface.

An error below the interfaces carries the code of a hint (domain.errors.Hint). HTTP appends its words to `detail` and
sends code and words beside it, so that the Python client, the command line and the page can use words of their own.
"""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from api.answers import Fault, Sentence
from domain.errors import Hint, ParleyError, Problem
from domain.fields.description import choices_of

CODES: tuple[Hint, ...] = choices_of(Hint)

Words = Mapping[str, str]
"""The sentence of each hint; names in braces are members of the error's `extra`."""

HTTP: Words = {
    "create-first": "Record the event that creates it first, or send 'Prefer: handling=lenient'.",
    "create-or-correct": "Record the event that creates it, or correct this one.",
    "list-deals": "GET /v1/deals lists them all.",
    "list-event-types": "GET /v1/event-types lists them all.",
    "list-keys": "GET /v1/keys lists them all.",
    "list-lists": "GET /v1/lists lists those that you see.",
    "list-webhooks": "GET /v1/webhooks lists them all.",
    "read-checkpoint": "Cosign what GET /v1/log/checkpoint shows.",
    "read-events": (
        "Its events are kept and are served by GET /v1/deals/{deal_id}/events; a correction of the event at fault, "
        "or a newer Parley, makes it readable."
    ),
}

PYTHON: Words = {
    **HTTP,
    "create-first": "Record the event that creates it first, or pass lenient=True.",
    "list-deals": "Client.deals() lists them all.",
    "list-event-types": "Client.event_types() lists them all.",
    "list-lists": "Client.deal_lists() lists those that you see.",
    "read-events": (
        "Client.events({deal_id!r}) returns its events; a correction of the event at fault, or a newer Parley, "
        "makes it readable."
    ),
}

COMMAND_LINE: Words = {
    **HTTP,
    "create-first": "Record the event that creates it first, or add --lenient.",
    "list-deals": "parley deals lists them all.",
    "list-event-types": "parley types lists them all.",
    "list-keys": "parley keys lists them all.",
    "list-lists": "parley lists lists those that you see.",
    "read-checkpoint": "Cosign what parley log checkpoint shows.",
    "read-events": (
        "parley events {deal_id} lists its events; a correction of the event at fault, or a newer Parley, "
        "makes it readable."
    ),
}

PAGE: Words = {
    **HTTP,
    "create-first": "Record the event that creates it first.",
    "list-deals": "The list of deals shows them all.",
    "list-event-types": "The list of event types shows them all.",
    "read-events": ("Its events are kept; a correction of the event at fault, or a newer Parley, makes it readable."),
}

ASSISTANT: Words = {
    **PAGE,
    "list-deals": "find_deals lists them all.",
    "list-event-types": "list_event_types lists them all.",
}


def worded(detail: str, hint: str | None, words: Words, values: Mapping[str, Any] | None = None) -> str:
    """A sentence and what to do, in the words of an interface."""
    told = in_words(hint, words, values)
    return f"{detail} {told}" if told else detail


def in_words(hint: str | None, words: Words, values: Mapping[str, Any] | None = None) -> str | None:
    """The sentence of a hint; None for one that is unknown here."""
    text = words.get(hint or "")
    return None if text is None else text.format_map(defaultdict(lambda: "ID", values or {}))


def text_of(error: ParleyError, words: Words) -> str:
    """The sentence of an error and what to do, in the words of an interface."""
    return worded(error.detail, error.hint, words, error.extra)


def as_members(fault: ParleyError | Problem) -> Sentence:
    """The members `detail` and `hint` of an answer over HTTP, the latter where there is one."""
    values = fault.extra if isinstance(fault, ParleyError) else {}
    told = in_words(fault.hint, HTTP, values)
    members: Sentence = {"detail": worded(fault.detail, fault.hint, HTTP, values)}
    if fault.hint is not None and told is not None:
        members["hint"] = {"code": fault.hint, "text": told}
    return members


def fault_of(code: str, fault: ParleyError | Problem) -> Fault:
    """A fault of this code, in the words of HTTP, without its place."""
    words = as_members(fault)
    told: Fault = {"code": code, "detail": words["detail"]}
    if "hint" in words:
        told["hint"] = words["hint"]
    return told


def received(told: Mapping[str, Any]) -> tuple[str, Hint | None]:
    """The sentence of an answer over HTTP without the words of HTTP, and its hint, where that is known here."""
    detail, hint = str(told.get("detail") or ""), told.get("hint")
    code = hint.get("code") if isinstance(hint, Mapping) else None
    known = next((each for each in CODES if each == code), None)
    if known is None or not isinstance(hint, Mapping):
        return detail, None
    return detail.removesuffix(str(hint.get("text"))).rstrip(), known


def reworded(told: Mapping[str, Any], words: Words) -> str:
    """The sentence of an answer over HTTP in the words of another interface."""
    detail, hint = received(told)
    return worded(detail, hint, words, told)
