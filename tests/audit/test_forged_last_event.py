"""A row that was added behind the last event, past the application: the audit names it, and the signer refuses it."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from domain.errors import UnreadableDeal
from ledger.encoding.canonical_json import canonical
from ledger.merkle.tree import leaf_hash
from ledger.tlog.last_head import SigningRefused
from projections.audit import audit_all
from projections.batch_update import position_of
from projections.registry import PROJECTIONS
from projections.runner import Runner
from projections.state.state_reader import StateReader
from tests.superuser import sql
from tests.waiting import until

__all__ = ["sql"]

Forge = Callable[..., None]

FORGED = [
    pytest.param({}, {}, id="a copy of the last event"),
    pytest.param({"previous": "00" * 32}, {}, id="another leaf before it"),
    pytest.param({"version": 9}, {}, id="a version that is not due"),
    pytest.param({"version": 9}, {"version": 4}, id="a leaf of a later version than its column"),
    pytest.param({"version": 3}, {"version": 4}, id="a leaf of an earlier version than its column"),
    pytest.param({}, {"version": 9}, id="a column of a later version than its leaf"),
    pytest.param({"deal": "z"}, {"deal_id": "d"}, id="a leaf of another deal"),
    pytest.param({}, {"deal_id": "z"}, id="a column of another deal"),
    pytest.param({"log": "elsewhere"}, {}, id="a leaf of another log"),
    pytest.param({"id": "other"}, {}, id="a leaf of another event"),
    pytest.param({}, {"leaf": b"{}"}, id="a leaf that cannot be read"),
]


@pytest.fixture
def forge(record, submission, signer, sql) -> Forge:
    """Adds a row after the three events of a signed log: a copy of the last one, with other members of its leaf, and
    other columns than its leaf."""
    record(submission("d", "opened", "deal.opened"))
    record(submission("d", "e1", "bid.submitted"), submission("d", "e2", "bid.submitted"))
    signer.sign()

    def add(members: dict[str, Any], columns: dict[str, Any]) -> None:
        [(leaf,)] = sql("SELECT leaf FROM events WHERE T= AND id = 'e2'")
        told = {**json.loads(leaf), "id": "forged", "version": 4, **members}
        row = {"deal_id": told["deal"], "version": told["version"], "leaf": canonical(told), **columns}
        sql("CREATE TEMP TABLE forged AS SELECT * FROM events WHERE T= AND id = 'e2'")
        sql(
            "UPDATE forged SET position = 4, id = 'forged', deal_id = %s, version = %s, leaf = %s, leaf_hash = %s,"
            " recorded_at = clock_timestamp()",
            row["deal_id"],
            row["version"],
            row["leaf"],
            leaf_hash(row["leaf"]),
        )
        sql("INSERT INTO events SELECT * FROM forged")
        sql(
            "INSERT INTO event_payload (tenant, position, salt, payload)"
            " SELECT tenant, 4, salt, payload FROM event_payload WHERE T= AND position = 3"
        )

    return add


@pytest.mark.parametrize(("members", "columns"), FORGED)
def test_the_audit_goes_through_and_names_it(forge, ledger, transparency_log, members, columns):
    with Runner(ledger, PROJECTIONS, StateReader(ledger)):
        forge(members, columns)
        *told, end = audit_all(ledger, transparency_log)
        assert "forged" in {each.get("event") for each in told}
        assert (end["kind"], end["ok"]) == ("end", False)
        for projection in PROJECTIONS:
            until(lambda projection=projection: position_of(ledger, projection) == 4)
        *_, end = audit_all(ledger, transparency_log)
        assert (end["kind"], end["ok"]) == ("end", False)


@pytest.mark.parametrize(("members", "columns"), FORGED)
def test_the_signer_refuses_it_and_names_it(forge, signer, transparency_log, members, columns):
    forge(members, columns)
    with pytest.raises(SigningRefused, match="The event 'forged' at position 4 is not what was recorded"):
        signer.sign()
    assert transparency_log.head().size == 3


@pytest.mark.parametrize(("members", "columns"), FORGED[2:5])
def test_a_deal_that_it_puts_out_of_sequence_cannot_be_read_and_the_reason_names_it(forge, ledger, members, columns):
    forge(members, columns)
    with pytest.raises(UnreadableDeal, match=r"the event 'forged' at position 4 says that it is version .* 4 is due"):
        StateReader(ledger).history("d")


def test_the_events_before_it_are_signed_once_it_is_removed(forge, record, submission, signer, sql):
    forge({"previous": "00" * 32}, {})
    with pytest.raises(SigningRefused):
        signer.sign()
    sql("DELETE FROM event_payload WHERE T= AND position = 4")
    sql("DELETE FROM events WHERE T= AND position = 4")
    record(submission("d", "e3", "bid.submitted"), submission("z", "opened-z", "deal.opened"))
    assert signer.sign() == 5
