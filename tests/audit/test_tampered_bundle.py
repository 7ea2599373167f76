"""A sealed bundle: any change in it is found, and the first bad event is named.

Each tampering is done with care: what an attacker can recompute (the manifest, the chain, the derived files) is
recomputed, so that only what they cannot forge gives them away.
"""

from base64 import b64decode, b64encode
from hashlib import sha256

import pytest

from ledger.encoding.canonical_json import canonical
from ledger.encoding.leaf import PAYLOAD_DOMAIN
from ledger.merkle.proof import InclusionProof
from ledger.verification import archive
from projections.bundle.builder import build_bundle, verify_bundle
from projections.state.state_reader import StateReader
from projections.state.time_query import TimeQuery
from tests.audit.bundle_case import EVENTS, Case, index, names, sealed

__all__ = ["sealed"]


def test_an_untouched_bundle_holds_and_says_what_it_does_not_prove(sealed):
    report = verify_bundle(sealed.data, sealed.keys)
    assert report.faults == ()
    assert any("8 events of tiktok" in told for told in report.proven)
    assert any("tail as attested" in told for told in report.proven)
    assert any("can rewrite what no third party has seen" in told for told in report.not_proven)
    assert sealed.judged().faults == ()


def test_the_same_record_gives_the_same_bytes(ledger, transparency_log, sealed):
    assert build_bundle(StateReader(ledger), transparency_log, "tiktok") == sealed.data


def test_a_field_was_edited(sealed):
    payloads = sealed.lines("payloads.jsonl")
    payloads[3]["payload"]["data"]["bidders"] = ["walmart"]
    sealed.put("payloads.jsonl", payloads)
    assert names(sealed.judged(), "e3")


def test_a_field_was_edited_and_the_chain_computed_anew(sealed):
    leaves, payloads = sealed.lines("leaves.jsonl"), sealed.lines("payloads.jsonl")
    payloads[3]["payload"]["data"]["bidders"] = ["walmart"]
    payload = canonical(payloads[3]["payload"])
    salt = bytes.fromhex(payloads[3]["salt"])
    leaves[3]["payload_commitment"] = sha256(PAYLOAD_DOMAIN + salt + payload).hexdigest()
    sealed.put("payloads.jsonl", payloads)
    sealed.chain(leaves)
    assert names(sealed.judged(), "e3")


@pytest.mark.parametrize("everywhere", [False, True])
def test_an_event_was_dropped(sealed, everywhere):
    leaves, payloads = sealed.lines("leaves.jsonl"), sealed.lines("payloads.jsonl")
    del leaves[3]
    if everywhere:
        del payloads[3]
        proofs = sorted((name for name in sealed.files if name.startswith("proofs/")), key=index)
        del sealed.files[proofs[3]]
        sealed.about["basis"]["known_version"] = EVENTS - 1
        sealed.put("payloads.jsonl", payloads)
        sealed.chain(leaves)
        # e3 is removed everywhere: e4, which now follows e2, is the first that does not hold.
        assert names(sealed.judged(), "e4")
    else:
        sealed.put("leaves.jsonl", leaves)
        assert names(sealed.judged(), "e3")


@pytest.mark.parametrize("chained", [False, True])
def test_two_events_changed_places(sealed, chained):
    leaves, payloads = sealed.lines("leaves.jsonl"), sealed.lines("payloads.jsonl")
    for lines in (leaves, payloads):
        lines[3], lines[4] = lines[4], lines[3]
    sealed.put("leaves.jsonl", leaves)
    sealed.put("payloads.jsonl", payloads)
    if chained:
        sealed.chain(leaves)
    assert sealed.judged().first_bad_event in ("e3", "e4")


