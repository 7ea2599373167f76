"""What the README and CONTRIBUTING tell a stranger to type exists and does what they say."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PARLEY = Path(sys.executable).with_name("parley")
PROMISES = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "docs/index.md")]


def promised(pattern: str) -> set[str]:
    return {found for path in PROMISES for found in re.findall(pattern, path.read_text(encoding="utf-8"))}


@pytest.mark.parametrize("target", sorted(promised(r"\bmake ([a-z]+)\b(?=[`\s])")))
def test_each_make_target_exists(target: str) -> None:
    if shutil.which("make") is None:
        pytest.skip("make is not on this machine")
    done = subprocess.run(["make", "--dry-run", target], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("command", sorted(promised(r"(?:`|bin/)parley ([a-z]+)\b")))
def test_each_parley_command_exists(command: str) -> None:
    done = subprocess.run([PARLEY, command, "--help"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert command in done.stdout


@pytest.mark.parametrize("option", sorted(promised(r"(?:`|bin/)parley ([a-z]+ .*?--[a-z-]+)")))
def test_each_option_is_one_of_its_command(option: str) -> None:
    command, *words = option.split()
    # A plain and wide terminal, or the help is folded and coloured.
    environment = {"COLUMNS": "200", "NO_COLOR": "1", "TERM": "dumb", "PATH": "/usr/bin:/bin"}
    told = subprocess.run([PARLEY, command, "--help"], capture_output=True, text=True, env=environment).stdout
    assert words[-1] in told


@pytest.mark.parametrize("path", PROMISES, ids=lambda path: path.name)
def test_each_link_leads_to_a_file(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", path.read_text(encoding="utf-8")):
        assert (path.parent / target).exists(), target


def test_the_curl_examples_send_json_to_routes_of_the_published_document() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for body in re.findall(r"-d '(\{.*?\})'\n", text, re.DOTALL):
        assert {"type", "occurred", "data"} <= json.loads(body).keys()
    dump = "import json, sys; from api.app import create_app; json.dump(create_app().openapi(), sys.stdout)"
    pytest.importorskip("api.app")
    document = json.loads(
        subprocess.run([sys.executable, "-c", dump], capture_output=True, text=True, check=True).stdout
    )
    routes = [re.sub(r"\{[^}]+\}", "[^/]+", route) for route in document["paths"]]
    for asked in re.findall(r"127\.0\.0\.1:8000(/v1/[^\s'?]*)", text):
        assert any(re.fullmatch(route, asked) for route in routes), asked


def test_the_event_type_of_the_guide_needs_that_one_class_and_nothing_else(tmp_path: Path) -> None:
    guide = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    example = re.findall(r"```python\n(.*?)```", guide, re.DOTALL)
    assert len(example) == 1
    (tmp_path / "guided.py").write_text(example[0], encoding="utf-8")
    # In a process of its own, so that the type is not in the registry of the other tests.
    script = (
        "import domain.events, guided; from domain.event import REGISTRY; print(REGISTRY['party.relocated'].__doc__)"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True)
    assert done.stdout.startswith("A party moved"), done.stderr
