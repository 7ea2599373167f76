"""Characters that no text may hold here: NUL, which PostgreSQL stores in no text, and halves of surrogate pairs, which
no encoding can write."""

import re
from collections.abc import Iterator
from typing import Any

from domain.errors import Problem

_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def unstorable(text: str) -> re.Match[str] | None:
    """The first character of a text that cannot be stored; None where all of it can."""
    return None if text.isascii() and "\0" not in text else _UNSTORABLE.search(text)


def fault(text: str) -> str | None:
    """What of a text cannot be stored, as a sentence; None where all of it can."""
    found = unstorable(text)
    if found is None:
        return None
    named = "the character NUL" if found[0] == "\0" else f"half of a surrogate pair, U+{ord(found[0]):04X},"
    return f"the text holds {named} at index {found.start()}: remove it"


def problems(value: Any) -> Iterator[Problem]:
    """Every text within a JSON value, names of members included, that cannot be stored, with its pointer."""
    pending: list[tuple[str, Any]] = [("", value)]
    for pointer, each in pending:  # grows as nested values are found
        if isinstance(each, str):
            if text := fault(each):
                yield Problem(pointer, "invalid-text", f"{text[0].upper()}{text[1:]}.")
        elif isinstance(each, list):
            pending += [(f"{pointer}/{index}", inner) for index, inner in enumerate(each)]
        elif isinstance(each, dict):
            for name, inner in each.items():
                if fault(name):
                    shown = repr(name[:64])
                    yield Problem(pointer, "invalid-text", f"The name {shown} of a member cannot be stored: change it.")
                else:
                    pending.append((f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}", inner))
