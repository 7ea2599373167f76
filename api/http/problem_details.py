"""How a refusal looks from outside: RFC 9457 problem details, from one table of errors to status and title.

Every answer that is no success goes through here, those of the framework included. What nobody foresaw is a 500 that
says nothing of our insides; the log has the rest under the same request id.
"""

import re
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from http import HTTPStatus
from itertools import islice
from typing import Any

import orjson
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from api import limits
from domain import errors
from domain.errors import ParleyError, Problem, total
from ledger.api_keys import UnknownKey
from ledger.append.bulk_import import ImportInterrupted
from ledger.append.spool import NoRoom
from ledger.tlog.transparency_log import NotYetSealed
from ledger.webhook_outbox import TooManyWebhooks, UnknownWebhook

MEDIA_TYPE = "application/problem+json"

CLIENT_LEFT = 499
"""The status under which logs and metrics count requests whose client left; it is not registered, and widely known."""


class MalformedJson(ParleyError):
    """What was sent is not JSON, or not UTF-8."""

    code = "malformed-json"


class MalformedHeader(ParleyError):
    """A header that cannot be read as what it is for."""

    code = "malformed-header"


class UnsupportedEncoding(ParleyError):
    """The body is compressed in a form that is not read here."""

    code = "unsupported-encoding"


class MalformedEncoding(ParleyError):
    """The body is not what its Content-Encoding says."""

    code = "malformed-encoding"


class BodyTooLarge(ParleyError):
    """More bytes than a request may have."""

    code = "body-too-large"


class BodyTooSlow(ParleyError):
    """The rest of a body did not come in time."""

    code = "body-too-slow"


class HeadTooLarge(ParleyError):
    """The head of a request has more bytes or headers than one may have."""

    code = "head-too-large"


class HeadTooSlow(ParleyError):
    """The head of a request did not come in time."""

    code = "head-too-slow"


class TargetTooLong(ParleyError):
    """The path and query of a request are longer than they may be."""

    code = "target-too-long"


class MalformedRequest(ParleyError):
    """What was sent is not HTTP/1.1, or a part of it cannot be read as text."""

    code = "malformed-request"


class ImportStopped(ParleyError):
    """Another writer took what a line needs while a long import was being recorded: a part of it stands."""

    code = "import-stopped"


class UnsupportedMedia(ParleyError):
    """A body of a type that is not taken here."""

    code = "unsupported-media-type"


class NotFound(ParleyError):
    """Nothing is at this address."""

    code = "not-found"


class EventNotFound(errors.UnknownEvent):
    """The address names an event that its deal does not hold."""


class MethodNotAllowed(ParleyError):
    """What is at this address does not take this method."""

    code = "method-not-allowed"


class NotAuthenticated(ParleyError):
    """No key, or one that is not valid."""

    code = "not-authenticated"


class Forbidden(ParleyError):
    """The key does not reach so far."""

    code = "forbidden"


class TooManyRequests(ParleyError):
    """More requests than the key may send in this time."""

    code = "too-many-requests"


class Unexpected(ParleyError):
    """Something that nobody foresaw."""

    code = "internal-error"


