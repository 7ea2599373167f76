"""A database clock that runs ahead records nothing; one that went back makes an honest record look like no other."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from domain.time.instants import iso
from ledger.append.clock import ClockAhead
from ledger.ledger import Ledger, open_ledger
from ledger.maintenance.health_checks import check_record
from ledger.models import Request
from ledger.tlog.signer import LogSigner
from ledger.tlog.transparency_log import TransparencyLog
from projections.audit import audit_all
from tests.submissions import make_submission

HOUR, YEAR = 3_600, 366 * 86_400

SHIFTED = """
CREATE TABLE public.shift (seconds integer);
INSERT INTO public.shift VALUES (0);
GRANT SELECT ON public.shift TO PUBLIC;
CREATE FUNCTION public.clock_timestamp() RETURNS timestamptz LANGUAGE sql AS
    'SELECT pg_catalog.clock_timestamp() + (SELECT max(seconds) FROM public.shift) * interval ''1 second''';
"""


class Clock:
    """The clock of a database, as far as our statements see it."""

    def __init__(self, url: str) -> None:
        self.url = url
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(SHIFTED)
            connection.execute(
                f'ALTER DATABASE "{connection.info.dbname}" SET search_path = public, pg_catalog'.encode()
            )

    def shift(self, seconds: int) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute("UPDATE public.shift SET seconds = %s", (seconds,))


@pytest.fixture
def clock(database: str) -> Clock:
    return Clock(database)


@pytest.fixture
def log(clock: Clock, tmp_path: Path) -> Iterator[tuple[Ledger, LogSigner]]:
    """A log in which a deal is open and signed."""
    with open_ledger(clock.url) as ledger:
        signer = LogSigner(ledger.conninfo, ledger.tenant, ledger.origin, tmp_path / "log", heartbeat_seconds=0)
        ledger.append(Request((make_submission("d", "e0", "deal.opened"),), by="desk")).result(timeout=30)
        signer.sign()
        yield ledger, signer
        signer.close()


def told(ledger: Ledger) -> list[tuple[str, str]]:
    """The audit's findings on the record; a difference of the test's clock from the server's is not one."""
    return [
        (each["kind"], each["code"])
        for each in audit_all(ledger, TransparencyLog(ledger))
        if each["kind"] in ("finding", "notice") and each["code"] not in ("setting-differs", "column-differs")
    ]


def test_nothing_is_recorded_or_signed_under_a_clock_that_runs_ahead(
    clock: Clock, log: tuple[Ledger, LogSigner], submission: Any
) -> None:
    ledger, signer = log
    first = Request((submission("d", "e0", "deal.opened"),), by="desk")
    clock.shift(YEAR)
    with pytest.raises(ClockAhead, match="ahead of this machine's and of the last event"):
        ledger.append(Request((submission("d", "e1", "bid.submitted"),), by="desk")).result(timeout=30)
    with pytest.raises(ClockAhead):
        ledger.import_batch([submission("d", "e2", "bid.submitted")], by="desk")
    with pytest.raises(ClockAhead):
        signer.sign()
    assert ledger.append(first).result(timeout=30).replayed, "what was recorded before is answered as before"
    assert check_record(ledger).level == "broken"
    assert ledger.head().position == 1
    clock.shift(0)
    ledger.append(Request((submission("d", "e1", "bid.submitted"),), by="desk")).result(timeout=30)
    assert signer.sign() == 2
    assert told(ledger) == []


def test_a_clock_that_went_back_an_hour_is_no_tampering(
    clock: Clock, log: tuple[Ledger, LogSigner], submission: Any
) -> None:
    ledger, signer = log
    clock.shift(-HOUR)
    for number in range(1, 4):
        ledger.append(Request((submission("d", f"e{number}", "bid.submitted"),), by="desk")).result(timeout=30)
        signer.sign()
        signer.sign()  # again, by the heartbeat
    assert told(ledger) == []
    clock.shift(0)
    ledger.append(Request((submission("d", "e4", "bid.submitted"),), by="desk")).result(timeout=30)
    signer.sign()
    assert told(ledger) == []


def test_what_was_recorded_after_a_head_of_a_later_clock_is_told_from_tampering(
    clock: Clock, log: tuple[Ledger, LogSigner], submission: Any
) -> None:
    ledger, signer = log
    with psycopg.connect(clock.url) as connection:  # as if it had been signed while the clock was a day ahead
        connection.execute("UPDATE log_checkpoints SET signed_at = signed_at + interval '1 day'")
    ledger.append(Request((submission("d", "e1", "bid.submitted"),), by="desk")).result(timeout=30)
    assert told(ledger) == [("finding", "back-dated")], "no later head shows that the clock went back"
    signer.sign()
    assert told(ledger) == [("notice", "clock-went-back")]
    notices = [each for each in audit_all(ledger, TransparencyLog(ledger)) if each["kind"] == "notice"]
    assert iso(ledger.head().recorded_at) in notices[0]["why"]


def test_events_that_waited_for_a_signer_are_not_back_dated(
    ledger: Ledger, signer: LogSigner, submission: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The signer catches up in stretches: its head over one says nothing of the events of the next."""
    monkeypatch.setattr("ledger.tlog.signer.STRETCH_LEAVES", 4)
    opened = submission("d", "e0", "deal.opened")
    more = [submission("d", f"e{number}", "bid.submitted") for number in range(1, 15)]
    ledger.import_batch([opened, *more], by="desk")
    signer.sign()
    with psycopg.connect(ledger.conninfo) as connection:  # two minutes later
        connection.execute(
            "UPDATE log_checkpoints SET signed_at = signed_at + interval '2 minutes' WHERE tenant = %s",
            (ledger.tenant,),
        )
    assert len(TransparencyLog(ledger).heads()) == 4
    assert told(ledger) == []
