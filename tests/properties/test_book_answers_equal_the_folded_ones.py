"""What is answered across a drawn book of deals is what folding each deal says, on drawn bases."""

import re
from collections.abc import Iterator
from datetime import date
from itertools import islice
from random import Random
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from api.app import create_app
from api.cli.in_process import InProcessTransport
from api.settings import Settings
from benchmarks import book
from domain.time.edtf import parse_moment
from domain.time.instants import DAY, iso
from ledger.ledger import Ledger, open_ledger
from projections.state.state_reader import StateReader
from projections.state.time_query import TimeQuery
from projections.tables.deals import DealFilter, derive_rows
from projections.tables.event_summaries import summaries_on

DEALS, EVENTS, BASES = 5, 30, 50
TODAY = date(2026, 3, 1)
FIRST, LAST = parse_moment("2022-01-01T00:00:00Z"), parse_moment("2027-01-01T00:00:00Z")
NEXT = ("next_due", "next_obligation", "next_force", "overdue")
SHOWN = ("title", "kind", "subject", "jurisdictions", "status", "phase", "parties", "opened", *NEXT)


@pytest.fixture(scope="module")
def log(shared_database: str) -> Iterator[Ledger]:
    """A drawn book, its deals recorded side by side."""
    drawn = Random(7)
    waiting = [list(book.submissions(number, number + 1, EVENTS, TODAY, seed=7)) for number in range(DEALS)]
    with open_ledger(shared_database, "drawn-book", migrating=False) as ledger:
        while waiting := [each for each in waiting if each]:
            chosen = drawn.choice(waiting)
            count = drawn.randint(1, 9)
            ledger.import_batch(chosen[:count], by="desk")
            del chosen[:count]
        yield ledger


@pytest.fixture(scope="module")
def http(log: Ledger) -> Iterator[httpx.Client]:
    app: FastAPI = create_app(Settings(tenant=log.tenant, run_workers=False), log)
    with httpx.Client(transport=InProcessTransport(app), base_url="http://127.0.0.1") as client:
        yield client


def questions(log: Ledger) -> Iterator[dict[str, Any]]:
    """Bases, half of them with a known position of the past."""
    drawn = Random(11)
    for _ in range(BASES):
        asked: dict[str, Any] = {"valid_at": iso(drawn.randrange(FIRST, LAST, DAY // 3))}
        if drawn.random() < 0.5:
            asked["known_position"] = drawn.randint(0, log.head().position)
        if drawn.random() < 0.3:
            asked["layer"] = "facts"
        yield asked


def test_three_reads_on_fifty_bases_are_those_of_the_folded_states(log: Ledger, http: httpx.Client) -> None:
    reader = StateReader(log)
    for asked in questions(log):
        deals, deadlines = {}, {}
        for head in log.deals():
            found, basis = reader.state_on_query(head.deal_id, TimeQuery(**asked))
            columns, rows = derive_rows(head.deal_id, found)
            if found.sections["exists"]:
                deals[head.deal_id] = {name: columns[name] for name in SHOWN}
            at = basis.valid_at
            deadlines |= {(row.deal_id, row.deadline_id): row.to_json(at) for row in rows if row.standing != "over"}
        listed = http.get("/v1/deals", params=asked).json()["items"]
        assert {each["deal_id"]: {name: each[name] for name in SHOWN} for each in listed} == deals, asked
        told = http.get("/v1/deadlines", params={**asked, "limit": "1000"}).json()["items"]
        assert {(each["deal_id"], each["deadline_id"]): each for each in told} == deadlines, asked
        page = http.get("/", params=asked).text
        assert sorted(set(re.findall(r'href="/deals/(book-[0-9]+)["?]', page))) == sorted(deals), asked


def test_words_of_summaries_find_the_deals_whose_events_count_then(log: Ledger, http: httpx.Client) -> None:
    reader, drawn = StateReader(log), Random(17)
    sizes = set()
    for asked in islice(questions(log), 20):
        month = date(drawn.randint(2022, 2026), drawn.randint(1, 12), 1)
        wanted = DealFilter(q=f"{month:%B %Y} sentence")
        expected = []
        for head in log.deals():
            found, basis = reader.state_on_query(head.deal_id, TimeQuery(**asked))
            told = *derive_rows(head.deal_id, found), summaries_on(reader, head.deal_id, basis)
            if found.sections["exists"] and wanted.matches(head.deal_id, *told):
                expected.append(head.deal_id)
        listed = http.get("/v1/deals", params={**asked, "q": wanted.q}).json()["items"]
        assert [each["deal_id"] for each in listed] == expected, (asked, wanted.q)
        sizes.add(len(expected))
    assert len(sizes) > 2


def test_the_digest_since_fifty_positions_is_that_of_a_deal(log: Ledger, http: httpx.Client) -> None:
    drawn, end = Random(13), log.head().position
    for position in (drawn.randint(1, end) for _ in range(BASES)):
        [row] = log.read_log(position - 1, 1)
        deal_id = book.deal_id(drawn.randrange(DEALS))
        asked = {"since_position": position, "deals": deal_id, "limit": "1000"}
        across = http.get("/v1/digest", params=asked).json()["items"]
        alone = http.get(f"/v1/deals/{deal_id}/digest", params={"since": iso(row.recorded_at)}).json()["items"]
        assert {each.pop("deal_id") for each in across} <= {deal_id}
        assert [{name: each[name] for name in each if name != "title"} for each in across] == alone, asked
