"""An event's payload is destroyed by law: its content is removed everywhere, and every proof remains valid."""

import json

import pytest

from domain.errors import InvalidInput, UnderHold, UnknownEvent
from ledger.ledger import open_ledger
from ledger.merkle.tree import leaf_hash
from ledger.verification import archive
from ledger.verification.evidence_export import LEAVES, PAYLOADS
from projections.audit import audit_all
from projections.bundle.builder import build_bundle, verify_bundle
from projections.replay import replay
from projections.replay.erased_paths import complete_erasure
from projections.state.state_reader import StateReader
from projections.state.time_query import TimeQuery


@pytest.fixture
def reader(ledger):
    return StateReader(ledger)


@pytest.fixture
def deal(ledger, signer, record, submission):
    """A deal with a bid by Oracle, and one by Walmart, all of it signed."""
    record(submission("d", "opened", "deal.opened"))
    record(submission("d", "e1", "bid.submitted", bid_id="b1", bidders=["oracle"]))
    record(submission("d", "e2", "bid.submitted", bid_id="b2", bidders=["walmart"]))
    signer.sign()
    return "d"


@pytest.fixture
def erase(reader, record, submission):
    def erased(event_id, erasure_id="erasure"):
        return record(
            complete_erasure(
                reader, submission("d", erasure_id, "record.erased", event_id=event_id, legal_basis="GDPR Art. 17")
            )
        )

    return erased


def test_payload_and_salt_are_gone_and_the_leaf_stays(ledger, deal, erase):
    before = ledger.event("e1")
    erase("e1")
    after = ledger.event("e1")
    assert (after.payload, after.salt) == (None, None)
    assert (after.leaf, after.leaf_hash, after.position) == (before.leaf, before.leaf_hash, before.position)
    assert ledger.event("e2").payload is not None


def test_the_state_knows_no_more_what_it_said_on_any_basis(reader, deal, erase):
    assert reader.state("d")["bids"]["b1"]["bidders"] == ["oracle"]
    erase("e1")
    for question in (TimeQuery(), TimeQuery(known_version=3)):
        state = reader.state("d", question)
        assert state["bids"]["b1"]["bidders"] == "[erased]"
        assert state["bids"]["b2"]["bidders"] == ["walmart"]
        assert "oracle" not in str(state)


def test_another_process_that_had_read_the_deal_forgets_too(ledger, reader, deal, erase, shared_database):
    with open_ledger(shared_database, ledger.tenant, migrating=False) as elsewhere:
        other = StateReader(elsewhere)
        assert other.state("d")["bids"]["b1"]["bidders"] == ["oracle"]
        erase("e1")
        assert other.state("d")["bids"]["b1"]["bidders"] == "[erased]"


def test_the_paths_that_it_had_set_are_listed_in_the_erasure(ledger, reader, deal, erase):
    erase("e1")
    [line] = [line for line in reader.history("d").lines if line.id == "erasure"]
    assert "/bids/b1/bidders" in line.event.touched
    assert not any("because" in path for path in line.event.touched)


def test_the_replay_shows_that_something_was_erased_and_where(reader, deal, erase):
    erase("e1")
    _, steps, _ = replay(reader, "d")
    step = next(step for step in steps if step.get("event", {}).get("id") == "e1")
    assert step["event"]["data"] == "[erased]"
    assert step["erased"]["by"] == "erasure"
    assert {"path": "/bids/b1/bidders", "value": "[erased]"} in step["erased"]["paths"]
    assert step["corrected_by"] == ["erasure"]


def test_every_proof_still_verifies_and_so_does_the_bundle(ledger, signer, transparency_log, reader, deal, erase):
    old = transparency_log.head().note
    erase("e1")
    signer.sign()
    for recorded in ledger.read_log(0):
        transparency_log.proof(recorded.position).verify(leaf_hash(recorded.leaf), transparency_log.public_keys())
    report = verify_bundle(
        build_bundle(reader, transparency_log, "d", complete=True), transparency_log.public_keys(), old
    )
    assert report.faults == ()
    assert any("1 payloads were destroyed" in told for told in report.proven)


def test_the_audit_finds_nothing_wrong_with_an_erasure(ledger, signer, transparency_log, deal, erase):
    erase("e1")
    signer.sign()
    *_, end = audit_all(ledger, transparency_log)
    assert end["ok"]


