"""The agenda of deadlines across deals: by week, filtered, on any date."""

from datetime import date
from typing import Any

import httpx
import pytest

from api.web.agenda import agenda
from tests.web.test_views import shown, words

BEFORE_BOTH = "/deadlines?valid_at=2020-09-12"


def deadline(due: str | None, status: str = "pending") -> dict[str, Any]:
    return {"due": due, "status": status}


@pytest.mark.parametrize(
    ("due", "title", "note"),
    [
        ("2026-11-26", "23 Nov to 29 Nov 2026", "this week"),
        ("2026-11-29T23:59:00Z", "23 Nov to 29 Nov 2026", "this week"),
        ("2026-11-30", "30 Nov to 6 Dec 2026", "next week"),
        ("2026-12-28", "28 Dec 2026 to 3 Jan 2027", "in 5 weeks"),
        ("[2026-12-01..2026-12-09]", "7 Dec to 13 Dec 2026", "in 2 weeks"),
        ("9999-12-31", "27 Dec to 31 Dec 9999", "in 416,016 weeks"),
        (None, "No date", ""),
    ],
)
def test_a_deadline_stands_in_the_week_of_its_last_day(due: str | None, title: str, note: str) -> None:
    [group] = agenda([deadline(due)], date(2026, 11, 26))
    assert (group.title, group.note, group.overdue) == (title, note, False)


def test_what_is_past_due_comes_first_whatever_its_week() -> None:
    rows = [deadline("2020-01-01", "past_due"), deadline("2026-11-24", "past_due"), deadline("2026-11-27")]
    groups = agenda(rows, date(2026, 11, 26))
    assert [(group.title, len(group.rows)) for group in groups] == [("Overdue", 2), ("23 Nov to 29 Nov 2026", 1)]


def test_the_deadlines_of_all_deals_are_listed_by_week_on_any_date(web: httpx.Client) -> None:
    told = shown(web, BEFORE_BOTH)
    assert "As of 12 Sep 2020." in told
    assert "14 Sep to 20 Sep 2020 next week 4" in told
    assert "Sun 20 Sep 2020 8 days left 5 working prohibited transactions take effect" in told
    html = web.get(BEFORE_BOTH).text
    assert 'href="/deals/tiktok-2020?valid_at=2020-09-12#deadline-dl-transactions"' in html
    assert 'href="/v1/calendar.ics?valid_at=2020-09-12" download' in html


def test_it_is_filtered_by_force_party_and_what_is_overdue(web: httpx.Client) -> None:
    assert "political" not in words(web.get(f"{BEFORE_BOTH}&binding=true")).partition("Download")[2]
    political = words(web.get(f"{BEFORE_BOTH}&force=political")).partition("Download")[2]
    assert "sell TikTok US or close it" in political
    assert "legally binding" not in political
    assert "No open deadline matches. All deadlines" in shown(web, f"{BEFORE_BOTH}&overdue=true")
    assert "No open deadline matches." in shown(web, f"{BEFORE_BOTH}&party=no-such-party")
    assert "Overdue" in shown(web, "/deadlines?overdue=true")
