"""Requests to each route, with the forms that its answers have."""

from pathlib import Path
from time import time

import httpx

import api.demo
from api.events.type_routes import posted
from domain.event import REGISTRY
from ledger.merkle.note import Note, Signer
from tests.waiting import until

DEAL = "/v1/deals/tiktok"
VARIED = "/v1/deals/varied"
"""A deal with an event of each type."""

TIMELINE = (Path(api.demo.__file__).parent / "tiktok.ndjson").read_bytes()
OPENING = {"deal_id": "small", "title": "T", "kind": "merger", "subject": "s", "occurred": "2020-08-06"}
LENIENT = {"Prefer": "handling=lenient"}
NDJSON = {"Content-Type": "application/x-ndjson"}
LINES = {"Accept": "application/x-ndjson"}
HOOK = {"url": "https://example.org/hook"}


def varied(http: httpx.Client) -> None:
    """Record an event of each type, and what corrects, voids and erases events."""
    http.post("/v1/deals", json={**OPENING, "deal_id": "varied", "id": "opened"})
    rich = {
        "actor": "oracle",
        "published": "2020-09-13",
        "sources": [{"title": "A report", "url": "https://example.org/"}],
        "rank": 1,
        "quote": "Yes.",
    }
    about_record = [name for name in REGISTRY if name.startswith("record.")]
    made = [{**posted(name), **rich, "id": name} for name in REGISTRY if name not in ("deal.opened", *about_record)]
    http.post(f"{VARIED}/events", json=made, headers=LENIENT)
    for name, target, more in (
        ("record.corrected", "bid.submitted", {"changes": {"occurred": "2020-08-21"}, "cause": "recording_error"}),
        ("record.voided", "bid.revised", {"cause": "recording_error", "reason": "a mistake"}),
        ("record.erased", "position.stated", {"legal_basis": "GDPR"}),
        ("record.voided", "party.added", {"cause": "recording_error", "reason": "a mistake"}),
        ("record.reinstated", "party.added", {"reason": "none after all"}),
    ):
        event = {"type": name, "occurred": "2020-09-14", "data": {"event_id": target, **more}}
        http.post(f"{VARIED}/events", json=event)


def ask_all(http: httpx.Client, witness: Signer) -> None:
    """Send them; the cosignatures of the log are by this witness."""
    http.post("/v1/deals?dry_run=true", json=OPENING)
    http.post("/v1/deals", json=OPENING)
    http.post("/v1/imports", content=TIMELINE, headers=NDJSON)
    varied(http)
    bad = b'{"deal_id": "small", "type": "bid.submitted", "occurred": "2020", "data": {}}\n{"deal_id": "small", '
    bad += b'"type": "bid.rejected", "occurred": "2020-09", "data": {"bid_id": "none", "by": "x"}}\n'
    http.post("/v1/imports?partial=true", content=bad, headers=NDJSON)
    started = http.post("/v1/imports?partial=true", content=bad, headers={**NDJSON, "Prefer": "respond-async"}).json()
    await_end(http, f"/v1/imports/{started['id']}")
    for path in ("", f"/{started['id']}", f"/{started['id']}/errors", f"/{started['id']}/warnings"):
        http.get(f"/v1/imports{path}")
    bid = {"type": "bid.submitted", "occurred": "2020-08-20", "data": {"bid_id": "b1", "bidders": ["oracle"]}}
    http.post("/v1/deals/small/events?dry_run=true", json=bid)
    http.post("/v1/deals/small/events", json={**bid, "id": "e1"}, headers={"Prefer": "wait"})
    for deal in (DEAL, VARIED):
        for query in (
            "",
            "valid_at=1990-01-01",
            "valid_at=2020-09-30&known_by=published",
            "layer=facts&reading=latest",
        ):
            http.get(f"{deal}/state?{query}")
        http.get(deal)
        http.get(f"{deal}/events?include=voided&limit=1000")
        http.get(f"{deal}/replay", headers=LINES)
        http.get(f"{deal}/diff?from_valid=2020-08-10&to_valid=2021-02-01")
        http.get(f"{deal}/digest?since_version=1")
        http.get(f"{deal}/history?path=/status/value")
        http.get(f"{deal}/history?path=/deadlines")
        http.get(f"{deal}/revisions?path=/status/value")
        http.get(f"{deal}/first?path=/status/value")
        http.get(f"{deal}/first?path=/status/value&op=eq&value=nothing")
    for event in ("bid.submitted", "bid.revised", "position.stated", "party.added"):
        http.get(f"{VARIED}/events/{event}")
        http.get(f"{VARIED}/events/{event}/lineage")
        http.get(f"{VARIED}/events/{event}/diff")
    http.post(f"{DEAL}/what-if", json={"events": [{**bid, "occurred": "2021-01-01"}]})
    http.get("/v1/events?limit=1000")
    http.get("/v1/digest?since_position=0&limit=1000")
    for path in ("/v1/deals", "/v1/deadlines", "/v1/deadlines?valid_at=2020-09-01", "/v1/event-types", "/v1/calendars"):
        http.get(path)
    http.get("/v1/event-types/bid.submitted")
    http.get("/v1/deals/small/events/e1/proof")
    text = Note.parse(http.get("/v1/log/checkpoint").content).text
    note = bytes(Note(text, (witness.sign(text, int(time())),)))
    http.post("/v1/log/checkpoint/cosignature", params={"key": str(witness.key)}, content=note)
    http.post("/v1/audit/verify")
    for path in ("/healthz", "/readyz", "/version", "/openapi.json", "/problems/busy", "/v1/audit/reads"):
        http.get(path)
    ask_about_webhooks(http)
    ask_about_lists(http)
    key = http.post("/v1/keys", json={"principal": "desk", "role": "admin"}).json()
    http.headers["Authorization"] = f"Bearer {key['key']}"
    other = http.post("/v1/keys", json={"principal": "other", "role": "reader"}).json()
    for path in ("/v1/keys", f"/v1/keys/{key['id']}"):
        http.get(path)
    http.delete(f"/v1/keys/{other['id']}")


def await_end(http: httpx.Client, path: str) -> None:
    """Wait until an import in the background has ended."""
    until(lambda: http.get(path).json()["report"])


def ask_about_lists(http: httpx.Client) -> None:
    http.post("/v1/lists", json={"name": "watch", "deals": ["small"]})
    http.put("/v1/lists/watch", json={"deals": ["small"], "description": "One"})
    http.put("/v1/lists/other", json={"deals": [], "shared": False})
    for path in ("/v1/lists", "/v1/lists/watch"):
        http.get(path)
    http.delete("/v1/lists/watch")


def ask_about_webhooks(http: httpx.Client) -> None:
    hook = f"/v1/webhooks/{http.post('/v1/webhooks', json={**HOOK, 'notice': '7d'}).json()['id']}"
    message = http.post(f"{hook}:ping").json()["id"]
    http.post(f"{hook}:rotate")
    http.post(f"{hook}:replay", json={"after": 0})
    http.post(f"{hook}/deliveries/{message}:retry")
    for path in ("/v1/webhooks", hook, f"{hook}/deliveries"):
        http.get(path)
    http.put(hook, json={**HOOK, "active": False})
    http.delete(hook)
