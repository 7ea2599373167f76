"""Recording and importing on the command line."""

import json
import os
import pty
import re
import shlex
import subprocess
from pathlib import Path

import pytest

from api.cli.event_type_view import example_command
from api.cli.field_arguments import data_from_arguments
from api.demo import SEEDS
from api.events.default_day import default_day
from domain.event import REGISTRY
from tests.cli.conftest import COMMAND, Parley, Serving, run
from tests.decoded_texts import DecodedTexts


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    file = tmp_path / "seeds.ndjson"
    file.write_bytes(SEEDS.read())
    return file


def test_an_event_is_recorded_and_seen_at_once(writing: Parley) -> None:
    told = writing("record", "d", "deadline.set", "deadline_id=dl-1", "obligation=close", "set_by=buyer",
                   "force=contractual", "anchor=2020-08-06", "offset=45", "unit=day",
                   "--occurred", "2020-08-06")  # fmt: skip
    assert told.code == 0, told.err
    assert "version 2 of d, position 2 of the log." in told.words
    assert writing("state", "d", "--at", "2020-09-12", "--json").json["deadlines"]["dl-1"]["due"] == "2020-09-20"


@pytest.mark.parametrize("trial", [("--dry-run",), ()])
def test_what_an_event_brings_that_is_out_of_the_ordinary_is_a_warning(writing: Parley, trial: tuple[str, ...]) -> None:
    told = writing("record", "d", "deadline.set", "deadline_id=dl-1", "obligation=close", "set_by=buyer",
                   "force=contractual", "due=2002-12-02", "--occurred", "2020-08-06", *trial)  # fmt: skip
    assert told.code == 0, told.err
    assert "Warning: dl-1 was set on 6 Aug 2020, due 2 Dec 2002." in " ".join(told.err.split())


def test_an_event_without_a_day_occurred_today_where_the_deal_is(writing: Parley) -> None:
    zone = "Pacific/Kiritimati"
    data = ["title=t", "kind=merger", "subject=s", f"tz={zone}"]
    before = default_day(zone)
    opened = writing("record", "far", "deal.opened", *data)
    assert opened.code == 0, opened.err
    assert writing("record", "far", "deal.talks_suspended").code == 0
    found = {each["occurred"] for each in writing("events", "far", "--json").json["items"]}
    assert found <= {before.isoformat(), default_day(zone).isoformat()}


def test_the_same_id_gives_the_first_answer_and_other_content_is_refused(writing: Parley) -> None:
    event = ["record", "d", "party.added", "party_id=seller", "name=Seller", "--occurred", "2020-02-01", "--id", "one"]
    first, again = writing(*event, "role=seller", "--json"), writing(*event, "role=seller", "--json")
    assert first.code == 0, first.err
    assert again.json == first.json
    other = writing(*event, "role=buyer")
    assert other.code == 1
    assert "Refused (duplicate-id)" in other.err


def test_a_dry_run_records_nothing(writing: Parley) -> None:
    told = writing("record", "d", "deal.closed", "effective=2020-06-01", "--occurred", "2020-05-01", "--dry-run")
    assert told.code == 0, told.err
    assert "Would be recorded: deal.closed" in told.words
    assert len(writing("events", "d", "--json").json["items"]) == 1


def test_an_unknown_reference_is_refused_with_the_nearest_or_taken_with_a_warning(writing: Parley) -> None:
    writing("record", "d", "deadline.set", "deadline_id=dl-close", "obligation=close", "set_by=buyer",
            "force=contractual", "due=2020-06-01", "--occurred", "2020-02-01")  # fmt: skip
    event = ["record", "d", "deadline.met", "deadline_id=dl-closing", "--occurred", "2020-05-01"]
    refused = writing(*event)
    assert refused.code == 1
    assert "Refused (unknown-reference)" in refused.err
    assert "nearest: dl-close" in refused.err
    assert "at /data/deadline_id" in refused.err
    taken = writing(*event, "--lenient")
    assert taken.code == 0
    assert taken.err.startswith("Warning: ")
    assert "--lenient" not in taken.err
    assert "or correct this one" in " ".join(taken.err.split())


