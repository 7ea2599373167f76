"""A statutory deadline set in March and never mentioned again is overdue wherever dates are shown."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from html import unescape

import httpx
import pytest
from icalendar import Calendar
from typer.testing import CliRunner

from api.cli import app as command_line
from tests.api.live_server import Running

TODAY = datetime.now(UTC).date()
DUE = date(TODAY.year - (TODAY.month < 4), 3, 31)
"""The last 31 March that is over."""


@pytest.fixture
def steel(running: Running) -> Iterator[httpx.Client]:
    """A merger with a missed statutory date, an earlier political one, and a contractual one to come."""
    with httpx.Client(base_url=running.url) as http:
        opening = {"deal_id": "steel", "title": "Steel", "kind": "merger", "subject": "mill", "occurred": "2024-12-01"}
        assert http.post("/v1/deals", json=opening).status_code == 201
        for name, force, due, what in (
            ("hoped", "political", f"{DUE.year}-01-15", "announce a buyer"),
            ("review", "statutory", DUE.isoformat(), "decide the review"),
            ("outside", "contractual", (TODAY + timedelta(days=30)).isoformat(), "close the merger"),
        ):
            data = {"deadline_id": name, "obligation": what, "set_by": "cfius", "force": force, "due": due}
            event = {"type": "deadline.set", "occurred": "2024-12-02", "data": data}
            assert http.post("/v1/deals/steel/events", json=event).status_code == 201
        yield http


@pytest.fixture
def parley(running: Running) -> Callable[..., str]:
    """The command line on that server; its output on one line."""

    def run(*arguments: str) -> str:
        ended = CliRunner().invoke(command_line, [*arguments, "--server", running.url], env={"COLUMNS": "80"})
        assert ended.exit_code == 0, ended.output
        assert max(map(len, ended.stdout.splitlines())) <= 80
        return " ".join(ended.stdout.split())

    return run


def words(page: httpx.Response) -> str:
    assert page.status_code == 200, page.text
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page.text)).split())


def test_a_missed_statutory_deadline_stands_first_on_every_surface(
    steel: httpx.Client, parley: Callable[..., str]
) -> None:
    state = steel.get("/v1/deals/steel/state").json()
    days = -state["deadlines"]["review"]["days_left"]
    assert days in ((TODAY - DUE).days, (TODAY - DUE).days + 1)
    overdue = f"overdue {days} days"

    assert state["next_deadline"] == {"binding": "outside", "any": "outside", "reported": None, "overdue": ["review"]}
    missing = [each for each in state["unknowns"] if each["rule"] == "no-outcome"]
    assert [each["id"] for each in missing] == ["review"]
    assert "whether it was met is not on record" in missing[0]["why"]

    listed = steel.get("/v1/deadlines").json()["items"]
    assert [each["deadline_id"] for each in listed] == ["review", "hoped", "outside"]
    assert (listed[0]["days_left"], listed[0]["status"]) == (-days, "past_due")

    [row] = steel.get("/v1/deals").json()["items"]
    assert (row["overdue"], row["next_deadline"]["overdue"]) == (2, ["review"])
    assert row["most_overdue"] == {
        "deadline_id": "review", "obligation": "decide the review", "force": "statutory", "due": DUE.isoformat(),
        "days_left": -days,
    }  # fmt: skip

    assert f"{overdue}: decide the review, and 1 more" in parley("deals")
    assert f"{overdue.capitalize()}: decide the review" in parley("state", "steel")
    for command in (("deadlines",), ("deadlines", "steel"), ("state", "steel")):
        told = parley(*command)
        assert overdue in told
        places = [told.index(what) for what in ("decide the review", "announce a buyer", "close the merger")]
        assert places == sorted(places)

    front = words(steel.get("/"))
    assert f"{overdue} decide the review" in front
    page = steel.get("/deals/steel")
    assert re.search(rf"Missed date \w+ \d+ \w+ \d+ {overdue.capitalize()}", words(page))
    lanes = re.findall(r'<li id="deadline-([a-z]+)"', page.text)
    assert lanes == ["review", "hoped", "outside"]
    assert "no longer open" not in words(page)

    for path in ("/v1/calendar.ics", "/v1/deals/steel/calendar.ics"):
        entries = {str(each["uid"]).split("/")[1].split("@")[0]: each for each in Calendar.from_ical(
            steel.get(path).content).walk("VEVENT")}  # fmt: skip
        assert str(entries["review"]["summary"]) == f"Steel: decide the review ({overdue})"
        assert entries["review"].decoded("dtstart") == DUE
        assert str(entries["outside"]["summary"]) == "Steel: close the merger"


@pytest.mark.parametrize("outcome", ["deadline.met", "deadline.lapsed", "deadline.withdrawn"])
def test_one_with_an_outcome_is_overdue_no_more(steel: httpx.Client, parley: Callable[..., str], outcome: str) -> None:
    event = {"type": outcome, "occurred": DUE.isoformat(), "data": {"deadline_id": "review"}}
    assert steel.post("/v1/deals/steel/events", json=event).status_code == 201
    state = steel.get("/v1/deals/steel/state").json()
    assert state["next_deadline"]["overdue"] == []
    assert "no-outcome" not in {each["rule"] for each in state["unknowns"]}
    assert steel.get("/v1/deals").json()["items"][0]["most_overdue"]["deadline_id"] == "hoped"
    assert "decide the review" not in parley("deadlines", "steel")
    assert "Missed date" not in words(steel.get("/deals/steel"))
