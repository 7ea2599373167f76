"""The pages of an event, of all events, of a replay and of the history of a value: what each event changed, and why."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.web import query
from api.web.api_client import Api, ApiError, deal_path
from api.web.compare import Change, by_group
from api.web.deal_views import read_events
from api.web.templating import render, render_page
from domain.errors import UnreadableDeal
from domain.json_equality import equal
from projections.sentences.answers import ChangeSentence
from projections.temporal import json_pointer
from projections.temporal.state_sentences import value_sentences

router = APIRouter(include_in_schema=False)

KEYS_PATH = "/v1/log/key"

NEARBY = 6
"""Steps of a replay that its page lists before and after the one that it shows."""

NAMED = 50
"""Events that a page reads one by one to name them."""

DIGITS = 10
"""Digits of the number of a step, at most."""

Event = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Effect:
    """What one event changed."""

    groups: list[tuple[str, list[Change]]]

    day: date | None
    """The day on which it takes effect, today at the latest."""

    before: str | None
    """The address of the state of that day just before it was recorded; None for the first event."""

    after: str
    """The address of the state just after it was recorded."""


@dataclass(frozen=True, slots=True)
class Move:
    """A value of the state, from when to when it held, and what made it so."""

    stretch: Mapping[str, Any]
    before: Any
    """The value until then; None where there was none."""

    sentences: list[ChangeSentence] | None
    """What changed in a value that is a list or an object; None of any other."""

    gap: Mapping[str, Any] | None
    """The time before it in which there was no value."""

    movers: list[str]
    """The events that it rests on and the value before did not."""

    others: list[str]
    """The other events that it rests on."""


@router.get("/deals/{deal_id}/events/{event_id}")
@render_page
async def event(request: Request) -> Response:
    """One event: what it changed, its members, its corrections and its proof."""
    api, deal_id = Api(request), request.path_params["deal_id"]
    query.time_query(request)
    path = deal_path(deal_id, "events", request.path_params["event_id"])
    found = await api.read(path)
    lineage = await api.look(f"{path}/lineage")
    named = [*([found["voided_by"]] if found.get("voided_by") else []), *(found.get("corrected_by") or [])]
    named += [about_of(found)] if about_of(found) else []
    state = await state_or_name(api, deal_id)
    return await render(
        request, "event.html", event=found, deal_id=deal_id, state=state,
        effect=await _effect(api, deal_id, found["id"], state), proof=await api.send("GET", f"{path}/proof"),
        corrections=list(_corrections(lineage)) if lineage else [], about=about_of(found),
        kind=await api.look(f"/v1/event-types/{quote(found['type'], safe='')}") or {},
        events=await _events_of(api, deal_id, named), neighbours=await _neighbours(api, deal_id, found["version"], 1),
    )  # fmt: skip


@router.get("/deals/{deal_id}/audit")
@render_page
async def audit(request: Request) -> Response:
    """All events in recorded order, with who recorded each and a link to its proof."""
    api, deal_id = Api(request), request.path_params["deal_id"]
    asked = query.time_query(request, "cursor")
    listed = await api.read(deal_path(deal_id, "events"), {"include": "voided", "limit": "200", **asked})
    return await render(
        request, "audit.html", state=await state_or_name(api, deal_id), deal_id=deal_id, events=listed["items"],
        next=listed.get("next"), keys=await api.look(KEYS_PATH),
    )  # fmt: skip


@router.get("/deals/{deal_id}/replay")
@render_page
async def replay(request: Request) -> Response:
    """One step of a replay: its event, and what it changed; with links to the steps around it."""
    api, deal_id = Api(request), request.path_params["deal_id"]
    asked = query.time_query(request, "step")
    head = (await api.read(deal_path(deal_id)))["version"]
    step = _step(asked.get("step", "1"), head)
    around = await _neighbours(api, deal_id, step, NEARBY)
    found = next(each for each in around if each["version"] == step)
    state = await state_or_name(api, deal_id)
    headers = {"HX-Push-Url": f"{request.url.path}?step={step}"} if request.headers.get("hx-request") else None
    return await render(
        request, "replay.html", headers=headers, event=found, deal_id=deal_id, state=state,
        effect=await _effect(api, deal_id, found["id"], state), about=about_of(found),
        around=around, step=step, last=head, events={each["id"]: each for each in around},
    )  # fmt: skip


@router.get("/deals/{deal_id}/history")
@render_page
async def history(request: Request) -> Response:
    """The history of a value of the state: step by step, who moved it and why."""
    return await _stretches(request, "history")


@router.get("/deals/{deal_id}/revisions")
@render_page
async def revisions(request: Request) -> Response:
    """How the value of one day became known: step by step, what was known of it, from when and by which events."""
    return await _stretches(request, "revisions")


async def _stretches(request: Request, over: str) -> Response:
    """A value over valid time (`history`), or what was known of it over known time (`revisions`)."""
    api, deal_id = Api(request), request.path_params["deal_id"]
    asked = query.time_query(request, "path")
    wanted = query.clocks(asked) | {name: asked[name] for name in ("path",) if name in asked}
    found = await api.read(deal_path(deal_id, over), wanted)
    events = {each["id"]: each for each in (await read_events(api, deal_id))[0]}
    state = await api.read(deal_path(deal_id, "state"))
    moves = list(_moves(found["items"], asked.get("path", ""), state))
    missing = [each for move in moves for each in move.movers if each not in events]
    return await render(
        request, "history.html", state=state, deal_id=deal_id, place=asked.get("path", ""), moves=moves, over=over,
        basis=query.basis_text(found["basis"], query.zone_of(state)), asked=asked,
        day=query.civil(found["basis"]["valid_at"], query.zone_of(state)), address=query.address, wanted=wanted,
        events={**events, **await _events_of(api, deal_id, missing)},
    )  # fmt: skip


async def state_or_name(api: Api, deal_id: str) -> Any:
    """The state of a deal; of an unreadable deal only its id, so that its events are still shown."""
    answer = await api.send("GET", deal_path(deal_id, "state"))
    if not answer.ok and answer.body.get("code") != UnreadableDeal.code:
        raise ApiError(answer.status, answer.body)
    return answer.body if answer.ok else {"deal": {"id": deal_id, "title": None}}


def about_of(event: Event) -> str | None:
    """The event that a correction, voiding, reinstatement or erasure is about."""
    about = (event.get("data") or {}).get("event_id") if event["type"].startswith("record.") else None
    return about if isinstance(about, str) else None


async def _effect(api: Api, deal_id: str, event_id: str, state: Mapping[str, Any]) -> Effect | None:
    """What an event changed; None where that cannot be computed."""
    found = await api.look(deal_path(deal_id, "events", event_id, "diff"))
    own, here = f"/deals/{quote(deal_id, safe='')}", query.zone_of(state)
    if found is None:
        return None
    changes: list[Change] = [each for lead in found["summary"] for each in (lead, *lead["consequences"])]
    day = query.civil(found["to"]["valid_at"], here)
    before, after = (
        query.address(own, {"valid_at": str(day), "known_version": str(found[side]["known_version"])})
        for side in ("from", "to")
    )
    return Effect(by_group(changes), day, before if found["from"]["known_version"] else None, after)


async def _events_of(api: Api, deal_id: str, ids: Iterable[str]) -> dict[str, Event]:
    """Events by id, as far as a page names them."""
    wanted = [*dict.fromkeys(ids)][:NAMED]
    found = [await api.look(deal_path(deal_id, "events", each)) for each in wanted]
    return {each["id"]: each for each in found if each is not None}


async def _neighbours(api: Api, deal_id: str, version: int, count: int) -> list[Event]:
    """The events of a deal around a version, in the order of recording."""
    first = max(version - count - 1, 0)
    asked = {"include": "voided", "after_version": str(first), "limit": str(version + count - first)}
    items: list[Event] = (await api.read(deal_path(deal_id, "events"), asked))["items"]
    return items


def _step(text: str, last: int) -> int:
    """The number of a step of a replay. Raises ApiError."""
    if text.isascii() and text.isdigit() and len(text) <= DIGITS and 1 <= int(text) <= last:
        return int(text)
    detail = f"step is a number from 1 to {last}, the version of an event; {text[:64]!r} is not."
    raise ApiError(400, {"title": "No such step", "detail": detail})


def _moves(stretches: Sequence[Mapping[str, Any]], path: str, state: Mapping[str, Any]) -> Iterator[Move]:
    """The stretches of a value, each with the value before and the events that moved it."""
    tokens = json_pointer.parse(path)
    for before, stretch in zip((None, *stretches), stretches, strict=False):
        held: Sequence[str] = before["because"] if before else ()
        movers = [each for each in stretch["because"] if each not in held]
        gap = {"from": before["to"], "to": stretch["from"]} if before and before["to"] != stretch["from"] else None
        others = [each for each in stretch["because"] if each in held]
        was, now = None if before is None or gap else before["value"], stretch["value"]
        is_plain = not any(isinstance(each, list | dict) for each in (was, now))
        sentences = None if is_plain else value_sentences(tokens, was, now, state)
        yield Move(stretch, was, sentences, gap, movers, others)


def _corrections(lineage: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """What the record says about an event, each step with the fields that it changed: name, before and after."""
    assertion = lineage["assertion"]
    reads = {**assertion, **(assertion.get("data") or {})}
    for step in lineage["steps"]:
        changes: Mapping[str, Any] = step.get("changes") or {}
        fields = [(name, reads.get(name), new) for name, new in changes.items() if not equal(reads.get(name), new)]
        if step["stands"]:
            reads.update(changes)
        yield {**step, "fields": fields}