def test_a_stale_version_is_refused(writing: Parley) -> None:
    ended = writing(
        "record", "d", "deal.closed", "effective=2020-06-01", "--occurred", "2020-05-01", "--if-version", "7"
    )
    assert ended.code == 1
    assert "Refused (stale-version)" in ended.err


def test_a_misspelt_type_or_field_names_the_nearest(writing: Parley) -> None:
    kind = writing("record", "d", "deadline.reafirmed", "--occurred", "2020-05-01")
    assert kind.code == 1
    assert "nearest: deadline.reaffirmed" in kind.err
    field = writing("record", "d", "deadline.reaffirmed", "deadlin_id=x", "--occurred", "2020-05-01")
    assert field.code == 2
    assert "deadline_id" in field.err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("deal.signed", "level=definitive"), "There is no event type 'deal.signed'; nearest: deal.agreement_reached."),
        (("deadline.set", "regulator=cfius"), "deadline.set has no field 'regulator'; nearest: set_by."),
        (("deadline.set", "actor=cfius"), "actor is no field of deadline.set: give it with --actor."),
        (("deadline.met", "deadline_id=dl", "--occurred", "29/07/2025"), "has its year last: write 2025-07-29."),
        (("bid.submitted", "bid_id=b", "bidders=oracle", "price=30"), "price must be an object, not a number: write"),
    ],
)  # fmt: skip
def test_a_refusal_says_what_to_type(writing: Parley, arguments: tuple[str, ...], told: str) -> None:
    ended = writing("record", "d", *arguments, *(() if "--occurred" in arguments else ("--occurred", "2025-01-02")))
    assert ended.code != 0
    assert told in " ".join(re.sub("[│╭╮╰╯─]", " ", ended.err).split())


@pytest.mark.parametrize("given", [["--occurred", "2020-02-30"], ["--occurred", "2020-02-01T10:00:00"]])
def test_an_impossible_date_is_refused(writing: Parley, given: list[str]) -> None:
    ended = writing("record", "d", "deal.closed", *given)
    assert ended.code == 1
    assert "Refused (invalid-input)" in ended.err
    assert "/occurred" in ended.err


@pytest.mark.parametrize("arguments", [[], ["deal.closed", "structure", "--occurred", "2020-01-01"]])
def test_what_is_not_said_whole_is_usage(writing: Parley, arguments: list[str]) -> None:
    assert writing("record", "d", *arguments).code == 2


def test_a_deal_that_was_never_opened_is_refused(writing: Parley) -> None:
    ended = writing("record", "nosuch", "deal.closed", "effective=2020-06-01", "--occurred", "2020-01-01")
    assert ended.code == 1
    assert "Refused (unknown-deal)" in ended.err


@pytest.mark.parametrize("name", REGISTRY)
def test_the_example_of_every_type_can_be_typed(name: str) -> None:
    example = dict(REGISTRY[name].EXAMPLE)
    assert data_from_arguments(REGISTRY[name], shlex.split(example_command(name, example))[4:-2]) == example


def test_a_list_may_be_typed_with_commas() -> None:
    typed = data_from_arguments(REGISTRY["bid.submitted"], ["bid_id=b", "bidders=oracle, walmart", "territories=US"])
    assert typed == {"bid_id": "b", "bidders": ["oracle", "walmart"], "territories": ["US"]}


def test_a_number_typed_for_a_text_stays_a_text() -> None:
    assert data_from_arguments(REGISTRY["deadline.set"], ["due=2020", "offset=45"]) == {"due": "2020", "offset": 45}


def test_a_file_is_recorded_once_however_often_it_is_sent(writing: Parley, seeds: Path) -> None:
    first = writing("import", str(seeds))
    assert first.code == 0, first.err
    assert first.words == "36 of 36 lines recorded in tiktok-2020."
    assert writing("import", str(seeds)).words == "0 of 36 lines recorded, 36 had been recorded before."


def test_a_broken_line_7_is_named_and_nothing_is_recorded(writing: Parley, seeds: Path) -> None:
    lines = seeds.read_text().splitlines()
    lines[6] = lines[6][:-20]
    seeds.write_text("\n".join(lines))
    ended = writing("import", str(seeds))
    assert ended.code == 1
    assert ended.err.startswith("line 7: ")
    assert "(malformed-json)" in ended.err
    assert ended.words == "1 of 36 lines cannot be recorded, so nothing was."
    assert writing("state", "tiktok-2020").code == 1
    report = writing("import", str(seeds), "--json")
    assert [each["line"] for each in report.json["errors"]] == [7]


