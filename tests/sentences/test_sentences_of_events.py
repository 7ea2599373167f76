"""Each event in a sentence: its example, the shipped records, and what its deal says of names and earlier values."""

from pathlib import Path
from typing import Any

import pytest
from given_when_then import History, event, given, line_of, opened, shipped

from domain.bitemporal import zone_of
from domain.event import REGISTRY
from domain.narration import sentence
from domain.sentences.names import Names
from projections.narrator import FOLDED_EVENTS, Narrator, narrator
from projections.state.holiday_calendars import calendar

GOLDEN = Path(__file__).with_name("sentences.golden.txt")
"""Event type or event id, and its sentence, as an English reader passed it."""


def narrator_of(record: History) -> Narrator:
    lines = record.lines
    return narrator(lines, zone_of(lines), calendar, lambda line, _changes: line)


def sentences(*rows: dict[str, Any]) -> list[str]:
    """The sentences of events, in their order."""
    told = narrator_of(given(*rows))
    return [told.text(line) for line in given(*rows).lines]


def last(*rows: dict[str, Any]) -> str:
    return sentences(opened("2025-01-01"), *rows)[-1]


def present() -> dict[str, str]:
    """The sentences of all examples and of the shipped records."""
    told = {
        kind: sentence(line_of(event(kind, "2020-09-15", **cls.EXAMPLE), 1), Names({}))
        for kind, cls in REGISTRY.items()
    }
    for name in ("seeds", "tiktok"):
        text = narrator_of(shipped(name)).text
        told |= {line.id: text(line) for line in shipped(name).lines}
    return told


def test_the_sentences_of_examples_and_shipped_records_are_those_that_were_reviewed() -> None:
    """A type that is added needs no line here; its own contract test holds its sentence."""
    golden = dict(row.split("\t", 1) for row in GOLDEN.read_text(encoding="utf-8").splitlines())
    told = present()
    assert {name: told.get(name) for name in golden} == golden
    assert len(golden) == 217


def set_(deadline_id: str, due: str | None = None, **members: Any) -> dict[str, Any]:
    what = {"obligation": "decide", "set_by": "cfius", "force": "statutory"}
    return event(
        "deadline.set", "2025-01-02", deadline_id=deadline_id, **what, **({"due": due} if due else {}), **members
    )


def extended(occurred: str, new_due: str | None = None, **members: Any) -> dict[str, Any]:
    given_day = {"new_due": new_due} if new_due else {}
    return event("deadline.extended", occurred, deadline_id="dl", by="cfius", **given_day, **members)


CFIUS = event("party.added", "2025-02-01", party_id="cfius", name="CFIUS", role="regulator")


def test_an_extension_names_the_day_before_the_new_one_and_the_days_between() -> None:
    told = last(
        set_("dl", "2025-03-15"), extended("2025-03-01", "2025-06-18"), CFIUS, extended("2025-06-01", "2026-01-05")
    )
    assert told == "CFIUS extended the deadline “decide” from 18 Jun 2025 to 5 Jan 2026 (201 days)"


def test_a_party_has_its_name_in_events_before_the_one_that_gives_it() -> None:
    told = sentences(opened("2025-01-01"), set_("dl", "2025-03-15"), extended("2025-03-01", "2025-06-18"), CFIUS)
    assert told[2] == "CFIUS extended the deadline “decide” from 15 Mar to 18 Jun 2025 (95 days)"


def test_the_day_before_is_counted_where_the_instrument_names_none() -> None:
    counted = set_("dl", anchor="2025-01-02", offset=30, unit="day")
    assert last(counted) == "cfius set the deadline “decide” for 30 days after 2 Jan 2025 (statutory)"
    assert last(counted, extended("2025-01-20", "2025-02-10")) == (
        "cfius extended the deadline “decide” from 1 Feb to 10 Feb 2025 (9 days)"
    )
    assert last(counted, extended("2025-01-20", by_days=10)) == (
        "cfius extended the deadline “decide” from 1 Feb to 11 Feb 2025 (10 days)"
    )


def test_an_event_that_was_recorded_late_is_told_from_its_own_place_in_time() -> None:
    told = sentences(
        opened("2025-01-01"),
        set_("dl", "2025-03-15"),
        extended("2025-05-01", "2025-09-01"),
        extended("2025-03-01", "2025-06-18"),
    )
    assert told[2].endswith("from 18 Jun to 1 Sep 2025 (75 days)")
    assert told[3].endswith("from 15 Mar to 18 Jun 2025 (95 days)")


