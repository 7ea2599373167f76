"""Routes of lists of deals: create, read, replace, delete."""

from typing import Annotated

import orjson
from fastapi import APIRouter, Path
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from api import limits
from api.deal_lists import schemas
from api.deal_lists.answers import list_of
from api.errors import Forbidden
from api.http import responses
from api.http.authentication import AuthenticatedCaller, Caller
from api.http.deal_filter import seen_by
from api.http.openapi_responses import NOT_MODIFIED, WRITING, body, content, listed, problems
from api.http.parameters import Cursor, Limit
from api.http.routing import ApiRoute
from api.http.text_validation import read_json
from domain.errors import InvalidInput, StaleVersion
from domain.fields.identifiers import REF
from ledger.deal_lists import DealList, ListContent, ListExists, ListInUse, TooManyLists, UnknownList

router = APIRouter(prefix="/v1", route_class=ApiRoute, tags=["Lists"])

Name = Annotated[str, Path(pattern=f"^{REF}$", description="The name of the list.", examples=["watch"])]


@router.post(
    "/lists",
    status_code=201,
    summary="Create a list of deals",
    responses={
        201: content("DealList", "The list."),
        **problems(*WRITING, InvalidInput, ListExists, TooManyLists),
    },
    openapi_extra={"requestBody": body("NewList")},
)
async def post_list(request: Request, who: AuthenticatedCaller) -> Response:
    """Name some deals, to filter by them what is read across deals: `?list=` of /v1/deals, /v1/deadlines, /v1/digest,
    /v1/calendar.ics and /v1/stream, and `list` of a webhook. Who creates it owns it."""
    value = await read_json(request)

    def create() -> Response:
        wanted = schemas.parse_list(schemas.NewList, value, who.ledger)
        return _created(who.log.deal_lists.create(wanted.name, wanted.content, by=who.principal))

    return await run_in_threadpool(create)


@router.get(
    "/lists",
    summary="Lists of deals",
    responses={200: listed("DealList", "A page of lists, by name."), 304: NOT_MODIFIED, **problems()},
)
def read_lists(
    request: Request,
    who: AuthenticatedCaller,
    limit: Limit = limits.PAGE_ITEMS,
    cursor: Cursor = None,
) -> Response:
    """The shared lists, and one's own; an admin sees all."""
    found = who.log.deal_lists.page(seen_by(who), cursor, limit + 1)
    more = found[limit - 1].name if len(found) > limit else None
    return responses.page_response(request, [list_of(each) for each in found[:limit]], more)


@router.get(
    "/lists/{name}",
    summary="List of deals",
    responses={200: content("DealList", "The list."), 304: NOT_MODIFIED, **problems(UnknownList)},
)
def read_list(request: Request, who: AuthenticatedCaller, name: Name) -> Response:
    """One list. Its ETag is what If-Match takes."""
    return responses.conditional_json(request, list_of(who.log.deal_lists.one(name, seen_by(who))))


@router.put(
    "/lists/{name}",
    summary="Create or replace a list of deals",
    responses={
        200: content("DealList", "The list as it is now."),
        201: content("DealList", "The new list."),
        **problems(*WRITING, InvalidInput, StaleVersion, ListExists, TooManyLists),
    },
    openapi_extra={"requestBody": body("WantedList")},
)
async def put_list(request: Request, who: AuthenticatedCaller, name: Name) -> Response:
    """Replace its deals, description and `shared`; a new list where there is none of that name. Takes If-Match, and
    If-None-Match: *. Only its owner and admins may replace a list."""
    value = await read_json(request)
    return await run_in_threadpool(_put, request, who, name, value)


@router.delete(
    "/lists/{name}",
    summary="Delete a list of deals",
    responses={
        200: content("DealList", "The list that was."),
        **problems(UnknownList, StaleVersion, ListInUse),
    },
)
def delete_list(request: Request, who: AuthenticatedCaller, name: Name) -> Response:
    """Delete a list; the deals stay as they are. Only its owner and admins may, and not while a webhook refers to it.
    Takes If-Match."""
    lists = who.log.deal_lists
    while True:
        held = lists.one(name, seen_by(who))
        schemas.check_conditions(request, held)
        _hold_to_owner(who, held)
        if lists.delete(held, by=who.principal):
            return responses.json_response(list_of(held))


def _put(request: Request, who: Caller, name: str, value: object) -> Response:
    wanted: ListContent = schemas.parse_list(schemas.WantedList, value, who.ledger).content
    lists = who.log.deal_lists
    while True:
        held = _held(who, name)
        schemas.check_conditions(request, held)
        if held is None:
            return _created(lists.create(name, wanted, by=who.principal))
        _hold_to_owner(who, held)
        changed = lists.update(held, wanted, by=who.principal)
        if changed is not None:
            return _written(changed, 200)


def _held(who: Caller, name: str) -> DealList | None:
    try:
        return who.log.deal_lists.one(name, seen_by(who))
    except UnknownList:
        return None


def _hold_to_owner(who: Caller, held: DealList) -> None:
    """Raises Forbidden for a principal who may not change a list."""
    if not schemas.may_change(who, held):
        raise Forbidden(f"The list {held.name!r} belongs to {held.owner}: they may change it, and the role admin.")


def _created(made: DealList) -> Response:
    return _written(made, 201, {"Location": f"/v1/lists/{made.name}"})


def _written(made: DealList, status: int, headers: dict[str, str] | None = None) -> Response:
    """The list that was written, with the ETag that reading it gives."""
    told = orjson.dumps(list_of(made))
    return Response(told, status, {**responses.validators(told), **(headers or {})}, responses.JSON)
