"""Only configured witnesses raise a seal, few of their words are kept, and impossible dates count for nothing."""

from time import time

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import ValidationError

from api.app import create_app
from api.cli.in_process import InProcessTransport
from api.settings import Settings
from domain.errors import InvalidInput
from ledger.ledger import Ledger
from ledger.merkle.note import COSIGNATURE, Note, Signer, open_checkpoint
from ledger.tlog.transparency_log import TransparencyLog
from ledger.tlog.witnesses import MOST_WITNESSES, UnknownWitness
from ledger.verification import archive
from projections.bundle.builder import build_bundle, verify_bundle
from projections.state.state_reader import StateReader

YEARS = 5 * 365 * 86_400


def witness(name: str = "witness.example") -> Signer:
    return Signer(name, Ed25519PrivateKey.generate(), COSIGNATURE)


@pytest.fixture
def known(ledger: Ledger, signer, bids) -> tuple[Signer, TransparencyLog]:
    """A configured witness, and the transparency log of a log of three events that is signed."""
    bids(2)
    signer.sign()
    made = witness()
    return made, TransparencyLog(ledger, [made.key])


def cosigned(transparency_log: TransparencyLog, by: Signer, seconds: int) -> bytes:
    head = transparency_log.head()
    assert head is not None
    text = Note.parse(head.note).text
    return bytes(Note(text, (by.sign(text, seconds),)))


def test_a_key_made_on_the_spot_is_no_witness(known):
    _, transparency_log = known
    stranger = witness("stranger.example")
    with pytest.raises(UnknownWitness, match="PARLEY_WITNESSES"):
        transparency_log.cosign(str(stranger.key), cosigned(transparency_log, stranger, int(time())))
    assert transparency_log.levels().of(3) == "signed"


@pytest.mark.parametrize(("ahead", "why"), [(YEARS, "still to come"), (-YEARS, "before that tree existed")])
def test_a_cosignature_dated_when_it_cannot_have_been_made_is_refused(known, ahead, why):
    by, transparency_log = known
    with pytest.raises(InvalidInput, match=why):
        transparency_log.cosign(str(by.key), cosigned(transparency_log, by, int(time()) + ahead))
    assert transparency_log.levels().of(3) == "signed"
    transparency_log.cosign(str(by.key), cosigned(transparency_log, by, int(time()) + 60))
    assert transparency_log.levels().of(3) == "witnessed"


def test_what_was_written_past_the_door_raises_no_seal(known, ledger):
    by, transparency_log = known
    stranger = witness("stranger.example")
    text = Note.parse(transparency_log.head().note).text
    rows = [
        (stranger, int(time()), str(stranger.sign(text, int(time())))),
        (by, int(time()) + YEARS, str(by.sign(text, int(time()) + YEARS))),
        (by, int(time()), str(by.sign(text + b"more\n", int(time())))),
    ]
    for who, seconds, line in rows:
        ledger.rows("insert_cosignature", size=3, vkey=str(who.key), seconds=seconds, line=line)
    assert transparency_log.levels().of(3) == "signed"
    assert transparency_log.cosignatures(3) == []
    assert (
        Note.parse(transparency_log.served(transparency_log.head())).signatures
        == Note.parse(transparency_log.head().note).signatures
    )


def test_of_each_witness_one_word_is_served_and_few_are_kept(known, ledger):
    by, transparency_log = known
    for later in range(20):
        transparency_log.cosign(str(by.key), cosigned(transparency_log, by, int(time()) + later))
    assert len(transparency_log.cosignatures(3)) == 1
    assert len(ledger.rows("cosignatures", size=3, vkeys=[str(by.key)])) == 8


def test_more_signatures_than_wanted_do_not_make_an_honest_bundle_tampered(known, ledger):
    transparency_log = known[1]
    data = build_bundle(StateReader(ledger), transparency_log, "tiktok")
    files = archive.unpack(data)
    about = archive.manifest_of(files)
    del files[archive.MANIFEST], about["files"]
    text = Note.parse(files["checkpoints/3"]).text
    extra = b"".join(str(witness(f"w{n}").sign(text, int(time()))).encode() for n in range(110))
    old = files["checkpoints/3"]
    files = {path: content.replace(old, old + extra) for path, content in files.items()}
    assert verify_bundle(archive.pack(files, about), transparency_log.public_keys()).faults == ()


@pytest.mark.parametrize("ahead", [YEARS, -YEARS])
def test_the_verifier_does_not_count_a_cosignature_with_such_a_date(known, ledger, ahead):
    by, transparency_log = known
    data = build_bundle(StateReader(ledger), transparency_log, "tiktok")
    files = archive.unpack(data)
    about = archive.manifest_of(files)
    del files[archive.MANIFEST], about["files"]
    old = files["checkpoints/3"]
    line = str(by.sign(Note.parse(old).text, int(time()) + ahead)).encode()
    files = {path: content.replace(old, old + line) for path, content in files.items()}
    report = verify_bundle(archive.pack(files, about), [*transparency_log.public_keys(), by.key])
    assert report.faults == ()
    assert not any("has witnessed" in told for told in report.proven)
    assert any("It is dated" in told for told in report.not_proven)


def test_witnesses_are_named_by_a_setting(ledger: Ledger, monkeypatch: pytest.MonkeyPatch):
    keys = [witness(f"w{n}.example").key for n in range(MOST_WITNESSES + 1)]
    monkeypatch.setenv("PARLEY_WITNESSES", f"{keys[0]}, {keys[1]}")
    assert Settings().witnesses == (keys[0], keys[1])
    for wrong in ("nonsense", str(Signer("log", Ed25519PrivateKey.generate()).key), ",".join(map(str, keys))):
        with pytest.raises(ValidationError):
            Settings(witnesses=wrong)
    application = create_app(Settings(tenant=ledger.tenant, run_workers=False), ledger)
    with httpx.Client(transport=InProcessTransport(application), base_url="http://127.0.0.1") as http:
        stranger = witness()
        asked = {"key": str(stranger.key)}
        answer = http.post("/v1/log/checkpoint/cosignature", params=asked, content=b"note")
        assert (answer.status_code, answer.json()["code"]) == (422, "unknown-witness")


def test_a_served_checkpoint_opens_with_the_witness_in_it(known):
    by, transparency_log = known
    transparency_log.cosign(str(by.key), cosigned(transparency_log, by, int(time())))
    opened = open_checkpoint(
        transparency_log.served(transparency_log.head()), [*transparency_log.public_keys(), by.key]
    )
    assert [one.key for one in opened.witnesses] == [by.key]
