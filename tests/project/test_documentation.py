"""The commands in the README and CONTRIBUTING exist and do what these say."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
import typer

from api.cli import app
from api.settings import Settings

ROOT = Path(__file__).parents[2]
PARLEY = Path(sys.executable).with_name("parley")
PROMISES = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "docs/index.md", "docs/running.md")]

LAYERS = ("domain", "ledger", "projections", "api")


def promised(pattern: str) -> set[Any]:
    return {found for path in PROMISES for found in re.findall(pattern, path.read_text(encoding="utf-8"))}


@pytest.mark.parametrize("target", sorted(promised(r"\bmake ([a-z]+)\b(?=[`\s])")))
def test_each_make_target_exists(target: str) -> None:
    if shutil.which("make") is None:
        pytest.skip("make is not on this machine")
    done = subprocess.run(["make", "--dry-run", target], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


COMMANDS: Any = vars(typer.main.get_command(app))["commands"]


@pytest.mark.parametrize("command", sorted(promised(r"(?:`|bin/)parley ([a-z]+)\b")))
def test_each_parley_command_exists(command: str) -> None:
    assert command in COMMANDS


@pytest.mark.parametrize(("command", "option"), sorted(promised(r"(?:`|bin/)parley ([a-z]+)\b[^`\n]*?(--[a-z-]+)")))
def test_each_option_is_one_of_its_command(command: str, option: str) -> None:
    found = [COMMANDS[command], *getattr(COMMANDS[command], "commands", {}).values()]
    assert option in {spelling for each in found for parameter in each.params for spelling in parameter.opts}


def test_each_setting_is_told() -> None:
    prefix = Settings.model_config["env_prefix"]
    told = set(re.findall(r"^\| `([A-Z_]+)` \|", (ROOT / "docs/running.md").read_text(encoding="utf-8"), re.MULTILINE))
    assert {f"{prefix}{name}".upper() for name in Settings.model_fields} - told == set()


def test_each_package_is_in_the_layout_of_contributing() -> None:
    layout = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").partition("## Layout")[2].partition("## ")[0]
    parts = dict(re.findall(r"^ {4}(\w+)/(.*(?:\n {6}.*)*)", layout, re.MULTILINE))
    named = {f"{layer}/{name}" for layer in LAYERS for name in re.findall(r" (\w+)/", parts[layer])}
    packages = {str(path.parent.relative_to(ROOT)) for path in ROOT.glob("*/*/__init__.py")}
    assert {package for package in packages if package.startswith(LAYERS)} - named == set()


@pytest.mark.parametrize("path", PROMISES, ids=lambda path: path.name)
def test_each_link_leads_to_a_file(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", path.read_text(encoding="utf-8")):
        assert (path.parent / target).exists(), target


def requests_of(text: str) -> list[tuple[str, str | None]]:
    """Each curl of the README: where it goes, and the JSON it posts, if any."""
    found = re.findall(r"curl '?http://127\.0\.0\.1:8000(/[^\s']*)'?(?: -H '[^']*')?(?: -d '([^']*)')?", text)
    return [(path, body or None) for path, body in found]


def test_the_demo_serves_and_answers_each_request_of_the_readme(tmp_path: Path) -> None:
    requests = requests_of((ROOT / "README.md").read_text(encoding="utf-8"))
    assert [body is not None for _, body in requests] == [True, True, False, False]
    command = [str(PARLEY), "demo", "--data", str(tmp_path / "data"), "--port", "0"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as demo:
        try:
            assert demo.stdout is not None
            told: list[str] = []
            for line in demo.stdout:
                told.append(line)
                if served := re.search(r"http://127\.0\.0\.1:\d+", line):
                    break
            else:
                pytest.fail("".join(told[-30:]))
            for day in ("2020-08-20", "2020-09-12", "2026-01-23"):
                assert any(day in line for line in told)
            with httpx.Client(base_url=served.group(), timeout=30) as client:
                for path, body in requests:
                    headers = {"Content-Type": "application/json"}
                    answer = client.post(path, content=body, headers=headers) if body else client.get(path)
                    assert answer.status_code == (201 if body else 200), answer.text
                assert answer.json()["basis"]["known_by"] == "published"
                assert client.get("/docs").status_code == 200
        finally:
            demo.terminate()
            demo.wait(30)
