"""The content of the tracked files, and what must not be in them."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINES_AT_MOST = 300
"""A longer file is split."""


def tracked() -> list[str]:
    done = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if done.returncode != 0:
        pytest.skip("this is not a git checkout")
    return [name for name in done.stdout.splitlines() if (ROOT / name).is_file()]


def text_of(name: str) -> str:
    content = (ROOT / name).read_bytes()
    return "" if b"\0" in content else content.decode(errors="replace")


def occurrences(pattern: str, names: list[str]) -> list[str]:
    return [
        f"{name}:{number}: {line.strip()[:120]}"
        for name in names
        for number, line in enumerate(text_of(name).splitlines(), 1)
        if re.search(pattern, line)
    ]


def test_no_file_names_a_host_from_which_packages_come() -> None:
    hosts = "|".join(("pypi", "pythonhosted", "npmjs", "debian"))
    assert occurrences(rf"https?://[^ \"]*({hosts})\.", tracked()) == []
    images = "|".join(("quay", "ghcr", "gcr", "docker"))
    assert occurrences(rf"\b({images})\.io\b", tracked()) == []


def test_no_file_names_a_place_of_one_machine() -> None:
    places = "|".join(("work", "farm", "root", "home/[a-z]+"))
    assert occurrences(rf"(^|[^A-Za-z0-9_.])/({places})/", tracked()) == []


def test_no_code_is_left_for_later() -> None:
    words = "|".join(("TO" + "DO", "FIX" + "ME"))
    assert occurrences(rf"\b({words})\b", [name for name in tracked() if name.endswith((".py", ".sql", ".sh"))]) == []


def test_each_silenced_warning_says_why() -> None:
    bare = r"# (noqa(: [A-Z0-9, ]+)?|type: ignore(\[[a-z-, ]+\])?)\s*$"
    assert occurrences(bare, [name for name in tracked() if name.endswith(".py")]) == []


def test_files_of_code_are_short_enough_to_read() -> None:
    lengths = {name: len(text_of(name).splitlines()) for name in tracked() if name.endswith((".py", ".sql"))}
    assert {name: length for name, length in lengths.items() if length > LINES_AT_MOST} == {}


def test_a_property_draws_nothing_from_the_global_generator() -> None:
    """Hypothesis repeats its examples only where nothing else is random."""
    properties = [name for name in tracked() if name.startswith("tests/") and "hypothesis import" in text_of(name)]
    assert len(properties) > 10
    assert occurrences(r"^\s*(import random\b|from random import (?!Random\b))", properties) == []


def test_each_property_runs_under_the_one_profile() -> None:
    tests = [name for name in tracked() if name.startswith("tests/") and name != "tests/conftest.py"]
    own = r"settings\(.*\b(deadline|derandomize|database)=|HealthCheck\.too_" + "slow|load_" + "profile"
    assert occurrences(own, [name for name in tests if name.endswith(".py")]) == []


def test_nothing_depends_on_the_environment_of_a_continuous_integration() -> None:
    """A person's run and the run that decides are the same run."""
    ours = [name for name in tracked() if name.startswith((".ci/", "tests/")) or name in ("Makefile", "pyproject.toml")]
    assert occurrences(r"environ.*[\"']C" + r"I[\"']|\bC" + r"I=", ours) == []


def test_each_dependency_has_its_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    groups = project["dependency-groups"].values()
    wanted = [*project["project"]["dependencies"], *(one for group in groups for one in group if isinstance(one, str))]
    names = {re.split(r"[\[<>=; ]", one)[0] for one in wanted}
    reasons = set(re.findall(r"^\| `([^`]+)` \|", (ROOT / "docs/decisions/dependencies.md").read_text(), re.MULTILINE))
    assert reasons == names


def pins(lock: str) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9._-]+)(?:\[[a-z,]+\])?==(\S+)", (ROOT / lock).read_text(), re.MULTILINE))


def test_what_runs_is_what_is_tested() -> None:
    run, all_of_it = pins("requirements-run.lock"), pins("requirements.lock")
    assert {name: version for name, version in run.items() if all_of_it.get(name) != version} == {}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    needed = {re.split(r"[\[<>=; ]", one)[0] for one in project["project"]["dependencies"]}
    assert needed - run.keys() == set(), "run make lock"


def test_each_decision_is_listed() -> None:
    index = (ROOT / "docs/index.md").read_text(encoding="utf-8")
    records = {f"decisions/{path.name}" for path in (ROOT / "docs/decisions").glob("*.md")}
    assert {record for record in records if record not in index} == set()