def test_the_value_before_is_left_out_of_a_long_history() -> None:
    moves = [extended(f"2025-03-{1 + at % 28:02}", "2026-01-01") for at in range(FOLDED_EVENTS)]
    assert last(set_("dl", "2025-03-15"), *moves) == "cfius extended the deadline “decide” to 1 Jan 2026"


def test_a_price_and_a_penalty_are_told_with_the_amount_before() -> None:
    share = {"currency": "USD", "per": "share"}
    bid = event("bid.submitted", "2025-02-01", bid_id="b", bidders=["acme"], price={"amount": "28.5", **share})
    revised = event("bid.revised", "2025-02-03", bid_id="b", changes={"price": {"amount": "31", **share}})
    assert last(bid, revised) == "The bid of acme was revised from USD 28.5 per share to USD 31 per share"
    imposed = event("penalty.imposed", "2025-02-01", penalty_id="p", by="ec", on=["acme"], amount=euro("432000000"))
    reduced = event("penalty.reduced", "2025-03-01", penalty_id="p", amount=euro("100000000"))
    assert last(imposed, reduced) == "The penalty on acme was reduced from EUR 432 million to EUR 100 million"


def euro(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "EUR"}


REPORT = {"sources_": [{"publisher": "Reuters"}]}


@pytest.mark.parametrize(
    ("attribution", "publisher", "start"),
    [
        ("anonymous_multiple", "Reuters", "Reuters reported, citing unnamed sources, that the talks"),
        ("unattributed", "Reuters", "Reuters reported that the talks"),
        ("named_expert", None, "An expert said that the talks"),
        ("unattributed", None, "It was reported that the talks"),
        ("official_document", "Reuters", "The talks"),
    ],
)
def test_a_report_says_who_reported_it(attribution: str, publisher: str | None, start: str) -> None:
    sources = {"sources_": [{"publisher": publisher}]} if publisher else {}
    told = last(event("deal.talks_suspended", "2025-02-01", attribution_=attribution, **sources))
    assert told == f"{start} were suspended"


def test_an_id_at_the_start_is_written_as_it_was_even_where_it_reads_like_an_article() -> None:
    assert last(event("bid.submitted", "2025-02-01", bid_id="x", bidders=["a"])) == "a submitted a bid"
    assert last(event("deal.talks_resumed", "2025-02-01", by="the")) == "the resumed the talks"


def test_days_on_conditions_are_told_with_an_extension() -> None:
    branches = [{"due": "2025-11-20", "condition": "the court agrees"}, {"due": "2025-10-16", "otherwise": True}]
    assert last(set_("dl", "2025-03-15"), extended("2025-03-01", alternatives=branches)) == (
        "cfius extended the deadline “decide” to 20 Nov 2025 if the court agrees; otherwise 16 Oct 2025"
    )


def test_a_claim_that_is_denied_names_the_report() -> None:
    report = event(
        "report.published",
        "2025-02-01",
        claim_id="c",
        statement="The sale is off",
        attribution_="unattributed",
        **REPORT,
    )
    assert last(report) == "Reuters reported: “The sale is off”"
    denied = event("claim.denied", "2025-02-02", claim_id="c", by="acme")
    assert last(report, denied) == "acme denied the report “The sale is off”"
    told = sentences(opened("2025-01-01"), report, denied)
    assert told[1] == "Reuters reported: “The sale is off”, denied by acme"


def test_a_correction_says_how_the_event_reads_before_and_after() -> None:
    first = {**set_("dl", "2025-03-15"), "id": "set"}
    corrected = event(
        "record.corrected", "2025-02-01", event_id="set", changes={"due": "2025-03-16"}, cause="source_corrected"
    )
    rows = given(opened("2025-01-01"), first, corrected)
    other = given(opened("2025-01-01"), {**set_("dl", "2025-03-16"), "id": "set"}).lines[1]
    told = narrator(rows.lines, zone_of(rows.lines), calendar, lambda _line, _changes: other)
    assert told.text(rows.lines[2]) == (
        "The entry “cfius set the deadline “decide” for 15 Mar 2025 (statutory)” was corrected: it now reads "
        "“cfius set the deadline “decide” for 16 Mar 2025 (statutory)” (the source was corrected)"
    )


def test_no_sentence_has_a_field_name_or_json() -> None:
    fields = {name for cls in REGISTRY.values() for name in cls.__dataclass_fields__ if "_" in name}
    for name, told in present().items():
        assert not fields & set(told.replace("“", " ").replace(":", " ").split()), name
        assert not set("{}") & set(told), name
