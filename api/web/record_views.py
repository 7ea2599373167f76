"""Views for recording events by form; the events are sent through the API."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.events import ids
from api.events.default_day import default_day
from api.web import drafts, forms, query
from api.web.api_client import Answer, Api, deal_path
from api.web.compare import by_group
from api.web.deal_views import read_events
from api.web.security import same_origin_form
from api.web.templating import redirect, render, render_page

router = APIRouter(include_in_schema=False)

OPENING, CORRECTION = "deal.opened", "record.corrected"

PICKED_AT_MOST = 200
"""Entries of a list to choose from; where there are more, ids are typed."""

CORRECTS = "corrects"
"""The input with the event that a form corrects."""

ABOUT_CORRECTION = ("cause", "reason", "by")
"""The fields of a correction beside the values that it changes."""


@dataclass(frozen=True, slots=True)
class Form:
    """The form of one event type."""

    kind: Mapping[str, Any]
    data: list[forms.Field]
    often: list[forms.Field]
    others: list[forms.Field]
    correction: list[forms.Field] = field(default_factory=list)
    """The inputs of the correction itself, where the form corrects an event."""

    @property
    def all(self) -> list[forms.Field]:
        return [*self.data, *self.often, *self.others, *self.correction]

    @property
    def around(self) -> list[str]:
        """The members of an event beside its data."""
        return [each.pointer[1:] for each in (*self.often, *self.others)]


@router.get("/record")
@render_page
async def open_deal(request: Request) -> Response:
    """The form that opens a deal."""
    query.time_query(request)
    api = Api(request)
    return await _show(request, api, None, await _form_of(api, OPENING), {})


@router.post("/record")
@render_page
async def take_deal(request: Request) -> Response:
    """Record a deal.opened."""
    return await _take(request, None, OPENING)


@router.get("/deals/{deal_id}/record")
@render_page
async def choose_type(request: Request) -> Response:
    """All event types, or those whose name, description or effect has the words searched for."""
    api, deal_id = Api(request), request.path_params["deal_id"]
    words = query.time_query(request, "q").get("q", "")
    types = (await api.read("/v1/event-types"))["items"]
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for each in types:
        if each["type"] not in (OPENING, "record.erased") and _has_words(each, words):
            groups.setdefault(each["type"].split(".")[0], []).append(each)
    state = await _state(api, deal_id)
    return await render(request, "types.html", groups=groups, words=words, state=state, deal_id=deal_id)


def _has_words(kind: Mapping[str, Any], words: str) -> bool:
    text = " ".join((kind["type"], kind["description"], kind.get("effect") or "", *kind.get("also_called", ())))
    held = text.replace("_", " ").replace(".", " ").casefold()
    return all(word in held for word in words.replace("_", " ").replace(".", " ").casefold().split())


@router.get("/deals/{deal_id}/record/{type}")
@render_page
async def fill_in(request: Request) -> Response:
    """The form of one type. Inputs may be filled by parameters named as their pointers, or by an event to correct."""
    api, deal_id = Api(request), request.path_params["deal_id"]
    corrects = request.query_params.get(CORRECTS)
    form = await _form_of(api, request.path_params["type"], corrects is not None)
    given = {name: value for name, value in request.query_params.items() if name.startswith("/")}
    if corrects is not None:
        event = await _as_corrected(api, deal_id, corrects, form)
        inner = drafts.filled(form.data, event["data"])
        given = {**inner, **drafts.filled((*form.often, *form.others), event), **given, CORRECTS: corrects}
    else:
        given.setdefault("/occurred", await _default_day(api, deal_id, given))
    return await _show(request, api, deal_id, form, given)


@router.post("/deals/{deal_id}/record/{type}")
@render_page
async def take(request: Request) -> Response:
    """Record a submitted form, check it, or show it again with its faults."""
    return await _take(request, request.path_params["deal_id"], request.path_params["type"])


async def _take(request: Request, deal_id: str | None, type_name: str) -> Response:
    given, api = await same_origin_form(request), Api(request)
    act, corrects = given.get("act", "record"), given.get(CORRECTS)
    form = await _form_of(api, type_name, corrects is not None)
    if not given.get("/occurred", "").strip():
        given["/occurred"] = await _default_day(api, deal_id, given)
    given.setdefault("id", ids.time_ordered())
    state = await _state(api, deal_id)
    draft, errors = _draft(form, given, state, type_name)
    if act == "more" or errors:
        return await _show(request, api, deal_id, form, given, errors=errors, status=422 if errors else 200)
    target = deal_id or given.get("/deal_id", "").strip() or await _new_deal_id(api, draft)
    if deal_id is None:
        given["/deal_id"] = target
    event = await _correction(api, target, corrects, form, given, draft) if corrects else draft
    path = f"/v1/deals/{quote(target, safe='') or '-'}/events"
    answer = await api.send("POST", path, {"dry_run": "true"} if act == "check" else None, event)
    if answer.ok and act == "record" and not answer.body.get("warnings"):
        return redirect(f"/deals/{quote(target, safe='')}#e-{quote(event['id'], safe='')}")
    effect = None
    if answer.ok and act == "check" and deal_id is not None:
        effect = await _effect(api, deal_id, state, event, given)
    return await _show(request, api, deal_id, form, given, answer=answer, act=act, effect=effect)


def _draft(
    form: Form, given: dict[str, str], state: Mapping[str, Any], type_name: str
) -> tuple[dict[str, Any], dict[str, str]]:
    """The event of a submitted form, with ids for names, and the faults of its inputs. An id that the event needs and
    the form leaves empty is made from its name."""
    inner, around = forms.read_form(form.data, given), forms.read_form((*form.often, *form.others), given)
    data = drafts.with_ids(type_name, inner.event, state)
    about = drafts.created_by(type_name)
    if about is not None and about.KEY not in data and (made := drafts.made_id(type_name, data, state)):
        data[about.KEY] = given[f"/data/{about.KEY}"] = made
    return {"type": type_name, "id": given["id"], **around.event, "data": data}, inner.errors | around.errors


async def _new_deal_id(api: Api, draft: Mapping[str, Any]) -> str:
    """An id for a deal, from its title."""
    wanted = drafts.slug(str(draft["data"].get("title") or ""))
    taken: set[str] = set()
    while wanted and (found := drafts.unused(wanted, taken)) and await api.look(deal_path(found, "state")):
        taken.add(found)
    return drafts.unused(wanted, taken)


async def _correction(
    api: Api, deal_id: str, corrects: str, form: Form, given: Mapping[str, str], draft: Mapping[str, Any]
) -> dict[str, Any]:
    """The event that corrects another one to what the form says."""
    event = await _as_corrected(api, deal_id, corrects, form)
    said = forms.read_form(form.correction, given).event
    data = {"event_id": corrects, "changes": drafts.changes(event, draft, form.around), **said}
    return {"type": CORRECTION, "id": draft["id"], "occurred": await _default_day(api, deal_id, given), "data": data}


async def _as_corrected(api: Api, deal_id: str, event_id: str, form: Form) -> dict[str, Any]:
    """An event as it reads after the corrections that stand."""
    lineage = await api.read(deal_path(deal_id, "events", event_id, "lineage"))
    event, reads = lineage["assertion"], lineage["reads"]
    around = {name: value for name, value in reads.items() if name in form.around}
    data = {name: value for name, value in reads.items() if name not in around}
    return {**event, **around, "data": {**event.get("data", {}), **data}}


async def _effect(
    api: Api, deal_id: str, state: Mapping[str, Any], event: Mapping[str, Any], given: Mapping[str, str]
) -> dict[str, Any] | None:
    """What an event would change in the state: as of the day that the form names, else today or the day of the event,
    whichever is later. None where that cannot be computed."""
    here = query.zone_of(state)
    occurred = query.civil(event["occurred"], here) or date.min
    day = given.get("effect_at", "").strip() or str(max(query.today(here), occurred))
    answer = await api.send("POST", deal_path(deal_id, "what-if"), None, {"events": [event], "valid_at": day})
    if not answer.ok:
        return {"refusal": answer.body.get("detail"), "day": day}
    found = [each for lead in answer.body["diff"]["summary"] for each in (lead, *lead["consequences"])]
    return {"groups": by_group(found), "day": day}


async def _form_of(api: Api, type_name: str, correcting: bool = False) -> Form:
    kind = await _kind(api, type_name)
    data, often, others = forms.fields_of(type_name, kind["event_schema"])
    if not correcting:
        return Form(kind, data, often, others)
    about, _often, _others = forms.fields_of(CORRECTION, (await _kind(api, CORRECTION))["event_schema"])
    moved = [each.moved("/data", "/correction") for each in about if each.pointer[6:] in ABOUT_CORRECTION]
    return Form(kind, data, often, others, moved)


async def _kind(api: Api, type_name: str) -> Any:
    return await api.read(f"/v1/event-types/{quote(type_name, safe='')}")


async def _show(
    request: Request,
    api: Api,
    deal_id: str | None,
    form: Form,
    given: Mapping[str, str],
    *,
    answer: Answer | None = None,
    act: str = "",
    errors: Mapping[str, str] | None = None,
    effect: Mapping[str, Any] | None = None,
    status: int = 200,
) -> Response:
    state = await _state(api, deal_id)
    beside: dict[str, str] = dict(errors or {})
    elsewhere: list[str] = []
    warned: list[tuple[str, str]] = []
    if answer is not None and answer.ok:
        near, others_warned = forms.placed(answer.body.get("warnings") or (), form.all)
        warned = [*near.items(), *(("", each) for each in others_warned)]
    if answer is not None and not answer.ok:
        status = answer.status
        beside, elsewhere = forms.placed(_of_form(answer.body.get("errors") or (), form), form.all)
        if not beside and not elsewhere:
            elsewhere = [str(answer.body.get("detail") or answer.body.get("title") or "It was refused.")]
    created = drafts.created_by(form.kind["type"])
    return await render(
        request, "record.html", status, kind=form.kind, data=form.data, often=form.often, others=form.others,
        correction=form.correction, corrects=given.get(CORRECTS), given=given, errors=beside, elsewhere=elsewhere,
        warned=warned, answer=answer, act=act, effect=effect, id=given.get("id") or ids.time_ordered(),
        rows_filled=forms.rows_filled, state=state, deal_id=deal_id, made=created.KEY if created else None,
        pickers=await _pickers(api, deal_id, state, form), at_most=PICKED_AT_MOST,
    )  # fmt: skip


def _of_form(faults: Any, form: Form) -> list[Mapping[str, Any]]:
    """The faults of a correction by the inputs of the event that it corrects; others as they are."""
    if not form.correction:
        return list(faults)
    found: list[Mapping[str, Any]] = []
    for fault in faults:
        pointer = str(fault.get("pointer", ""))
        if pointer.startswith("/data/changes/"):
            name = pointer.removeprefix("/data/changes/")
            pointer = f"/{name}" if name.split("/")[0] in form.around else f"/data/{name}"
        elif pointer.startswith("/data/"):
            pointer = pointer.replace("/data/", "/correction/", 1)
        found.append({**fault, "pointer": pointer})
    return found


async def _pickers(api: Api, deal_id: str | None, state: Mapping[str, Any], form: Form) -> dict[str, list[drafts.Pick]]:
    """What the record holds, by section, as far as the form has inputs for it; `events` are the latest ones."""
    sections = {each.suggested for each in form.all if each.suggested}
    found = {name: each for name in sections if (each := drafts.picks(state, name))}
    if deal_id is not None and any(each.pointer == "/data/event_id" for each in form.data):
        found[forms.EVENTS] = drafts.event_picks((await read_events(api, deal_id))[0][:PICKED_AT_MOST])
    return found


async def _default_day(api: Api, deal_id: str | None, given: Mapping[str, str]) -> str:
    """Today where the deal is; of one that is being opened, in the time zone that the form names."""
    tz = (await _state(api, deal_id))["deal"]["tz"] if deal_id else given.get("/data/tz", "").strip()
    return default_day(tz).isoformat()


async def _state(api: Api, deal_id: str | None) -> Any:
    return await api.read(deal_path(deal_id, "state")) if deal_id else {}
