"""The log's tree over HTTP: nothing before the signer has signed, and then everything an auditor needs."""

import io
import zipfile
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from api.workers import signer_of
from ledger.ledger import Ledger
from ledger.merkle.note import Key
from ledger.merkle.proof import InclusionProof
from ledger.merkle.tree import leaf_hash
from ledger.tlog.signer import LogSigner
from ledger.tlog.signing_keys import LogFolders
from projections.bundle.builder import verify_bundle
from tests.api.conftest import refused


@pytest.fixture
def signer(ledger: Ledger, tmp_path: Path) -> Iterator[LogSigner]:
    made = signer_of(ledger, LogFolders.find(ledger.origin, tmp_path, None))
    yield made
    made.close()


def test_before_a_checkpoint_there_is_nothing_yet(http: httpx.Client, deal: str) -> None:
    for path in ("/v1/log/checkpoint", "/v1/log/key", f"{deal}/events/first-bid/proof", f"{deal}/bundle"):
        answer = http.get(path)
        refused(answer, 503, "not-yet-sealed")
        assert answer.headers["retry-after"] == "1"
    refused(http.get("/v1/log/tile/0/000"), 404, "not-found")


def test_a_proof_leads_from_the_leaf_to_the_checkpoint(http: httpx.Client, deal: str, signer: LogSigner) -> None:
    signer.sign()
    key = Key.parse(http.get("/v1/log/key").text.strip())
    told = http.get(f"{deal}/events/first-bid/proof").json()
    assert (told["leaf_index"], told["tree_size"], told["seal"]) == (1, 2, "signed")
    leaf = leaf_hash(b64decode(told["leaf"]))
    assert leaf.hex() == http.get(f"{deal}/events/first-bid").json()["leaf_hash"]
    proof = InclusionProof.parse(http.get(f"{deal}/events/first-bid/proof", headers={"Accept": "text/plain"}).content)
    assert proof.verify(leaf, [key]).checkpoint.size == 2
    assert http.get("/v1/log/checkpoint").text == told["checkpoint"]


def test_tiles_are_served_for_ever(http: httpx.Client, deal: str, signer: LogSigner) -> None:
    signer.sign()
    tile = http.get("/v1/log/tile/0/000.p/2")
    assert len(tile.content) == 64
    assert "immutable" in tile.headers["cache-control"]
    assert http.get("/v1/log/tile/entries/000.p/2").status_code == 200
    for path in ("0/000", "0/000.p/3", "0/0", "x"):
        refused(http.get(f"/v1/log/tile/{path}"), 404, "not-found")


def test_a_bundle_verifies(http: httpx.Client, deal: str, signer: LogSigner) -> None:
    signer.sign()
    answer = http.get(f"{deal}/bundle")
    assert answer.headers["content-type"] == "application/zip"
    key = Key.parse(http.get("/v1/log/key").text.strip())
    assert verify_bundle(answer.content, [key]).faults == ()
    withheld = http.get(f"{deal}/bundle?withhold=first-bid&complete=true").content
    assert b'"withheld":true' in zipfile.ZipFile(io.BytesIO(withheld)).read("payloads.jsonl")
    refused(http.get(f"{deal}/bundle?withhold=nobody"), 422, "unknown-event")
