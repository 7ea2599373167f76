"""The page of a replay: what each event changed in words, also where it is sealed in a bundle."""

import re

import jsonpatch
from hypothesis import given

from ledger.verification import archive
from projections.bundle.builder import PAGE, build_bundle
from projections.replay import json_patch
from projections.replay.as_html import html_parts
from projections.replay.narration import ReplayNarration
from projections.replay.patched_document import PatchedDocument
from projections.replay.steps import EventRows, steps
from projections.state.holiday_calendars import calendar
from projections.state.state_json import basis_to_json
from projections.state.state_reader import StateReader
from projections.state.time_query import TimeQuery
from projections.temporal.recorded_deal import RecordedDeal
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


def sealed_page(ledger, transparency_log) -> str:
    return archive.unpack(build_bundle(StateReader(ledger), transparency_log, "tiktok"))[PAGE].decode()


def section_of(page: str, event_id: str) -> str:
    return page.split(f'id="event-{event_id}"')[1].split("</section>")[0]


def test_a_sealed_replay_says_what_each_event_changed_in_the_sentences_of_the_other_pages(
    ledger, signer, transparency_log, imported_timeline
):
    signer.sign()
    page = sealed_page(ledger, transparency_log)
    extended = section_of(page, "tiktok-034")
    assert "cfius extended the deadline “divest TikTok US assets and data” from 12 Nov to 27 Nov 2020" in extended
    assert "moved from <del>12 Nov</del> to <ins>27 Nov 2020</ins>." in extended
    assert ">before</a> <a href='#step-36'>after</a>" in extended
    assert page.count("<section") == page.count("<h2 id='step-") == 88


def test_the_page_of_a_replay_has_no_table_and_fetches_nothing(ledger, signer, transparency_log, imported_timeline):
    signer.sign()
    page = sealed_page(ledger, transparency_log)
    assert not re.search(r"<(table|script|link|img|iframe)|src=|@import|url\(|href='(?!#)", page)
    assert "overflow-wrap: anywhere" not in page
    assert "<h1>Replay: Forced divestiture of TikTok US</h1>" in page


def test_a_sealed_replay_has_names_for_ids_and_words_for_values(ledger, signer, transparency_log, imported_timeline):
    signer.sign()
    page = sealed_page(ledger, transparency_log)
    data = re.search(r"<ul class=data>.*?</ul>", section_of(page, "tiktok-010"))[0]
    assert "<li>Deadline: the deadline “divest TikTok US assets and data”</li>" in data
    assert "<li>Force: legally binding</li>" in data
    assert "<li>Set by: us_president</li>" in data
    assert "<li>Court: C.D. Cal.</li>" in section_of(page, "tiktok-012")


def test_without_sentences_a_step_shows_the_values_before_and_after_at_places_with_names(ledger, imported_timeline):
    # given the steps of a replay without sentences, as those of a long record are
    reader = StateReader(ledger)
    history = reader.history("tiktok")
    basis = reader.basis(history, TimeQuery(known_version=history.version))
    past = RecordedDeal("tiktok", history.lines, history.zone, calendar, reader.revise)
    rows = {row.id: row for row in reader.ledger.read_deal("tiktok")}
    # when they are made a page
    parts = html_parts(
        "tiktok", basis_to_json("tiktok", basis), steps(past, EventRows(rows), basis), ReplayNarration(past, basis)
    )
    # then each place is named
    extended = section_of("".join(parts), "tiktok-034")
    place = "Deadlines › the deadline “divest TikTok US assets and data” › Due:</span>"
    assert f"{place} <del>12 Nov 2020</del> <ins>27 Nov 2020</ins></li>" in extended
    assert "because" not in re.sub(r"<dl>.*", "", extended)
