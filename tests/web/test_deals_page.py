"""The front page: a line for each deal with what is due next, what is outstanding and what changed last."""

import csv
import io
import re
from collections.abc import Iterator

import httpx
import pytest

from api.app import create_app
from api.cli.in_process import InProcessTransport
from api.settings import Settings
from ledger.ledger import Ledger
from tests.submissions import make_submission
from tests.web.test_long_records import Elements
from tests.web.test_views import shown, words

DEALS = 101
LARGEST_BYTES, MOST_ELEMENTS = 150_000, 2_200


def record_book(ledger: Ledger) -> None:
    """Deals with a deadline and an approval each, due one day after the other, the last ones first; one is overdue."""
    events = []
    for number in range(DEALS):
        deal = f"deal-{number:03}"
        due = {"obligation": f"close number {number}", "set_by": "court", "force": "court_order"}
        day = "2020-02-03" if number == 50 else f"20{98 - number // 12}-{12 - number % 12:02}-01"
        approval = {"approval_id": "hsr", "authority": "FTC", "jurisdiction": "US", "subject": "merger control"}
        title = {"title": f"Takeover {number}", "kind": "merger", "subject": "target"}
        events += [
            make_submission(deal, f"{deal}-1", "deal.opened", occurred="2020-01-01", **title),
            make_submission(deal, f"{deal}-2", "deadline.set", occurred="2020-01-02", deadline_id="dl", due=day, **due),
            make_submission(deal, f"{deal}-3", "approval.required", occurred="2020-01-03", **approval),
        ]
    ledger.import_batch(events, by="desk")


@pytest.fixture
def book(ledger: Ledger) -> Iterator[httpx.Client]:
    record_book(ledger)
    with httpx.Client(
        transport=InProcessTransport(create_app(Settings(tenant=ledger.tenant), ledger)), base_url="http://127.0.0.1"
    ) as client:
        yield client


def titles(answer: httpx.Response) -> list[str]:
    return re.findall(r">(Takeover \d+)</a>", answer.text)


def test_a_desk_sees_what_is_overdue_then_what_is_next_page_by_page_within_bounds(book: httpx.Client) -> None:
    first = book.get("/")
    assert titles(first)[:2] == ["Takeover 50", "Takeover 100"]
    assert len(titles(first)) == 100
    counted = Elements()
    counted.feed(first.text)
    assert len(first.content) <= LARGEST_BYTES
    assert counted.count <= MOST_ELEMENTS
    told = words(first)
    assert re.search(r"Mon 3 Feb 2020 overdue \d+ days close number 50 Takeover 50 open", told)
    assert re.search(r"1 Aug 2090 [\d,]+ days left close number 100 Takeover 100 open", told)
    assert "outstanding: merger control FTC" in told
    assert "3 Jan 2020 The deal needs the approval of FTC for merger control" in told
    [more] = re.findall(r'href="(/\?cursor=[^"]+)"', first.text)
    assert titles(book.get(more)) == ["Takeover 0"]
    assert titles(book.get("/?order=-changed"))[0] == "Takeover 100"
    assert titles(book.get("/?order=title&q=takeover"))[:3] == ["Takeover 0", "Takeover 1", "Takeover 10"]
    assert 'aria-sort="ascending"' in book.get("/?order=title").text
    assert 'aria-sort="descending"' in book.get("/?order=-title").text


def test_each_column_header_leads_to_the_list_in_its_order_with_the_same_filters(web: httpx.Client) -> None:
    html = web.get("/?status=open&valid_at=2020-11-26&order=title").text
    for order in ("-title", "status", "-changed"):
        assert f'href="/?status=open&amp;valid_at=2020-11-26&amp;order={order}"' in html, order
    assert 'href="/?status=open&amp;valid_at=2020-11-26"' in html
    assert '<input type="hidden" name="order" value="title">' in html


@pytest.mark.parametrize("day", ["2020-11-26", "2026-02-01"])
def test_the_list_counts_the_outstanding_conditions_that_the_page_of_the_deal_does(web: httpx.Client, day: str) -> None:
    for row in web.get(f"/v1/deals?valid_at={day}").json()["items"]:
        told = shown(web, f"/deals/{row['deal_id']}?valid_at={day}")
        assert f"Outstanding {row['outstanding']} " in told, row["deal_id"]


def test_the_list_is_as_of_any_day_with_the_last_change_of_that_day(web: httpx.Client) -> None:
    told = shown(web, "/?valid_at=2020-11-26")
    assert "As of 26 Nov 2020." in told
    assert "25 Nov 2020 CFIUS: further 7 days to 4 Dec" in told
    assert 'href="/deals/tiktok?valid_at=2020-11-26"' in web.get("/?valid_at=2020-11-26").text
    assert web.get("/?order=age").status_code == 400


@pytest.mark.parametrize(("page", "sheet", "rows"), [("/", "/deals.csv", 2), ("/deadlines", "/deadlines.csv", 6)])
def test_a_list_is_downloaded_whole_as_it_is_shown(web: httpx.Client, page: str, sheet: str, rows: int) -> None:
    asked = "valid_at=2020-09-12"
    assert f'href="{sheet}?{asked}"' in web.get(f"{page}?{asked}").text
    answer = web.get(f"{sheet}?{asked}")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    found = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
    listed = web.get(f"/v1{sheet.removesuffix('.csv')}?{asked}").json()["items"]
    assert sorted(each["deal_id"] for each in found) == sorted(each["deal_id"] for each in listed)
    assert len(found) >= rows  # other tests of the page record deals of their own
    assert web.get(f"{sheet}?age=1").status_code == 400
