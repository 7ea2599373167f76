"""Proof over HTTP: keys, checkpoints, tiles, proofs, bundles, the audit, erasure, and waiting for the seal."""

import base64
import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from time import time

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from api.app import create_app
from api.cli.in_process import InProcessTransport
from api.settings import Settings
from ledger.ledger import Ledger
from ledger.merkle.note import COSIGNATURE, Key, Note, Signer, open_checkpoint
from ledger.merkle.proof import InclusionProof
from ledger.merkle.tiles import decode_bundle
from ledger.merkle.tree import leaf_hash, root, verify_inclusion
from projections.bundle.builder import verify_bundle

OPENING = {"deal_id": "d", "title": "T", "kind": "merger", "subject": "s", "occurred": "2020-08-06"}
WAIT = {"Prefer": "wait"}


@pytest.fixture
def witness() -> Signer:
    """A witness of the log."""
    return Signer("witness.example", Ed25519PrivateKey.generate(), COSIGNATURE)


@pytest.fixture
def http(ledger: Ledger, tmp_path: Path, witness: Signer) -> Iterator[httpx.Client]:
    """A server that signs its log."""
    app = create_app(Settings(tenant=ledger.tenant, data=tmp_path, witnesses=str(witness.key)), ledger)
    with httpx.Client(transport=InProcessTransport(app), base_url="http://127.0.0.1") as client:
        yield client


@pytest.fixture
def deal(http: httpx.Client) -> str:
    """A deal of two events, signed."""
    assert http.post("/v1/deals", json=OPENING).status_code == 201
    assert http.post("/v1/deals/d/events", json=bid("e1"), headers=WAIT).status_code == 201
    return "/v1/deals/d"


def bid(event_id: str, **data: object) -> dict[str, object]:
    made = {"bid_id": event_id, "bidders": ["oracle"], **data}
    return {"id": event_id, "type": "bid.submitted", "occurred": "2020-08-20", "data": made}


def keys(http: httpx.Client) -> list[Key]:
    return [Key.parse(line) for line in http.get("/v1/log/key").text.splitlines()]


def test_who_waits_gets_the_proof_with_the_receipt(http, deal):
    answer = http.post(f"{deal}/events", json=[bid("e2"), bid("e3")], headers={"Prefer": "wait=5"})
    assert answer.status_code == 201
    assert answer.headers["Preference-Applied"] == "wait"
    told = answer.json()
    assert told["seal"] == "signed"
    assert [proof["id"] for proof in told["proofs"]] == ["e2", "e3"]
    schemas = http.get("/openapi.json").json()["components"]["schemas"]
    assert {frozenset(proof) for proof in told["proofs"]} == {frozenset(schemas["ReceiptProof"]["required"])}
    for event, proof in zip(told["events"], told["proofs"], strict=True):
        assert leaf_hash(base64.b64decode(proof["leaf"])).hex() == event["leaf_hash"]


def test_the_proof_of_an_event_leads_to_a_checkpoint_that_the_log_has_signed(http, deal):
    answer = http.get(f"{deal}/events/e1/proof")
    proof = answer.json()
    schemas = http.get("/openapi.json").json()["components"]["schemas"]
    assert proof.keys() == set(schemas["Proof"]["required"])
    leaf = base64.b64decode(proof["leaf"])
    signed = open_checkpoint(proof["checkpoint"].encode(), keys(http)).checkpoint
    assert signed.size == proof["tree_size"]
    hashes = [base64.b64decode(each) for each in proof["hashes"]]
    verify_inclusion(proof["leaf_index"], proof["tree_size"], leaf_hash(leaf), hashes, signed.root)
    event = http.get(f"{deal}/events/e1").json()
    assert event["seal"] == "signed"
    assert sha256(b"\0" + leaf).hexdigest() == event["leaf_hash"]
    said = json.loads(leaf)
    assert (said["id"], said["type"], said["recorded_at"]) == (event["id"], event["type"], event["recorded_at"])
    text = http.get(f"{deal}/events/e1/proof", headers={"Accept": "text/plain"})
    InclusionProof.parse(text.content).verify(leaf_hash(leaf), keys(http))


