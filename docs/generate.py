"""Writes the generated documents, or checks them: `make docs`, `make docs ARGS=--check`."""

import argparse
import sys
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import typer.main
from typer.cli import get_docs_for_click

from api.app import create_app
from api.cli import app
from api.openapi.document import as_text
from docs.domain_reference import events_page, rules_page

ROOT = Path(__file__).parent


def commands_page() -> str:
    """The reference of the command line, as Typer writes it."""
    command = typer.main.get_command(app)
    return get_docs_for_click(obj=command, ctx=typer.Context(command), name="parley").strip() + "\n"


@cache
def openapi_document() -> str:
    """The OpenAPI document as a server serves it."""
    return as_text(create_app().openapi())


GENERATORS: dict[str, Callable[[], str]] = {
    "reference/events.md": events_page,
    "reference/rules.md": rules_page,
    "reference/commands.md": commands_page,
    "openapi.json": openapi_document,
}
"""What generates the content of each document, by its path under docs/."""


def stale_documents(root: Path) -> dict[str, str]:
    """The documents in a folder that differ from the code or are missing, each with the content it should have."""
    current = {name: generate() for name, generate in GENERATORS.items()}
    return {name: content for name, content in current.items() if _content(root / name) != content}


def _content(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


def main(arguments: Sequence[str] | None = None, root: Path = ROOT) -> int:
    """Write what is out of date, or with --check only name it. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="make docs", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 if a document is out of date")
    check = parser.parse_args(arguments).check
    stale = stale_documents(root)
    for name, content in stale.items():
        if check:
            print(f"docs/{name} is out of date: run `make docs` and commit what it writes", file=sys.stderr)
        else:
            (root / name).write_text(content, encoding="utf-8")
            print(f"docs/{name} written")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
