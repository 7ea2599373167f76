"""The verifier is as strict as the form of a bundle: what a lenient reader passes over is refused, and named."""

import io
import json
import struct
import zipfile
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.encoding.canonical_json import canonical
from ledger.ledger import open_ledger
from ledger.merkle.note import Key
from ledger.models import Request
from ledger.tlog.signer import LogSigner
from ledger.tlog.transparency_log import TransparencyLog
from ledger.verification import archive
from projections.bundle.builder import Report, build_bundle, verify_bundle
from projections.state.state_reader import StateReader
from tests.audit.bundle_case import Case
from tests.submissions import make_submission

Spoil = Callable[[Any], None]
"""Changes a list of JSON lines in place."""


@pytest.fixture(scope="module")
def sealed(shared_database: str, tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, list[Key]]:
    """A bundle of three events, each signed before the next; and the log's keys."""
    with open_ledger(shared_database, "bundle-form", migrating=False) as ledger:
        signer = LogSigner(ledger.conninfo, ledger.tenant, ledger.origin, tmp_path_factory.mktemp("log"))
        opened = make_submission("d", "opened", "deal.opened")
        bids = [make_submission("d", f"e{n}", "bid.submitted", bid_id=f"b{n}", bidders=["oracle"]) for n in (1, 2)]
        for submission in (opened, *bids):
            ledger.append(Request((submission,), by="desk")).result(timeout=30)
            signer.sign()
        signer.close()
        transparency_log = TransparencyLog(ledger)
        return build_bundle(StateReader(ledger), transparency_log, "d"), list(transparency_log.public_keys())


@pytest.fixture
def case(sealed: tuple[bytes, list[Key]]) -> Case:
    return Case(*sealed)


def refused(report: Report, named: str) -> None:
    told = "\n".join(f"{each.where}: {each}" for each in report.faults)
    assert report.faults, "it was accepted"
    assert named in told, told


def packed_as(case: Case, change: Callable[[dict[str, Any]], bytes | None]) -> bytes:
    """The bundle with another manifest: as changed in place, or as the bytes that `change` makes of it."""
    with zipfile.ZipFile(io.BytesIO(case.data)) as whole:
        files = {name: whole.read(name) for name in whole.namelist()}
    manifest = json.loads(files[archive.MANIFEST])
    made = change(manifest)
    files[archive.MANIFEST] = canonical(manifest) + b"\n" if made is None else made
    room = io.BytesIO()
    with zipfile.ZipFile(room, "w") as out:
        for name, data in files.items():
            out.writestr(name, data)
    return room.getvalue()


def test_a_bundle_packed_again_by_another_tool_still_holds(case):
    room = io.BytesIO()
    with zipfile.ZipFile(room, "w", zipfile.ZIP_DEFLATED) as out:
        for name, data in {archive.MANIFEST: archive.unpack(case.data)[archive.MANIFEST], **case.files}.items():
            out.writestr(name, data)
    assert verify_bundle(room.getvalue(), case.keys).faults == ()


MANIFESTS = {
    "an unknown member": (lambda m: m.update(note="hidden"), "the member 'note' has no place"),
    "a missing member": (lambda m: m.pop("form") and None, "the member 'form' is missing"),
    "another form": (lambda m: m.update(form="parley bundle 9"), "parley bundle 9"),
    "a member twice": (lambda m: b'{"note":1,' + canonical(m)[1:] + b"\n", "canonical"),
    "spaces": (lambda m: json.dumps(m).encode() + b"\n", "canonical"),
    "trailing bytes": (lambda m: canonical(m) + b"\n\n", "canonical"),
    "a number for a truth": (lambda m: m.update(complete=0), "complete"),
    "a truth for a number": (lambda m: m.update(checkpoint=True), "checkpoint"),
    "a truth for a version": (lambda m: m["basis"].update(known_version=True), "basis"),
    "an unknown member of the basis": (lambda m: m["basis"].update(note=1), "basis"),
    "an unknown member of a file": (lambda m: m["files"][0].update(note=1), "other members"),
    "a path that is a list": (lambda m: m["files"][0].update(path=[]), "does not list the files"),
    "files out of order": (lambda m: m["files"].reverse(), "order of their names"),
    "a file twice": (lambda m: m["files"].append(m["files"][0]), "twice"),
    "a huge number": (lambda m: b'{"checkpoint":1' + b"0" * 400 + b"," + canonical(m)[1:] + b"\n", "canonical"),
    "no JSON": (lambda m: b"\xff\xfe", "JSON"),
    "deep nesting": (lambda m: b"[" * 100_000 + b"]" * 100_000, "manifest.json"),
}