def test_the_same_erasure_sent_again_gets_the_first_answer(deal, erase):
    first = erase("e1")
    again = erase("e1")
    assert again.replayed
    assert again.events == first.events


def test_nothing_is_erased_under_legal_hold(ledger, deal, erase, record, submission):
    record(submission("d", "hold", "record.held"))
    with pytest.raises(UnderHold):
        erase("e1")
    assert ledger.event("e1").payload is not None
    record(submission("d", "release", "record.released"))
    erase("e1")
    assert ledger.event("e1").payload is None


def test_an_import_cannot_erase_under_legal_hold_either(ledger, deal, record, submission):
    record(submission("d", "hold", "record.held"))
    erasure = submission("d", "erasure", "record.erased", event_id="e1", legal_basis="GDPR Art. 17")
    imported = ledger.import_batch([erasure], by="desk")
    assert [type(refusal) for _, refusal in imported.refused] == [UnderHold]
    assert ledger.event("e1").payload is not None


def test_an_import_erases_in_its_own_transaction(ledger, deal, submission):
    erasure = submission("d", "erasure", "record.erased", event_id="e1", legal_basis="GDPR Art. 17")
    assert ledger.import_batch([erasure], by="desk").recorded == 1
    assert ledger.event("e1").payload is None


def test_followers_who_come_later_are_not_handed_what_was_destroyed(ledger, deal, record, submission, erase):
    hub = ledger.hub
    record(submission("d", "e3", "bid.submitted", bid_id="b3", bidders=["secret"]))
    erase("e3")
    assert hub.reached(5, 10)
    recent = {row.id: row for row in hub.recent(3)}
    assert recent["e3"].payload is None


def test_the_erased_id_stays_taken_and_unknown_events_and_erasures_are_refused(ledger, deal, erase, record, submission):
    erase("e1")
    with pytest.raises(UnknownEvent):
        erase("nothing", "erasure-2")
    with pytest.raises(InvalidInput, match="is an erasure itself"):
        erase("erasure", "erasure-3")


def test_a_dry_run_destroys_nothing(ledger, deal, submission):
    from ledger.models import Request

    erasure = submission("d", "erasure", "record.erased", event_id="e1", legal_basis="GDPR Art. 17")
    ledger.append(Request((erasure,), by="desk", dry_run=True)).result(timeout=30)
    assert ledger.event("e1").payload is not None


@pytest.mark.parametrize("complete", [False, True])
def test_a_bundle_of_a_moment_before_the_erasure_verifies_and_says_what_was_erased(
    reader, transparency_log, signer, deal, erase, record, submission, complete
):
    erase("e1")
    record(submission("d", "e3", "bid.submitted", bid_id="b3", bidders=["microsoft"]))
    signer.sign()
    before = TimeQuery(known_version=3)
    bundle = build_bundle(reader, transparency_log, "d", before, complete=complete)
    assert verify_bundle(bundle, transparency_log.public_keys()).faults == ()
    state = json.loads(archive.unpack(bundle)["state.json"])
    assert state["bids"]["b1"]["bidders"] == "[erased]"
    assert state["state_hash"] == reader.state("d", before)["state_hash"]
    assert state["basis"]["known_version"] == 3


def test_a_bundle_that_goes_on_beyond_the_erasure_is_refused(
    reader, transparency_log, signer, deal, erase, record, submission
):
    erase("e1")
    record(submission("d", "e3", "bid.submitted", bid_id="b3", bidders=["microsoft"]))
    signer.sign()
    files = archive.unpack(build_bundle(reader, transparency_log, "d", TimeQuery(known_version=3)))
    whole = archive.unpack(build_bundle(reader, transparency_log, "d"))
    for name in (LEAVES, PAYLOADS):
        files[name] = whole[name]
    files |= {
        name: data for name, data in whole.items() if name.startswith(("proofs/", "checkpoints/", "consistency/"))
    }
    about = json.loads(files.pop("manifest.json"))
    about.pop("files")
    faults = verify_bundle(archive.pack(files, about), transparency_log.public_keys()).faults
    assert any("the record ends here with version 5" in fault.why for fault in faults), faults
