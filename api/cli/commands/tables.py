"""The commands for files of events: export a log, and write a sheet to fill in."""

import sys
from pathlib import Path
from typing import IO, Annotated

import typer

from api.cli import output
from api.cli.command import command
from api.cli.connection import Place
from api.cli.options import ListName
from api.cli.parquet_folder import export_folder
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
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", dir_okay=False, help="A file .ndjson, .csv or .xlsx.")
    ] = None,
    after: Annotated[int, typer.Option("--after", min=0, help="Begin after this position of the log.")] = 0,
    parquet: Annotated[
        Path | None,
        typer.Option(
            "--parquet",
            metavar="DIR",
            file_okay=False,
            help="Write events.parquet, deals.parquet and deadlines.parquet into this folder.",
        ),
    ] = None,
    at: Annotated[
        str | None, typer.Option("--at", metavar="DATE", help="Valid time of deals and deadlines in Parquet files.")
    ] = None,
    known_at: Annotated[
        str | None,
        typer.Option("--known-at", metavar="DATE", help="Known time of deals and deadlines in Parquet files."),
    ] = None,
    named: ListName = None,
) -> None:
    """Export the events of the log to a file: JSON Lines, or a table with a column for each field.

    The file is read back by `parley import`. With `--parquet`, for the engines of analysts: all events, and the deals
    and open deadlines at a valid and a known time, by default as they are after the last event of the export.
    """
    if (file is None) == (parquet is None):
        raise typer.BadParameter("Name either a FILE or a folder with --parquet.")
    if parquet is not None:
        with place.client() as client:
            export_folder(client, parquet, after=after, valid_at=at, known_at=known_at, named=named)
        output.stderr_console().print(f"Exported to {parquet}.")
        return
    assert file is not None
    if at or known_at:
        raise typer.BadParameter("--at and --known-at are of deals and deadlines, which --parquet writes.")
    media = FORMS.get(file.suffix.lower())
    if media is None:
        raise typer.BadParameter(f"{file.name} does not end in {', '.join(FORMS)}.")
    asked: dict[str, str | int | bool | None] = {"after": after, "columns": "fields", "list": named}
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