def test_the_tiles_are_the_tree_of_the_checkpoint(http, deal):
    signed = open_checkpoint(http.get("/v1/log/checkpoint").content, keys(http)).checkpoint
    tile = http.get(f"/v1/log/tile/0/000.p/{signed.size}")
    hashes = [tile.content[at : at + 32] for at in range(0, len(tile.content), 32)]
    assert root(hashes) == signed.root
    leaves = decode_bundle(http.get(f"/v1/log/tile/entries/000.p/{signed.size}").content)
    assert list(map(leaf_hash, leaves)) == hashes
    assert "immutable" in tile.headers["Cache-Control"]
    assert "immutable" not in http.get("/v1/log/checkpoint").headers.get("Cache-Control", "")
    assert http.get("/v1/log/tile/0/001").status_code == 404
    assert http.get("/v1/log/tile/0/1").status_code == 404


def test_a_bundle_verifies_with_the_key_of_the_log(http, deal):
    answer = http.get(f"{deal}/bundle?complete=true")
    assert answer.headers["Content-Type"] == "application/zip"
    assert verify_bundle(answer.content, keys(http)).faults == ()
    certificate = http.get(f"{deal}/bundle?valid_at=2020-08-10&known_version=1")
    assert verify_bundle(certificate.content, keys(http)).faults == ()
    assert http.get("/v1/deals/nothing/bundle").status_code == 404
    assert http.get(f"{deal}/bundle?withhold=nothing").status_code in (404, 422)


def test_a_witness_signs_the_checkpoint_and_is_shown(http, deal, witness):
    text = Note.parse(http.get("/v1/log/checkpoint").content).text
    note = bytes(Note(text, (witness.sign(text, int(time())),)))
    answer = http.post("/v1/log/checkpoint/cosignature", params={"key": str(witness.key)}, content=note)
    assert answer.status_code == 201, answer.text
    assert answer.json()["witness"] == "witness.example"
    opened = open_checkpoint(http.get("/v1/log/checkpoint").content, [*keys(http), witness.key])
    assert [one.key for one in opened.witnesses] == [witness.key]
    assert http.get(f"{deal}/events/e1").json()["seal"] == "witnessed"
    refused = http.post("/v1/log/checkpoint/cosignature", params={"key": "nonsense"}, content=note)
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid-input")
    spoilt = http.post("/v1/log/checkpoint/cosignature", params={"key": str(witness.key)}, content=b"nonsense")
    assert (spoilt.status_code, spoilt.json()["code"]) == (422, "not-proven")


def test_the_audit_tells_how_far_it_is_and_how_it_ends(http, deal):
    kept = http.get("/v1/log/checkpoint").content
    answer = http.post("/v1/audit/verify", content=kept)
    assert answer.headers["Content-Type"].startswith("application/x-ndjson")
    *told, end = [json.loads(line) for line in answer.text.splitlines()]
    assert {each["kind"] for each in told} == {"progress"}
    assert end["kind"] == "end"
    assert end["ok"]


def test_an_erasure_over_http_lists_what_it_took_and_can_be_sent_again(http, deal):
    erasure = {"id": "x1", "type": "record.erased", "occurred": "2020-09-01"}
    body = {**erasure, "data": {"event_id": "e1", "legal_basis": "GDPR Art. 17"}}
    assert http.post(f"{deal}/events", json=body).status_code == 201
    assert http.get(f"{deal}/events/e1").json()["data"] is None
    assert "/bids/e1/bidders" in http.get(f"{deal}/events/x1").json()["data"]["touched"]
    again = http.post(f"{deal}/events", json=body)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert http.get(f"{deal}/state").json()["bids"]["e1"]["bidders"] == "[erased]"
    steps = [json.loads(line) for line in http.get(f"{deal}/replay").text.splitlines()]
    assert steps[1]["event"]["data"] == "[erased]"
    held = {"id": "h1", "type": "record.held", "occurred": "2020-09-01", "data": {"reason": "litigation"}}
    assert http.post(f"{deal}/events", json=held).status_code == 201
    other = {**body, "id": "x2", "data": {"event_id": "opened", "legal_basis": "x"}}
    opening = http.get(f"{deal}/events").json()["items"][0]["id"]
    other["data"]["event_id"] = opening
    refused = http.post(f"{deal}/events", json=other)
    assert (refused.status_code, refused.json()["code"]) == (409, "under-hold")
