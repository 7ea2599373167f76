"""The background in a thread of the test: the logs that it works for, and what servers know of it."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.app import create_app
from api.background import Background
from api.cli.in_process import InProcessTransport
from api.runtime import worker_reports
from api.runtime.worker_reports import ReportedWorker, ReportedWorkers, WorkerReport
from api.settings import Settings
from domain.envelope import Submission
from ledger.ledger import Ledger, open_ledger
from ledger.maintenance.health_checks import check_database
from ledger.models import Request
from ledger.tlog.signing_keys import log_folder
from ledger.webhook_outbox import Webhooks, WebhookSpec
from projections.batch_update import position_of
from projections.tables.deals import DEALS
from tests.api.conftest import opened
from tests.waiting import LONGEST_SECONDS, until

Make = Callable[..., Submission]
OWN = "the background of this server"


@pytest.fixture
def settings(database: str, tmp_path: Path) -> Settings:
    return Settings(database=database, tenant="main", data=tmp_path)


@contextmanager
def working(settings: Settings) -> Iterator[Background]:
    """A background, once its workers run, until it is stopped."""
    background, ready = Background(settings, OWN), threading.Event()
    thread = threading.Thread(target=background.run, args=[ready.set])
    thread.start()
    try:
        assert ready.wait(LONGEST_SECONDS)
        yield background
    finally:
        background.stop()
        thread.join(LONGEST_SECONDS)
        assert not thread.is_alive()


@pytest.fixture
def served(settings: Settings) -> Iterator[httpx.Client]:
    """A client of the application whose background is another process."""
    app = create_app(settings, background=OWN)
    with httpx.Client(transport=InProcessTransport(app), base_url="http://127.0.0.1") as client:
        yield client


def is_signed(ledger: Ledger) -> bool:
    newest = ledger.rows("newest_checkpoint")
    return bool(newest) and newest[0][0] == ledger.head().position


def has_table(ledger: Ledger) -> bool:
    with DEALS.live_tables(ledger) as tables:
        return tables is not None


def failures(client: httpx.Client) -> dict[str, str]:
    """The code of each worker that fails, by the server's readiness."""
    found: list[dict[str, Any]] = client.get("/readyz").json()["failures"]
    return {each["worker"]: each["code"] for each in found}


def test_a_log_is_worked_for_once_an_event_is_recorded_in_it_or_a_server_opens_it(
    settings: Settings, database: str, submission: Make
) -> None:
    with working(settings), open_ledger(database, "recorded") as recorded, open_ledger(database, "opened") as idle:
        recorded.append(Request((submission("d", "o1", "deal.opened"),), by="desk")).result(LONGEST_SECONDS)
        until(lambda: is_signed(recorded) and position_of(recorded, DEALS) == 1)
        assert not has_table(idle)
        idle.rows("announce_log")
        until(lambda: has_table(idle))


def test_a_log_with_events_to_sign_or_with_webhooks_is_worked_for_from_the_start(
    settings: Settings, database: str, submission: Make
) -> None:
    with (
        open_ledger(database, "recorded") as recorded,
        open_ledger(database, "followed") as followed,
        open_ledger(database, "idle") as idle,
    ):
        recorded.append(Request((submission("d", "o1", "deal.opened"),), by="desk")).result(LONGEST_SECONDS)
        Webhooks(followed).register_webhook(WebhookSpec("https://example.org/hook"), by="desk", after=0)
        with working(settings):
            until(lambda: is_signed(recorded) and position_of(recorded, DEALS) == 1)
            until(lambda: has_table(followed))
            assert not has_table(idle)


def test_a_list_waits_for_projections_that_the_background_updates(settings: Settings, served: httpx.Client) -> None:
    with working(settings):
        opened(served)
        page = served.get("/v1/deals?min_position=2").json()
        assert (len(page["items"]), page["as_of_position"], page["lag"]) == (1, 2, 0)
        until(lambda: 'parley_worker_leading{log="main",worker="signer"} 1.0' in served.get("/metrics").text)
        assert failures(served) == {}


def test_a_server_is_ready_and_names_what_fails_in_its_background(
    settings: Settings, database: str, served: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_ledger(database, "main", migrating=False) as ledger:
        folder = log_folder(settings.data, ledger.origin)
    (folder / "key.pem").write_text("no key", encoding="utf-8")
    with working(settings):
        opened(served)
        until(lambda: "signer" in failures(served))
        assert 'parley_worker_failing{log="main",worker="signer"} 1.0' in served.get("/metrics").text
    monkeypatch.setattr(worker_reports, "SILENT_SECONDS", 0.0)
    assert failures(served) == {"background": "background-away"}
    assert served.get("/readyz").status_code == 200


def test_of_the_reports_of_many_those_of_its_own_background_count_for_a_server() -> None:
    theirs = WorkerReport("theirs", (ReportedWorker("signer", "no-key", "It has none.", False),), {"deals": 7})
    ours = WorkerReport(OWN, (ReportedWorker("signer", leading=True),), {})
    known, alone = ReportedWorkers(OWN), ReportedWorkers()
    assert (known.expected, alone.expected) == (True, False)
    for report in (theirs, ours):
        for each in (known, alone):
            each.receive(report.payload("t").partition("\n")[2])
            each.receive("of another version")
    assert [each.code for each in known.workers() if each.worker == "signer"] == [None]
    assert [each.code for each in alone.workers()] == ["no-key", None]
    assert known.reached.position("deals") == alone.reached.position("deals") == 7
    assert alone.expected


def test_the_doctor_says_what_servers_do_on_a_database(settings: Settings, database: str) -> None:
    def processes() -> tuple[str, str]:
        [found] = [each for each in check_database(database) if each.name == "processes"]
        return found.level, found.told

    assert processes() == ("fine", "No server uses the database now.")
    with open_ledger(database, "main") as ledger:
        assert ledger.hub.position == 0
        level, told = until(lambda: found if "1 to listen" in (found := processes())[1] else None)
        assert (level, "No process signs or updates projections." in told) == ("doubtful", True)
        with working(settings):
            level, told = until(lambda: found if "1 to sign" in (found := processes())[1] else None)
            assert (level, "1 to send" in told, "to project" in told) == ("fine", True, True)
