"""Each change of a state in a sentence: of every section, of the shipped records, and of records drawn at random."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from given_when_then import SHIPPED, event, opened
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.sections.section import Form, Section
from domain.sections.wording import Group
from domain.state import SECTIONS
from projections.replay.step_sentences import StepSentences
from projections.sentences.developments import RawChange, texts_of
from projections.temporal.diff import changes, diff
from projections.temporal.difference import values_of
from projections.temporal.digest import digest
from projections.temporal.recorded_deal import RecordedDeal
from tests.properties.event_strategies import on, past_of
from tests.properties.histories import bases, histories
from tests.sentences.sections_in_full import entries, recorded_later, samples, undeclared

GOLDEN = Path(__file__).with_name("changes.golden.txt")
"""Section, member and kind of change, or deal and dates; and the sentence, as an English reader passed it."""

DATES = (
    ("tiktok", "2020-07-25", "2020-08-15"), ("tiktok", "2020-09-10", "2020-09-21"),
    ("tiktok", "2020-11-10", "2020-11-20"), ("tiktok", "2021-01-01", "2021-07-01"),
    ("tiktok", "2025-12-01", "2026-02-01"), ("seeds", "2020-09-12", "2020-09-25"),
)  # fmt: skip


def record(name: str) -> RecordedDeal:
    lines = (SHIPPED / f"{name}.ndjson").read_text(encoding="utf-8").splitlines()
    return recorded_later([json.loads(line) for line in lines if line.strip()])


def at(section: Section, entry: tuple[str, ...], value: Any) -> dict[str, Any]:
    """The sections of a state that holds this entry alone."""
    if section.form is Form.LIST:
        return {section.name: [] if value is None else [value]}
    for name in reversed(entry):
        value = {} if value is None else {name: value}
    return {section.name: value}


def told(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    raw = [RawChange(tokens, *values_of(change), ()) for tokens, change in changes(before, after)]
    return [each.text for each in texts_of("net", raw, before, after, lambda _event: None).spoken()]


def with_member(entry: Any, name: str, value: Any) -> Any:
    """An entry in which a member has another value; * stands for the first id."""
    if not name:
        return value
    step, _, rest = name.partition(".")
    if step == "*":
        step = next(iter(entry), "any")
    return {**(entry or {}), step: with_member((entry or {}).get(step), rest, value)}


def held(entry: Any, name: str) -> Any:
    for step in filter(None, name.split(".")):
        entry = next(iter(entry.values()), None) if step == "*" and isinstance(entry, dict) else entry
        entry = entry.get(step) if step != "*" and isinstance(entry, dict) else entry
    return entry


def of_sections() -> Iterator[tuple[str, str]]:
    """The sentence of each kind of change of each section."""
    for section in SECTIONS.values():
        for key, entry in list(entries(section).items())[:1]:
            if section.wording.new:
                yield f"{section.name} comes", " ".join(told(at(section, key, None), at(section, key, entry))[:1])
                yield f"{section.name} goes", " ".join(told(at(section, key, entry), at(section, key, None))[:1])
            for name, member in section.wording.members.items():
                one, other = samples(member, held(entry, name))
                states = [at(section, key, with_member(entry, name, value)) for value in (None, one, other)]
                for kind, before, after in (("comes", 0, 1), ("changes", 1, 2), ("goes", 2, 0)):
                    sentence = " ".join(told(states[before], states[after]))
                    if sentence:
                        yield f"{section.name} {name} {kind}", sentence


def of_records() -> Iterator[tuple[str, str]]:
    """What the shipped records say of what changed between several dates."""
    for name, start, end in DATES:
        past = record(name)
        for number, each in enumerate(diff(past, on(past, start), on(past, end))["summary"]):
            yield f"{name} {start} {end} {number}", each["text"]
            for more, also in enumerate(each["consequences"]):
                yield f"{name} {start} {end} {number}.{more}", also["text"]


def test_the_sentences_of_sections_and_shipped_records_are_those_that_were_reviewed() -> None:
    golden = dict(row.split("\t", 1) for row in GOLDEN.read_text(encoding="utf-8").splitlines())
    assert dict([*of_sections(), *of_records()]) == golden


def test_the_parts_of_a_sentence_are_the_sentence_without_its_causes() -> None:
    past = record("tiktok")
    for each in diff(past, on(past, "2020-07-25"), on(past, "2026-02-01"))["summary"]:
        sentence = "".join(part["text"] for part in each["parts"])
        assert sentence.endswith(".")
        assert each["text"].startswith((sentence[:-1], "New: "))
        assert all(also["text"] == "".join(part["text"] for part in also["parts"]) for also in each["consequences"])


def test_the_values_before_and_after_are_marked_of_long_texts_the_words_that_differ() -> None:
    past = record("tiktok")
    lead, *_ = diff(past, on(past, "2020-11-10"), on(past, "2020-11-20"))["summary"]
    assert [(each["text"], each["mark"]) for each in lead["parts"] if each["mark"]] == [
        ("12 Nov", "before"),
        ("27 Nov 2020", "after"),
    ]
    reads = next(each for each in lead["consequences"] if each["text"].startswith("A conflict now reads"))
    assert [(each["text"], each["mark"]) for each in reads["parts"] if each["mark"]] == [
        ("27", "after"),
        ("12", "before"),
    ]


@pytest.mark.parametrize("section", SECTIONS.values(), ids=SECTIONS)
def test_a_section_declares_words_for_each_member_of_its_entries(section: Section) -> None:
    assert sorted(set(undeclared(section))) == []
    wording = section.wording
    assert section.form in (Form.VALUE, Form.OBJECT) or (wording.new and wording.gone) or "" in wording.repeated
    assert all(each.came and each.changed and each.went for each in wording.members.values())
    follows = {name for each in wording.members.values() for name in each.follows if name[0] != "/"}
    assert follows <= set(wording.members)


def test_the_move_of_a_binding_date_comes_first_with_its_cause() -> None:
    past = record("tiktok")
    found = diff(past, on(past, "2020-11-10"), on(past, "2020-11-20"))
    sentence = (
        "The deadline “divest TikTok US assets and data” moved from 12 Nov to 27 Nov 2020: "
        "cfius extended it by 15 days (13 Nov 2020)."
    )
    assert found["summary"][0]["text"] == found["happened"][0]["text"] == found["net"][0]["text"] == sentence
    assert found["summary"][0]["group"] == "dates"
    assert found["summary"][0]["because"] == ["tiktok-034"]


def test_a_difference_back_in_time_says_what_had_not_yet_happened() -> None:
    past = record("tiktok")
    back = diff(past, on(past, "2020-11-20"), on(past, "2020-11-10"))
    sentence = (
        "The deadline “divest TikTok US assets and data” moved from 27 Nov to 12 Nov 2020. "
        "Not yet then: cfius extended it from 12 Nov to 27 Nov 2020 (15 days; 13 Nov 2020)."
    )
    assert back["summary"][0]["text"] == back["net"][0]["text"] == sentence
    forth = diff(past, on(past, "2020-11-10"), on(past, "2020-11-20"))
    assert "Not yet then" not in str(forth)


def test_an_entry_that_went_says_what_took_it_away() -> None:
    consent = event(
        "approval.required", "2025-01-02", approval_id="ec", authority="ec", jurisdiction="EU", subject="it"
    )
    rows = [opened("2025-01-01"), consent, event("approval.granted", "2025-02-01", approval_id="ec")]
    past = recorded_later([{**row, "id": f"e{number}"} for number, row in enumerate(rows)])
    found = diff(past, on(past, "2025-01-03"), on(past, "2025-02-03"))
    gone = next(each for each in found["net"] if each["path"] == "/blockers")
    assert gone["members"][0]["text"] == gone["text"]
    assert gone["text"].startswith("The approval by ec no longer stands in the way of closing: The approval by ec was")
    assert gone["text"].endswith("(1 Feb 2025).")


def test_parties_and_approvals_are_called_by_their_names() -> None:
    who = {"approval_id": "cfius", "authority": "cfius", "jurisdiction": "US", "subject": "it"}
    named = event("party.added", "2025-01-02", party_id="cfius", name="CFIUS", role="regulator")
    rows = [opened("2025-01-01"), event("approval.required", "2025-01-02", **who), named,
            event("approval.denied", "2025-02-01", approval_id="cfius")]  # fmt: skip
    past = recorded_later([{**row, "id": f"e{number}"} for number, row in enumerate(rows)])
    texts = [each["text"] for each in diff(past, on(past, "2025-01-03"), on(past, "2025-02-03"))["summary"]]
    assert texts == [
        "The approval by CFIUS is now denied (before: required and not yet decided): "
        "The approval by CFIUS was denied (1 Feb 2025)."
    ]


def test_a_word_of_a_rule_is_not_taken_for_an_id_that_is_spelt_alike() -> None:
    sell = {"obligation": "sell", "set_by": "was", "force": "statutory", "due": "2025-03-15"}
    rows = [opened("2025-01-01"), event("deadline.set", "2025-01-02", deadline_id="due", **sell),
            event("party.added", "2025-01-02", party_id="was", name="Agency", role="regulator")]  # fmt: skip
    past = recorded_later([{**row, "id": f"e{number}"} for number, row in enumerate(rows)])
    found = diff(past, on(past, "2025-01-03"), on(past, "2025-05-01"))["net"]
    (unknown,) = (each["text"] for each in found if each["path"] == "/unknowns")
    assert "It was due 15 Mar 2025; whether it was met is not on record" in unknown


def test_a_price_keeps_the_unit_that_it_is_per() -> None:
    price = {"amount": "28.50", "currency": "USD", "per": "share"}
    bid = event("bid.submitted", "2025-01-02", bid_id="b", bidders=["acme"], price=price)
    raised = event("bid.revised", "2025-01-09", bid_id="b", changes={"price": {**price, "amount": "31"}})
    past = recorded_later(
        [{**row, "id": f"e{number}"} for number, row in enumerate([opened("2025-01-01"), bid, raised])]
    )
    texts = [each["text"] for each in diff(past, on(past, "2025-01-03"), on(past, "2025-01-10"))["summary"]]
    assert texts[0].startswith("The price of the bid of acme is now USD 31 per share (before: USD 28.50 per share): ")


def test_an_erased_value_is_said_to_be_erased() -> None:
    entry = {"bidders": ["acme"], "status": "live", "price": {"amount": "5", "currency": "USD"}}
    (sentence,) = told({"bids": {"b": entry}}, {"bids": {"b": {**entry, "price": "[erased]"}}})
    assert sentence == "The price of the bid of acme is now [erased] (before: USD 5)."


def test_a_step_of_a_replay_says_how_things_stood_on_its_own_day() -> None:
    past = record("tiktok")
    steps = StepSentences(past, on(past, "2026-03-01"))
    found = {line.id: [each["text"] for each in steps.of(line)] for line in past.lines}
    assert found["tiktok-004"] == ["New: the bid of microsoft, rumoured, for US, CA, AU and NZ."]
    assert found["tiktok-021"] == ["The bid of microsoft and walmart is now rejected (before: rumoured)."]
    assert found["tiktok-034"][0] == "The deadline “divest TikTok US assets and data” moved from 12 Nov to 27 Nov 2020."
    assert found["tiktok-040"] == []


def check_summary(summary: list[dict[str, Any]], past: RecordedDeal) -> None:
    """No sentence twice, no path, no field name; the groups in their order."""
    texts = [each["text"] for each in summary]
    assert len(texts) == len({(each["text"], each["part"]) for each in summary})
    every = [*texts, *(also["text"] for each in summary for also in each["consequences"])]
    written = " ".join(str(line.payload) + line.id + line.type for line in past.lines)
    for text in every:
        assert text.endswith(".")
        assert not re.search(r"(^|\s)/[a-z_]+/", text), text
        unknown = [word for word in re.findall(r"\w*[a-z]_[a-z]\w*", text) if word not in written]
        assert not unknown, (unknown, text)
        assert "None" not in text
        assert "{" not in text
    order = [Group(each["group"]).rank for each in summary]
    assert order == sorted(order)


@pytest.mark.parametrize(("name", "start", "end"), [*DATES, ("tiktok", "2019-01-01", "2026-06-01")])
def test_the_shipped_records_change_in_plain_sentences(name: str, start: str, end: str) -> None:
    past = record(name)
    for one, other in ((start, end), (end, start)):
        check_summary(diff(past, on(past, one), on(past, other))["summary"], past)
        check_summary(digest(past, on(past, one), on(past, other))[1], past)


@given(st.data())
@settings(max_examples=40)
def test_any_record_changes_in_plain_sentences(data: st.DataObject) -> None:
    past = data.draw(histories())
    start, end = data.draw(bases(past)), data.draw(bases(past))
    check_summary(diff(past, start, end)["summary"], past)
    items, summary = digest(past, start, end)
    check_summary(summary, past)
    assert len({each["text"] for each in items}) == len(items)


def test_a_text_that_reads_like_an_id_is_shown_as_it_was_written() -> None:
    opening = {**opened("2024-01-01"), "id": "opened"}
    required = event("approval.required", "2024-01-02", id_="required", approval_id="ec", authority="EC",
                     jurisdiction="EU", subject="the merger")  # fmt: skip
    statute = event("deadline.set", "2024-01-02", id_="set", deadline_id="review", obligation="decide", set_by="EC",
                    force="statutory", due="2024-06-01")  # fmt: skip
    phase = event("approval.phase_opened", "2024-02-01", id_="phase", approval_id="ec", phase="review")
    past = past_of([opening, required, statute, phase])
    [text] = [each["text"] for each in diff(past, on(past, "2024-01-03"), on(past, "2024-03-01"))["happened"]
              if each["path"] == "/approvals/ec/phase"]  # fmt: skip
    assert text.startswith("The phase of the approval by EC is review:")
