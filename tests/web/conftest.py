"""The page on the two real timelines and one deal that means harm: in this process, and for a real browser."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import httpx
import orjson
import pytest
import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Browser, Page, sync_playwright

import api
from api.app import create_app
from api.cli.in_process import InProcessTransport
from api.settings import Settings
from ledger.ledger import Ledger, open_ledger
from tests.submissions import as_sent

TIMELINES = Path(api.__file__).parent / "demo"
TENANT = "the-page"
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

HARM = '<img src=x onerror="window.harmed=1"><script>window.harmed=1</script>{{7*7}}'
HARMFUL = (
    {
        "deal_id": "harm", "id": "harm-1", "type": "deal.opened", "occurred": "2024-01-01",
        "summary": HARM,
        "data": {
            "title": HARM, "kind": "merger", "subject": "target", "parties": ["target"], "names": {"target": "W" * 180}
        },
    },
    {
        "deal_id": "harm", "id": "harm-2", "type": "order.signed", "occurred": "2024-01-02", "summary": HARM,
        "note": HARM,
        "data": {"order_id": "o1", "kind": "statute", "issuer": "us_congress", "title": HARM, "obligations": [HARM]},
        "sources": [{"title": HARM, "url": "javascript:window.harmed=1"}, {"title": "fair", "url": "https://example.org/a"}],
    },
)  # fmt: skip


@pytest.fixture(scope="session")
def record(shared_database: str) -> Iterator[Ledger]:
    """A log that holds both timelines and the deal that means harm. Tests that write to it take deals of their own."""
    lines = [line for name in ("seeds", "tiktok") for line in (TIMELINES / f"{name}.ndjson").read_bytes().splitlines()]
    with open_ledger(shared_database, TENANT, migrating=False) as opened:
        opened.import_batch([as_sent(each) for each in (*map(orjson.loads, lines), *HARMFUL)], by="desk")
        yield opened


@pytest.fixture(scope="session")
def app(record: Ledger) -> FastAPI:
    return create_app(Settings(tenant=TENANT), record)


@pytest.fixture
def web(app: FastAPI) -> Iterator[httpx.Client]:
    """A reader without scripts, who fills in forms on the page itself."""
    with httpx.Client(
        transport=InProcessTransport(app), base_url="http://127.0.0.1", headers={"Origin": "http://127.0.0.1"}
    ) as client:
        yield client


@pytest.fixture(scope="session")
def site(record: Ledger) -> Iterator[str]:
    """The address of the page as a server serves it, by an application that no reader without scripts stops."""
    server = uvicorn.Server(
        uvicorn.Config(create_app(Settings(tenant=TENANT), record), port=0, log_level="warning", ws="none")
    )
    thread = Thread(target=server.run)
    thread.start()
    while not server.started:
        thread.join(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()


@pytest.fixture(scope="module")  # its event loop must not outlive the file: others run loops of their own
def browser() -> Iterator[Browser]:
    """Chromium itself; tests that ask for it are skipped, with this reason, where there is none."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("no chromium on this machine: install it, or name it in CHROMIUM, to test the page in a browser")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield launched
        launched.close()


@pytest.fixture
def page(browser: Browser, site: str) -> Iterator[Page]:
    """A page of the browser. What it complained of, and whom else it asked, must be nothing."""
    context = browser.new_context(base_url=site, viewport={"width": 1300, "height": 900})
    opened = context.new_page()
    complaints: list[str] = []
    opened.on("console", lambda told: complaints.append(told.text) if told.type in ("error", "warning") else None)
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on("request", lambda asked: complaints.append(asked.url) if not asked.url.startswith(site) else None)
    yield opened
    context.close()
    assert complaints == []
