"""A log is moved to another database: whole, or not at all, and writable in one of them at most."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest

from api.workers import signer_of
from domain.errors import Busy
from ledger.api_keys import Access
from ledger.append.writer import lock_key
from ledger.deal_lists import DealLists, ListContent
from ledger.ledger import Ledger, open_ledger
from ledger.log_databases import LogElsewhere, resolve
from ledger.maintenance import log_copy, log_move
from ledger.maintenance.log_copy import MoveRefused
from ledger.maintenance.log_move import Stage, move_log, remove_moved, undo_move
from ledger.maintenance.table_copies import tenant_tables
from ledger.models import Receipt, Request
from ledger.postgres.connection import connect, set_tenant
from ledger.tlog.signing_keys import LogFolders
from ledger.tlog.transparency_log import TransparencyLog
from ledger.webhook_outbox import Webhooks, WebhookSpec
from projections.audit import audit_all
from tests.submissions import make_submission
from tests.waiting import LONGEST_SECONDS, until

LOG = "fund two"
STAGES: tuple[Stage, ...] = ("begun", "copying", "copied", "fenced", "completed", "opened", "switched")


class Interrupted(Exception):
    """The command ends here, as if it was killed: its connections are closed, and nothing else happens."""


def append(ledger: Ledger, event: str, kind: str = "bid.submitted", deal: str = "d", **data: object) -> Receipt:
    request = Request((make_submission(deal, event, kind, **data),), by="desk", key=f"key of {event}")
    return ledger.append(request).result(LONGEST_SECONDS)


@pytest.fixture
def log(database: str, tmp_path: Path) -> Iterator[Ledger]:
    """A log with twelve events, of which ten are signed, and an erased one; copied in parts of five."""
    with open_ledger(database, LOG, origin="log.example/two", migrating=False) as ledger:
        append(ledger, "opening", "deal.opened")
        for number in range(9):
            append(ledger, f"bid-{number}")
        signer = signer_of(ledger, LogFolders.find(ledger.origin, tmp_path, None))
        signer.sign()
        signer.close()
        append(ledger, "erasure", "record.erased", event_id="bid-3", legal_basis="a test")
        append(ledger, "last")
        access = Access(ledger, LOG)
        access.make("desk", "admin", by="test")
        for path in ("/v1/deals/d/bundle", "/v1/log/entries"):
            access.note_read("desk", path)
        yield ledger


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_copy, "PART_EVENTS", 5)
    monkeypatch.setattr(log_move, "REST_EVENTS", 2)


def interrupt_at(stage: Stage) -> log_move.Progress:
    def progress(reached: Stage, _position: int) -> None:
        if reached == stage:
            raise Interrupted

    return progress


def open_at(url: str) -> Ledger:
    return open_ledger(url, LOG, migrating=False)


def sound(url: str) -> int:
    """The position of the log in a database; it must hold in every respect."""
    with open_at(url) as ledger:
        findings = list(audit_all(ledger, TransparencyLog(ledger)))
        assert findings[-1]["ok"], findings
        return ledger.head().position


def refused(ledger: Ledger, event: str) -> None:
    with pytest.raises(Busy, match="is being moved to another database, or was moved"):
        append(ledger, event, "deal.opened", deal=event)


def test_a_moved_log_is_whole_and_goes_on_where_it_is(log: Ledger, database: str, other_database: str) -> None:
    webhooks, lists = Webhooks(log), DealLists(log)
    webhooks.register_webhook(WebhookSpec("https://example.com/hook"), by="desk", after=0)
    lists.create("mine", ListContent(("d",), shared=False), by="desk")
    receipt = append(log, "more")
    keys, reads = Access(log, LOG).all(), Access(log, LOG).reads(0, 10)
    assert len(reads) == 2
    moved = move_log(database, LOG, other_database)
    assert (moved.position, resolve(database, LOG)) == (13, other_database)
    refused(log, "late")
    assert append(log, "more").replayed, "a repeated event is answered, as nothing is written"
    with open_at(other_database) as there:
        again = append(there, "more")
        assert (again.position, again.replayed) == (receipt.position, True)
        assert append(there, "later").position == 14
        assert there.event("bid-3").payload is None
        assert Access(there, LOG).all() == keys
        assert Access(there, LOG).reads(0, 10) == reads
        assert Webhooks(there).list_webhooks() == webhooks.list_webhooks()
        assert DealLists(there).page(None, None, 10) == lists.page(None, None, 10)
    assert sound(other_database) == 14
    with pytest.raises(LogElsewhere):
        open_at(database)
    assert move_log(database, LOG, other_database).position == 14, "it is there already"


@pytest.mark.parametrize("stage", STAGES)
def test_a_move_that_was_interrupted_is_run_again_and_complete(
    log: Ledger, database: str, other_database: str, stage: Stage
) -> None:
    with pytest.raises(Interrupted):
        move_log(database, LOG, other_database, interrupt_at(stage))
    fenced = STAGES.index(stage) >= STAGES.index("fenced")
    events = 12
    if fenced:
        refused(log, "meanwhile")
    else:
        append(log, "erases", "record.erased", event_id="bid-1", legal_basis="a copied payload")
        events += 1
    if not fenced or stage in ("fenced", "completed"):
        with open_at(other_database) as there:
            refused(there, "too early")
    assert move_log(database, LOG, other_database).position == events
    with open_at(other_database) as there:
        append(there, "next")
        assert (there.event("bid-1").payload is None) is not fenced
    refused(log, "late")
    assert sound(other_database) == events + 1


@pytest.mark.parametrize("stage", ["begun", "copying", "fenced", "completed"])
def test_a_move_is_undone_as_long_as_the_copy_is_not_writable(
    log: Ledger, database: str, other_database: str, stage: Stage
) -> None:
    with pytest.raises(Interrupted):
        move_log(database, LOG, other_database, interrupt_at(stage))
    undo_move(database, LOG, other_database)
    append(log, "goes on")
    with psycopg.connect(other_database) as connection:
        for table in tenant_tables(connection):
            [count] = connection.execute(f"SELECT count(*) FROM {table}".encode()).fetchone() or [None]
            assert (table, count) == (table, 0)
    with pytest.raises(MoveRefused, match="holds no part of a move"):
        undo_move(database, LOG, other_database)
    assert move_log(database, LOG, other_database).position == 13


def test_a_move_whose_copy_is_writable_is_not_undone(log: Ledger, database: str, other_database: str) -> None:
    with pytest.raises(Interrupted):
        move_log(database, LOG, other_database, interrupt_at("opened"))
    with open_at(other_database) as there:
        append(there, "there")
    with pytest.raises(MoveRefused, match="may be written to there"):
        undo_move(database, LOG, other_database)
    refused(log, "here")
    assert move_log(database, LOG, other_database).position == 13


def test_an_append_that_waits_while_the_log_is_fenced_is_refused_by_what_it_did_not_see(
    log: Ledger, database: str, other_database: str
) -> None:
    """The snapshot of its statement is older than the fence."""
    waiting: list[Future[Receipt]] = []

    def progress(stage: Stage, _position: int) -> None:
        if stage == "copied":
            blocker = stack.enter_context(psycopg.connect(database, autocommit=True))
            blocker.execute("SELECT pg_advisory_lock(%s)", (lock_key(LOG),))
            waiting.append(log.append(Request((make_submission("d", "waits", "bid.submitted"),), by="desk")))
            asked = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
            until(lambda: blocker.execute(asked).fetchone() == (1,))
        if stage == "fenced":
            stack.close()
            with pytest.raises(Busy, match="is being moved"):
                waiting[0].result(LONGEST_SECONDS)

    with ExitStack() as stack:
        assert move_log(database, LOG, other_database, progress).position == 12


def copy_rows(connection: psycopg.Connection, role: str, tenant: str, table: str) -> None:
    with connection.transaction():
        connection.execute(f"SET LOCAL ROLE {role}".encode())
        set_tenant(connection, tenant)
        connection.execute(f"INSERT INTO {table} SELECT * FROM {table} ON CONFLICT DO NOTHING".encode())


def test_what_is_written_on_an_older_connection_is_refused_in_every_table_of_the_log(
    log: Ledger, database: str, other_database: str
) -> None:
    with connect(database) as connection:
        move_log(database, LOG, other_database)
        tables = connection.execute(
            "SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'not_moved' ORDER BY 1"
        ).fetchall()
        assert len(tables) == 14
        for role, table in (("parley_app", "deal_lists"), ("parley_signer", "log_keys")):
            with pytest.raises(psycopg.OperationalError, match="was moved"):
                copy_rows(connection, role, LOG, table)
        copy_rows(connection, "parley_app", "other", "deal_lists")


def test_a_move_that_is_killed_leaves_its_locks_and_is_run_again(
    log: Ledger, database: str, other_database: str
) -> None:
    program = (
        "import os, signal, sys\n"
        "from ledger.maintenance.log_move import move_log\n"
        "kill = lambda stage, _: stage == 'fenced' and os.kill(os.getpid(), signal.SIGKILL)\n"
        "move_log(*sys.argv[1:], kill)"
    )
    ended = subprocess.run([sys.executable, "-c", program, database, LOG, other_database], check=False)
    assert ended.returncode == -signal.SIGKILL
    refused(log, "late")
    until(lambda: move_log(database, LOG, other_database).position == 12)
    assert sound(other_database) == 12


def test_a_log_whose_events_are_not_those_that_were_signed_is_not_moved(
    log: Ledger, database: str, other_database: str
) -> None:
    with psycopg.connect(database) as connection:
        connection.execute(
            "UPDATE events SET leaf = leaf || ' ', leaf_hash = sha256('\\x00' || leaf || ' ') WHERE position = 2"
        )
    with pytest.raises(MoveRefused, match="are not those that were signed"):
        move_log(database, LOG, other_database)
    undo_move(database, LOG, other_database)
    append(log, "goes on")


def test_a_database_with_another_log_of_the_name_is_refused(log: Ledger, database: str, other_database: str) -> None:
    with open_ledger(other_database, LOG) as there:
        append(there, "opening", "deal.opened")
    with pytest.raises(MoveRefused, match="holds a log of the name"):
        move_log(database, LOG, other_database)
    with pytest.raises(MoveRefused, match="There is no log"):
        move_log(database, "nobody's", other_database)
    append(log, "goes on")


def test_the_copy_that_was_left_is_removed_once_the_log_is_elsewhere_and_the_log_may_come_back(
    log: Ledger, database: str, other_database: str
) -> None:
    with pytest.raises(MoveRefused, match="holds no copy"):
        remove_moved(database, LOG, database, lambda _connection: None)
    move_log(database, LOG, other_database)
    with pytest.raises(MoveRefused, match="parley logs remove"):
        move_log(database, LOG, database)
    assert remove_moved(database, LOG, database, lambda _connection: None) == 12
    assert move_log(database, LOG, database).position == 12
    assert resolve(database, LOG) == database
    assert sound(database) == 12
    append(log, "at home again")
