"""SQL statements by name, read from the .sql files of packages: each file holds the statements of one topic.

A statement is a block: a line `-- name --`, a comment that says what it returns or does, and its text up to the next
block. A name is unique among all files that are read together. What several statements read from is a block of its own,
`-- name (subquery) --`, which they include as `{{name}}`.
"""

import re
from collections.abc import Iterator
from functools import cached_property
from importlib.resources import files
from itertools import chain

HEADER = re.compile(r"^-- (\w+)( \(subquery\))? --\n", re.MULTILINE)
INCLUDED = re.compile(r"\{\{(\w+)\}\}")
COMMENT = re.compile(r"^--.*\n", re.MULTILINE)


class NamedStatements:
    """The statements of the .sql files of some packages."""

    def __init__(self, *packages: str) -> None:
        self._packages = packages

    def __call__(self, name: str) -> str:
        """The text of the statement `name`."""
        return self.blocks[name]

    @cached_property
    def blocks(self) -> dict[str, str]:
        """Every statement by its name. Raises ValueError where a name appears twice."""
        found: dict[str, str] = {}
        subqueries: dict[str, str] = {}
        for name, kind, text in self._read():
            if name in found or name in subqueries:
                raise ValueError(f"two statements in {', '.join(self._packages)} are named {name}: rename one")
            if kind:
                subqueries[name] = COMMENT.sub("", text)
            else:
                found[name] = text
        return {name: INCLUDED.sub(lambda match: subqueries[match[1]], text) for name, text in found.items()}

    def _read(self) -> Iterator[tuple[str, str | None, str]]:
        """Name, kind and text of each block."""
        for file in chain.from_iterable(files(package).iterdir() for package in self._packages):
            if file.name.endswith(".sql"):
                _, *parts = HEADER.split(file.read_text(encoding="utf-8"))
                for name, kind, text in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
                    yield name, kind, text.strip()


sql = NamedStatements(__name__)
"""The statements of the ledger."""
