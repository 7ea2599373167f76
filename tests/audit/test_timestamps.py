"""An outside authority stamps a tree head (RFC 3161); `openssl ts` plays the authority, and checks what we keep."""

import shutil
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from domain.errors import NotProven
from ledger.tlog.timestamping import AuthorityAway, TimestampWorker, certificates, stamp, stated_time
from ledger.verification import archive
from ledger.verification.tree_verifier import log_signed
from projections.bundle.builder import build_bundle, verify_bundle
from projections.state.state_reader import StateReader

CONFIG = """
[ tsa ]
default_tsa = ours
[ ours ]
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
certs = {folder}/tsa.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ordering = yes
tsa_name = no
ess_cert_id_chain = no
[ extensions ]
extendedKeyUsage = critical,timeStamping
keyUsage = critical,digitalSignature
"""

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not on this machine")


@dataclass(frozen=True)
class Authority:
    folder: Path
    url: str

    @property
    def roots(self):
        return certificates((self.folder / "ca.pem").read_bytes())


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authority]:
    """A timestamping authority on a port of this machine."""
    folder = tmp_path_factory.mktemp("tsa")
    (folder / "tsa.cnf").write_text(CONFIG.format(folder=folder))
    (folder / "serial").write_text("01\n")
    _openssl(folder, "req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -subj /CN=CA -days 30")
    _openssl(folder, "req -newkey rsa:2048 -nodes -keyout tsa.key -out tsa.csr -subj /CN=TSA")
    sign = "x509 -req -in tsa.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out tsa.pem -days 30 -extfile tsa.cnf"
    _openssl(folder, f"{sign} -extensions extensions")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            (folder / "query").write_bytes(self.rfile.read(int(self.headers["Content-Length"])))
            _openssl(folder, "ts -reply -config tsa.cnf -queryfile query -out reply")
            reply = (folder / "reply").read_bytes()
            self.send_response(200 if self.path == "/" else 500)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(reply)))
            self.end_headers()
            self.wfile.write(reply)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Authority(folder, f"http://127.0.0.1:{server.server_port}/")
    server.shutdown()
    thread.join()
    server.server_close()


def _openssl(folder: Path, command: str) -> str:
    done = subprocess.run(["openssl", *command.split()], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_stamped_head_raises_the_seal_of_what_it_covers(authority, signer, transparency_log, bids):
    bids(2)
    signer.sign()
    worker = TimestampWorker(transparency_log, authority.url, authority.roots)
    assert worker.behind()
    assert worker.stamp()
    assert not worker.behind()
    assert not worker.stamp(), "the newest head is stamped already"
    assert transparency_log.levels().of(3) == "timestamped"


def test_openssl_accepts_what_we_keep(authority, signer, transparency_log, bids, tmp_path):
    bids(2)
    signer.sign()
    head = transparency_log.head()
    moment = stamp(transparency_log, head, authority.url, authority.roots)
    [kept] = transparency_log.timestamps(head.size)
    assert kept.stated_at == moment
    (tmp_path / "note").write_bytes(head.note)
    (tmp_path / "tsr").write_bytes(kept.response)
    shutil.copy(authority.folder / "ca.pem", tmp_path)
    _openssl(tmp_path, "ts -verify -data note -in tsr -CAfile ca.pem")


def test_a_bundle_carries_the_timestamp_and_says_by_whose_word(ledger, authority, signer, transparency_log, bids):
    bids(2)
    signer.sign()
    stamp(transparency_log, transparency_log.head(), authority.url)
    data = build_bundle(StateReader(ledger), transparency_log, "tiktok")
    known = verify_bundle(data, transparency_log.public_keys(), None, authority.roots)
    assert known.faults == ()
    assert any("as timestamped by a known authority" in told for told in known.proven)
    assert not any("no known witness or authority" in told for told in known.not_proven)
    unknown = verify_bundle(data, transparency_log.public_keys())
    assert unknown.faults == ()
    assert any("no authority's certificate was given" in told for told in unknown.not_proven)


def test_a_timestamp_of_something_else_or_by_somebody_else_is_a_fault(
    ledger, authority, signer, transparency_log, record, submission, bids
):
    bids(2)
    signer.sign()
    first = transparency_log.head()
    stamp(transparency_log, first, authority.url)
    record(submission("tiktok", "late", "bid.submitted"))
    signer.sign()
    stamp(transparency_log, transparency_log.head(), authority.url)
    data = build_bundle(StateReader(ledger), transparency_log, "tiktok")
    files = archive.unpack(data)
    about = archive.manifest_of(files)
    del files[archive.MANIFEST], about["files"]
    names = sorted(name for name in files if name.startswith("timestamps/"))
    assert names == ["timestamps/3.tsr", "timestamps/4.tsr"]
    files[names[0]], files[names[1]] = files[names[1]], files[names[0]]
    assert "something else" in str(verify_bundle(archive.pack(files, about), transparency_log.public_keys()).faults[0])
    with pytest.raises(NotProven, match="not by a known authority"):
        stated_time(log_signed(first.note), transparency_log.timestamps(3)[0].response, _another_root(authority))
    with pytest.raises(NotProven, match="cannot be read"):
        stated_time(first.note, b"nonsense")


def _another_root(authority):
    _openssl(authority.folder, "req -x509 -newkey rsa:2048 -nodes -keyout x.key -out other.pem -subj /CN=CA -days 30")
    return certificates((authority.folder / "other.pem").read_bytes())


def test_an_authority_that_is_away_is_told_and_asked_again(authority, signer, transparency_log, bids):
    bids(0)
    signer.sign()
    with pytest.raises(AuthorityAway):
        stamp(transparency_log, transparency_log.head(), f"{authority.url}broken")
    with pytest.raises(AuthorityAway):
        stamp(transparency_log, transparency_log.head(), "http://127.0.0.1:9/")
    assert transparency_log.levels().timestamped == 0
