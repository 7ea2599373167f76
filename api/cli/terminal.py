"""Words on a terminal: plain text in 80 columns or the width there is, colour only where a person looks."""

import sys
from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from domain.errors import Problem

WIDTH = 80
"""Columns where no terminal says how many it has."""

LISTED = 20
"""Problems of one refusal that are printed; the rest are counted."""


BOOKKEEPING = frozenset({"because", "history", "trace", "observations", "reports", "origins"})
"""Parts of a state that say how it came about: not printed, for the event that is replayed says it."""

NAMES = ("title", "obligation", "statement", "label", "why", "what", "entry_ref", "subject", "id", "status", "value")
"""What tells in a few words what a new thing is, the best first."""

LONGEST_VALUE = 160
"""Characters of a value; --json has the whole."""


def printer() -> Console:
    """Standard output. Nothing in a text is taken for markup; a pipe gets no colour and lines of WIDTH columns."""
    return Console(markup=False, highlight=False, emoji=False, soft_wrap=False)


def complainer() -> Console:
    """Standard error. Lines stay whole, for whoever searches them."""
    return Console(stderr=True, markup=False, highlight=False, emoji=False, soft_wrap=True)


def printable(text: object) -> str:
    """The text without control characters: a recorded word must not steer the terminal it is read on."""
    return "".join(each if each.isprintable() or each == "\n" else "\ufffd" for each in str(text))


def styled(*parts: str | tuple[str, str]) -> Text:
    """A line made of texts and (text, style) pairs."""
    made = Text()
    for part in parts:
        text, style = part if isinstance(part, tuple) else (part, "")
        made.append(printable(text), style)
    return made


def cannot_be_read(deal_id: str, reason: str) -> Text:
    """A deal that is passed over, and why."""
    return styled((f"{deal_id} ", "bold yellow"), f"cannot be read: {reason}")


def heading(text: str) -> Text:
    return styled(("\n" + text, "bold"))


def indented(text: Text, columns: int = 1) -> Padding:
    return Padding(text, (0, 0, 0, columns), expand=False)


def hanging(label: Text, text: Text, columns: int) -> Table:
    """A label, and beside it a text whose lines begin in one column."""
    made = Table.grid()
    made.add_column(width=columns, no_wrap=True)
    made.add_column(overflow="fold")
    made.add_row(label, text)
    return made


def table(*columns: str, wide: str | None = None) -> Table:
    """A table without rules; `wide` is the column that takes what room is left, the others keep their width."""
    made = Table(box=None, pad_edge=True, padding=(0, 1), header_style="dim", expand=True)
    for column in columns:
        made.add_column(column, no_wrap=column != wide, ratio=1 if column == wide else None, overflow="fold")
    return made


def short(value: Any) -> str:
    """A value in a few words: of a thing its name, of things their ids, of a list its items."""
    text = _few_words(value)
    return text if len(text) <= LONGEST_VALUE else text[:LONGEST_VALUE] + "..."


def _few_words(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list) and value:
        return ", ".join(map(_few_words, value))
    if isinstance(value, Mapping) and value.keys() == {"amount", "currency"}:
        return f"{value['currency']} {value['amount']}"
    if isinstance(value, Mapping) and value:
        named = next((value[name] for name in NAMES if isinstance(value.get(name), str)), None)
        return named or ", ".join(name for name in value if name not in BOOKKEEPING)
    return orjson.dumps(value).decode()


def write_json(value: Any) -> None:
    """One JSON document, indented; bytes of other characters as they are."""
    sys.stdout.write(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode() + "\n")


def write_text(text: str) -> None:
    """Text for programs, exactly as it is."""
    sys.stdout.write(text)


def write_line(value: Any) -> None:
    """One line of JSON Lines."""
    sys.stdout.write(orjson.dumps(value).decode() + "\n")


def refuse(code: str, detail: str, problems: Iterable[Problem] = ()) -> None:
    """Say on standard error what was refused: the sentence, its code, and each fault under it."""
    console = complainer()
    console.print(styled(("Refused", "bold red"), f" ({code}): {detail}"))
    held = list(problems)
    for fault in held[:LISTED]:
        if fault.detail not in detail:
            console.print(styled(f"  {fault.pointer or '/'}: {fault.detail}"))
        elif fault.pointer:
            console.print(styled(f"  at {fault.pointer}"))
    if len(held) > LISTED:
        console.print(styled(f"  and {len(held) - LISTED} more"))
