"""SQL statements by name, read from the .sql files of a package: each file holds the statements of one topic.

A statement is a block: a line `-- name --`, a comment that says what it returns or does, and its text up to the next
block. A name is unique among the files of a package.
"""

import re
from functools import cached_property
from importlib.resources import files

HEADER = re.compile(r"^-- (\w+) --\n", re.MULTILINE)


class NamedStatements:
    """The statements of the .sql files of a package."""

    def __init__(self, package: str) -> None:
        self._package = package

    def __call__(self, name: str) -> str:
        """The text of the statement `name`."""
        return self.blocks[name]

    @cached_property
    def blocks(self) -> dict[str, str]:
        """Every statement by its name. Raises ValueError where a name stands twice."""
        found: dict[str, str] = {}
        for file in sorted(files(self._package).iterdir(), key=lambda file: file.name):
            if file.name.endswith(".sql"):
                _, *parts = HEADER.split(file.read_text(encoding="utf-8"))
                for name, text in zip(parts[::2], parts[1::2], strict=True):
                    if name in found:
                        raise ValueError(f"{self._package} has two statements named {name}: rename one")
                    found[name] = text.strip()
        return found


sql = NamedStatements(__name__)
"""The statements of the ledger."""
