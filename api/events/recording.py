"""Recording posted events: from the request to the ledger, and the response."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import orjson
from starlette.requests import Request
from starlette.responses import Response

from api import limits
from api.audit import proofs
from api.audit.answers import SealMembers
from api.errors import invalid_input
from api.events import answers, decoding, ids
from api.events.default_day import default_day
from api.events.warnings import warnings_at_hand, warnings_of
from api.http import responses
from api.http.authentication import Caller, caller, hold_to_types
from api.http.problem_details import problem_to_json
from api.http.requests import DEFAULT_PREFERENCES, RequestPreferences, read_body, request_preferences
from api.http.text_validation import read_json
from domain.envelope import Submission
from domain.errors import (
    BadQuestion,
    DuplicateId,
    InvalidInput,
    ParleyError,
    Problem,
    StaleVersion,
)
from domain.events.deal import DealOpened
from domain.fields.description import describe
from domain.fields.identifiers import is_ref
from domain.time.instants import Moment, iso
from ledger import models as ledgers
from ledger.append.idempotency import other_body
from ledger.append.preparation import prepare
from ledger.encoding.event_codec import ERASING
from ledger.models import Appended, Receipt
from projections.replay.erased_paths import complete_erasures


async def post_events(request: Request) -> Response:
    """Record the events of a body in the deal of the path."""
    who, deal_id = caller(request), request.path_params["deal_id"]
    wish, dry_run = request_preferences(request), flag(request, "dry_run")
    body = await read_body(request)
    new_id = None if wish.key is None else lambda index: ids.of_key(who.ledger.origin, str(wish.key), index)
    submissions, several = await _events_of(body, deal_id, new_id)
    given = await record(who, submissions, several, wish, dry_run)
    seal = None
    if wish.wait_seconds is not None and not dry_run:
        seal = await proofs.wait_for_proofs(who, given, wish.wait_seconds)
    return _answer(given, deal_id, wish, dry_run, seal=seal)


async def post_plain_event(request: Request, body: bytes) -> Response | None:
    """Record one valid event that was sent without conditions and preferences; None where the body is anything else."""
    who, deal_id = caller(request), request.path_params["deal_id"]
    sent = decoding.read_plain_event(body, deal_id)
    return None if sent is None else _answer(await record(who, [sent], False), deal_id, DEFAULT_PREFERENCES, False)


async def _events_of(body: bytes, deal_id: str, new_id: decoding.NewId | None) -> tuple[list[Submission], bool]:
    """The submissions of a body. Large bodies and the explanation of faults are handled in a thread."""
    if len(body) <= limits.LARGE_BODY_BYTES:
        with suppress(decoding.NotExplained):
            return decoding.read_events(body, deal_id, new_id, explaining=False)
    return await asyncio.to_thread(decoding.read_events, body, deal_id, new_id)


async def record(
    who: Caller,
    submissions: Sequence[Submission],
    several: bool,
    wish: RequestPreferences = DEFAULT_PREFERENCES,
    dry_run: bool = False,
) -> Receipt:
    """The receipt for these submissions. Raises Forbidden and the errors of the ledger."""
    hold_to_types(who, (one.type for one in submissions))
    if wish.must_exist:
        await _hold_to_existence(who, submissions[0].deal_id)
    if any(one.type == ERASING for one in submissions):
        erasing = {one.deal_id for one in submissions if one.type == ERASING}
        submissions = await asyncio.to_thread(lambda: list(complete_erasures(who.reader, submissions, erasing)))
    request = ledgers.Request(
        tuple(submissions),
        who.principal,
        expected_version=wish.expected_version,
        must_be_new=wish.must_be_new,
        lenient=wish.lenient,
        key=wish.key,
        dry_run=dry_run,
        array=several,
    )
    try:
        given = await who.ledger.append_soon(request)
        if not wish.minimal:
            beware = warnings_at_hand(who, submissions, given, several, dry_run)
            if beware is None:
                # Outside of the event loop: states are derived, and calendars are made when they are first named.
                beware = await asyncio.to_thread(warnings_of, who, submissions, given, several, dry_run)
            given = replace(given, warnings=beware)
        return given
    except DuplicateId as taken:
        if wish.key is not None and taken.extra.get("id") in _derived(who, wish.key, len(submissions)):
            raise other_body(wish.key) from taken
        raise
    except InvalidInput as refused:
        raise _located(refused, submissions, who) if several else refused from None


def _derived(who: Caller, key: str, count: int) -> list[str]:
    return [ids.of_key(who.ledger.origin, key, index) for index in range(count)]


async def _hold_to_existence(who: Caller, deal_id: str) -> None:
    if await asyncio.to_thread(who.ledger.deal_head, deal_id) is None:
        told = f"If-Match: * asks for a deal that has events, and {deal_id!r} has none."
        raise StaleVersion(told, extra={"deal_id": deal_id, "expected": "*", "current": 0})


def _located(refused: InvalidInput, submissions: Sequence[Submission], who: Caller) -> InvalidInput:
    """An error about the bytes of an event, with the index of the event in the array added."""
    for index, one in enumerate(submissions):
        try:
            prepare(who.ledger.origin, one, who.principal)
        except InvalidInput as same:
            if same.problems == refused.problems:
                return InvalidInput(
                    refused.detail, problems=[decoding.moved(each, f"/{index}") for each in same.problems]
                )
    return refused


def flag(request: Request, name: str) -> bool:
    """A query parameter that is true or false. Raises BadQuestion for anything else."""
    given = request.query_params.get(name)
    match given:
        case None | "false" | "0":
            return False
        case "true" | "1" | "":
            return True
    told = f"{name} is {given[:64]!r}: write true or false."
    raise BadQuestion(told, problems=(Problem(f"/{name}", "bad-parameter", told),))


def receipt_as_json(given: Receipt) -> answers.Receipt:
    """The response to a recorded request."""
    return {
        "events": [_recorded(event) for event in given.events],
        "version": given.version,
        "position": given.position,
        "warnings": [problem_to_json(each) for each in given.warnings],
    }


def _recorded(event: Appended) -> answers.Recorded:
    return {
        "id": event.id,
        "type": event.type,
        "deal_id": event.deal_id,
        "version": event.version,
        "position": event.position,
        "recorded_at": iso(event.recorded_at),
        "leaf_hash": event.leaf_hash,
    }


def _answer(
    given: Receipt,
    deal_id: str,
    wish: RequestPreferences,
    dry_run: bool,
    place: str | None = None,
    seal: SealMembers | None = None,
) -> Response:
    content = receipt_as_json(given)
    if seal is not None:
        content["seal"], content["proofs"] = seal["seal"], seal["proofs"]
    applied = [
        *(["handling=lenient"] if wish.lenient else []),
        *(["return=minimal"] if wish.minimal else []),
        *(["wait"] if seal and seal["proofs"] else []),
    ]
    headers = {"Preference-Applied": ", ".join(applied)} if applied else {}
    if dry_run:
        content["dry_run"] = True
        return responses.json_response(content, 200, headers)
    headers["ETag"] = f'"{given.version}"'
    headers["Location"] = place or f"/v1/deals/{_in_path(deal_id)}/events/{_in_path(given.events[0].id)}"
    if given.replayed:
        headers["Idempotency-Replayed"] = "true"
    return responses.ReadyResponse(orjson.dumps(content), 201, headers)


def _in_path(name: str) -> str:
    """An id as a path has it."""
    return name if is_ref(name) else quote(name)


OPENING_FIELDS = describe(DealOpened).keys()


async def post_deal(request: Request) -> Response:
    """Open a deal: the members of the body are those of deal.opened and of its envelope, side by side."""
    who, wish, dry_run = caller(request), request_preferences(request), flag(request, "dry_run")
    raw = as_opening(await read_json(request), who.reader.now())
    new_id = None if wish.key is None else lambda index: ids.of_key(who.ledger.origin, str(wish.key), index)
    made = decoding.read_event(raw, None, new_id)
    if not isinstance(made, Submission):
        raise invalid_input(_flattened(each) for each in made)
    try:
        given = await record(who, [made], False, wish, dry_run)
    except ParleyError as refused:
        refused.problems = tuple(map(_flattened, refused.problems))
        raise
    return _answer(given, made.deal_id, wish, dry_run, f"/v1/deals/{quote(made.deal_id)}/state")


def as_opening(value: Any, now: Moment) -> Any:
    """The deal.opened event of a body; `occurred` defaults to today in the time zone of the deal."""
    if not isinstance(value, dict):
        return value
    outer = {name: each for name, each in value.items() if name not in OPENING_FIELDS}
    if "data" in outer or outer.get("type", "deal.opened") != "deal.opened":
        name = "data" if "data" in outer else "type"
        told = f"There is no field {name!r} here: send the fields alone, or events to /v1/deals/<deal>/events."
        raise invalid_input([Problem(f"/{name}", "unknown-field", told)])
    data = {name: each for name, each in value.items() if name in OPENING_FIELDS}
    return {"occurred": default_day(data.get("tz"), now).isoformat(), **outer, "type": "deal.opened", "data": data}


def _flattened(fault: Problem) -> Problem:
    return replace(fault, pointer=fault.pointer.removeprefix("/data"))