@pytest.mark.parametrize("name", MANIFESTS)
def test_a_manifest_has_its_members_and_one_spelling(case, name):
    change, named = MANIFESTS[name]
    refused(verify_bundle(packed_as(case, change), case.keys), named)


LINES = {
    "withheld beside a payload": (lambda ls: ls[1].update(withheld=True), "withheld"),
    "erased beside a payload": (lambda ls: ls[1].update(erased="e2"), "erased"),
    "an unknown member": (lambda ls: ls[1].update(note=1), "note"),
    "withheld that is not true": (lambda ls: ls.__setitem__(1, {"event_id": "e1", "withheld": 1}), "e1"),
    "a line twice": (lambda ls: ls.append(ls[1]), "again"),
    "a line twice, with other content": (lambda ls: ls.append({"event_id": "e1", "withheld": True}), "again"),
    "an upper-case salt": (lambda ls: ls[1].update(salt=ls[1]["salt"].upper()), "e1"),
    "a salt with spaces": (lambda ls: ls[1].update(salt=ls[1]["salt"] + " "), "e1"),
    "a payload that is a list": (lambda ls: ls[1].update(payload=[ls[1]["payload"]]), "e1"),
    "no object": (lambda ls: ls.__setitem__(1, ["e1"]), "names no event"),
}


@pytest.mark.parametrize("name", LINES)
def test_a_payload_line_has_one_of_its_three_forms(case, name):
    spoil, named = LINES[name]
    lines = case.lines("payloads.jsonl")
    spoil(lines)
    case.put("payloads.jsonl", lines)
    refused(case.judged(), named)