TABLE: Mapping[type[ParleyError], tuple[int, str]] = {
    errors.InvalidInput: (422, "The content is not valid"),
    errors.UnknownReference: (422, "It acts on something that the record does not hold"),
    errors.UnknownEvent: (422, "It names an event that the record does not hold"),
    EventNotFound: (404, "There is no such event"),
    errors.UnknownDeal: (404, "There is no such deal"),
    errors.UnreadableDeal: (422, "The deal cannot be read"),
    errors.UnknownType: (404, "There is no such event type"),
    errors.UnknownPath: (404, "There is no such place in the state"),
    errors.DealExists: (409, "The deal is already open"),
    errors.DuplicateId: (409, "The id is taken"),
    errors.IdempotencyMismatch: (422, "The key was used for another body"),
    errors.StaleVersion: (412, "The deal has moved on"),
    errors.UnderHold: (409, "The deal is under legal hold"),
    errors.AlreadyErased: (409, "The event was erased before"),
    errors.EventErased: (409, "The event was erased"),
    errors.BadQuestion: (400, "The question cannot be read"),
    errors.BeyondTheEnd: (404, "The record has not come so far"),
    errors.InTheFuture: (400, "Nobody knows that yet"),
    errors.NotProven: (422, "The proof does not hold"),
    errors.OutcomeUnknown: (503, "It may be recorded or not"),
    errors.TooCostly: (503, "It takes more computing than a question may"),
    NotYetSealed: (503, "No checkpoint covers it yet"),
    errors.Busy: (503, "Try again in a moment"),
    ImportInterrupted: (503, "A part of the import is recorded"),
    ImportStopped: (409, "A part of the import is recorded"),
    NoRoom: (507, "There is no room to hold it ready"),
    MalformedJson: (400, "The body is not JSON"),
    MalformedHeader: (400, "A header cannot be read"),
    UnsupportedEncoding: (415, "The body is compressed in a form that is not read"),
    MalformedEncoding: (400, "The body is not what its encoding says"),
    BodyTooLarge: (413, "The body is too large"),
    MalformedRequest: (400, "The request cannot be read"),
    HeadTooLarge: (431, "The head of the request is too large"),
    HeadTooSlow: (408, "The head of the request did not come in time"),
    TargetTooLong: (414, "The address is too long"),
    UnsupportedMedia: (415, "The type of the body is not taken here"),
    BodyTooSlow: (408, "The body did not come in time"),
    NotFound: (404, "There is nothing here"),
    MethodNotAllowed: (405, "The method is not allowed here"),
    UnknownKey: (404, "There is no such key"),
    UnknownWebhook: (404, "There is no such webhook"),
    TooManyWebhooks: (409, "There are too many webhooks"),
    NotAuthenticated: (401, "A key is needed"),
    Forbidden: (403, "The key does not reach so far"),
    TooManyRequests: (429, "Too many requests"),
    Unexpected: (500, "Something went wrong on our side"),
}


def placed(kind: type[ParleyError]) -> tuple[int, str]:
    """Status and title of an error: its own, else that of its nearest ancestor in the table, else 500."""
    for each in kind.__mro__:
        if each in TABLE:
            return TABLE[each]
    return TABLE[Unexpected]


def problem(error: ParleyError, instance: str) -> Response:
    """The answer that tells of an error."""
    headers = {name: str(value) for name, value in error.extra.get("headers", {}).items()}
    retry = error.extra.get("retry_after")
    if retry is not None:
        headers["Retry-After"] = str(retry)
    return Response(orjson.dumps(described(error, instance)), placed(type(error))[0], headers, MEDIA_TYPE)


def described(error: ParleyError, instance: str) -> dict[str, Any]:
    """The members of an error's answer. Those of its `extra` stand beside the standard ones."""
    status, title = placed(type(error))
    members: dict[str, Any] = {
        "type": f"/problems/{error.code}",
        "title": title,
        "status": status,
        "detail": error.detail
        if status != 500
        else "The request could not be answered; the fault is ours, and logged.",
        "code": error.code if status != 500 else Unexpected.code,
        "instance": instance,
        **{name: value for name, value in error.extra.items() if name not in ("headers", "retry_after")},
    }
    if error.problems:
        members["errors"] = [as_json(each) for each in listed(error.problems)]
        if (there_are := total(error.problems)) > len(members["errors"]):
            members["errors_total"] = there_are
    return members


def listed(faults: Sequence[Problem]) -> Sequence[Problem]:
    """As many as are told in one answer; where they are more, the first one of every event of an array among them."""
    if len(faults) <= limits.ERRORS_LISTED:
        return faults
    first_of: dict[str, int] = {}
    for index, fault in enumerate(faults):
        first_of.setdefault(_event_of(fault.pointer), index)
    kept = set(islice(first_of.values(), limits.ERRORS_LISTED))
    others = (index for index in range(len(faults)) if index not in kept)
    return [faults[index] for index in sorted({*kept, *islice(others, limits.ERRORS_LISTED - len(kept))})]


_IN_AN_ARRAY = re.compile(r"(?:/events)?/\d+")


def _event_of(pointer: str) -> str:
    """The part of a pointer that leads to one event of the body: of an array, or of `events` in a hypothesis."""
    event = _IN_AN_ARRAY.match(pointer)
    return event[0] if event else pointer.removeprefix("/").partition("/")[0]


