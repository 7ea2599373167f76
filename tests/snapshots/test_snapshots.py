"""Checkpoints change what an answer costs, never what it says: each equals the fold from nothing."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from random import Random
from threading import Event
from typing import Any

import pytest

from domain.basis import Basis
from domain.envelope import Submission
from domain.state import derive, state
from domain.time.edtf import parse_moment
from domain.time.instants import DAY, Moment
from ledger.ledger import Ledger
from ledger.models import Request
from projections.keyed_digest import Authenticator
from projections.replay.erased_paths import complete_erasure
from projections.snapshots.codec import decode, encode
from projections.snapshots.indexed_record import Limits
from projections.snapshots.snapshot_reader import SnapshotReader
from projections.snapshots.store import SnapshotStore
from projections.snapshots.worker import SnapshotWorker
from projections.state.holiday_calendars import calendar
from projections.state.state_json import state_hash
from projections.state.state_reader import StateReader
from projections.state.time_query import TimeQuery

FINE = Limits(spacing=16, slack=4, chunk=8, costly=6, repaired=3)
AUTHENTICATOR = Authenticator(bytes(32))
FIRST: Moment = parse_moment("2024-01-01T00:00:00Z")

Make = Callable[..., Submission]


def an(make: Make, event_id: str, kind: str, envelope: dict[str, Any], /, **data: Any) -> Submission:
    """One development of the deal; `envelope` holds its dates too."""
    rest = {name: value for name, value in envelope.items() if name != "occurred"}
    return make("deal", event_id, kind, occurred=envelope["occurred"], envelope=rest, **data)


DEADLINE = {"obligation": "o", "set_by": "a", "force": "political"}
VOTE = {"body": "b", "question": "q"}
CASE = {"court": "c", "plaintiffs": ["p"], "defendants": ["a"]}


def a_day(number: int) -> str:
    return f"2024-{1 + number // 28 % 12:02d}-{1 + number % 28:02d}"


def a_record(make: Make, random: Random, length: int) -> list[Submission]:
    """A deal of `length` events over a few things: most in order, some late, vague, ahead, corrected or voided."""
    record = [
        an(
            make,
            "e0",
            "deal.opened",
            {"occurred": a_day(0)},
            title="T",
            kind="merger",
            subject="s",
            parties=["a", "b"],
        )
    ]
    for number in range(1, length):
        day = number // 2
        if random.random() < 0.15:
            day = max(0, day - random.randrange(1, 60))
        envelope: dict[str, Any] = {"occurred": a_day(day)}
        if random.random() < 0.1:
            envelope["occurred"] = f"[{a_day(day)}..{a_day(day + random.randrange(1, 9))}]"
        if random.random() < 0.1:
            envelope["effective"] = a_day(max(0, day + random.randrange(-9, 20)))
        if random.random() < 0.1:
            envelope["rank"] = random.randrange(-2, 3)
        if random.random() < 0.2:
            envelope |= {"attribution": "anonymous_single", "grade": "C3"}
        record.append(an_event(make, random, f"e{number}", envelope, record, day))
    return record


def an_event(
    make: Make, random: Random, event_id: str, envelope: dict[str, Any], record: list[Submission], day: int
) -> Submission:
    name = f"x{random.randrange(4)}"
    roll = random.random()
    if roll < 0.06:
        return an(
            make,
            event_id,
            "record.voided",
            {"occurred": a_day(day)},
            event_id=random.choice(record[1:] or record).id,
            cause="duplicate",
            reason="r",
        )
    if roll < 0.09:
        return an(
            make,
            event_id,
            "record.reinstated",
            {"occurred": a_day(day)},
            event_id=random.choice(record).id,
            reason="r",
        )
    terms = [each for each in record if each.type == "terms.changed"]
    if roll < 0.16 and terms:
        changes = random.choice(
            [{"to": random.randrange(9)}, {"occurred": a_day(random.randrange(length_of(record)))}, {"term": name}]
        )
        return an(
            make,
            event_id,
            "record.corrected",
            {"occurred": a_day(day)},
            event_id=random.choice(terms).id,
            changes=changes,
            cause="recording_error",
        )
    kinds: list[tuple[str, dict[str, Any]]] = [
        ("terms.changed", {"term": name, "to": random.randrange(9)}),
        ("bid.submitted", {"bid_id": name, "bidders": [name, "y"]}),
        ("bid.rejected", {"bid_id": name, "by": "a"}),
        ("deadline.set", {**DEADLINE, "deadline_id": name, "due": a_day(day + 20)}),
        ("deadline.extended", {"deadline_id": name, "by": "a", "by_days": random.randrange(1, 30)}),
        ("order.signed", {"order_id": name, "kind": "statute", "issuer": "i", "title": "t"}),
        ("approval.required", {"approval_id": name, "authority": "a", "jurisdiction": "US", "subject": "s"}),
        ("deal.vote_held", {**VOTE, "outcome": random.choice(["passed", "failed"]), "approval_id": name}),
        ("position.stated", {"party_id": name, "issue": "i", "stance": random.choice(["support", "oppose"])}),
        ("litigation.filed", {**CASE, "case_id": name, "targets": [name]}),
        ("litigation.ruling", {"case_id": name, "outcome": "o", "disposition": random.choice(["quashed", "upheld"])}),
    ]  # fmt: skip
    kind, data = random.choice(kinds)
    return an(make, event_id, kind, envelope, **data)


def length_of(record: list[Submission]) -> int:
    return max(1, len(record) // 2)


def recorded(ledger: Ledger, record: list[Submission]) -> None:
    for submission in record:
        ledger.append(Request((submission,), by="test", lenient=True)).result()


@pytest.mark.parametrize("seed", range(4))
def test_a_long_deal_reads_as_its_whole_record_would(ledger: Ledger, submission: Make, seed: int) -> None:
    random = Random(seed)
    record = a_record(submission, random, 150)
    recorded(ledger, record)
    reader = StateReader(ledger)
    deal = SnapshotReader(SnapshotStore(ledger, AUTHENTICATOR), "deal", reader.revise, FINE)
    for head in (40, 90, 150):
        deal.catch_up(head)
        if seed % 2:
            grown_whole(deal)
        compare(reader, deal, random, head)
    grown_whole(deal)
    compare(reader, deal, random, 150)
    deal.refresh()
    compare(reader, deal, random, 150)
    again = SnapshotReader(SnapshotStore(ledger, AUTHENTICATOR), "deal", reader.revise, FINE)
    again.catch_up(150)
    assert len(again.snapshots) > 5
    compare(reader, again, random, 150)


def grown_whole(deal: SnapshotReader) -> None:
    while deal.grow():
        pass


def compare(reader: StateReader, deal: SnapshotReader, random: Random, head: int) -> None:
    history = reader.history("deal")
    for _ in range(15):
        version = head if random.random() < 0.5 else random.randrange(1, head + 1)
        position, known_at = history.recorded_of(version)
        basis = Basis(
            valid_at=FIRST + random.randrange(-3, 110) * DAY - random.choice([0, 1]),
            known_at=known_at, known_version=version, known_position=position,
        )  # fmt: skip
        whole = state(history.lines, basis, deal_id="deal", zone=history.zone, calendars=calendar, revise=reader.revise)
        quick = derive(*deal.answer(basis), basis, deal_id="deal", zone=history.zone, calendars=calendar)
        assert quick.sections == whole.sections, (version, basis.valid_at)
        assert quick.next_transition_at == whole.next_transition_at
        assert state_hash(quick) == state_hash(whole)


def test_folded_things_survive_being_stored(ledger: Ledger, submission: Make) -> None:
    recorded(ledger, a_record(submission, Random(7), 120))
    reader = StateReader(ledger)
    history = reader.history("deal")
    _, known_at = history.recorded_of(120)
    basis = Basis(valid_at=FIRST + 200 * DAY, known_at=known_at, known_version=120, known_position=2**40)
    things = dict(reader.state_on(history, basis).deal.entities)
    assert decode(encode(things)) == things


def test_a_deal_whose_zone_is_learned_late_is_placed_anew(ledger: Ledger, submission: Make) -> None:
    record = a_record(submission, Random(3), 60)
    opened = an(
        submission,
        "e0",
        "deal.opened",
        {"occurred": "2024-01-01"},
        title="T",
        kind="merger",
        subject="s",
        tz="America/New_York",
    )
    ledger.import_batch([*record[1:30], opened, *record[30:]], by="test")
    reader = StateReader(ledger)
    deal = SnapshotReader(SnapshotStore(ledger, AUTHENTICATOR), "deal", reader.revise, FINE)
    deal.catch_up(20)
    grown_whole(deal)
    deal.catch_up(60)
    grown_whole(deal)
    assert str(deal.index.zone) == "America/New_York"
    compare(reader, deal, Random(1), 60)


def test_a_long_deal_with_erased_events_reads_as_its_whole_record_would(ledger: Ledger, submission: Make) -> None:
    random = Random(0)
    record = a_record(submission, random, 100)
    recorded(ledger, record)
    reader = StateReader(ledger)
    deal = SnapshotReader(SnapshotStore(ledger, AUTHENTICATOR), "deal", reader.revise, FINE)
    deal.catch_up(100)
    grown_whole(deal)
    gone = random.sample([each.id for each in record], 10)
    for number, event_id in enumerate(gone, 101):
        day = {"occurred": a_day(60)}
        erasure = an(submission, f"x{number}", "record.erased", day, event_id=event_id, legal_basis="GDPR Art. 17")
        recorded(ledger, [complete_erasure(reader, erasure)])
    deal.catch_up(110)
    compare(reader, deal, random, 110)
    grown_whole(deal)
    compare(reader, deal, random, 110)
    again = SnapshotReader(SnapshotStore(ledger, AUTHENTICATOR), "deal", reader.revise, FINE)
    again.catch_up(110)
    compare(reader, again, random, 110)
    assert "[erased]" in str(reader.state("deal"))


def test_a_question_is_answered_while_checkpoints_are_made(ledger: Ledger, submission: Make) -> None:
    class Slow(SnapshotStore):
        """A store in which the first checkpoint waits for a question to be answered."""

        answered, saving = Event(), Event()

        def save(self, *given: Any) -> None:
            self.saving.set()
            assert self.answered.wait(60)
            super().save(*given)

    recorded(ledger, a_record(submission, Random(7), 60))
    deal = SnapshotReader(Slow(ledger, AUTHENTICATOR), "deal", StateReader(ledger).revise, FINE)
    deal.catch_up(60)
    worker = SnapshotWorker()
    with ThreadPoolExecutor(1) as thread:
        made = thread.submit(worker.make_due, deal)
        assert Slow.saving.wait(60)
        deal.answer(StateReader(ledger).basis(deal, TimeQuery(valid_at="2024-03-01")))
        Slow.answered.set()
        made.result()
    assert not deal.due
    assert len(deal.snapshots) > 1


def test_a_long_deal_with_merged_ids_is_folded_from_all_its_events(
    ledger: Ledger, submission: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = a_record(submission, Random(5), 60)
    merge = an(submission, "merge", "entity.merged", {"occurred": a_day(10)}, merged="a", into="b")
    ledger.append(Request((*record, merge), "test", lenient=True)).result()
    reader = StateReader(ledger)
    whole = reader.state("deal")
    assert "a" not in whole["parties"]
    monkeypatch.setattr("projections.state.state_reader.SNAPSHOT_EVENTS", 1)
    reader.make_snapshots("deal")
    assert StateReader(ledger).state("deal")["state_hash"] == reader.state("deal")["state_hash"] == whole["state_hash"]
