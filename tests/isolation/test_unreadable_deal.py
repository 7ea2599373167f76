"""One deal that cannot be read: lists, feeds, pages, the runner, webhooks and the audit name it and serve the rest."""

from typing import Any

import httpx
import pytest
from icalendar import Calendar

from domain.time.edtf import parse_moment
from domain.time.instants import SECOND
from ledger.ledger import Ledger
from ledger.models import Request
from ledger.tlog.transparency_log import TransparencyLog
from projections.audit import audit_all
from projections.batch_update import refresh
from projections.entity_versions.entity_writer import EntityWriter
from projections.entity_versions.projection import ENTITIES
from projections.keyed_digest import Authenticator
from projections.rebuild import catch_up, rebuild
from projections.runner import Runner
from projections.state.state_reader import StateReader, clock
from projections.tables.deals import DEALS, list_deals, unreadable_deals
from projections.temporal.time_event_watch import TransitionWatch
from tests.api.conftest import refused
from tests.isolation.conftest import BAD, Make, inject, record_deals
from tests.waiting import until

REASON = "OverflowError: date value out of range"
NAMED = [{"deal_id": BAD, "reason": REASON}]


@pytest.fixture
def three(ledger: Ledger, submission: Make) -> Ledger:
    record_deals(ledger, submission, ["alpha", BAD, "zeta"])
    return ledger