def as_json(fault: Problem) -> dict[str, Any]:
    """One fault as a member of `errors` or `warnings`."""
    told = {"pointer": fault.pointer, "code": fault.code, "detail": fault.detail}
    return {**told, "nearest": list(fault.nearest)} if fault.nearest else told


async def refuse(request: Request, error: Exception) -> Response:
    """Answer a ParleyError."""
    assert isinstance(error, ParleyError)
    if isinstance(error, errors.StaleVersion) and error.extra.get("current"):
        error.extra.setdefault("between", _between(error.extra))
    return problem(error, request.url.path)


def _between(extra: Mapping[str, Any]) -> str:
    expected = min(extra.get("expected", 0), extra.get("current", 0))
    return f"/v1/deals/{extra.get('deal_id', '')}/events?after_version={expected}"


async def refuse_question(request: Request, error: Exception) -> Response:
    """Answer parameters that the framework could not read."""
    assert isinstance(error, RequestValidationError)
    faults = [_parameter_fault(each) for each in error.errors()]
    sentence = " ".join(dict.fromkeys(fault.detail for fault in faults))
    kind = errors.BadQuestion if _about_query(error.errors()) else NotFound
    return problem(kind(sentence, problems=faults), request.url.path)


def _about_query(faults: Iterable[Any]) -> bool:
    return any(each["loc"][0] != "path" for each in faults)


def _parameter_fault(fault: Any) -> Problem:
    name = str(fault["loc"][-1])
    said = str(fault["msg"]).removeprefix("Value error, ").removesuffix(".")
    sentence = said[0].lower() + said[1:]
    return Problem(f"/{name}", "bad-parameter", f"{name}={fault.get('input')!s:.64}: {sentence}.")


async def refuse_framework(request: Request, error: Exception) -> Response:
    """Answer what the framework itself refused: no such path, no such method."""
    assert isinstance(error, HTTPException)
    if error.status_code == 405:
        return problem(_not_allowed(request), request.url.path)
    if error.status_code == 404:
        told = f"There is nothing at {request.url.path[:256]}; GET /openapi.json lists what there is."
        return problem(NotFound(told), request.url.path)
    kind = {400: MalformedJson, 401: NotAuthenticated, 403: Forbidden, 413: BodyTooLarge, 415: UnsupportedMedia}
    told = str(error.detail) or HTTPStatus(error.status_code).phrase
    return problem(kind.get(error.status_code, Unexpected)(told), request.url.path)


def _not_allowed(request: Request) -> MethodNotAllowed:
    path = request.url.path
    allowed = sorted(
        {
            method
            for route in request.app.routes
            if (form := getattr(route, "path_regex", None)) is not None and form.match(path)
            for method in (getattr(route, "methods", None) or ())
        }
    )
    allow = ", ".join(dict.fromkeys([*allowed, "HEAD"] if "GET" in allowed else allowed))
    told = f"{request.method} is not allowed at {path[:256]}; allowed: {allow}."
    extra: dict[str, Any] = {"headers": {"Allow": allow}, "allow": allowed}
    if path.startswith("/v1/deals/") and "/events" in path:
        deal = path.split("/")[3]
        told += (
            f" A recorded event never changes: POST a record.corrected, record.voided or record.reinstated event that "
            f"names it to /v1/deals/{deal}/events."
        )
        extra["correct_with"] = f"/v1/deals/{deal}/events"
    return MethodNotAllowed(told, extra=extra)


async def refuse_unexpected(request: Request, request_id: str) -> Response:
    """Answer what nobody foresaw: nothing but the id under which the log tells more."""
    return problem(Unexpected("", extra={"request_id": request_id}), request.url.path)


async def note_departure(_request: Request, _error: Exception) -> Response:
    """A client that leaves before its body is complete is no fault of ours, and nobody reads the answer."""
    return Response(status_code=CLIENT_LEFT)


HANDLERS: dict[int | type[Exception], Callable[[Request, Any], Coroutine[Any, Any, Response]]] = {
    ParleyError: refuse,
    ClientDisconnect: note_departure,
    RequestValidationError: refuse_question,
    HTTPException: refuse_framework,
}
