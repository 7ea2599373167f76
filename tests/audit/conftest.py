"""A log with a signer whose folder is its own, and short ways to record and to sign."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from domain.envelope import Submission
from ledger.ledger import Ledger
from ledger.models import Receipt, Request
from ledger.tlog.signer import LogSigner
from ledger.tlog.transparency_log import TransparencyLog
from tests.api.conftest import app, deal, http
from tests.submissions import as_sent

__all__ = ["app", "deal", "http"]

Make = Callable[..., Submission]
Record = Callable[..., Receipt]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of the signer's key and its last head."""
    return tmp_path / "log"


@pytest.fixture
def signer(ledger: Ledger, folder: Path) -> Iterator[LogSigner]:
    """Signs on request."""
    made = LogSigner(ledger.conninfo, ledger.tenant, ledger.origin, folder)
    yield made
    made.close()


@pytest.fixture
def transparency_log(ledger: Ledger) -> TransparencyLog:
    return TransparencyLog(ledger)


@pytest.fixture
def record(ledger: Ledger) -> Record:
    """Records submissions as the desk."""

    def recorded(*submissions: Submission) -> Receipt:
        return ledger.append(Request(submissions, by="desk", lenient=True)).result(timeout=30)

    return recorded


@pytest.fixture
def bids(record: Record, submission: Make) -> Callable[[int], Receipt]:
    """Opens a deal and records so many bids in it."""

    def recorded(count: int) -> Receipt:
        opened = submission("tiktok", "opened", "deal.opened")
        made = [
            submission("tiktok", f"e{number}", "bid.submitted", bid_id=f"b{number}", bidders=["oracle"])
            for number in range(count)
        ]
        return record(opened, *made)

    return recorded


@pytest.fixture
def imported_timeline(ledger: Ledger) -> Ledger:
    """The log with the real record of the deal `tiktok`."""
    text = (Path(__file__).parents[2] / "api" / "demo" / "tiktok.ndjson").read_text(encoding="utf-8")
    ledger.import_batch([as_sent(json.loads(line)) for line in text.splitlines()], by="desk")
    return ledger
