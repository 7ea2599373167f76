"""Texts on their way in and out of a terminal."""

import json
import os
import subprocess

import pytest

from api.cli.output import printable
from api.demo import SEEDS
from tests.cli.conftest import COMMAND, Parley


@pytest.mark.parametrize(
    "text", ["30\u00a0000", "1\u202f000", "株式\u3000会社", "👨\u200d👩", "می\u200cخ", "a\tb", "é\n"]
)
def test_spaces_and_joiners_are_shown_as_they_are(text: str) -> None:
    assert printable(text) == text


@pytest.mark.parametrize(
    "control", ["\x1b", "\x07", "\r", "\x9b", "\x7f", "\u202e", "\u2066", "\u2028", "\x85", "\x0b"]
)
def test_what_steers_a_terminal_is_replaced(control: str) -> None:
    assert printable(f"a{control}b") == "a\ufffdb"


@pytest.mark.parametrize(
    "arguments",
    [
        ["state", "\ud800"],
        ["events", "d", "--type", "a\0b"],
        ["record", "d", "deal.closed", "x=\udcff", "--occurred", "2020"],
    ],
)
def test_a_text_that_no_request_could_carry_is_a_usage_error(writing: Parley, arguments: list[str]) -> None:
    ended = writing(*arguments)
    assert ended.code == 2
    assert any(word in " ".join(ended.err.split()) for word in ("is not UTF-8", "NUL character"))


def in_latin_1(parley: Parley, *arguments: str) -> "subprocess.CompletedProcess[bytes]":
    environment = {**os.environ, "PYTHONIOENCODING": "latin-1", "PYTHONUTF8": "0"}
    return subprocess.run([*COMMAND, *arguments, "--database", parley.url], capture_output=True, env=environment)


def test_a_latin_1_console_shows_escapes_and_never_a_trace(writing: Parley) -> None:
    assert (
        writing(
            "record", "d", "party.added", "party_id=p", "name=株式会社 😀", "role=buyer", "--occurred", "2020-02-01"
        ).code
        == 0
    )
    for arguments in (["state", "d"], ["events", "d"], ["replay", "d"], ["state", "d", "--json"]):
        done = in_latin_1(writing, *arguments)
        assert (done.returncode, b"Traceback" in done.stderr) == (0, False), done.stderr
    assert json.loads(done.stdout)["parties"]["p"]["name"] == "株式会社 😀"


def test_an_import_reads_a_pipe(writing: Parley) -> None:
    command = [*COMMAND, "import", "-", "--database", writing.url]
    done = subprocess.run(command, input=SEEDS.read(), capture_output=True)
    assert done.returncode == 0, done.stderr
    assert b"36 of 36 lines recorded" in done.stdout


@pytest.mark.parametrize("arguments", [("events", "tiktok"), ("replay", "tiktok"), ("deadlines",)], ids=" ".join)
def test_a_reader_who_wants_only_the_first_line_leaves_no_message(parley: Parley, arguments: tuple[str, ...]) -> None:
    command = [*COMMAND, *arguments, "--database", parley.url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
