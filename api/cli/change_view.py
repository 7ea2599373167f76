"""The changes of a state as plain text: the most important first, below each what else the same events changed."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from rich.console import Console
from rich.table import Table

from api.cli.output import hanging, heading, styled

Development = Mapping[str, Any]

PARTS = {"happened": "Happened", "lapsed": "Lapsed, by time alone", "learned": "Learned later"}
"""The parts of a difference, in the order printed."""


def show_parts(console: Console, summary: Sequence[Development], *, ids: bool) -> None:
    """Print the developments of a difference, part by part; with the ids of the events behind them, where asked."""
    for part, title in PARTS.items():
        told = [each for each in summary if each["part"] == part]
        if told:
            console.print(heading(title))
            _show(console, told, ids)
    if not summary:
        console.print(styled("Nothing differs."))


def show_summary(console: Console, summary: Sequence[Development], *, ids: bool, nothing: str) -> None:
    """Print the developments of a digest, or that there are none."""
    _show(console, summary, ids)
    if not summary:
        console.print(styled(nothing))


def show_digest(console: Console, items: Sequence[Mapping[str, Any]], *, ids: bool, nothing: str) -> None:
    """Print the changes of several deals below the title of each, or that there are none."""
    for deal_id, entries in groupby(items, key=lambda each: str(each["deal_id"])):
        first, *rest = entries
        console.print(heading(f"{first['title'] or deal_id}{f' ({deal_id})' if ids else ''}"))
        for each in (first, *rest):
            causes = f" ({', '.join(each['because'])})" if ids and each["because"] else ""
            console.print(hanging(styled(("-", "dim")), styled(each["text"] + causes), 2))
    if not items:
        console.print(styled(nothing))


def _show(console: Console, summary: Sequence[Development], ids: bool) -> None:
    for line in _lines(summary, ids):
        console.print(line)


def _lines(summary: Sequence[Development], ids: bool) -> Iterator[Table]:
    """A line for each development, and an indented one for each consequence; none twice."""
    told: set[str] = set()
    for each in summary:
        lead = each["text"] + (f" ({', '.join(each['because'])})" if ids and each["because"] else "")
        for text, columns in ((lead, 2), *((also["text"], 4) for also in each["consequences"])):
            if text not in told:
                told.add(text)
                yield hanging(styled(("-".rjust(columns - 1), "dim")), styled(text), columns)
