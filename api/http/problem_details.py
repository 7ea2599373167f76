"""RFC 9457 problem details: one table from errors to status and title.

All error responses are made here, including those of the framework. An unexpected error is a 500 without internal
details; its traceback is logged under the same request id.
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

from api import answers, hints, limits
from api.answers import Fault, Sentence
from api.errors import (
    BodyTooLarge,
    BodyTooSlow,
    EventNotFound,
    ExtraMissing,
    Forbidden,
    HeadTooLarge,
    HeadTooSlow,
    ImportStopped,
    MalformedEncoding,
    MalformedHeader,
    MalformedJson,
    MalformedRequest,
    MethodNotAllowed,
    NotAcceptable,
    NotAuthenticated,
    NotFound,
    ReadOnlyServer,
    TargetTooLong,
    TooManyRequests,
    Unexpected,
    UnknownImport,
    UnsupportedEncoding,
    UnsupportedMedia,
    WriterElsewhere,
)
from api.http.pattern_faults import pattern_fault
from domain import errors
from domain.errors import ParleyError, Problem, total
from ledger.api_keys import NoPrimary, UnknownKey
from ledger.append.import_errors import ImportInterrupted
from ledger.append.spool import NoRoom
from ledger.deal_lists import ListExists, ListInUse, TooManyLists, UnknownList
from ledger.tlog.transparency_log import NotYetSealed
from ledger.webhook_outbox import TooManyWebhooks, UnknownWebhook

MEDIA_TYPE = "application/problem+json"

CLIENT_LEFT = 499
"""The status under which logs and metrics count requests whose client left; it is not registered, and widely known."""


LOGGED = "The request failed by an error of the server, which is logged."

TABLE: Mapping[type[ParleyError], tuple[int, str]] = {
    errors.InvalidInput: (422, "Invalid content"),
    errors.UnknownReference: (422, "Reference to an unknown entity"),
    errors.UnknownEvent: (422, "Reference to an unknown event"),
    EventNotFound: (404, "Event not found"),
    errors.UnknownDeal: (404, "Deal not found"),
    errors.UnreadableDeal: (422, "Deal unreadable"),
    errors.UnknownType: (404, "Event type not found"),
    errors.UnknownPath: (404, "Path not found in the state"),
    errors.DealExists: (409, "Deal already exists"),
    errors.DuplicateId: (409, "Id already in use"),
    errors.IdempotencyMismatch: (422, "Idempotency key reused with another body"),
    errors.StaleVersion: (412, "Version does not match"),
    errors.UnderHold: (409, "Deal under legal hold"),
    errors.AlreadyErased: (409, "Event already erased"),
    errors.EventErased: (409, "Event erased"),
    errors.BadQuestion: (400, "Invalid query"),
    errors.BeyondTheEnd: (404, "Version does not exist"),
    errors.InTheFuture: (400, "known_at is in the future"),
    errors.NotProven: (422, "Proof verification failed"),
    errors.OutcomeUnknown: (503, "Outcome unknown"),
    errors.TooCostly: (503, "Query too costly"),
    NotYetSealed: (503, "Not yet covered by a checkpoint"),
    NoPrimary: (421, "Not on this replica"),
    errors.Busy: (503, "Temporarily unavailable"),
    ImportInterrupted: (503, "Import interrupted, partly recorded"),
    ImportStopped: (409, "Import stopped, partly recorded"),
    NoRoom: (507, "Insufficient storage"),
    MalformedJson: (400, "Malformed JSON"),
    MalformedHeader: (400, "Malformed header"),
    UnsupportedEncoding: (415, "Unsupported Content-Encoding"),
    MalformedEncoding: (400, "Malformed Content-Encoding"),
    BodyTooLarge: (413, "Body too large"),
    MalformedRequest: (400, "Malformed request"),
    HeadTooLarge: (431, "Request head too large"),
    HeadTooSlow: (408, "Request head too slow"),
    TargetTooLong: (414, "Request target too long"),
    UnsupportedMedia: (415, "Unsupported media type"),
    NotAcceptable: (406, "Not acceptable"),
    ExtraMissing: (501, "Optional part not installed"),
    BodyTooSlow: (408, "Body too slow"),
    NotFound: (404, "Not found"),
    MethodNotAllowed: (405, "Method not allowed"),
    ReadOnlyServer: (405, "Nothing is recorded on a replica"),
    WriterElsewhere: (307, "Recorded by another server"),
    UnknownKey: (404, "API key not found"),
    UnknownImport: (404, "Import not found"),
    UnknownWebhook: (404, "Webhook not found"),
    TooManyWebhooks: (409, "Too many webhooks"),
    UnknownList: (404, "List of deals not found"),
    ListExists: (409, "Name of the list already in use"),
    ListInUse: (409, "List of deals in use"),
    TooManyLists: (409, "Too many lists of deals"),
    NotAuthenticated: (401, "Authentication required"),
    Forbidden: (403, "Role not sufficient"),
    TooManyRequests: (429, "Too many requests"),
    Unexpected: (500, "Internal server error"),
}


def placed(kind: type[ParleyError]) -> tuple[int, str]:
    """Status and title of an error: its own, else that of its nearest ancestor in the table, else 500."""
    for each in kind.__mro__:
        if each in TABLE:
            return TABLE[each]
    return TABLE[Unexpected]


def problem(error: ParleyError, instance: str) -> Response:
    """The response for an error."""
    headers = {name: str(value) for name, value in error.extra.get("headers", {}).items()}
    retry = error.extra.get("retry_after")
    if retry is not None:
        headers["Retry-After"] = str(retry)
    return Response(orjson.dumps(described(error, instance)), placed(type(error))[0], headers, MEDIA_TYPE)


def described(error: ParleyError, instance: str) -> dict[str, Any]:
    """The members of a problem; those of the error's `extra` are extension members."""
    status, title = placed(type(error))
    words: Sentence = hints.as_members(error) if status != 500 else {"detail": LOGGED}
    members: answers.Problem = {
        "type": f"/problems/{error.code}",
        "title": title,
        "status": status,
        "detail": words["detail"],
        "code": error.code if status != 500 else Unexpected.code,
        "instance": instance,
    }
    if "hint" in words:
        members["hint"] = words["hint"]
    if error.problems:
        members["errors"] = [problem_to_json(each) for each in listed(error.problems)]
        if (there_are := total(error.problems)) > len(members["errors"]):
            members["errors_total"] = there_are
    more = {name: value for name, value in error.extra.items() if name not in ("headers", "retry_after", "hint")}
    return {**members, **more}


