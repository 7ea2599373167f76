"""Views for recording events by form; the events are sent through the API."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.events import ids
from api.events.default_day import default_day
from api.web import forms, query
from api.web.api_client import Answer, Api
from api.web.security import same_origin_form
from api.web.templating import redirect, render, render_page

router = APIRouter(include_in_schema=False)

OPENING = "deal.opened"


@router.get("/record")
@render_page
async def open_deal(request: Request) -> Response:
    """The form that opens a deal."""
    query.time_query(request)
    return await _form(request, Api(request), None, OPENING, {})


@router.post("/record")
@render_page
async def take_deal(request: Request) -> Response:
    """Record a deal.opened."""
    return await _take(request, None, OPENING)


@router.get("/deals/{deal_id}/record")
@render_page
async def choose_type(request: Request) -> Response:
    """All event types, to choose one."""
    api, deal_id = Api(request), request.path_params["deal_id"]
    query.time_query(request)
    types = (await api.read("/v1/event-types"))["items"]
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for each in types:
        if each["type"] not in (OPENING, "record.erased"):
            groups.setdefault(each["type"].split(".")[0], []).append(each)
    return await render(request, "types.html", groups=groups, **await _about(api, deal_id))


@router.get("/deals/{deal_id}/record/{type}")
@render_page
async def fill_in(request: Request) -> Response:
    """The form of one type; inputs may be filled by parameters named as their pointers."""
    api, deal_id = Api(request), request.path_params["deal_id"]
    given = {name: value for name, value in request.query_params.items() if name.startswith("/")}
    given.setdefault("/occurred", await _default_day(api, deal_id, given))
    return await _form(request, api, deal_id, request.path_params["type"], given)


@router.post("/deals/{deal_id}/record/{type}")
@render_page
async def take(request: Request) -> Response:
    """Record a submitted form, or show it again with its faults."""
    return await _take(request, request.path_params["deal_id"], request.path_params["type"])


async def _take(request: Request, deal_id: str | None, type_name: str) -> Response:
    given, api = await same_origin_form(request), Api(request)
    act = given.get("act", "record")
    kind = await api.read(f"/v1/event-types/{quote(type_name, safe='')}")
    data, often, others = forms.fields_of(kind["event_schema"])
    if not given.get("/occurred", "").strip():
        given["/occurred"] = await _default_day(api, deal_id, given)
    filled, around = forms.read_form(data, given), forms.read_form([*often, *others], given)
    errors = filled.errors | around.errors
    if act == "more" or errors:
        return await _form(request, api, deal_id, type_name, given, errors=errors, status=422 if errors else 200)
    target = deal_id or given.get("/deal_id", "").strip()
    event = {"type": type_name, "id": given.get("id") or ids.time_ordered(), **around.event, "data": filled.event}
    path = f"/v1/deals/{quote(target, safe='') or '-'}/events"
    answer = await api.send("POST", path, {"dry_run": "true"} if act == "check" else None, event)
    if answer.ok and act == "record" and not answer.body.get("warnings"):
        return redirect(f"/deals/{quote(target, safe='')}#e-{quote(event['id'], safe='')}")
    given["id"] = event["id"]
    return await _form(request, api, deal_id, type_name, given, answer=answer, act=act)


async def _form(
    request: Request,
    api: Api,
    deal_id: str | None,
    type_name: str,
    given: Mapping[str, str],
    *,
    answer: Answer | None = None,
    act: str = "",
    errors: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    kind = await api.read(f"/v1/event-types/{quote(type_name, safe='')}")
    data, often, others = forms.fields_of(kind["event_schema"])
    about = await _about(api, deal_id) if deal_id else {"state": {}, "deal_id": None}
    beside: dict[str, str] = dict(errors or {})
    elsewhere: list[str] = []
    warned: list[tuple[str, str]] = []
    if answer is not None and answer.ok:
        near, others_warned = forms.placed(answer.body.get("warnings") or (), [*data, *often, *others])
        warned = [*near.items(), *(("", each) for each in others_warned)]
    if answer is not None and not answer.ok:
        status = answer.status
        beside, elsewhere = forms.placed(answer.body.get("errors") or (), [*data, *often, *others])
        if not beside and not elsewhere:
            elsewhere = [str(answer.body.get("detail") or answer.body.get("title") or "It was refused.")]
    return await render(
        request, "record.html", status, kind=kind, data=data, often=often, others=others, given=given, errors=beside,
        elsewhere=elsewhere, warned=warned, answer=answer, act=act, id=given.get("id") or ids.time_ordered(),
        rows_filled=forms.rows_filled, **about,
    )  # fmt: skip


async def _default_day(api: Api, deal_id: str | None, given: Mapping[str, str]) -> str:
    """Today where the deal is; of one that is being opened, in the time zone that the form names."""
    tz = (await _about(api, deal_id))["state"]["deal"]["tz"] if deal_id else given.get("/data/tz", "").strip()
    return default_day(tz).isoformat()


async def _about(api: Api, deal_id: str) -> dict[str, Any]:
    state = await api.read(f"/v1/deals/{quote(deal_id, safe='')}/state")
    return {"state": state, "deal_id": deal_id}
