"""The wording of code, documentation and tests: standard terms, without phrases that were replaced by them."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ENDINGS = (".py", ".sql", ".html", ".js", ".md", ".toml", ".sh")
UNCHECKED = ("ledger/sql/migrations/", "tests/data/", "api/demo/", "tests/project/test_wording.py")
"""Applied migrations and published files are never edited."""

# Replaced phrase -> the standard term.
REPLACED = {
    r"For the next requests of a crowd": "maximum time to wait for more requests before a commit",
    r"record has not come so far": "version does not exist",
    r"Nobody knows that yet|lived through yet": "known_at is in the future",
    r"Does it live|Can it serve|How does it fare": "liveness, readiness, metrics",
    r"anybody on the way": "use https",
    r"take that right away": "remove BYPASSRLS",
    r"cannot be meant": "invalid, a usage error",
    r"nobody can tell again|nobody can guess": "shown once; unpredictable",
    r"is told by the rows": "position reached after this batch",
    r"opens nothing any more": "revoked",
    r"without_nothing": "drop_empty",
    r"is none of ours": "invalid",
    r"Which date stood when|What stood there, from when to when": "history",
    r"How it was found, and how far": "trace, extension",
    r"The world / The knowledge|<legend>The (world|knowledge)|of the (world|knowledge)\"": "valid time, known time",
    r"Tell me\b|\bone a line\b|No deal is like that": "sign in; one per line; no deal matches",
    r"Oddities in the record|How sources fared|Ways to build it": "anomalies, sources, variants",
    r"said again once|by nobody named": "reaffirmed; unnamed",
    r"Someone was said to want in|picked, to some degree|worth a record of its own": "the description of the event",
    r"mended by a correction|agree with ourselves": "corrected; self-consistent",
    r"[Kk]ey does not reach so far": "the role does not permit it",
    r"in one stroke|in our words|no such thing": "atomically; reworded; unknown",
    r"\bthe house\b|\bhouse (keep|told|rule)|state\.house": "runtime",
    r"\b(at|through|same|API's|asks) (the )?doors?\b|\bThe doors?\b": "API, routes",
    r"\b(tells|told) of (the|a|an|what|it|no)\b|told by the": "covers, reports, describes",
    r"[Ww]hat became of (an event|a deal|it\b|one)": "status, lineage",
    r"LONGEST_PATIENCE|\bmighty\b|def hush\b": "maximum delay, privileged, redirect",
    r"[Jj]udge the lines|sound lines": "validate the lines; valid lines",
    r"\b[Ww]hoever\b|\b[Aa]nybody\b": "the caller, the holder, any user",
    r"\b[Nn]obody (?!may run|named)[a-z]+": "no user, no process; not",
    r"\banew\b": "again",
    r"\b[Ss]omebody\b": "a user, another process",
    r"\bstands? twice\b|\bas (it|they) stands?\b|\bhow (it|they) stands?\b": "appears twice; status",
    r"\b[Ss]tands? (at|there|here) |\bstood there\b": "is at; the value there",
    r"\bin vain\b|\bof ours\b|\blives (again|on)\b": "without result; our own; is open again",
    r"\btell_of_time\b|\bdying_with_us\b|\btold_port\b": "verb and noun",
}


def checked_files() -> list[str]:
    done = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if done.returncode != 0:
        pytest.skip("this is not a git checkout")
    names = [name for name in done.stdout.splitlines() if name.endswith(ENDINGS) and not name.startswith(UNCHECKED)]
    return [name for name in names if (ROOT / name).is_file()]


def test_no_file_uses_a_phrase_that_a_standard_term_replaced() -> None:
    lines = [
        (name, number, line)
        for name in checked_files()
        for number, line in enumerate((ROOT / name).read_text(encoding="utf-8").splitlines(), 1)
    ]
    any_phrase = re.compile("|".join(REPLACED))
    found = [
        f"{name}:{number}: {line.strip()[:100]}: write {term}"
        for name, number, line in lines
        if any_phrase.search(line)
        for phrase, term in REPLACED.items()
        if re.search(phrase, line)
    ]
    assert found == []


@pytest.mark.parametrize("phrase", REPLACED)
def test_each_replaced_phrase_is_a_pattern_that_leaves_its_standard_term_alone(phrase: str) -> None:
    assert not re.search(phrase, REPLACED[phrase])


def test_no_test_file_is_named_by_a_number() -> None:
    names = [Path(name).name for name in checked_files() if name.startswith("tests/")]
    assert [name for name in names if re.match(r"test_(case_)?\d", name)] == []
