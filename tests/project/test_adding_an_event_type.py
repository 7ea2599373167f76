"""An event type is added as CONTRIBUTING says: by one class and `make docs`, in a copy of the sources."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = ("domain", "ledger", "projections", "api", "docs", "tests")
CONTRACT = (
    "tests/domain/test_every_type.py",
    "tests/project/test_generated_documents.py::test_a_generated_document_is_up_to_date",
)
"""What every event type must satisfy."""


def example_of_the_instructions() -> tuple[str, str]:
    """The file that the instructions name, and the class that they show for it."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    ((path, declaration),) = re.findall(r"In `([^`]+)`, for example:\n\n```python\n(.*?)```", text, re.DOTALL)
    return path, declaration


def run(copy: Path, *command: str) -> str:
    done = subprocess.run(command, cwd=copy, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the sources with the class of the instructions, and nothing else edited."""
    for name in SOURCES:
        shutil.copytree(ROOT / name, tmp_path / name)
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy2(ROOT / name, tmp_path / name)
    path, declaration = example_of_the_instructions()
    with (tmp_path / path).open("a", encoding="utf-8") as file:
        file.write("\n\n" + declaration)
    return tmp_path


def test_a_type_that_is_added_by_one_class_is_documented_and_keeps_the_contract(copy: Path) -> None:
    # The environment of this run serves the copy as well; what `make test` was given is not for `make docs`.
    written = run(
        copy, "make", "-s", "-o", ".venv/.tests", "docs", "ARGS=", "CHROMIUM=", f"BIN={Path(sys.executable).parent}"
    )
    assert written == "docs/reference/events.md written\ndocs/openapi.json written\n"
    assert "\n### party.relocated\n" in (copy / "docs/reference/events.md").read_text(encoding="utf-8")
    schemas = json.loads((copy / "docs/openapi.json").read_text(encoding="utf-8"))["components"]["schemas"]
    assert {"PartyRelocated", "PartyRelocatedEvent"} <= schemas.keys()

    outcome = run(copy, sys.executable, "-m", "pytest", "-v", "-n", "0", "-p", "no:cacheprovider", *CONTRACT)
    assert "[party.relocated] PASSED" in outcome