@pytest.mark.parametrize("chained", [False, True])
def test_an_event_was_inserted(sealed, chained):
    leaves, payloads = sealed.lines("leaves.jsonl"), sealed.lines("payloads.jsonl")
    payload = {"data": {"bid_id": "b9", "bidders": ["forger"]}}
    salt = bytes(32)
    payloads.insert(4, {"event_id": "forged", "payload": payload, "salt": salt.hex()})
    forged = {**leaves[3], "id": "forged", "recorded_at": leaves[3]["recorded_at"].replace("Z", "Z")}
    moment = leaves[3]["recorded_at"]
    forged["recorded_at"] = f"{moment[:-7]}{(int(moment[-7:-1]) + 1) % 1_000_000:06d}Z"
    forged["payload_commitment"] = sha256(PAYLOAD_DOMAIN + salt + canonical(payload)).hexdigest()
    leaves.insert(4, forged)
    sealed.put("leaves.jsonl", leaves)
    sealed.put("payloads.jsonl", payloads)
    if chained:
        sealed.chain(leaves)
        sealed.about["basis"]["known_version"] = EVENTS + 1
    assert names(sealed.judged(), "forged")


def test_the_tail_was_cut_off(sealed):
    leaves = sealed.lines("leaves.jsonl")
    sealed.put("leaves.jsonl", leaves[:-1])
    assert names(sealed.judged(), "e7")


def test_the_tail_was_cut_off_everywhere_but_the_state(sealed):
    leaves, payloads = sealed.lines("leaves.jsonl"), sealed.lines("payloads.jsonl")
    sealed.put("leaves.jsonl", leaves[:-1])
    sealed.put("payloads.jsonl", payloads[:-1])
    last = max((name for name in sealed.files if name.startswith("proofs/")), key=index)
    del sealed.files[last]
    assert names(sealed.judged(), "e6")
    sealed.about["basis"]["known_version"] = EVENTS - 1
    assert sealed.judged().faults


@pytest.mark.parametrize("chained", [False, True])
def test_an_event_was_back_dated(sealed, chained):
    leaves = sealed.lines("leaves.jsonl")
    leaves[5]["recorded_at"] = leaves[4]["recorded_at"].replace("Z", "Z")
    moment = leaves[4]["recorded_at"]
    leaves[5]["recorded_at"] = f"{moment[:-7]}{(int(moment[-7:-1]) + 1) % 1_000_000:06d}Z"
    sealed.put("leaves.jsonl", leaves)
    if chained:
        sealed.chain(leaves)
    assert names(sealed.judged(), "e5")


@pytest.mark.parametrize("line", [0, 1])
def test_one_bit_of_a_proof_flipped(sealed, line):
    path = sorted((name for name in sealed.files if name.startswith("proofs/")), key=index)[2]
    proof = InclusionProof.parse(sealed.files[path])
    hashes = list(proof.hashes)
    hashes[line] = bytes([hashes[line][0] ^ 1]) + hashes[line][1:]
    sealed.files[path] = bytes(InclusionProof(proof.index, tuple(hashes), proof.checkpoint))
    assert names(sealed.judged(), "e2")


def test_two_payloads_were_swapped(sealed):
    payloads = sealed.lines("payloads.jsonl")
    payloads[2], payloads[5] = (
        {**payloads[5], "event_id": "e2"},
        {**payloads[2], "event_id": "e5"},
    )
    sealed.put("payloads.jsonl", payloads)
    assert names(sealed.judged(), "e2")


def test_the_size_of_the_tree_was_edited(sealed):
    size = sealed.about["checkpoint"]
    for name in [f"checkpoints/{size}", *(name for name in sealed.files if name.startswith("proofs/"))]:
        sealed.files[name] = sealed.files[name].replace(b"\n%d\n" % size, b"\n%d\n" % (size + 1), 1)
    assert names(sealed.judged(), "e7")


@pytest.mark.parametrize(("name", "value"), [("checkpoint", 3), ("complete", True), ("deal", "other-1"), ("log", "x")])
def test_the_manifest_says_something_else(sealed, name, value):
    sealed.about[name] = value
    assert sealed.judged().faults


def test_the_lengths_in_the_manifest_were_edited(sealed):
    data = archive.pack(sealed.files, sealed.about)
    length = len(sealed.files["leaves.jsonl"])
    edited = data.replace(b'"length":%d,' % length, b'"length":%d,' % (length + 1))
    assert edited != data
    assert verify_bundle(edited, sealed.keys).faults


