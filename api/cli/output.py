"""Output on a terminal: plain text in 80 columns or the width of the terminal, colour on terminals only."""

import io
import json
import re
import sys
from collections.abc import Mapping
from typing import Any

import orjson
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from api import hints
from domain.errors import ParleyError

WIDTH = 80
"""Columns where the width of the terminal is unknown."""

LISTED = 20
"""Faults of one error that are printed; the rest are counted."""


BOOKKEEPING = frozenset({"because", "history", "trace", "observations", "reports", "origins"})
"""Members of a state that are not printed, as the replayed event shows them."""

NAMES = ("title", "obligation", "statement", "label", "why", "what", "entry_ref", "subject", "id", "status", "value")
"""Members that name a new entity in a few words, the best first."""

LONGEST_VALUE = 160
"""Characters of a value that are printed; --json prints all of it."""


def stdout_console() -> Console:
    """The console of standard output, without markup; a pipe gets no colour and lines of WIDTH columns."""
    return Console(markup=False, highlight=False, emoji=False, soft_wrap=False)


def stderr_console() -> Console:
    """The console of standard error. Lines are not wrapped, so that they can be searched."""
    return Console(stderr=True, markup=False, highlight=False, emoji=False, soft_wrap=True)


STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Characters that steer a terminal or the order of what follows: controls but tab and line feed, line and paragraph
separators, directional embeddings, overrides and isolates; and halves of surrogate pairs, which cannot be written."""


def printable(text: object) -> str:
    """The text with control characters replaced; spaces of every kind and joiners stay."""
    return STEERING.sub("\ufffd", str(text))


def escape_unencodable() -> None:
    """Write a character that a stream's encoding lacks (a Latin-1 console) as an escape, instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def styled(*parts: str | tuple[str, str]) -> Text:
    """A line made of texts and (text, style) pairs."""
    made = Text()
    for part in parts:
        text, style = part if isinstance(part, tuple) else (part, "")
        made.append(printable(text), style)
    return made


def cannot_be_read(deal_id: str, reason: str) -> Text:
    """Print a deal that is skipped, and why."""
    return styled((f"{deal_id} ", "bold yellow"), f"cannot be read: {reason}")


def heading(text: str) -> Text:
    return styled(("\n" + text, "bold"))


def indented(text: Text, columns: int = 1) -> Padding:
    return Padding(text, (0, 0, 0, columns), expand=False)


def hanging(label: Text, text: Text, columns: int) -> Table:
    """A label, and beside it a text whose lines are aligned."""
    made = Table.grid()
    made.add_column(width=columns, no_wrap=True)
    made.add_column(overflow="fold")
    made.add_row(label, text)
    return made


def table(*columns: str, wide: str | None = None) -> Table:
    """A table without rules; `wide` is the column that takes the remaining width."""
    made = Table(box=None, pad_edge=True, padding=(0, 1), header_style="dim", expand=True)
    for column in columns:
        made.add_column(column, no_wrap=column != wide, ratio=1 if column == wide else None, overflow="fold")
    return made


def short(value: Any) -> str:
    """A value in a few words: the name of an entity, the ids of entities, the items of a list."""
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
    """One JSON document, indented."""
    _write_json(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode())


def write_text(text: str) -> None:
    """Text for programs, unchanged."""
    sys.stdout.write(text)


def write_line(value: Any) -> None:
    """One line of JSON Lines."""
    _write_json(orjson.dumps(value).decode())


def _write_json(text: str) -> None:
    """Characters that the encoding of the stream lacks become JSON escapes."""
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        text = "".join(each if each.isascii() else json.dumps(each)[1:-1] for each in text)
    sys.stdout.write(text + "\n")


def refuse(error: ParleyError) -> None:
    """Print an error on standard error: its message, its code, and each fault under it."""
    console = stderr_console()
    console.print(styled(("Refused", "bold red"), f" ({error.code}): {hints.text_of(error, hints.COMMAND_LINE)}"))
    for fault in error.problems[:LISTED]:
        if fault.detail not in error.detail:
            sentence = hints.worded(fault.detail, fault.hint, hints.COMMAND_LINE)
            console.print(styled(f"  {fault.pointer or '/'}: {sentence}"))
        elif fault.pointer:
            console.print(styled(f"  at {fault.pointer}"))
    if len(error.problems) > LISTED:
        console.print(styled(f"  and {len(error.problems) - LISTED} more"))
