"""Names instead of ids on the command line, and the ids behind them on demand."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Parley

SET = {"deadline_id": "dl", "obligation": "decide", "set_by": "cfius", "force": "statutory", "due": "2025-03-15"}
LINES: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("deal.opened", "2025-01-01", {"title": "Steel", "kind": "merger", "subject": "steel", "names": {"ec": "EU"}}),
    ("party.added", "2025-01-02", {"party_id": "cfius", "name": "CFIUS", "role": "regulator"}),
    ("deadline.set", "2025-01-03", SET),
    ("deadline.extended", "2025-03-01", {"deadline_id": "dl", "by": "cfius", "new_due": "2025-06-18"}),
    ("approval.required", "2025-01-03", {"approval_id": "a", "authority": "ec", "jurisdiction": "BE", "subject": "it"}),
    ("bid.submitted", "2025-01-04", {"bid_id": "b", "bidders": ["acme_corp", "ec"]}),
)


@pytest.fixture(scope="module")
def parley(fresh: Callable[[], str], tmp_path_factory: pytest.TempPathFactory) -> Parley:
    """Commands on one deal with a named authority."""
    file: Path = tmp_path_factory.mktemp("named") / "steel.ndjson"
    rows = (
        {"deal_id": "steel-1", "id": f"e{at}", "type": kind, "occurred": occurred, "data": data}
        for at, (kind, occurred, data) in enumerate(LINES)
    )
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    made = Parley(fresh())
    assert made("import", str(file)).code == 0
    return made


def test_events_are_sentences_with_names(parley: Parley) -> None:
    words = parley("events", "steel-1").words
    assert "CFIUS extended the deadline “decide” from 15 Mar to 18 Jun 2025 (95 days)" in words
    assert "cfius" not in words
    assert "dl, cfius" in parley("events", "steel-1", "--ids").words


def test_a_replay_has_the_same_sentences(parley: Parley) -> None:
    assert (
        "CFIUS extended the deadline “decide” from 15 Mar to 18 Jun 2025 (95 days)" in parley("replay", "steel-1").words
    )


@pytest.mark.parametrize("deal", [(), ("steel-1",)])
def test_a_deadline_names_who_set_it(parley: Parley, deal: tuple[str, ...]) -> None:
    words = parley("deadlines", *deal, "--at", "2025-02-01").words
    assert "set by CFIUS" in words
    assert "dl" not in words.split()
    ids = parley("deadlines", *deal, "--at", "2025-02-01", "--ids").words
    assert ("(dl)" if deal else "Steel (steel-1: dl)") in ids


def test_a_state_names_bidders_and_authorities_and_shows_an_unknown_id_as_written(parley: Parley) -> None:
    words = parley("state", "steel-1", "--at", "2025-02-01").words
    assert "acme_corp and EU: live" in words
    assert "approval by EU" in words
    ids = parley("state", "steel-1", "--at", "2025-02-01", "--ids").words
    assert "acme_corp and EU (ec) (b): live" in ids
    assert "set by CFIUS (cfius)" in ids


SHARED: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("deal.opened", "2025-01-01", {"title": "Merger", "kind": "merger", "subject": "atlas"}),
    ("party.added", "2025-01-02", {"party_id": "atlas", "name": "Atlas Trust", "role": "regulator"}),
    ("order.signed", "2025-01-03", {"order_id": "atlas", "kind": "statute", "issuer": "atlas", "title": "Act",
                                    "bars": ["closing"]}),
    ("deadline.set", "2025-01-04", {**SET, "deadline_id": "atlas", "set_by": "atlas", "order_id": "atlas"}),
    ("approval.required", "2025-01-05", {"approval_id": "atlas", "authority": "atlas", "jurisdiction": "BE",
                                         "subject": "it"}),
)  # fmt: skip


def test_entities_of_one_id_are_called_by_their_own_names(fresh: Callable[[], str], tmp_path: Path) -> None:
    rows = (
        {"deal_id": "atlas", "id": f"s{at}", "type": kind, "occurred": occurred, "data": data}
        for at, (kind, occurred, data) in enumerate(SHARED)
    )
    file = tmp_path / "shared.ndjson"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    parley = Parley(fresh())
    assert parley("import", str(file)).code == 0
    state = parley("state", "atlas", "--at", "2025-02-01").words
    assert "required approval by Atlas Trust, for it" in state
    assert "hard the statute “Act”: clears when the statute “Act” is revoked" in state
    assert "set by Atlas Trust" in state
    deadlines = parley("deadlines", "--at", "2025-02-01").words
    assert "42 days Merger" in deadlines
    assert "set by Atlas Trust" in deadlines
    (row,) = parley("deadlines", "atlas", "--at", "2025-02-01", "--json").json["items"]
    assert row["member_names"] == {"order_id": "the statute “Act”", "set_by": "Atlas Trust"}
    digest = parley("digest", "atlas", "--since-version", "1").words
    assert "The statute “Act” bars closing" in digest