def listed(faults: Sequence[Problem]) -> Sequence[Problem]:
    """The faults listed in one response; if there are more, at least the first of each event of an array."""
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


def problem_to_json(fault: Problem) -> Fault:
    """One fault as a member of `errors` or `warnings`."""
    told = hints.fault_of(fault.code, fault)
    told["pointer"] = fault.pointer
    if fault.nearest:
        told["nearest"] = list(fault.nearest)
    return told


async def refuse(request: Request, error: Exception) -> Response:
    """The response to a ParleyError."""
    assert isinstance(error, ParleyError)
    if isinstance(error, errors.StaleVersion) and error.extra.get("current"):
        error.extra.setdefault("between", _between(error.extra))
    return problem(error, request.url.path)


def _between(extra: Mapping[str, Any]) -> str:
    expected = min(extra.get("expected", 0), extra.get("current", 0))
    return f"/v1/deals/{extra.get('deal_id', '')}/events?after_version={expected}"


async def refuse_question(request: Request, error: Exception) -> Response:
    """The response to parameters that the framework could not parse."""
    assert isinstance(error, RequestValidationError)
    faults = [_parameter_fault(each) for each in error.errors()]
    sentence = " ".join(dict.fromkeys(fault.detail for fault in faults))
    kind = errors.BadQuestion if _about_query(error.errors()) else NotFound
    return problem(kind(sentence, problems=faults), request.url.path)


def _about_query(faults: Iterable[Any]) -> bool:
    return any(each["loc"][0] != "path" for each in faults)


def _parameter_fault(fault: Any) -> Problem:
    name = str(fault["loc"][-1])
    if told := pattern_fault(fault):
        return Problem(f"/{name}", "bad-parameter", f"{name}: {told}.")
    said = str(fault["msg"]).removeprefix("Value error, ").removesuffix(".")
    sentence = said[0].lower() + said[1:]
    return Problem(f"/{name}", "bad-parameter", f"{name}={fault.get('input')!s:.64}: {sentence}.")


async def refuse_framework(request: Request, error: Exception) -> Response:
    """The response to errors of the framework: unknown path, unsupported method."""
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
    """The response to an unexpected error: only the request id, under which the error is logged."""
    return problem(Unexpected("", extra={"request_id": request_id}), request.url.path)


async def note_departure(_request: Request, _error: Exception) -> Response:
    """A client that disconnects before its body is complete: not an error of the server, and no response is read."""
    return Response(status_code=CLIENT_LEFT)


HANDLERS: dict[int | type[Exception], Callable[[Request, Any], Coroutine[Any, Any, Response]]] = {
    ParleyError: refuse,
    ClientDisconnect: note_departure,
    RequestValidationError: refuse_question,
    HTTPException: refuse_framework,
}
