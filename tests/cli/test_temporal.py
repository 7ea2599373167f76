"""Temporal queries on the command line: difference, history, first occurrence, what-if."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Parley


def test_what_was_learned_is_told_apart_from_what_happened(parley: Parley) -> None:
    moments = ["--from", "2020-08-30", "--from-known", "2020-08-30", "--to", "2020-08-30", "--to-known", "2020-08-31"]
    ended = parley("diff", "tiktok-2020", *moments, "--known-by", "published")
    assert "Learned later" in ended.words
    assert "Happened" not in ended.words
    assert "- New: the bid of oracle, rumoured" in ended.words
    told = parley("diff", "tiktok-2020", *moments, "--known-by", "published", "--json").json
    assert told["happened"] == []
    assert told["lapsed"] == []


def test_a_date_that_passed_lapsed_by_time_alone(parley: Parley) -> None:
    moments = ["--from", "2020-09-20", "--from-known", "2020-09-12", "--to", "2020-09-21", "--to-known", "2020-09-12"]
    words = parley("diff", "tiktok-2020", *moments, "--known-by", "published").words
    assert "Lapsed, by time alone" in words
    assert (
        "- The deadline “transactions with ByteDance become prohibited” is now past due, with no outcome on record "
        "(before: running), by time alone." in words
    )


def test_two_equal_moments_do_not_differ(parley: Parley) -> None:
    assert parley("diff", "tiktok", "--from", "2020-09-12", "--to", "2020-09-12").words == "Nothing differs."


def test_the_history_of_a_due_date_has_each_day_its_time_and_its_event(parley: Parley) -> None:
    ended = parley("history", "tiktok", "/deadlines/dl-divest/due")
    assert "2020-08-14 2020-11-13 2020-11-12 tiktok-010" in ended.words
    assert "2020-11-13 2020-11-25 2020-11-27 tiktok-034" in ended.words
    assert "2020-11-25 still 2020-12-04 tiktok-035" in ended.words
    assert [
        each["value"] for each in parley("history", "tiktok", "/deadlines/dl-divest/due", "--json").json["items"]
    ] == [
        "2020-11-12",
        "2020-11-27",
        "2020-12-04",
    ]


def test_a_belief_is_followed_as_more_became_known(parley: Parley) -> None:
    asked = ["tiktok", "/deadlines/dl-divest/due", "--at", "2020-11-26", "--known-by", "published", "--revisions"]
    assert "2020-11-13 2020-11-25 2020-11-27 tiktok-034" in parley("history", *asked).words


def test_a_condition_has_a_first_day_and_a_day_on_which_it_could_be_known(parley: Parley) -> None:
    asked = ["first", "tiktok", "/deadlines/dl-divest/due", "--op", "gt", "--value", "2020-11-20"]
    assert "From 2020-11-13 (tiktok-034)" in parley(*asked).words
    assert "It never holds." in parley(*asked[:-1], "2030-01-01").words
    assert parley(*asked, "--json").json["because"] == ["tiktok-034"]


def test_a_digest_tells_changes_by_meaning(parley: Parley) -> None:
    ended = parley("digest", "tiktok-2020", "--since-version", "20")
    assert "- New: the deadline “sell TikTok US or it is closed”, due 15 Sep 2020" in ended.words
    assert parley("digest", "tiktok-2020", "--since-version", "36").words == "Nothing has changed."
    assert parley("digest", "tiktok-2020").code == 2


def test_what_would_be_is_told_and_not_stored(parley: Parley, tmp_path: Path) -> None:
    file = tmp_path / "might.ndjson"
    data = {"deadline_id": "dl-divest", "by": "cfius", "new_due": "2020-12-12"}
    file.write_text(json.dumps({"type": "deadline.extended", "occurred": "2020-12-01", "data": data}) + "\n")
    ended = parley("what-if", "tiktok-2020", str(file), "--at", "2020-12-02")
    assert ended.code == 0, ended.err
    assert "- The deadline “ByteDance unloads TikTok US” moved from 12 Nov to 12 Dec 2020" in ended.words
    assert len(parley("events", "tiktok-2020", "--limit", "0", "--json").json["items"]) == 36
    file.write_text("nonsense\n")
    assert parley("what-if", "tiktok-2020", str(file)).code == 2


def test_what_an_event_changed_is_told_without_a_basis(parley: Parley) -> None:
    ended = parley("diff", "tiktok-2020", "--event", "seed-002")
    assert ended.code == 0, ended.err
    assert (
        "- New: us_president set us_persons the deadline “transactions with ByteDance become prohibited”" in ended.words
    )
    told = parley("diff", "tiktok-2020", "--event", "seed-002", "--json").json
    assert (told["from"]["known_version"], told["to"]["known_version"]) == (2, 3)
    assert parley("diff", "tiktok-2020", "--event", "nosuch").code == 1
    assert parley("diff", "tiktok-2020", "--event", "seed-002", "--from", "2020-09-01").code == 2


def test_the_lineage_of_an_event_tells_each_correction_with_its_reason(writing: Parley) -> None:
    writing("record", "d", "party.added", "party_id=seller", "name=Sellr", "role=seller", "--occurred", "2020-02-01",
            "--id", "typo")  # fmt: skip
    mended = writing("record", "d", "record.corrected", "event_id=typo", 'changes={"name": "Seller"}',
                     "cause=recording_error", "reason=a letter was missing", "by=desk",
                     "--occurred", "2020-02-02", "--id", "mend")  # fmt: skip
    assert mended.code == 0, mended.err
    words = writing("lineage", "d", "typo").words
    assert words.startswith("typo corrected.")
    assert "record.corrected mend by desk, recording_error: a letter was missing name: Seller" in words
    assert writing("lineage", "d", "nosuch").code == 1


@pytest.mark.parametrize("command", ["history", "first"])
def test_a_place_that_does_not_exist_names_the_nearest(parley: Parley, command: str) -> None:
    ended = parley(command, "tiktok", "/deadlines/dl-divst/due")
    assert ended.code == 1
    assert "Refused (unknown-path)" in ended.err
    assert "dl-divest" in ended.err


def test_what_would_be_out_of_the_ordinary_is_a_warning(writing: Parley, tmp_path: Path) -> None:
    file = tmp_path / "early.ndjson"
    file.write_text('{"type": "bid.submitted", "occurred": "2019-12-01", "data": {"bid_id": "b", "bidders": ["x"]}}')
    ended = writing("what-if", "d", str(file))
    assert ended.code == 0, ended.err
    assert "counts from before the deal was opened." in " ".join(ended.err.split())
    assert ended.err.startswith("Warning: ")


def test_a_digest_says_what_a_first_stance_is(writing: Parley) -> None:
    stated = ["record", "d", "position.stated", "party_id=buyer", "issue=price", "stance=oppose"]
    reported = ["record", "d", "position.reported", "party_id=target", "issue=jobs", "stance=conditional"]
    for each in (stated, reported):
        assert writing(*each, "--occurred", "2020-02-01").code == 0
    words = writing("digest", "d", "--since-version", "1").words
    assert "New: the position of buyer on price, stated: opposition" in words
    assert "New: the position of target on jobs, reported: support on conditions" in words


def test_a_digest_names_no_value_of_a_new_entry_that_has_none(writing: Parley) -> None:
    expanded = ["record", "d", "export_list.expanded", "list_id=catalogue", "issuer=ministry"]
    assert writing(*expanded, "effective=2020-02-01", "--occurred", "2020-02-01").code == 0
    line = next(
        each for each in writing("digest", "d", "--since-version", "1").out.splitlines() if "export list" in each
    )
    assert line.startswith("- New: the export list of ministry")
    assert "unknown" not in line


def test_an_entry_that_went_names_the_event_that_took_it_away(writing: Parley) -> None:
    """Also where the list was as short before, between the coming and the going of another entry."""
    steps = [
        (
            "need",
            "2020-01-05",
            "approval.required",
            "approval_id=consent",
            "authority=ec",
            "jurisdiction=EU",
            "subject=it",
        ),
        ("grant", "2020-02-05", "approval.granted", "approval_id=consent"),
        (
            "suit",
            "2020-03-05",
            "litigation.filed",
            "case_id=suit",
            "court=court",
            "plaintiffs=union",
            "defendants=buyer",
        ),
        ("stop", "2020-03-06", "litigation.relief_granted", "case_id=suit", "relief=stay", "targets=closing"),
        ("end", "2020-03-07", "litigation.relief_ended", "case_id=suit", "relief=stay"),
        ("over", "2020-03-08", "litigation.ended", "case_id=suit", "how=settled"),
    ]
    for name, day, *fields in steps:
        assert writing("record", "d", *fields, "--occurred", day, "--id", name).code == 0
    digest = writing("digest", "d", "--since-version", "2", "--json").json["items"]
    assert [each["because"] for each in digest if each["kind"] == "blocker"] == [["grant"]]
    told = writing("diff", "d", "--from", "2020-01-06", "--to", "2020-04-01", "--json").json
    for part in ("happened", "net"):
        went = [each for each in told[part] if each["path"] == "/blockers"]
        assert [(each["from"]["id"], each["to"], each["because"]) for each in went[0]["members"]] == [
            ("consent", None, ["grant"])
        ]


def test_entries_of_one_list_that_went_name_each_its_own_event(writing: Parley) -> None:
    for name in ("one", "two"):
        need = ["approval.required", f"approval_id={name}", "authority=ec", "jurisdiction=EU", "subject=it"]
        assert writing("record", "d", *need, "--occurred", "2020-01-05").code == 0
    for name, day in (("two", "2020-02-05"), ("one", "2020-02-06")):
        granted = ["approval.granted", f"approval_id={name}", "--occurred", day, "--id", f"grant-{name}"]
        assert writing("record", "d", *granted).code == 0
    lines = writing("diff", "d", "--from", "2020-01-06", "--to", "2020-04-01").out
    for words in (lines, writing("digest", "d", "--since-version", "3").out):
        for name, day in (("one", "6 Feb"), ("two", "5 Feb")):
            sentence = f"The approval by ec ({name}) is now granted (before: required and not yet decided)"
            assert sentence in " ".join(words.split())
            assert f"The approval by ec ({name}) no longer stands in the way of closing." in " ".join(words.split())
            assert f"({day} 2020)" in words


def test_a_digest_without_a_deal_shows_all_that_changed_by_deal(writing: Parley) -> None:
    event = ["record", "d", "context.noted", "topic=t", "text=new", "--occurred", "2020-02-01"]
    position = writing("events", "d", "--json").json["items"][-1]["position"]
    assert writing(*event).code == 0
    found = writing("digest", "--since-position", str(position), "--json").json["items"]
    assert {each["deal_id"] for each in found} <= {"d"}
    assert writing("digest", "--since", "yesterday").code == 0
    assert writing("digest", "--since", "today").words == "No deal has changed."
    writing("lists", "set", "none")
    assert writing("digest", "--since-position", "0", "--list", "none").words == "No deal has changed."
    assert writing("digest", "--since-version", "1").code == 2
    assert writing("digest", "d", "--list", "none").code == 2