FILES = {
    "garbage after the payloads": ("payloads.jsonl", lambda data: data + b"garbage", "payloads.jsonl"),
    "an empty line after the payloads": ("payloads.jsonl", lambda data: data + b"\n", "payloads.jsonl"),
    "a carriage return in the payloads": ("payloads.jsonl", lambda data: data.replace(b"\n", b"\r\n"), "payloads"),
    "garbage after the leaves": ("leaves.jsonl", lambda data: data + b"garbage", "leaves.jsonl"),
    "an unknown member of a leaf": ("leaves.jsonl", lambda data: data.replace(b'{"deal"', b'{"a":1,"deal"', 1), "leaf"),
    "a deep leaf": ("leaves.jsonl", lambda data: data + b"[" * 100_000 + b"\n", "leaf"),
    "garbage after a checkpoint": ("checkpoints/3", lambda data: data + b"garbage", "checkpoints/3"),
    "garbage after a proof of consistency": ("consistency/2-3", lambda data: data + b"garbage", "consistency/2-3"),
    "an empty line in a proof of consistency": ("consistency/2-3", lambda data: data + b"\n", "consistency/2-3"),
    "garbage after a proof": ("proofs/1.tlog-proof", lambda data: data + b"garbage", "proofs/1"),
    "another spelling of a proof": (
        "proofs/1.tlog-proof",
        lambda data: data.replace(b"index 1\n", b"extra \nindex 1\n"),
        "proofs/1",
    ),
    "garbage after the replay": ("replay.json", lambda data: data + b" ", "replay.json"),
    "garbage after the page": ("replay.html", lambda data: data + b"<p>", "replay.html"),
    "garbage after the state": ("state.json", lambda data: data + b"\n", "state.json"),
    "garbage after the explanation": ("VERIFY.md", lambda data: data + b"\n", "VERIFY.md"),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_no_file_has_anything_beside_its_form(case, name):
    path, spoil, named = FILES[name]
    case.files[path] = spoil(case.files[path])
    refused(case.judged(), named)


@pytest.mark.parametrize(
    "path", ["notes.txt", "checkpoints/03", "checkpoints/3.txt", "proofs/01.tlog-proof", "proofs/1.tlog-proof.bak",
             "consistency/1-3", "timestamps/9.tsr", "timestamps/3.tsr", "checkpoints/x", "consistency/0-1"],
)  # fmt: skip
def test_a_file_that_no_bundle_has_is_named(case, path):
    case.files[path] = case.files["checkpoints/3"]
    refused(case.judged(), path)


def test_bytes_before_or_after_the_zip_are_refused(case):
    refused(verify_bundle(b"#!/bin/sh\n" + case.data, case.keys), "before the first file")
    refused(verify_bundle(case.data + b"more", case.keys), "after the end")
    refused(verify_bundle(case.data + case.data, case.keys), "before the first file")
    data = bytearray(case.data)
    data[-2:] = struct.pack("<H", 4)
    refused(verify_bundle(bytes(data) + b"note", case.keys), "comment")


def rebuilt(case: Case, change: Callable[[zipfile.ZipFile, dict[str, bytes]], None]) -> bytes:
    room = io.BytesIO()
    with zipfile.ZipFile(room, "w") as out:
        change(out, archive.unpack(case.data))
    return room.getvalue()


def test_a_member_twice_is_refused(case):
    def twice(out: zipfile.ZipFile, files: dict[str, bytes]) -> None:
        for name, data in files.items():
            out.writestr(name, data)
        with pytest.warns(UserWarning, match="Duplicate"):
            out.writestr("payloads.jsonl", b"other\n")

    refused(verify_bundle(rebuilt(case, twice), case.keys), "two files of one name, 'payloads.jsonl'")


@pytest.mark.parametrize("name", ["/etc/passwd", "../outside", "a/../b", "dir/", "a\\b", "C:file", "a//b", "./a", "ä"])
def test_a_name_that_no_bundle_has_is_refused(case, name):
    def named(out: zipfile.ZipFile, files: dict[str, bytes]) -> None:
        for each, data in (*files.items(), (name, b"")):
            out.writestr(zipfile.ZipInfo(each), data)

    refused(verify_bundle(rebuilt(case, named), case.keys), repr(name))


def test_odd_features_of_zips_are_refused(case):
    def with_entry(**odd: Any) -> bytes:
        def write(out: zipfile.ZipFile, files: dict[str, bytes]) -> None:
            for name, data in files.items():
                entry = zipfile.ZipInfo(name)
                if name == "VERIFY.md":
                    for attribute, value in odd.items():
                        setattr(entry, attribute, value)
                out.writestr(entry, data)

        return rebuilt(case, write)

    refused(verify_bundle(with_entry(comment=b"hidden"), case.keys), "carries a comment")
    refused(verify_bundle(with_entry(extra=struct.pack("<HH4s", 0x7075, 4, b"hide")), case.keys), "extra fields")
    refused(verify_bundle(with_entry(external_attr=0o120777 << 16), case.keys), "no plain file")
    refused(verify_bundle(with_entry(compress_type=zipfile.ZIP_BZIP2), case.keys), "method")
    encrypted = bytearray(case.data)
    directory = case.data.rindex(b"PK\x01\x02")
    encrypted[directory + 8] |= 1
    refused(verify_bundle(bytes(encrypted), case.keys), "encrypted")


def test_a_bomb_is_refused_before_it_is_unpacked(case):
    def bomb(out: zipfile.ZipFile, files: dict[str, bytes]) -> None:
        for name, data in files.items():
            out.writestr(name, data)
        out.writestr("bomb", b"\0" * (20 << 20), zipfile.ZIP_DEFLATED)

    refused(verify_bundle(rebuilt(case, bomb), case.keys), "would grow")
    huge = bytearray(case.data)
    directory = case.data.rindex(b"PK\x01\x02")
    huge[directory + 24 : directory + 28] = struct.pack("<I", 0xFFFFFFFE)
    assert verify_bundle(bytes(huge), case.keys).faults


def test_no_change_of_a_byte_is_ever_a_trace_nor_another_content(case):
    whole = archive.unpack(case.data)

    @given(st.integers(0, len(case.data) - 1), st.integers(0, 255), st.sampled_from(["set", "insert", "cut"]))
    def changed(place: int, byte: int, how: str) -> None:
        data = bytearray(case.data)
        if how == "set":
            data[place] = byte
        elif how == "insert":
            data.insert(place, byte)
        else:
            del data[place:]
        report = verify_bundle(bytes(data), case.keys)
        if not report.faults:
            assert archive.unpack(bytes(data)) == whole

    changed()


def test_a_file_whose_packed_bytes_are_damaged_is_no_bundle(case):
    def deflated(out: zipfile.ZipFile, files: dict[str, bytes]) -> None:
        for name, data in files.items():
            out.writestr(name, data, zipfile.ZIP_DEFLATED)

    data = bytearray(rebuilt(case, deflated))
    start = zipfile.ZipFile(io.BytesIO(data)).infolist()[0].header_offset
    packed = start + 30 + sum(struct.unpack_from("<2H", data, start + 26))
    data[packed] = 0b111  # a last block of the type that deflate does not have
    refused(verify_bundle(bytes(data), case.keys), "no whole zip")


def test_what_is_listed_is_what_is_there(case):
    case.files["VERIFY.md"] += b"x"
    data = archive.pack(case.files, case.about)
    manifest = archive.manifest_of(archive.unpack(data))
    listed = next(each for each in manifest["files"] if each["path"] == "VERIFY.md")
    assert listed["sha256"] == sha256(case.files["VERIFY.md"]).hexdigest()
    refused(verify_bundle(data, case.keys), "VERIFY.md")
