"""A log is moved to another database: whole, or not at all, and writable in one of them at most."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import errors

from api.workers import signer_of
from domain.errors import Busy
from ledger.api_keys import Access
from ledger.ledger import Ledger, open_ledger
from ledger.log_databases import resolve
from ledger.maintenance import log_copy, log_move
from ledger.maintenance.log_copy import MoveRefused
from ledger.maintenance.log_move import Stage, move_log, remove_moved, undo_move
from ledger.models import Receipt, Request
from ledger.tlog.signing_keys import LogFolders
from ledger.tlog.transparency_log import TransparencyLog
from tests.submissions import make_submission
from tests.waiting import LONGEST_SECONDS

LOG = "fund two"
STAGES: tuple[Stage, ...] = ("begun", "copying", "copied", "fenced", "completed", "opened", "switched")


class Interrupted(Exception):
    """The command ends here, as if it was killed: its connections are closed, and nothing else happens."""


def append(ledger: Ledger, event: str, kind: str = "bid.submitted", **data: object) -> Receipt:
    request = Request((make_submission("d", event, kind, **data),), by="desk", key=f"key of {event}")
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
        Access(ledger, LOG).make("desk", "admin", by="test")
        yield ledger


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_copy, "PART_EVENTS", 5)
    monkeypatch.setattr(log_move, "REST_EVENTS", 2)


def test_x(log, database, other_database):
    moved = move_log(database, LOG, other_database, print)
    print(moved)
    with pytest.raises(Busy):
        append(log, "late")
    assert append(log, "last").replayed
