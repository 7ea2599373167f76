"""A row of an entity holds what it has more than an earlier row, its base, which vouches for it by its digest."""

from collections.abc import Callable
from hashlib import sha256
from itertools import pairwise

import pytest

from domain.envelope import Submission
from ledger.ledger import Ledger
from ledger.models import Request
from projections.entity_versions import entity_writer
from projections.entity_versions.chains import level
from tests.entity_versions.test_stored_entity_versions import honest_hash, served_hash
from tests.entity_versions.written_rows import drop, make_tables, process, stored, write, write_a_row_for_each_event
from tests.superuser import Sql, sql

__all__ = ["sql"]

LENGTH = 600

Make = Callable[..., Submission]


@pytest.fixture
def recorded(ledger: Ledger, submission: Make, monkeypatch: pytest.MonkeyPatch) -> Ledger:
    """A deal of 600 events about one deadline, with a row for each."""
    write_a_row_for_each_event(monkeypatch)
    record(ledger, opened(submission), *extensions(submission, 2, LENGTH + 1))
    return ledger


def opened(submission: Make) -> Submission:
    return submission("deal", "e1", "deal.opened", title="T", kind="merger", subject="s")


def extensions(submission: Make, first: int, end: int) -> list[Submission]:
    return [
        submission("deal", f"e{n}", "deadline.extended", occurred="2024-01-05", deadline_id="d", by="p",
                   new_due=f"20{n % 60 + 30}-01-01")
        for n in range(first, end)
    ]  # fmt: skip


def record(ledger: Ledger, *events: Submission) -> None:
    """Record a deal, and write its rows."""
    ledger.append(Request(events, by="test", lenient=True)).result()
    make_tables(ledger)
    write(ledger, "deal", len(events))


def test_rows_grow_by_their_events_and_not_by_the_history_before_them(recorded: Ledger, sql: Sql) -> None:
    lengths = dict(sql("SELECT version, length(body) FROM ENTITIES.entity_versions WHERE T="))
    early, late = (sum(lengths[version] for version in range(first, first + 64)) for first in (66, 322))
    assert late < 1.2 * early
    assert served_hash(process(recorded)) == honest_hash(recorded)


def test_few_events_follow_a_row_however_long_the_history_of_its_entity(
    ledger: Ledger, submission: Make, sql: Sql
) -> None:
    record(ledger, opened(submission), *extensions(submission, 2, LENGTH + 1))
    versions = sorted(version for (version,) in sql("SELECT version FROM ENTITIES.entity_versions WHERE T="))
    assert max(later - earlier for earlier, later in pairwise(versions)) <= 5


def test_an_entity_of_much_text_has_few_rows(ledger: Ledger, submission: Make, sql: Sql) -> None:
    text = "".join(sha256(str(number).encode()).hexdigest() for number in range(200))
    made = submission(
        "deal", "e2", "deadline.set", occurred="2024-01-04", deadline_id="d", obligation="o", obligor="p", set_by="p",
        force="statute", due="2030-01-01", consequence=text,
    )  # fmt: skip
    record(ledger, opened(submission), made, *extensions(submission, 3, 200))
    [(size,)] = sql("SELECT sum(length(body)) FROM ENTITIES.entity_versions WHERE T=")
    assert size < 200 * 2 * entity_writer.BYTES_PER_EVENT


def test_rows_written_in_batches_are_those_written_at_once(recorded: Ledger) -> None:
    at_once = stored(recorded)
    drop(recorded)
    write(recorded, "deal", 5, 16, 17, 33, 256, 271, 590, LENGTH)
    assert stored(recorded) == at_once


def test_a_late_event_reads_no_base_that_its_batch_has_written(
    recorded: Ledger, submission: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = submission(
        "deal", "late", "deadline.extended", occurred="2024-01-04", deadline_id="d", by="p", new_due="2040-01-01"
    )
    recorded.append(Request((late,), by="test", lenient=True)).result()
    last = submission(
        "deal", "last", "deadline.extended", occurred="2024-01-05", deadline_id="d", by="p", new_due="2041-01-01"
    )
    voided = submission("deal", "void", "record.voided", event_id=f"e{LENGTH - 5}", cause="duplicate", reason="twice")
    recorded.append(Request((last, voided), by="test", lenient=True)).result()
    drop(recorded)
    read: list[object] = []
    bases = entity_writer.EntityWriter._bases
    monkeypatch.setattr(
        entity_writer.EntityWriter, "_bases", lambda writer, wanted: read.append(wanted) or bases(writer, wanted)
    )
    write(recorded, "deal", LENGTH + 3)
    assert read == []
    assert served_hash(process(recorded)) == honest_hash(recorded)


BASE = "version = 513"


@pytest.mark.parametrize("change", ["body = overlay(body placing '\\x00' from 9)", "known_from = known_from - 1"])
def test_a_row_whose_base_was_altered_is_neither_served_nor_gone_on_from(
    recorded: Ledger, submission: Make, sql: Sql, change: str
) -> None:
    before = stored(recorded)
    assert sql(f"UPDATE ENTITIES.entity_versions SET {change} WHERE T= AND {BASE}") == 1
    assert served_hash(process(recorded)) == honest_hash(recorded)
    write(recorded, "deal", LENGTH)
    late = submission(
        "deal", "next", "deadline.extended", occurred="2024-01-06", deadline_id="d", by="p", new_due="2040-01-01"
    )
    recorded.append(Request((late,), by="test", lenient=True)).result()
    write(recorded, "deal", LENGTH + 1)
    again = stored(recorded)
    drop(recorded)
    write(recorded, "deal", LENGTH + 1)
    assert again == stored(recorded) != before


def test_the_level_of_a_row_is_the_greatest_power_of_16_that_it_passes() -> None:
    assert [level(*each) for each in ((1, 0), (15, 14), (16, 15), (40, 12), (255, 254), (256, 255), (300, 200))] == [
        0, 0, 1, 1, 0, 2, 2,
    ]  # fmt: skip
