"""The commands that print changes: in plain sentences, without a path or the name of a field, and none twice."""

import json
import re
from pathlib import Path

import pytest
from given_when_then import SHIPPED

from tests.cli.conftest import Parley

WRITTEN = "".join((SHIPPED / name).read_text(encoding="utf-8") for name in ("seeds.ndjson", "tiktok.ndjson"))
"""What the recorders wrote, ids without a name included."""

SUPPOSED = {
    "type": "deadline.extended", "occurred": "2020-12-01",
    "data": {"deadline_id": "dl-divest", "by": "cfius", "new_due": "2020-12-12"},
}  # fmt: skip


def items(out: str) -> list[str]:
    """The sentences of an output, each on one line."""
    return [" ".join(each.split()) for each in re.split(r"\n +- |\n- |\n(?= *[0-9]+ )", out)]


def assert_plain(out: str) -> None:
    assert not re.search(r"(^|\s)/?(deadlines|bids|approvals|orders|blockers|conflicts|next_deadline)/", out)
    assert [word for word in re.findall(r"[a-z]+_[a-z_]+", out) if word not in WRITTEN] == []
    assert "null" not in out.split()
    assert not re.search(r"\bdl-[a-z]+\b", out)


@pytest.mark.parametrize(
    "command",
    [
        ["diff", "tiktok", "--from", "2020-11-10", "--to", "2020-11-20"],
        ["diff", "tiktok", "--from", "2020-07-01", "--to", "2026-03-01"],
        ["diff", "tiktok", "--from", "2020-09-01", "--from-known", "2020-09-01", "--known-by", "published"],
        ["digest", "tiktok", "--since-version", "35"],
        ["digest", "tiktok-2020", "--since-version", "10"],
    ],
)
def test_changes_are_printed_in_plain_sentences(parley: Parley, command: list[str]) -> None:
    ended = parley(*command)
    assert ended.code == 0, ended.err
    assert_plain(ended.out)
    assert len(items(ended.out)) == len(set(items(ended.out))) > 3


def test_what_would_be_is_printed_in_plain_sentences(parley: Parley, tmp_path: Path) -> None:
    file = tmp_path / "might.ndjson"
    file.write_text(json.dumps(SUPPOSED) + "\n")
    ended = parley("what-if", "tiktok-2020", str(file), "--at", "2020-12-02")
    assert_plain(ended.out)
    assert len(items(ended.out)) == len(set(items(ended.out))) > 1


def test_a_replay_is_printed_in_plain_sentences(parley: Parley) -> None:
    out = parley("replay", "tiktok").out
    steps = re.split(r"\n(?= *[0-9]+ [a-z_]+\.[a-z_]+ )", out.rpartition("\n\n")[0])
    assert len(steps) == 87
    for step in steps:
        assert_plain(step)
        assert len(items(step)) == len(set(items(step)))


def test_the_events_behind_a_change_are_named_on_demand(parley: Parley) -> None:
    moments = ["diff", "tiktok", "--from", "2020-11-10", "--to", "2020-11-20"]
    assert "(13 Nov 2020). (tiktok-034)" in parley(*moments, "--ids").words
    assert "tiktok-034" not in parley(*moments).words
