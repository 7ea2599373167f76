"""The commands for files of events: export a log, and write a sheet to fill in."""

import sys
from pathlib import Path
from typing import IO, Annotated

import typer

from api.cli import output
from api.cli.command import command
from api.cli.connection import Place
from api.events.sheets import workbook
from api.http.responses import NDJSON
from domain.event import event_type
from projections import csv_cells

app = typer.Typer()

FORMS = {".ndjson": NDJSON, ".jsonl": NDJSON, ".csv": "text/csv", ".xlsx": workbook.MEDIA}
"""Ending of a file -> the media type that it is exported as."""


@command(app)
def export(
    place: Place,
    file: Annotated[Path, typer.Argument(metavar="FILE", dir_okay=False, help="A file .ndjson, .csv or .xlsx.")],
    after: Annotated[int, typer.Option("--after", min=0, help="Begin after this position of the log.")] = 0,
) -> None:
    """Export the events of the log to a file: JSON Lines, or a table with a column for each field.

    The file is read back by `parley import`.
    """
    media = FORMS.get(file.suffix.lower())
    if media is None:
        raise typer.BadParameter(f"{file.name} does not end in {', '.join(FORMS)}.")
    asked: dict[str, str | int | bool | None] = {"after": after, "columns": "fields"}
    with place.client() as client, file.open("wb") as opened:
        for part in client.parts("/v1/events", asked, media):
            opened.write(part)
    output.stderr_console().print(f"Exported to {file}.")


@command(app)
def template(
    types: Annotated[list[str], typer.Argument(metavar="TYPE...", help="Types of events: parley types lists them.")],
    csv: Annotated[bool, typer.Option("--csv", help="A table of its header alone, instead of a workbook.")] = False,
) -> None:
    """Write a sheet to fill in, to standard output: parley template bid.submitted deadline.set > events.xlsx."""
    found = [event_type(name) for name in types]
    out: IO[bytes] = sys.stdout.buffer
    if csv:
        out.write((csv_cells.MARK + csv_cells.csv_lines([workbook.columns_to_fill_in(found)])).encode())
        return
    if out.isatty():
        raise typer.BadParameter("A workbook is no text for a terminal: write it to a file with > events.xlsx.")
    workbook.write_template(out, found)
