"""Answers across deals cost by what they show, and not by how many deals the log has; they never wait for a table."""

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import current_thread
from typing import Any

import httpx
import psycopg
import pytest

from api import limits
from api.app import create_app
from api.cli.in_process import InProcessTransport
from api.deals import lists
from api.settings import Settings
from domain.envelope import Submission
from ledger.event_reader import EventReader
from ledger.ledger import Ledger
from ledger.postgres.connection import transaction
from projections.batch_update import advance
from projections.calendar_feed import feed
from projections.rebuild import catch_up, prepare
from projections.runner import Runner
from projections.state.state_reader import StateReader
from projections.tables.deals import DEALS
from projections.tables.writer import DealWriter
from tests.api.conftest import app, http, refused
from tests.isolation.conftest import record_deals

__all__ = ["app", "http"]

QUESTIONS = (
    "/v1/deals", "/v1/deadlines", "/v1/deadlines?overdue", "/v1/calendar.ics", "/",
    "/v1/deals?valid_at=2097-01-01T00:00:00Z", "/v1/deadlines?known_position=4", "/v1/calendar.ics?known_position=4",
)  # fmt: skip
Make = Callable[..., Submission]


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often which statement of the ledger was asked, and how many were sent in all."""
    counted: Counter[str] = Counter()
    rows, execute = EventReader.rows, psycopg.Connection.execute

    def count_rows(self: EventReader, name: str, **parameters: object) -> Any:
        counted[name] += 1
        return rows(self, name, **parameters)

    def count_all(self: Any, *given: Any, **named: Any) -> Any:
        # What listens to the log looks once a second, in a thread of its own.
        counted["all"] += current_thread().name.startswith(("AnyIO", "parley-query"))
        return execute(self, *given, **named)

    monkeypatch.setattr(EventReader, "rows", count_rows)
    monkeypatch.setattr(psycopg.Connection, "execute", count_all)
    return counted


def test_lists_fold_nothing_and_ask_as_little_of_many_deals_as_of_few(
    ledger: Ledger, submission: Make, http: httpx.Client, statements: Counter[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "api.runtime.key_cache.CACHE_SECONDS", 3600.0
    )  # whether keys are asked for is looked up at other times
    asked: list[list[int]] = []
    folds: list[object] = []
    for names in (["a", "b"], [f"d{number:02}" for number in range(40)]):
        record_deals(ledger, submission, names)
        for question in QUESTIONS:
            assert http.get(question).status_code == 200  # brings the table up to date
        with monkeypatch.context() as watching:
            watching.setattr("projections.state.state_reader.state", lambda *given, **_: folds.append(given))
            watching.setattr("projections.state.state_reader.derive", lambda *given, **_: folds.append(given))
            counts = []
            for question in QUESTIONS:
                statements.clear()
                assert http.get(question).status_code == 200
                counts.append(statements["all"])
        assert folds == []
        assert all(counts)
        asked.append(counts)
    assert asked[0] == asked[1]
    assert len(http.get("/v1/deals").json()["items"]) == 42


def test_a_batch_asks_once_for_the_heads_of_its_deals_and_a_rebuild_writes_each_deal_once(
    ledger: Ledger, submission: Make, statements: Counter[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"d{number:02}" for number in range(30)]
    record_deals(ledger, submission, names)
    more = [
        submission(name, f"{name}-{turn}", "context.noted", topic="t", text="x")
        for turn in range(3, 9)
        for name in names
    ]
    ledger.import_batch(more, by="desk")
    monkeypatch.setattr("projections.rebuild.BATCH_EVENTS", 60)
    written: Counter[str] = Counter()
    write = DealWriter.write

    def count_writes(self: DealWriter) -> None:
        written[self.deal_id] += 1
        write(self)

    monkeypatch.setattr(DealWriter, "write", count_writes)
    reader = StateReader(ledger)
    prepare(ledger, DEALS, reader)
    taken = 0
    while True:
        statements.clear()
        _, count = advance(ledger, DEALS, reader, limit=60)
        taken += count
        if taken == 240:
            break
        assert statements["deal_heads"] == 1  # no deal is written yet: each comes again in a later batch
        assert not written
    assert written == Counter(names)


@pytest.fixture
def behind(ledger: Ledger, submission: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[httpx.Client]:
    """A server without a projection runner, on a table that holds one deal of two."""
    record_deals(ledger, submission, ["known"])
    catch_up(ledger, DEALS, StateReader(ledger))
    record_deals(ledger, submission, ["later"])
    monkeypatch.setattr(Runner, "start", lambda self: self)
    monkeypatch.setattr(Runner, "close", lambda self: None)
    monkeypatch.setattr(limits, "POSITION_WAIT_SECONDS", 0.05)
    monkeypatch.setattr(lists, "GRACE_SECONDS", 0.05)
    serving = create_app(Settings(tenant=ledger.tenant, data=tmp_path), ledger)
    with httpx.Client(transport=InProcessTransport(serving), base_url="http://127.0.0.1") as client:
        yield client


def test_lists_are_answered_from_the_table_as_it_stands_and_say_how_far_it_tells(behind: httpx.Client) -> None:
    for question in ("/v1/deals", "/v1/deadlines"):
        page = behind.get(question).json()
        assert [each["deal_id"] for each in page["items"]] == ["known"]
        assert (page["as_of_position"], page["lag"]) == (2, 2)
        assert behind.get(f"{question}?min_position=2").json()["items"] == page["items"]
        told = refused(behind.get(f"{question}?min_position=4"), 503, "busy")
        assert "up to position 2, not yet 4" in told["detail"]
    assert behind.get("/v1/calendar.ics").status_code == 200
    assert "2 events recorded lately are not in this list yet" in " ".join(behind.get("/").text.split())


def test_a_list_whose_tables_are_not_made_yet_says_so_and_not_that_there_is_nothing(
    behind: httpx.Client, ledger: Ledger
) -> None:
    with transaction(ledger.pool, ledger.tenant, altering=True) as connection:
        DEALS.drop_tables(connection, ledger.tenant)
    for path in ("/", "/deadlines"):
        shown = " ".join(behind.get(path).text.split())
        assert "4 events recorded lately are not in this list yet" in shown
        assert "There are no deals" not in shown
        assert "No deadline is open" not in shown


def test_a_tended_server_lists_what_it_was_told_a_moment_ago(ledger: Ledger, tmp_path: Path) -> None:
    serving = create_app(Settings(tenant=ledger.tenant, data=tmp_path), ledger)
    with httpx.Client(transport=InProcessTransport(serving), base_url="http://127.0.0.1") as client:
        for number in range(5):
            opening = {"deal_id": f"d{number}", "title": "D", "kind": "merger", "subject": "it"}
            position = client.post("/v1/deals", json=opening).json()["position"]
            page = client.get(f"/v1/deals?min_position={position}").json()
            assert f"d{number}" in [each["deal_id"] for each in page["items"]]
            assert page["as_of_position"] >= position


def test_a_question_about_all_deals_by_publication_is_bounded(
    ledger: Ledger, submission: Make, app: Any, http: httpx.Client
) -> None:
    record_deals(ledger, submission, ["a", "b", "c"])
    assert len(http.get("/v1/deadlines?known_by=published").json()["items"]) == 3
    app.state.runtime.pool.seconds = 0.0
    for question, narrower in (
        ("/v1/deals", "state"),
        ("/v1/deadlines", "state"),
        ("/v1/calendar.ics", "calendar.ics"),
    ):
        told = refused(http.get(f"{question}?known_by=published"), 503, "too-costly")
        assert f"/v1/deals/{{deal}}/{narrower}" in told["detail"]


def test_by_publication_only_the_deals_of_a_list_are_folded(
    ledger: Ledger, submission: Make, http: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    record_deals(ledger, submission, ["a", "b", "c"])
    assert http.put("/v1/lists/watch", json={"deals": ["b"]}).status_code == 201
    folded: list[str] = []
    read = StateReader.state_on_query

    def note(self: StateReader, deal_id: str, *given: Any) -> Any:
        folded.append(deal_id)
        return read(self, deal_id, *given)

    monkeypatch.setattr(StateReader, "state_on_query", note)
    for question in ("/v1/deals", "/v1/deadlines", "/v1/calendar.ics"):
        folded.clear()
        assert http.get(f"{question}?known_by=published&list=watch").status_code == 200
        assert folded == ["b"], question


def test_the_calendar_of_all_deals_is_made_once_until_a_deadline_changes(
    ledger: Ledger, submission: Make, http: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    record_deals(ledger, submission, ["a", "b"])
    made = Counter[str]()
    entries = feed._entries

    def count(state: Any, *given: Any) -> Any:
        made[state["deal"]["id"]] += 1
        return entries(state, *given)

    monkeypatch.setattr(feed, "_entries", count)
    first, again = http.get("/v1/calendar.ics"), http.get("/v1/calendar.ics")
    assert (first.status_code, again.content) == (200, first.content)
    assert made == {"a": 1, "b": 1}
    assert http.get("/v1/calendar.ics?alarm=7d").content != first.content
    record_deals(ledger, submission, ["c"])
    assert b"c/dl@" in http.get("/v1/calendar.ics").content
    assert made["a"] == 3