def test_a_complete_bundle_lacks_nothing_that_the_tree_has(ledger, transparency_log, sealed):
    complete = Case(build_bundle(StateReader(ledger), transparency_log, "tiktok", complete=True), sealed.keys)
    assert complete.judged().faults == ()
    assert any("none is missing" in told for told in complete.judged().proven)
    leaves = complete.lines("leaves.jsonl")
    cut = [leaf for leaf in leaves if leaf["id"] != "other-7"]
    complete.put("leaves.jsonl", cut)
    assert complete.judged().faults
    leaves[2], leaves[4] = leaves[4], leaves[2]
    complete.put("leaves.jsonl", leaves)
    assert complete.judged().faults


def test_a_complete_bundle_of_an_earlier_basis_says_that_there_are_later_events(ledger, transparency_log, sealed):
    data = build_bundle(StateReader(ledger), transparency_log, "tiktok", TimeQuery(known_version=4), complete=True)
    report = verify_bundle(data, sealed.keys)
    assert report.faults == ()
    assert any("later events" in told for told in report.proven) or len(archive.unpack(data)["leaves.jsonl"]) > 0


@pytest.mark.parametrize("name", ["state.json", "replay.json", "replay.html", "VERIFY.md"])
def test_a_derived_file_was_edited(sealed, name):
    sealed.files[name] = sealed.files[name].replace(b"oracle", b"google").replace(b"8 events", b"9 events")
    report = sealed.judged()
    assert name in {fault.where for fault in report.faults}
    if name.startswith("replay"):
        assert names(report, "e1")


def test_a_file_was_added_or_taken_away(sealed):
    sealed.files["extra.txt"] = b"believe me"
    assert sealed.judged().faults
    del sealed.files["extra.txt"]
    del sealed.files[next(name for name in sealed.files if name.startswith("proofs/"))]
    assert names(sealed.judged(), "opened")


@pytest.mark.parametrize("at", [0, 100, 5_000, -30])
def test_bytes_of_the_file_itself_were_spoilt_or_cut(sealed, at):
    spoilt = bytearray(sealed.data)
    spoilt[at] ^= 0xFF
    assert verify_bundle(bytes(spoilt), sealed.keys).faults
    assert verify_bundle(sealed.data[: at or 10], sealed.keys).faults


@pytest.mark.parametrize("manifest", [b"", b"[]", b"{}", b'{"deal": 1}', b"\xff", b"[" * 100_000])
def test_a_manifest_that_is_none_is_a_fault_and_no_trace(sealed, manifest):
    from io import BytesIO
    from zipfile import ZipFile

    room = BytesIO()
    with ZipFile(room, "w") as made:
        made.writestr("manifest.json", manifest)
    assert verify_bundle(room.getvalue(), sealed.keys).faults


def test_withheld_payloads_leave_the_proofs_whole(ledger, transparency_log, sealed):
    report = verify_bundle(build_bundle(StateReader(ledger), transparency_log, "tiktok", withhold=["e2"]), sealed.keys)
    assert report.faults == ()
    assert any("1 payloads are withheld" in told for told in report.proven)


def test_a_payload_cannot_be_passed_off_as_withheld_without_the_state_showing_it(sealed):
    payloads = sealed.lines("payloads.jsonl")
    payloads[2] = {"event_id": "e2", "withheld": True}
    sealed.put("payloads.jsonl", payloads)
    assert names(sealed.judged(), "e2")


def test_a_payload_cannot_be_passed_off_as_erased(sealed):
    payloads = sealed.lines("payloads.jsonl")
    payloads[2] = {"event_id": "e2", "erased": "e5"}
    sealed.put("payloads.jsonl", payloads)
    assert names(sealed.judged(), "e2")


def test_base64_in_a_consistency_proof_was_spoilt(sealed):
    name = sorted(name for name in sealed.files if name.startswith("consistency/"))[0]
    first, *rest = sealed.files[name].split(b"\n")
    spoilt = bytearray(b64decode(first))
    spoilt[0] ^= 1
    sealed.files[name] = b"\n".join([b64encode(spoilt), *rest])
    assert sealed.judged().first_bad_event