def test_a_list_of_1005_deals_is_paged_to_the_end_with_one_of_them_unreadable(
    ledger: Ledger, submission: Make, http: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = sorted([BAD, *(f"d{number:04}" for number in range(1_004))])
    record_deals(ledger, submission, names)
    inject("folding", monkeypatch)
    found: list[dict[str, Any]] = []
    answer = http.get("/v1/deals?limit=1000")
    sizes = []
    while True:
        page = answer.json()
        found += page["items"]
        sizes.append(len(page["items"]))
        assert page["unreadable"] == NAMED
        assert (page["as_of_position"], page["lag"]) == (2_010, 0)
        if page["next"] is None:
            break
        answer = http.get(answer.links["next"]["url"])
    assert sizes == [1_000, 5]
    assert [each["deal_id"] for each in found] == names
    [bad] = [each for each in found if each["unreadable"]]
    assert (bad["deal_id"], bad["reason"], bad["title"]) == (BAD, REASON, "Deal bad")
    due = http.get("/v1/deadlines?limit=1000").json()
    more = http.get("/v1/deadlines", params={"limit": 1000, "cursor": due["next"]}).json()
    assert len(due["items"]) + len(more["items"]) == 1_004
    assert more["next"] is None
    assert more["unreadable"] == NAMED


def test_lists_feeds_and_the_front_page_name_it_and_serve_the_rest(
    three: Ledger, http: httpx.Client, fault: str
) -> None:
    listed = http.get("/v1/deals").json()
    assert [(each["deal_id"], each["unreadable"]) for each in listed["items"]] == [
        ("alpha", False), (BAD, True), ("zeta", False),
    ]  # fmt: skip
    assert [each["deal_id"] for each in http.get("/v1/deals?unreadable=true").json()["items"]] == [BAD]
    for asked in ("", "?valid_at=2050-01-01"):
        due = http.get(f"/v1/deadlines{asked}").json()
        assert [each["deal_id"] for each in due["items"]] == ["alpha", "zeta"]
        assert due["unreadable"] == NAMED
        if asked and fault == "telling":
            continue  # such a calendar is made from the states themselves
        calendar = Calendar.from_ical(http.get(f"/v1/calendar.ics{asked}").content)
        assert [str(each["uid"]).split("/")[0] for each in calendar.walk("VEVENT")] == ["alpha", "zeta"]
        assert f"{BAD}: {REASON}" in str(calendar["x-parley-unreadable"])
    for name, deals, named in (("without", ["alpha"], []), ("with", ["alpha", BAD], NAMED)):
        assert http.put(f"/v1/lists/{name}", json={"deals": deals}).status_code == 201
        for path in ("/v1/deals", "/v1/deadlines"):
            assert http.get(f"{path}?list={name}").json()["unreadable"] == named
        calendar = Calendar.from_ical(http.get(f"/v1/calendar.ics?list={name}").content)
        assert ("x-parley-unreadable" in calendar) == bool(named)
    page = http.get("/")
    assert page.status_code == 200
    assert "cannot be read" in page.text
    assert REASON in page.text


@pytest.mark.parametrize("place", ["decoding", "folding"])
def test_a_read_of_its_state_is_a_coded_problem_that_is_logged_once_with_its_trace(
    three: Ledger,
    http: httpx.Client,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    place: str,
) -> None:
    inject(place, monkeypatch)
    for _ in range(3):
        told = refused(http.get(f"/v1/deals/{BAD}/state"), 422, "unreadable-deal")
        assert (told["deal_id"], told["reason"]) == (BAD, REASON)
        assert http.get(f"/deals/{BAD}").status_code == 422
    assert http.get("/v1/deals/alpha/state").status_code == 200
    [entry] = [each for each in caplog.records if each.name == "parley.deals"]
    assert (entry.deal, entry.version, entry.reason) == (BAD, 2, REASON)  # type: ignore[attr-defined]  # given as extra
    assert entry.exc_info is not None
    assert isinstance(entry.exc_info[1], OverflowError)


def test_its_events_and_their_pages_are_still_served(
    three: Ledger, http: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    inject("folding", monkeypatch)
    events = http.get(f"/v1/deals/{BAD}/events").json()["items"]
    assert [each["id"] for each in events] == ["bad-1", "bad-2"]
    assert http.get(f"/deals/{BAD}/audit").status_code == 200
    assert http.get(f"/deals/{BAD}/events/bad-1").status_code == 200


@pytest.mark.parametrize(
    "question",
    ["diff", "history?path=/phase", "first?path=/phase&op=exists", "digest?since_version=1", "replay", "bundle"],
)
def test_questions_about_its_past_are_coded_problems(
    three: Ledger, http: httpx.Client, monkeypatch: pytest.MonkeyPatch, question: str
) -> None:
    def failing(*_: Any, **__: Any) -> Any:
        raise OverflowError("date value out of range")

    monkeypatch.setattr("projections.temporal.recorded_deal.derive", failing)
    monkeypatch.setattr("projections.state.state_reader.state", failing)
    answer = http.get(f"/v1/deals/{BAD}/{question}")
    assert answer.status_code < 500 or answer.status_code == 503, answer.text
    assert answer.json()["code"] in ("unreadable-deal", "not-yet-sealed"), answer.text


@pytest.mark.usefixtures("three", "fault")
def test_the_running_projection_names_it_and_goes_on(three: Ledger, submission: Make) -> None:
    with Runner(three, [DEALS]) as runner:
        until(lambda: len(list_deals(three)) == 3)
        assert unreadable_deals(three) == [(BAD, REASON)]
        record_deals(three, submission, ["later"])
        until(lambda: len(list_deals(three)) == 4)
        assert runner.status.failure is None
    with DEALS.read_transaction(three) as connection:
        assert connection.execute("SELECT count(*) FROM dead_letters").fetchone() == (0,)


def test_a_rebuild_goes_on_and_gives_the_same_rows(three: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    inject("folding", monkeypatch)
    reader = StateReader(three)
    catch_up(three, DEALS, reader)
    live = list_deals(three)
    rebuild(three, DEALS, reader)
    assert list_deals(three) == live
    assert [row.unreadable for row in live] == [None, REASON, None]


def test_it_is_read_again_when_it_moves_or_after_a_while_or_by_other_rules(
    three: Ledger, submission: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        inject("folding", broken)
        catch_up(three, DEALS, StateReader(three))
    assert unreadable_deals(three) == [(BAD, REASON)]
    note = submission(BAD, "bad-3", "context.noted", topic="t", text="mended")
    three.append(Request((note,), by="desk")).result(timeout=30)
    catch_up(three, DEALS, StateReader(three))
    assert unreadable_deals(three) == []
    for passing in (None, "time", "rules"):
        with monkeypatch.context() as broken:
            inject("folding", broken)
            rebuild(three, DEALS, StateReader(three))
        assert unreadable_deals(three) == [(BAD, REASON)]
        with monkeypatch.context() as later:
            if passing == "time":
                later.setattr("projections.batch_update.clock", lambda: clock() + 3_600 * SECOND)
                refresh(three, DEALS, StateReader(three))
            elif passing == "rules":
                later.setattr("projections.projection.MADE_BY", "rules of tomorrow")
                catch_up(three, DEALS, StateReader(three))
        assert bool(unreadable_deals(three)) == (passing is None)


def test_the_audit_names_it_and_holds(three: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    inject("folding", monkeypatch)
    catch_up(three, DEALS, StateReader(three))
    told = list(audit_all(three, TransparencyLog(three)))
    assert [(each["deal"], each["why"]) for each in told if each["kind"] == "unreadable"] == [(BAD, REASON)]
    assert (told[-1]["ok"], told[-1]["unreadable"], told[-1]["deals"]) == (True, 1, 3)


def test_what_time_makes_of_the_other_deals_is_told(three: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    inject("folding", monkeypatch)
    end = parse_moment("2099-01-01T00:00:00Z")
    made = TransitionWatch(StateReader(three)).transitions(clock() + 2 * SECOND, end, (), three.head().position)
    assert [(each.deal_id, each.type) for each in made if each.type == "time.deadline.past_due"] == [
        ("alpha", "time.deadline.past_due"),
        ("zeta", "time.deadline.past_due"),
    ]


def test_metrics_count_it(three: Ledger, http: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    inject("folding", monkeypatch)
    catch_up(three, DEALS, StateReader(three))
    assert f'parley_unreadable_deals{{log="{three.tenant}"}} 1.0' in http.get("/metrics").text


def test_the_entity_versions_of_the_others_are_written(three: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("projections.entity_versions.projection.SHORTEST", 1)
    written: list[str] = []
    advance = EntityWriter.advance

    def failing(self: EntityWriter, version: int) -> None:
        if self.record.deal_id == BAD:
            raise OverflowError("date value out of range")
        advance(self, version)
        written.append(self.record.deal_id)

    monkeypatch.setattr(EntityWriter, "advance", failing)
    catch_up(three, ENTITIES, StateReader(three, authenticator=Authenticator(b"k" * 32)))
    assert {*written} == {"alpha", "zeta"}
