"""The page of a replay: what each event changed in words, also where it is sealed in a bundle."""

import re

import jsonpatch
from hypothesis import given

from ledger.verification import archive
from projections.bundle.builder import PAGE, build_bundle
from projections.replay import json_patch
from projections.replay.patched_document import PatchedDocument
from projections.state.state_reader import StateReader
from tests.audit.test_replay import OBJECT


@given(OBJECT, OBJECT)
def test_a_patched_document_says_each_value_before_and_after(before, after):
    document, patch = PatchedDocument(), json_patch.make_patch(before, after)
    list(document.changes(json_patch.initial_patch(before)))
    plain = before
    for operation, (_tokens, was, now) in zip(patch, document.changes(patch), strict=True):
        assert operation["op"] == "remove" or now == operation["value"]
        if operation["op"] != "add":
            assert was == jsonpatch.JsonPointer(operation["path"]).resolve(plain)
        plain = jsonpatch.apply_patch(plain, [operation])
    assert plain == after


def sealed_page(ledger, seals) -> str:
    return archive.unpack(build_bundle(StateReader(ledger), seals, "tiktok"))[PAGE].decode()


def section_of(page: str, event_id: str) -> str:
    return page.split(f'id="event-{event_id}"')[1].split("</section>")[0]


def test_a_sealed_replay_shows_the_values_before_and_after(ledger, signer, seals, imported_timeline):
    signer.sign()
    page = sealed_page(ledger, seals)
    extended = section_of(page, "tiktok-034")
    assert "Deadlines › dl-divest › Due:</span> <del>12 Nov 2020</del> <ins>27 Nov 2020</ins></li>" in extended
    assert "because" not in re.sub(r"<dl>.*", "", extended)
    assert ">before</a> <a href='#step-36'>after</a>" in extended
    assert page.count("<section") == page.count("<h2 id='step-") == 88


def test_the_page_of_a_replay_has_no_table_and_fetches_nothing(ledger, signer, seals, imported_timeline):
    signer.sign()
    page = sealed_page(ledger, seals)
    assert not re.search(r"<(table|script|link|img|iframe)|src=|@import|url\(|href='(?!#)", page)
    assert "overflow-wrap: anywhere" not in page
    assert "<h1>Replay of tiktok</h1>" in page
