"""Showing a newcomer around, serving, explaining the vocabulary, and looking after the record."""

import signal
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from domain.event import REGISTRY
from tests.cli.conftest import Parley, Serving, run, start
from tests.waiting import LONGEST_SECONDS, until


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A data folder in which the demo ran once, and what it printed."""
    data = tmp_path_factory.mktemp("demo") / "data"
    ended = run("demo", "--once", "--data", str(data))
    assert ended.code == 0, ended.err
    return data, ended.words


def test_the_demo_tells_three_dates_and_from_which_record(shown: tuple[Path, str]) -> None:
    _, words = shown
    for told in (
        "36 events recorded in tiktok-2020",
        "87 events recorded in tiktok.",
        "On 2020-08-20, from seeds.ndjson",
        "On 2020-09-12, from seeds.ndjson",
        "On 2026-01-23, from tiktok.ndjson",
        "2020-09-15 3 days",
        "2020-09-20 8 days",
        "2020-11-12 61 days",
        "up to 30 more, latest 2020-12-12",
        "Closed since 2026-01-22",
    ):
        assert told in words


def listed(url: str) -> list[dict[str, Any]]:
    """The items of a list, once the server has caught up with the position that is asked for."""
    until(lambda: httpx.get(url, timeout=LONGEST_SECONDS).status_code == 200)
    items: list[dict[str, Any]] = httpx.get(url, timeout=LONGEST_SECONDS).json()["items"]
    return items


def test_the_demo_runs_again_without_recording_anything_and_serves_the_page(shown: tuple[Path, str]) -> None:
    data, _ = shown
    for serving in start("demo", "--data", str(data), "--port", "0"):
        assert sum("recorded already" in line for line in serving.said) == 2
        assert httpx.get(f"{serving.url}/healthz", timeout=LONGEST_SECONDS).status_code == 200
        assert [each["version"] for each in listed(f"{serving.url}/v1/deals?min_position=123")] == [87, 36]
        # A second process reads the same folder while the first one serves it.
        assert run("deals", "--data", str(data)).code == 0
        assert serving.stop() == 0


def test_a_server_that_is_told_to_stop_ends_well(loaded: str) -> None:
    for serving in start("serve", "--database", loaded, "--port", "0"):
        assert serving.stop(signal.SIGTERM) == 0


def test_a_taken_port_is_said(serving: Serving, loaded: str) -> None:
    ended = run("serve", "--database", loaded, "--port", serving.url.rsplit(":", 1)[1])
    assert ended.code == 1
    assert "Refused (address-taken)" in ended.err


def test_the_vocabulary_is_listed_whole() -> None:
    ended = run("types")
    assert all(name in ended.out for name in REGISTRY)
    assert [each["type"] for each in run("types", "--json").json["items"]] == list(REGISTRY)
    assert max(map(len, ended.out.splitlines())) <= 80


def test_each_group_of_the_vocabulary_is_listed_once() -> None:
    headings = [line for line in run("types").out.splitlines() if line and not line.startswith((" ", "parley"))]
    assert headings.count("deal") == 1
    assert len(headings) == len(set(headings)) == len({name.partition(".")[0] for name in REGISTRY})


def test_one_type_is_explained_with_its_fields_and_the_command_that_records_it() -> None:
    ended = run("types", "deadline.extended")
    assert "deadline_id *" in ended.out
    assert "parley record DEAL deadline.extended deadline_id=" in ended.out
    assert run("types", "deadline.extended", "--json").json["schema"]["properties"]["deadline_id"]


def test_the_vocabulary_of_a_server_is_told_alike(serving: Serving) -> None:
    for command in (["types"], ["types", "bid.submitted"]):
        assert run(*command, "--server", serving.url).out == run(*command).out


def test_an_unknown_type_names_the_nearest() -> None:
    ended = run("types", "deadline.extendd")
    assert ended.code == 1
    assert "nearest: deadline.extended" in ended.err


def test_doctor_finds_nothing_wrong_with_a_sound_record(shown: tuple[Path, str]) -> None:
    ended = run("doctor", "--data", str(shown[0]), "--json")
    levels = {each["name"]: each["level"] for each in ended.json["items"]}
    assert {"binaries", "disk", "database", "schema", "roles", "tenants", "immutability", "record"} <= levels.keys()
    assert "broken" not in levels.values()
    assert ended.code == 0


def test_doctor_names_a_right_that_should_not_be_there(writing: Parley) -> None:
    with psycopg.connect(writing.url, autocommit=True) as connection:
        connection.execute("GRANT UPDATE ON events TO parley_app")
        connection.execute("ALTER TABLE things NO FORCE ROW LEVEL SECURITY")
    ended = writing("doctor")
    assert ended.code == 1
    assert "The application has UPDATE on events: revoke it." in ended.words
    assert "Row-level security is not forced on things." in ended.words


def test_doctor_names_a_database_that_is_away() -> None:
    ended = run("doctor", "--database", "postgresql://127.0.0.1:9/parley")
    assert ended.code == 1
    assert "It does not answer" in ended.words


def test_rebuild_fills_every_projection_or_the_one_named(parley: Parley) -> None:
    words = parley("rebuild").words
    assert "registry: compared with every event, 0 rows mended." in words
    assert "deals: rebuilt up to position 123." in words
    assert parley("rebuild", "deals").code == 0
    unknown = parley("rebuild", "nosuch")
    assert unknown.code == 2
    assert "deals" in unknown.err
