"""The errors of the API itself: requests that are malformed, too large, too slow or not permitted."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

from domain.errors import InvalidInput, ParleyError, Problem, UnknownEvent, total
from domain.nearest_names import nearest, nearest_hint
from ledger.event_reader import EventReader

T = TypeVar("T")


class MalformedJson(ParleyError):
    """What was sent is not JSON, or not UTF-8."""

    code = "malformed-json"


class MalformedHeader(ParleyError):
    """The value of a header is malformed."""

    code = "malformed-header"


class ReadOnlyServer(ParleyError):
    """This server is a replica, which records nothing."""

    code = "read-only"


class WriterElsewhere(ReadOnlyServer):
    """This server is a replica; another one records."""


class UnknownImport(ParleyError):
    """There is no such import in the background."""

    code = "unknown-import"


class UnsupportedEncoding(ParleyError):
    """The Content-Encoding of the body is not supported."""

    code = "unsupported-encoding"


class MalformedEncoding(ParleyError):
    """The body does not match its Content-Encoding."""

    code = "malformed-encoding"


class BodyTooLarge(ParleyError):
    """The body exceeds the limit of bytes."""

    code = "body-too-large"


class BodyTooSlow(ParleyError):
    """The body was not received in time."""

    code = "body-too-slow"


class HeadTooLarge(ParleyError):
    """The head of the request exceeds the limit of bytes or headers."""

    code = "head-too-large"


class HeadTooSlow(ParleyError):
    """The head of the request was not received in time."""

    code = "head-too-slow"


class TargetTooLong(ParleyError):
    """The request target exceeds the limit of characters."""

    code = "target-too-long"


class MalformedRequest(ParleyError):
    """The request is not HTTP/1.1, or a part of it cannot be decoded as text."""

    code = "malformed-request"


class EmptyImport(InvalidInput):
    """A file without an event."""

    code = "empty-import"


class NotJsonLines(InvalidInput):
    """A file of JSON that does not have each event on a line of its own."""


class ImportStopped(ParleyError):
    """A concurrent write conflicts with a line of a long import; the transactions before it are recorded."""

    code = "import-stopped"


class ExtraMissing(ParleyError):
    """An optional distribution that this needs is not installed here."""

    code = "extra-missing"


class NotAcceptable(ParleyError):
    """`Accept` takes no form in which this is offered."""

    code = "not-acceptable"


class UnsupportedMedia(ParleyError):
    """The Content-Type of the body is not supported."""

    code = "unsupported-media-type"


class NotFound(ParleyError):
    """The path does not exist."""

    code = "not-found"


class EventNotFound(UnknownEvent):
    """The path names an event that the deal does not have."""


class MethodNotAllowed(ParleyError):
    """The path does not support the method."""

    code = "method-not-allowed"


class NotAuthenticated(ParleyError):
    """The API key is missing or invalid."""

    code = "not-authenticated"


class Forbidden(ParleyError):
    """The role of the API key does not permit the request."""

    code = "forbidden"


class TooManyRequests(ParleyError):
    """The principal exceeds its rate limit, or that of imports in the background."""

    code = "too-many-requests"


class Unexpected(ParleyError):
    """An unexpected error."""

    code = "internal-error"


def invalid_input(faults: Iterable[Problem]) -> InvalidInput:
    """The error that holds these faults: its sentence is theirs."""
    held = tuple(faults)
    told = " ".join(dict.fromkeys(_sentence(fault.detail) for fault in held[:3]))
    more = f" And {total(held) - 3} more." if len(held) > 3 else ""
    return InvalidInput(told + more, problems=held)


def _sentence(text: str) -> str:
    ended = text if text.endswith((".", "!", "?", ")")) else f"{text}."
    return f"The {ended[4:]}" if ended.startswith("the ") else ended


def counted(faults: Iterator[Problem], most: int) -> list[Problem]:
    """The first of these faults; one more represents the rest."""
    listed = list(islice(faults, most))
    rest = sum(1 for _ in faults)
    if rest:
        listed.append(
            Problem("", "not-looked-at", f"{rest} more errors are not listed: correct these first.", stands_for=rest)
        )
    return listed


def require_event(found: T | None, ledger: EventReader, deal_id: str, event_id: str) -> T:
    """The event that was found. Raises EventNotFound, with the nearest ids, if there is none."""
    if found is None:
        near = nearest(event_id, ledger.event_ids_near(deal_id, event_id))
        told = f"The deal {deal_id!r} has no event {event_id!r}{nearest_hint(near)}."
        raise EventNotFound(told, extra={"nearest": list(near)} if near else None)
    return found
