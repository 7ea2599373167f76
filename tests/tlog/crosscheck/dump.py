"""Write what a real server serves of its log into a folder, for verifiers that we did not write.

    python -m tests.tlog.crosscheck.dump FOLDER N

Records N events in a PostgreSQL of its own, lets the signer and a witness sign them, and asks the routes of the server
for the key, the checkpoint, the tiles, the entries and the proofs; so what others judge is what others get.
"""

import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from api.app import create_app
from api.cli.in_process import InProcessTransport
from api.settings import Settings
from api.workers import signer_of
from domain.envelope import Submission
from domain.time.edtf import When
from ledger.encoding.event_codec import payload
from ledger.ledger import Ledger, open_ledger
from ledger.merkle.note import COSIGNATURE, Note, Signer, encode_base64
from ledger.merkle.tiles import ENTRIES, Tile, tiles_between
from ledger.postgres.embedded.server import ephemeral
from ledger.tlog.signing_keys import LogFolders
from ledger.tlog.transparency_log import TransparencyLog
from tests.tlog.crosscheck.emit import ORIGIN, counts

DEALS = 7
OPENED = b'{"data":{"title":"T","kind":"merger","subject":"s"}}'
NOTED = b'{"data":{"topic":"t","text":"s"}}'


def dump(folder: Path, size: int) -> None:
    """Record, sign, and write everything down."""
    with (
        ephemeral() as server,
        tempfile.TemporaryDirectory() as data,
        open_ledger(server.url, origin=ORIGIN) as ledger,
    ):
        ledger.import_batch(_developments(size), by="crosscheck")
        signer = signer_of(ledger, LogFolders.find(ORIGIN, Path(data), None))
        signer.sign()
        signer.close()
        witness = Signer("witness.example", Ed25519PrivateKey.generate(), COSIGNATURE)
        # Nothing else may be signed while it is written down.
        app = create_app(Settings(run_workers=False, disable_auth=True, witnesses=(witness.key,)), ledger)
        with httpx.Client(transport=InProcessTransport(app), base_url="http://127.0.0.1") as http:
            _write_down(folder, size, http, ledger, witness)


def _write_down(folder: Path, size: int, http: httpx.Client, ledger: Ledger, witness: Signer) -> None:
    def write(path: str, data: bytes) -> None:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)

    def get(path: str, **headers: str) -> bytes:
        answer = http.get(path, headers=headers)
        assert answer.status_code == 200, f"{path}: {answer.text}"
        return answer.content

    text = Note.parse(get("/v1/log/checkpoint")).text
    note = bytes(Note(text, (witness.sign(text, int(time.time())),)))
    answer = http.post("/v1/log/checkpoint/cosignature", params={"key": str(witness.key)}, content=note)
    assert answer.status_code == 201, f"the witness's cosignature: {answer.text}"
    for path in ("key", "checkpoint"):
        write(path, get(f"/v1/log/{path}"))
    for tile in tiles_between(0, size):
        bundle = [Tile(ENTRIES, tile.index, tile.width)] if tile.level == 0 else []
        for each in (tile, *bundle):
            write(each.path, get(f"/v1/log/{each.path}"))
    tree = TransparencyLog(ledger).tree(size)
    for count in counts(size):
        deal, event = names(count - 1)
        write(
            f"proof/{count - 1}.tlog-proof",
            get(f"/v1/deals/{deal}/events/{event}/proof", accept="text/plain"),
        )
        lines = "".join(f"{encode_base64(hash_)}\n" for hash_ in tree.consistency_proof(count))
        write(f"consistency/{count}-{size}", lines.encode())


def names(index: int) -> tuple[str, str]:
    """Deal and id of the event at a leaf index."""
    return f"d{index % DEALS}", f"e{index}"


def _developments(size: int) -> Iterator[Submission]:
    for index in range(size):
        deal, event = names(index)
        opening = index < DEALS
        data = (
            b'{"data":{"title":"T","kind":"merger","subject":"s"}}' if opening else b'{"data":{"topic":"t","text":"s"}}'
        )
        type_name = "deal.opened" if opening else "context.noted"
        yield Submission(
            deal_id=deal, id=event, type=type_name, schema_version=1, occurred=When.parse("2020-08-20"),
            published=None, payload=payload(type_name, data), sent=orjson.loads(data),
        )  # fmt: skip


if __name__ == "__main__":
    os.environ.setdefault("PARLEY_DATA", tempfile.gettempdir())
    dump(Path(sys.argv[1]), int(sys.argv[2]))
