"""Reading a deal on the command line."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Parley, Serving, run


def test_the_three_dates_of_september_stand_with_days_left_and_how_they_came_about(parley: Parley) -> None:
    words = parley("state", "tiktok-2020", "--at", "2020-09-12").words
    assert "Forced sale of TikTok's US business (tiktok-2020)" in words
    assert "2020-09-15 3 days sell TikTok US or it is closed political said by us_president" in words
    assert "2020-09-20 8 days" in words
    assert "Counted from 2020-08-06 (Thursday)." in words
    assert "45 days: 2020-09-20 (Sunday)." in words
    assert "2020-09-20 is a Sunday, not rolled" in words
    assert "2020-11-12 61 days" in words
    assert "0 days used, up to 30 more, latest 2020-12-12" in words


def test_bids_and_the_condition_of_an_approval_are_told_in_words(parley: Parley) -> None:
    words = parley("state", "tiktok-2020", "--at", "2020-09-12").words
    assert "microsoft and walmart: rumoured" in words
    assert "oracle: rumoured" in words
    assert "approval by cn_government" in words
    assert "needed only if recommendation_algorithm is included" in words
    with_ids = parley("state", "tiktok-2020", "--at", "2020-09-12", "--ids").words
    assert "microsoft and walmart (bid-msft): rumoured" in with_ids
    assert "approval by cn_government (cn-export-licence)" in with_ids


def test_every_page_ends_with_both_clocks(parley: Parley) -> None:
    words = parley("state", "tiktok-2020", "--at", "2020-09-12").words
    assert "Valid at 2020-09-12T23:59:59.999999Z. Known at" in words
    assert "version 36 of the deal" in words
    assert words.endswith("With hindsight: knowledge is later than the date.")
    public = parley("state", "tiktok-2020", "--at", "2020-09-12", "--known-at", "2020-09-12", "--known-by", "published")
    assert "by what was published" in public.words
    assert "hindsight" not in public.words


def test_what_is_possible_by_a_date_is_told_apart_from_what_is_certain(parley: Parley) -> None:
    words = parley("state", "tiktok-2020", "--at", "2020-09-12").words
    assert "Possibly occurred by then seed-017 export_list.matched, 2020-09-04 to 2020-09-14" in words
    latest = parley("state", "tiktok-2020", "--at", "2020-09-12", "--reading", "latest").words
    assert "Imprecise dates are read at their latest." in latest


def test_a_deal_before_its_first_event_is_said_to_hold_nothing(parley: Parley) -> None:
    ended = parley("state", "tiktok-2020", "--at", "2001-01-01")
    assert ended.code == 0
    assert "The record holds nothing of this deal by then." in ended.words


@pytest.mark.parametrize("command", [
    "state tiktok --at 2020-11-26", "state tiktok --at 2024-06-01", "state tiktok", "state tiktok-2020 --at 2020-09-12",
    "deadlines tiktok --all", "deadlines --at 2020-09-12", "events tiktok --limit 0", "deals", "replay tiktok",
])  # fmt: skip
def test_a_page_fits_eighty_columns(parley: Parley, command: str) -> None:
    out = parley(*command.split()).out
    assert max(map(len, out.splitlines())) <= 80


def test_json_is_the_answer_of_the_api(parley: Parley) -> None:
    state = parley("state", "tiktok-2020", "--at", "2020-09-12", "--json").json
    assert state["deadlines"]["dl-transactions"]["due"] == "2020-09-20"
    assert state["basis"]["hindsight"] is True
    assert len(state["state_hash"]) == 64


def test_deadlines_are_listed_by_the_day_they_fall_on(parley: Parley) -> None:
    found = parley("deadlines", "tiktok", "--at", "2020-11-26", "--json").json["items"]
    listed = [(each["status"] != "past_due", each["due"]) for each in found]
    assert listed == sorted(listed), "what is past due comes first"
    assert parley("deadlines", "tiktok", "--at", "2026-02-01", "--json").json["items"] == []
    everything = parley("deadlines", "tiktok", "--at", "2026-02-01", "--all", "--json").json["items"]
    assert "dl-sale-political" in {each["deadline_id"] for each in everything}
    ended = parley("state", "tiktok", "--at", "2026-02-01").words
    assert "Closed on 22 Jan 2026 by tiktok under the definitive agreement." in ended
    assert "open when the deal ended" in ended
    assert "pending, frozen" not in ended
    assert "overdue" not in ended
    assert (
        "extension: 22 days used, up to 8 more, latest 2020-12-12"
        in parley("deadlines", "tiktok", "--at", "2020-11-26").words
    )


def test_deadlines_of_all_deals_are_listed_together(parley: Parley) -> None:
    found = parley("deadlines", "--at", "2020-09-12", "--json").json["items"]
    assert {each["deal_id"] for each in found} == {"tiktok", "tiktok-2020"}
    words = parley("deadlines", "--at", "2020-09-12").words
    assert "dl-" not in words
    assert "tiktok-2020" not in words
    with_ids = parley("deadlines", "--at", "2020-09-12", "--ids").words
    assert "(tiktok-2020: dl-transactions)" in with_ids


@pytest.mark.parametrize(
    ("options", "asked"),
    [
        (["--within", "10d"], lambda row: row["days_left"] is not None and row["days_left"] <= 10),
        (["--overdue"], lambda row: row["status"] == "past_due"),
        (["--to-come"], lambda row: row["status"] != "past_due"),
        (["--force", "political"], lambda row: row["force"] == "political"),
        (["--not-binding"], lambda row: not row["binding"]),
        (["--party", "us_president"], lambda row: row["set_by"] == "us_president"),
        (["--kind", "merger"], lambda row: False),
        (["--jurisdiction", "US"], lambda row: True),
    ],
)
def test_deadlines_of_all_deals_are_narrowed_by_options(parley: Parley, options: list[str], asked: Any) -> None:
    at = ("--at", "2020-09-14", "--json")
    every = parley("deadlines", *at).json["items"]
    found = parley("deadlines", *options, *at).json["items"]
    if options[0] == "--party":
        assert {each["deadline_id"] for each in every if asked(each)} <= {each["deadline_id"] for each in found}
    else:
        assert found == [each for each in every if asked(each)]


def test_what_narrows_a_list_across_deals_is_not_asked_of_one(parley: Parley) -> None:
    ended = parley("deadlines", "tiktok", "--overdue")
    assert ended.code == 2
    assert "--overdue or --to-come is asked of all deals" in " ".join(ended.err.replace("│", "").split())
    assert parley("deadlines", "--within", "0d", "--at", "2001-01-01").words == (
        "No open deadline was found for these options."
    )


@pytest.mark.parametrize("asked", [("--known-at", "2001-01-01"), ("--find", "nowhere")])
def test_deals_that_the_options_leave_out_are_not_said_to_be_missing(parley: Parley, asked: tuple[str, str]) -> None:
    words = parley("deals", *asked).words
    assert words.startswith("No deal was found for these options.")
    assert "There are no deals yet" not in words


def test_events_are_filtered_ordered_and_bounded(parley: Parley) -> None:
    bids = parley("events", "tiktok", "--type", "bid.*", "--json").json
    assert {each["type"].split(".")[0] for each in bids["items"]} == {"bid"}
    two = parley("events", "tiktok", "--limit", "2", "--order", "-occurred", "--json").json
    assert len(two["items"]) == 2
    assert two["more"] is True
    september = parley("events", "tiktok", "--from", "2020-09-01", "--to", "2020-10-01", "--limit", "0", "--json").json
    assert {each["occurred"][:7] for each in september["items"]} == {"2020-09"}
    assert september["more"] is False
    assert "There are more: --limit 0 lists all." in parley("events", "tiktok", "--limit", "2").words


def test_deals_are_listed(parley: Parley) -> None:
    assert [each["deal_id"] for each in parley("deals", "--json").json["items"]] == ["tiktok", "tiktok-2020"]
    assert "Forced divestiture of TikTok US" in parley("deals").words


def test_deals_are_listed_in_an_order(parley: Parley) -> None:
    for order, first in (("title", "tiktok"), ("-title", "tiktok-2020")):
        items = parley("deals", "--order", order, "--json").json["items"]
        assert items[0]["deal_id"] == first, order
    refused = parley("deals", "--order", "age")
    assert (refused.code, "order" in refused.err) == (2, True)


def test_a_server_gives_the_same_answers_as_its_database(parley: Parley, serving: Serving) -> None:
    for command in (
        ["state", "tiktok", "--at", "2020-09-25", "--known-version", "40"],
        ["events", "tiktok", "--type", "deadline.*"],
        ["deadlines", "tiktok", "--at", "2020-09-25", "--known-version", "40"],
    ):
        there = run(*command, "--json", "--server", serving.url)
        assert there.code == 0, there.err
        assert there.json == parley(*command, "--json").json


def test_a_replay_tells_each_event_and_what_it_changed(parley: Parley) -> None:
    words = parley("replay", "tiktok", "--to", "36").words
    assert "deadline.extended tiktok-034, 2020-11-13" in words
    assert "- The deadline “divest TikTok US assets and data” moved from 12 Nov to 27 Nov 2020." in words
    assert "- The bid of microsoft and walmart is now rejected (before: rumoured)." in words
    assert "dormant" not in words  # in its present status
    assert "36 events, version 36." in words


def test_a_replay_in_json_is_a_line_a_step_and_a_trailer(parley: Parley) -> None:
    lines = [json.loads(line) for line in parley("replay", "tiktok", "--json").out.splitlines()]
    assert [line["step"] for line in lines[:-1]] == list(range(1, 88))
    assert lines[-1]["trailer"]["state_hash"] == lines[-2]["state_hash"]


def test_a_replay_is_written_as_a_page_and_as_a_table(parley: Parley, tmp_path: Path) -> None:
    page, rows = tmp_path / "replay.html", tmp_path / "replay.csv"
    assert parley("replay", "tiktok", "--html", str(page)).code == 0
    assert "<h1>Replay: Forced divestiture of TikTok US</h1>" in page.read_text()
    assert parley("replay", "tiktok", "--csv", str(rows)).code == 0
    assert len(list(csv.reader(io.StringIO(rows.read_text())))) == 88
    assert parley("replay", "tiktok", "--html", str(page), "--json").code == 2
    assert parley("replay", "tiktok", "--to", "88").code == 1


class TestWhatCannotBeAnswered:
    """Each has its exit code, and its sentence on standard error."""

    def test_an_unknown_deal(self, parley: Parley) -> None:
        ended = parley("state", "tiktk")
        assert ended.code == 1
        assert "Refused (unknown-deal): There is no deal 'tiktk'" in ended.err
        assert ended.out == ""

    @pytest.mark.parametrize("date", ["2020-02-30", "yesterday", "2020-09-12T10:00:00", "20200912"])
    def test_a_date_that_cannot_be_read(self, parley: Parley, date: str) -> None:
        ended = parley("state", "tiktok", "--at", date)
        assert ended.code == 2
        assert "Refused (bad-question): valid_at" in ended.err

    def test_a_layer_that_does_not_exist(self, parley: Parley) -> None:
        assert parley("state", "tiktok", "--layer", "rumours").code == 2

    def test_knowledge_of_the_future(self, parley: Parley) -> None:
        ended = parley("state", "tiktok", "--known-at", "2999-01-01")
        assert ended.code == 1
        assert "Refused (in-the-future)" in ended.err

    def test_a_version_beyond_the_end(self, parley: Parley) -> None:
        ended = parley("state", "tiktok", "--known-version", "999")
        assert ended.code == 1
        assert "Refused (beyond-the-end)" in ended.err

    def test_an_unknown_option_or_command(self, parley: Parley) -> None:
        assert parley("state", "tiktok", "--knwon-at", "2020-09-12").code == 2
        assert parley("stat", "tiktok").code == 2

    def test_a_misspelt_type_names_the_nearest(self, parley: Parley) -> None:
        ended = parley("events", "tiktok", "--type", "bid.submited")
        assert ended.code == 2
        assert "bid.submitted" in ended.err

    def test_a_server_that_is_away(self) -> None:
        ended = run("state", "tiktok", "--server", "http://127.0.0.1:9")
        assert ended.code == 1
        assert "Refused (server-away): No Parley answers at http://127.0.0.1:9" in ended.err

    def test_a_server_that_is_something_else(self) -> None:
        ended = run("state", "tiktok", "--server", "nonsense")
        assert ended.code == 1
        assert "server-away" in ended.err

    def test_a_database_that_is_away(self) -> None:
        ended = run("state", "tiktok", "--database", "postgresql://127.0.0.1:9/parley")
        assert ended.code == 1
        assert "Refused (database-away)" in ended.err

    def test_a_folder_without_a_record(self, tmp_path_factory: pytest.TempPathFactory) -> None:
        folder = tmp_path_factory.mktemp("empty") / "none"
        ended = run("state", "tiktok", "--data", str(folder))
        assert ended.code == 1
        assert "Refused (no-record)" in ended.err
        assert not folder.exists()


def test_the_list_of_events_says_which_are_erased(writing: Parley) -> None:
    note = ["record", "d", "context.noted", "topic=call", "text=a number", "--id", "note", "--occurred", "2020-02-01"]
    assert writing(*note).code == 0
    assert writing("record", "d", "record.erased", "event_id=note", "legal_basis=GDPR 17").code == 0
    assert "context.noted note erased" in writing("events", "d").words
