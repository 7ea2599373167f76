"""The state of a signed merger on the command line: all that was agreed and all that is open, in 80 columns."""

from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from api.cli import app as command_line
from tests.api.conftest import app, running
from tests.api.live_server import Running

__all__ = ["app", "running"]


def event(kind: str, occurred: str, **data: Any) -> dict[str, Any]:
    return {"type": kind, "occurred": occurred, "data": data}


USD = {"currency": "USD"}
MERGER = (
    event("party.added", "2024-01-02", party_id="acme", name="Acme Steel Corporation", role="buyer", country="US"),
    event("party.added", "2024-01-02", party_id="mill", name="Mill Works Holding", role="target", country="US"),
    event("bid.submitted", "2024-01-05", bid_id="bid-acme", bidders=["acme"],
          price={"amount": "55", **USD, "per": "share"}),
    event("deal.agreement_reached", "2024-02-01", agreement_id="agr", level="definitive", binding=True,
          parties=["acme", "mill"], price={"amount": "14900000000", **USD},
          consideration={"cash": {"amount": "55", **USD, "per": "share"}},
          stakes=[{"holder": "acme", "pct": 100}]),
    event("terms.changed", "2024-02-01", term="break_fee", to={"amount": "565000000", **USD}),
    event("terms.changed", "2024-02-01", term="headquarters", to="Pittsburgh, for at least ten years after closing and "
          "with the present names of all its plants"),
    event("approval.required", "2024-02-01", approval_id="cfius", authority="cfius", jurisdiction="US",
          subject="the merger"),
    event("approval.required", "2024-02-01", approval_id="doj", authority="doj", jurisdiction="US",
          subject="the merger", min_days=30, max_days=90),
    event("approval.applied", "2024-03-01", approval_id="doj", by="acme"),
    event("deadline.set", "2024-02-01", deadline_id="outside", obligation="close the merger", set_by="acme",
          force="contractual", due="2024-12-31", subject="closing"),
    event("deal.vote_held", "2024-04-12", body="mill_shareholders", question="approve the merger", outcome="passed",
          votes_for=98, votes_against=2),
    event("position.stated", "2024-03-14", party_id="us_president", issue="the_merger", stance="oppose"),
    event("position.reported", "2024-03-20", party_id="union", issue="the_merger", stance="conditional"),
    event("valuation.reported", "2024-01-20", asset="mill", basis="enterprise value", currency="USD", low="7000000000",
          high="15000000000", qualifier="between"),
)  # fmt: skip


@pytest.fixture
def url(running: Running) -> str:
    with httpx.Client(base_url=running.url) as http:
        opening = {"deal_id": "steel", "title": "Acme buys Mill Works", "kind": "merger", "subject": "mill"}
        assert http.post("/v1/deals", json={**opening, "occurred": "2024-01-01"}).status_code == 201
        for each in MERGER:
            answer = http.post("/v1/deals/steel/events", json=each)
            assert answer.status_code == 201, answer.text
    return running.url


def state(url: str, *arguments: str) -> str:
    ended = CliRunner().invoke(command_line, ["state", "steel", *arguments, "--server", url], env={"COLUMNS": "80"})
    assert ended.exit_code == 0, ended.output
    return ended.stdout


def test_a_signed_merger_shows_all_that_was_agreed_and_all_that_is_open_in_80_columns(url: str) -> None:
    out = state(url, "--at", "2024-05-01")
    assert max(map(len, out.splitlines())) <= 80
    words = " ".join(out.split())
    for told in (
        "Definitive agreement, binding, since 1 Feb 2024: Acme Steel Corporation and Mill Works Holding",
        "price USD 14.9 billion; USD 55 per share in cash;",
        "held by Acme Steel Corporation 100%",
        "break fee: USD 565 million, since 1 Feb 2024",
        "headquarters: Pittsburgh, for at least ten years after closing and with the present names of all its plants",
        "required approval by cfius, for the merger",
        "passed mill_shareholders on 12 Apr 2024: approve the merger (98 for, 2 against)",
        "us_president opposes the merger, since 14 Mar 2024",
        "union conditionally supports the merger (reported), since 20 Mar 2024",
        "USD 7 to 15 billion",
        "A decision on the approval by doj by 31 Dec 2024 is certain, even if the review takes as long as it may",
        "the approval by cfius: How long it may take is not on record.",
    ):
        assert told in words, told
    assert "at_risk" not in out


def test_feasibility_is_told_nowhere_while_there_is_no_deal(url: str) -> None:
    asked = httpx.get(f"{url}/v1/deals/steel/state?valid_at=2024-05-01").json()
    assert set(asked["feasibility"]["approvals"]) == {"cfius", "doj"}
    over = event("deal.terminated", "2024-06-01", reason="the President forbade it", by="us_president")
    assert httpx.post(f"{url}/v1/deals/steel/events", json=over).status_code == 201
    ended = httpx.get(f"{url}/v1/deals/steel/state?valid_at=2024-07-01").json()
    assert (ended["feasibility"]["approvals"], ended["feasibility"]["variants"]) == ({}, {})
    words = " ".join(state(url, "--at", "2024-07-01").split())
    assert "Feasibility" not in words
    assert "Terminated on 1 Jun 2024 by us_president." in words
    assert "the President forbade it." in words


def test_linked_deals_are_shown_by_their_titles_with_what_each_is_to_the_other(url: str) -> None:
    opening = {"deal_id": "asset-sale", "title": "Sale of Mill Works Canada", "kind": "merger", "subject": "mill"}
    linked = event("deal.linked", "2024-04-01", other_deal="steel", relation="remedy_for", note="asked by the DOJ")
    for path, sent in (("", {**opening, "occurred": "2024-03-01"}), ("/asset-sale/events", linked)):
        assert httpx.post(f"{url}/v1/deals{path}", json=sent).status_code == 201
    words = " ".join(state(url, "--at", "2024-05-01").split())
    assert (
        "Links to other deals remedied by Sale of Mill Works Canada (open), since 1 Apr 2024 asked by the DOJ" in words
    )
    assert "Sale of Mill Works Canada (asset-sale) (open)" in " ".join(
        state(url, "--at", "2024-05-01", "--ids").split()
    )
    asked = ["state", "asset-sale", "--at", "2024-05-01", "--server", url]
    ended = CliRunner().invoke(command_line, asked, env={"COLUMNS": "80"})
    assert "a remedy for Acme buys Mill Works (open), since 1 Apr 2024" in " ".join(ended.stdout.split())
