"""The audit of a database in several processes, or on the workers of a Dask cluster, reports what one process does."""

import json
import os
from collections.abc import Iterator
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from api.cli import app
from ledger.ledger import Ledger
from ledger.tlog.signer import LogSigner
from ledger.tlog.transparency_log import TransparencyLog
from projections.audit import audit_all
from projections.audit_tasks import OtherVersion, PartRunner, SchedulerRefused, WorkerLost, dask_workers, processes
from projections.rebuild import catch_up
from projections.state.state_reader import StateReader
from projections.tables.deals import DEALS
from tests.superuser import Sql, sql

__all__ = ["sql"]


@pytest.fixture
def tampered(ledger: Ledger, signer: LogSigner, record: Any, submission: Any, sql: Sql) -> Ledger:
    """Five deals, signed, with a projection; changed in each of its parts."""
    for deal in ("a", "b", "c", "d", "e"):
        opened = submission(deal, f"{deal}1", "deal.opened")
        more = [submission(deal, f"{deal}{n}", "bid.submitted", bid_id=f"b{n}", bidders=["x"]) for n in (2, 3)]
        record(opened, *more)
    signer.sign()
    catch_up(ledger, DEALS, StateReader(ledger))
    sql("DELETE FROM event_payload WHERE T= AND position = 2")
    sql("UPDATE events SET leaf_hash = sha256(leaf) WHERE T= AND id = 'b2'")
    sql("UPDATE events SET recorded_by = 'dusk' WHERE T= AND id = 'd1'")
    sql("DELETE FROM things WHERE T= AND deal_id = 'c' AND id = 'b2'")
    sql("UPDATE DEALS.deals SET title = 'Something else' WHERE deal_id = 'e'")
    sql("UPDATE DEALS.deals SET deal_id = 'nowhere' WHERE deal_id = 'c'")
    return ledger


@pytest.fixture
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger.verification.log_audit.PART_LEAVES", 4)
    monkeypatch.setattr("projections.deal_audit.PART_DEALS", 2)


@pytest.fixture(scope="module")
def two() -> Iterator[Executor]:
    with processes(2) as executor:
        yield executor


def audited(ledger: Ledger, executor: Executor | None = None, **options: Any) -> list[dict[str, Any]]:
    return list(audit_all(ledger, TransparencyLog(ledger), executor=executor, **options))


@pytest.mark.usefixtures("_small_parts")
def test_several_processes_report_the_same_in_the_same_order(tampered: Ledger, two: Executor) -> None:
    here = audited(tampered)
    codes = {each["code"] for each in here if each["kind"] == "finding"}
    assert codes >= {"payload-missing", "leaf-changed", "column-changed", "registry-differs", "projection-differs"}
    assert [each["position"] for each in here if "head" in each] == [4, 8, 12, 15]
    assert [each["deals"] for each in here if "of" in each] == [2, 4, 5]
    assert audited(tampered, two) == here


def test_however_the_deals_are_cut_the_findings_are_the_same(tampered: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    found = []
    for length in (1, 3):
        monkeypatch.setattr("projections.deal_audit.PART_DEALS", length)
        found.append([each for each in audited(tampered) if each["kind"] == "finding"])
    assert found[0] == found[1]


def test_a_worker_of_another_version_is_refused(ledger: Ledger, two: Executor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("projections.audit_tasks.MADE_BY", "rules of tomorrow")
    with pytest.raises(OtherVersion, match="install the same everywhere"):
        list(PartRunner(ledger, two).deals([["a"]]))


def test_a_process_that_ends_is_reported() -> None:
    with pytest.raises(WorkerLost, match="ended"), processes(1) as executor:
        list(executor.map(os._exit, [1]))


def test_the_command_takes_a_number_of_workers(tampered: Ledger, tmp_path: Path) -> None:
    words = ["verify", "--database", tampered.conninfo, "--log", tampered.tenant, "--json", "--workers", "2"]
    ended = CliRunner().invoke(app, words, env={"PARLEY_DATA": str(tmp_path)})
    assert ended.exit_code == 1, ended.output
    assert [json.loads(line) for line in ended.stdout.splitlines()] == audited(tampered)


def test_workers_are_for_a_database(tmp_path: Path) -> None:
    bundle = tmp_path / "bundle.zip"
    bundle.write_bytes(b"")
    for words in ([str(bundle), "--workers", "2"], [str(bundle), "--scheduler", "tcp://127.0.0.1:1"]):
        refused = CliRunner().invoke(app, ["verify", *words])
        assert refused.exit_code == 2
        assert "for a database" in " ".join(refused.output.replace("│", " ").split())
    refused = CliRunner().invoke(app, ["verify", "--data", str(tmp_path), "--scheduler", "tcp://127.0.0.1:1"])
    assert (refused.exit_code, "--database" in refused.output) == (2, True)


@pytest.mark.usefixtures("_small_parts")
def test_the_workers_of_a_dask_cluster_report_the_same(tampered: Ledger) -> None:
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(
            n_workers=1, threads_per_worker=2, processes=False, protocol="tcp://", dashboard_address=None
        ) as cluster,
        dask_workers(cluster.scheduler_address) as executor,
    ):
        assert audited(tampered, executor) == audited(tampered)


def test_a_scheduler_that_does_not_answer_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr("projections.audit_tasks.SCHEDULER_SECONDS", 1)
    with pytest.raises(SchedulerRefused, match="No Dask scheduler answers"), dask_workers("tcp://127.0.0.1:1"):
        pass
