"""Commands that go through a whole record name a deal that cannot be read, do their work on the rest, and succeed."""

from collections.abc import Callable
from pathlib import Path

import pytest

from ledger.ledger import open_ledger
from tests.cli.conftest import Parley
from tests.isolation.conftest import BAD, Make, inject, record_deals

NAMED = f"{BAD} cannot be read: OverflowError: date value out of range"


@pytest.fixture
def parley(fresh: Callable[[], str], submission: Make, monkeypatch: pytest.MonkeyPatch) -> Parley:
    """Commands on a database of three deals, one of which cannot be read."""
    on_it = Parley(fresh())
    with open_ledger(on_it.url) as ledger:
        record_deals(ledger, submission, ["alpha", BAD, "zeta"])
    for name in ("PARLEY_SERVER", "PARLEY_API_KEY", "PARLEY_DATABASE", "PARLEY_DATA", "COLUMNS", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    inject("folding", monkeypatch)
    return on_it


def test_rebuild_backup_and_restore_work_and_name_it(parley: Parley, fresh: Callable[[], str], tmp_path: Path) -> None:
    rebuilt = parley("rebuild")
    assert rebuilt.code == 0
    assert "deals: rebuilt up to position 6." in rebuilt.words
    assert NAMED in " ".join(rebuilt.err.split())
    saved = parley("backup", str(tmp_path / "saved.zip"))
    assert (saved.code, "6 events of" in saved.words) == (0, True), saved.err
    assert NAMED in " ".join(saved.err.split())
    restored = Parley(fresh())("restore", str(tmp_path / "saved.zip"))
    assert restored.code == 0, restored.err
    assert NAMED in " ".join(restored.err.split())
    assert "The record holds: 6 events of 3 deals" in restored.words
    assert "1 deals cannot be read, though their events are as recorded" in restored.words


def test_doctor_and_the_lists_name_it(parley: Parley) -> None:
    rows = {each["deal_id"]: each for each in parley("deals", "--json").json["items"]}
    assert [name for name, each in rows.items() if each["unreadable"]] == [BAD]
    assert "cannot be read" in parley("deals").words
    due = parley("deadlines")
    assert (due.code, "Deal alpha" in due.words, "Deal zeta" in due.words) == (0, True, True)
    assert NAMED in " ".join(due.err.split())
    doctor = parley("doctor")
    assert doctor.code == 0
    assert "1 deal cannot be read, the others are served: bad (OverflowError: date value out of range)" in doctor.words


def test_its_own_state_is_refused_without_a_trace(parley: Parley) -> None:
    refused = parley("state", BAD)
    assert refused.code == 1
    assert "unreadable-deal" in refused.err
    assert "Traceback" not in refused.err + refused.out
