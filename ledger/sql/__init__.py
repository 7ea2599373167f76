"""SQL statements by name, read from the .sql files of packages: each file holds the statements of one topic.

A statement is a block: a line `-- name --`, a comment that says what it returns or does, and its text up to the next
block. A name is unique among all files that are read together.
"""

import re
from functools import cached_property
from importlib.resources import files
from itertools import chain

HEADER = re.compile(r"^-- (\w+) --\n", re.MULTILINE)


class NamedStatements:
    """The statements of the .sql files of some packages."""

    def __init__(self, *packages: str) -> None:
        self._packages = packages

    def __call__(self, name: str) -> str:
        """The text of the statement `name`."""
        return self.blocks[name]

    @cached_property
    def blocks(self) -> dict[str, str]:
        """Every statement by its name. Raises ValueError where a name stands twice."""
        found: dict[str, str] = {}
        for file in chain.from_iterable(files(package).iterdir() for package in self._packages):
            if file.name.endswith(".sql"):
                _, *parts = HEADER.split(file.read_text(encoding="utf-8"))
                for name, text in zip(parts[::2], parts[1::2], strict=True):
                    if name in found:
                        raise ValueError(f"two statements are named {name}, one of them in {file.name}: rename one")
                    found[name] = text.strip()
        return found


sql = NamedStatements(__name__)
"""The statements of the ledger."""