@pytest.mark.parametrize("name", ["a" * 5_000, "nowhere.ndjson", "."])
def test_an_import_of_what_is_no_file_says_so(writing: Parley, name: str) -> None:
    ended = writing("import", name)
    assert ended.code == 2
    assert "Invalid value for 'FILE'" in ended.err
    assert "Traceback" not in ended.err


@pytest.mark.parametrize(
    ("content", "lack"),
    [("", "The file is empty"), ("deal_id,type,occurred\n", "no event below: add a row for each")],
)
def test_an_import_of_a_file_without_an_event_is_refused_with_what_it_lacks(
    writing: Parley, tmp_path: Path, content: str, lack: str
) -> None:
    file = tmp_path / "events"
    file.write_text(content)
    ended = writing("import", str(file))
    assert (ended.code, ended.out) == (1, "")
    assert "Refused (empty-import)" in ended.err
    assert lack in " ".join(ended.err.split())


def test_an_import_lists_every_bad_line_however_many_there_are(writing: Parley, tmp_path: Path) -> None:
    file = tmp_path / "events.ndjson"
    file.write_bytes(b"{x\n" * 300)
    assert writing("import", str(file)).err.count("(malformed-json)") == 300
    report = writing("import", str(file), "--json").json
    assert (len(report["errors"]), report["errors_total"]) == (300, 300)


def test_a_partial_import_records_the_sound_lines_and_says_so(writing: Parley, seeds: Path) -> None:
    lines = seeds.read_text().splitlines()
    lines[6] = "nonsense"
    seeds.write_text("\n".join(lines))
    ended = writing("import", str(seeds), "--partial")
    assert ended.code == 1
    assert "35 of 36 lines recorded in tiktok-2020, 1 refused." in ended.words
    assert len(writing("events", "tiktok-2020", "--limit", "0", "--json").json["items"]) == 35


def test_a_dry_import_records_nothing(writing: Parley, seeds: Path) -> None:
    ended = writing("import", str(seeds), "--dry-run")
    assert ended.words == "36 of 36 lines would be recorded."
    assert writing("state", "tiktok-2020").code == 1


def test_a_line_of_an_import_is_decoded_once(writing: Parley, seeds: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = seeds.read_bytes().splitlines()
    decoded = DecodedTexts(monkeypatch)
    assert writing("import", str(seeds)).words.startswith("36 of 36 lines recorded")
    assert [decoded.times(line) for line in lines] == [1] * 36


def test_a_file_can_be_recorded_in_another_deal(writing: Parley, seeds: Path) -> None:
    assert writing("import", str(seeds), "--deal", "copy").code == 0
    assert [each["deal_id"] for each in writing("deals", "--json").json["items"]] == ["copy", "d"]


def test_an_import_through_a_server_reports_alike(serving: Serving, seeds: Path) -> None:
    again = run("import", str(seeds), "--server", serving.url)
    assert again.words == "0 of 36 lines recorded, 36 had been recorded before."
    lines = seeds.read_text().splitlines()
    lines[6] = json.dumps({**json.loads(lines[6]), "occurred": "2020-02-30", "id": "another"})
    seeds.write_text("\n".join(lines))
    refused = run("import", str(seeds), "--server", serving.url)
    assert refused.code == 1
    assert refused.err.startswith("line 7: ")
    assert "(invalid-date)" in refused.err


def test_colour_is_for_terminals_alone() -> None:
    command = [*COMMAND, "types", "bid.submitted"]
    piped = subprocess.run(command, capture_output=True, check=True).stdout
    assert b"\x1b[" not in piped
    master, slave = pty.openpty()
    subprocess.run(command, stdout=slave, check=True, env={**os.environ, "TERM": "xterm", "COLUMNS": "80"})
    os.close(slave)
    assert re.search(rb"\x1b\[[0-9;]*m", os.read(master, 65536))
    os.close(master)
