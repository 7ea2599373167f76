"""The commands that write: import a file, record one event."""

import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Annotated, Any, cast

import typer

from api.cli import output
from api.cli.command import REFUSED, command
from api.cli.connection import Place
from api.cli.field_arguments import data_from_arguments, drop_empty
from api.cli.options import Deal, Json
from api.cli.output import styled
from api.cli.progress import CountedFile, byte_progress
from api.client.errors import ApiError
from api.events.default_day import default_day
from api.hints import COMMAND_LINE, reworded
from domain.errors import ParleyError
from domain.event import event_type

READ_BYTES = 256 * 1024
"""Bytes of a file sent to a server at once."""

STANDARD_INPUT = Path("-")

IN_MEMORY_BYTES = 4 * 1024 * 1024
"""Bytes of standard input kept in memory; more is copied to a temporary file."""


def _existing(file: Path) -> Path:
    """A file, or `-` for standard input. Raises typer.BadParameter."""
    try:
        if file != STANDARD_INPUT and not file.is_file():
            raise typer.BadParameter(f"{file} is a folder." if file.is_dir() else f"There is no file {file}.")
    except OSError as error:
        raise typer.BadParameter(f"{file} cannot be read: {error.strerror or error}.") from error
    return file


app = typer.Typer()


@dataclass(frozen=True, slots=True)
class Envelope:
    """Members of the envelope of an event."""

    occurred: Annotated[
        str | None,
        typer.Option("--occurred", metavar="DATE", help="When it happened; may be imprecise. Today, if absent."),
    ] = None
    effective: Annotated[
        str | None, typer.Option("--effective", metavar="DATE", help="When it takes effect, if on another day.")
    ] = None
    published: Annotated[
        str | None, typer.Option("--published", metavar="DATE", help="When it became public, if on another day.")
    ] = None
    event_id: Annotated[str | None, typer.Option("--id", help="Id of the event; generated if absent.")] = None
    actor: Annotated[str | None, typer.Option("--actor", help="Actor of the event.")] = None
    summary: Annotated[str | None, typer.Option("--summary", help="One sentence for a timeline.")] = None
    source: Annotated[
        list[str] | None, typer.Option("--source", metavar="TITLE|URL", help="Where it was read; may be repeated.")
    ] = None
    attribution: Annotated[str | None, typer.Option("--attribution", help="Attribution of the source.")] = None
    grade: Annotated[str | None, typer.Option("--grade", help="Admiralty grade, such as B2.")] = None
    quote: Annotated[str | None, typer.Option("--quote", help="The decisive words.")] = None
    note: Annotated[str | None, typer.Option("--note", help="What the reader should know.")] = None
    rank: Annotated[int | None, typer.Option("--rank", help="Order among events of one moment.")] = None

    def members(self) -> dict[str, Any]:
        """The members as in a posted event."""
        sources = [{"url": each} if "://" in each else {"title": each} for each in self.source or ()]
        return drop_empty(
            {
                "id": self.event_id,
                "occurred": self.occurred,
                "effective": self.effective,
                "published": self.published,
                "rank": self.rank,
                "actor": self.actor,
                "summary": self.summary,
                "sources": sources,
                "attribution": self.attribution,
                "grade": self.grade,
                "quote": self.quote,
                "note": self.note,
            }
        )


@command(app, "import")
def import_(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", callback=_existing, help="JSON Lines, CSV or XLSX; - for a pipe."),
    ],
    place: Place,
    deal: Annotated[str | None, typer.Option("--deal", help="Record every line in this deal.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Validate the lines; record nothing.")] = False,
    partial: Annotated[
        bool, typer.Option("--partial", help="Record the valid lines even if others are invalid.")
    ] = False,
    json: Json = False,
) -> None:
    """Import a file of events, all or none, with errors line by line. Importing a file again is safe.

    A table has a row for each event, and columns by name: parley template writes one.
    """
    try:
        through = _sent if place.server else _read
        told = through(place, file, deal, dry_run, partial)
    except ParleyError as refused:
        report = refused.body if isinstance(refused, ApiError) else refused.extra
        if "errors" not in report:
            raise
        told = dict(report)
    if json:
        output.write_json(told)
    else:
        _show(told, dry_run, partial)
    if told["errors"]:
        raise typer.Exit(REFUSED)


@command(app, other_options=True)
def record(
    context: typer.Context,
    deal: Deal,
    kind: Annotated[str, typer.Argument(metavar="TYPE", help="The type of event: parley types lists them.")],
    place: Place,
    envelope: Envelope,
    given: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="field=value ...",
            help="The fields of its data; values may be JSON, and parts of one are named: price.amount=5.",
        ),
    ] = None,
    expected: Annotated[int | None, typer.Option("--if-version", help="Required version of the deal.")] = None,
    lenient: Annotated[bool, typer.Option("--lenient", help="Accept unknown references, with a warning.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Validate without recording.")] = False,
    json: Json = False,
) -> None:
    """Record one event.

    For example: parley record tiktok deadline.reaffirmed deadline_id=dl-divest by=us_president
    --occurred 2020-09-10
    """
    options = [option for each in context.command.params for option in each.opts if option.startswith("--")]
    data = data_from_arguments(event_type(kind), given or [], options)
    event = {**envelope.members(), "type": kind, "data": data}
    with place.client(new=kind == "deal.opened") as client:
        if "occurred" not in event:
            own = event["data"] if kind == "deal.opened" else client.state(deal)["deal"]
            event["occurred"] = default_day(own.get("tz")).isoformat()
        receipt = client.record(deal, event, expected_version=expected, lenient=lenient, dry_run=dry_run)
    if json:
        output.write_json(receipt)
        return
    one = receipt["events"][0]
    done = "Would be recorded" if dry_run else "Recorded"
    where = f"version {one['version']} of {deal}, position {one['position']} of the log"
    output.stdout_console().print(styled(f"{done}: {one['type']} {one['id']}, {where}."))
    for warning in receipt["warnings"]:
        output.stderr_console().print(styled(("Warning: ", "yellow"), reworded(warning, COMMAND_LINE)))


def _read(place: Place, file: Path, deal: str | None, dry_run: bool, partial: bool) -> Mapping[str, Any]:
    """Import into a database, in this process."""
    from api.events import imports
    from api.http.authentication import Caller

    with (
        place.store.ledger(new=not dry_run) as ledger,
        _opened(file) as (opened, size),
        byte_progress("Reading", size) as bar,
    ):
        counted = cast(IO[bytes], CountedFile(opened, bar))
        who = Caller.local(ledger)
        with closing(imports.run(counted, who, deal, imports.ImportOptions(partial, dry_run))) as report:
            return report.as_dict()


def _sent(place: Place, file: Path, deal: str | None, dry_run: bool, partial: bool) -> Mapping[str, Any]:
    """Import through a server."""
    with place.client() as client, _opened(file) as (opened, size), byte_progress("Sending", size) as bar:

        def parts() -> Iterator[bytes]:
            while part := opened.read(READ_BYTES):
                yield part
                bar.advance(len(part))

        return client.import_lines(parts(), deal=deal, dry_run=dry_run, partial=partial)


@contextmanager
def _opened(file: Path) -> Iterator[tuple[IO[bytes], int]]:
    """A file and its size in bytes. Standard input is copied first: its lines are read twice, and a pipe but once."""
    if file != STANDARD_INPUT:
        with file.open("rb") as opened:
            yield opened, file.stat().st_size
        return
    with tempfile.SpooledTemporaryFile(IN_MEMORY_BYTES) as copy:
        shutil.copyfileobj(sys.stdin.buffer, copy)
        size = copy.tell()
        copy.seek(0)
        yield copy, size


def _show(told: Mapping[str, Any], dry_run: bool, partial: bool) -> None:
    console, complaints = output.stdout_console(), output.stderr_console()
    for each in told["errors"]:
        problems = each.get("problems", ())
        for fault in problems if len(problems) > 1 else (each,):
            complaints.print(
                styled((f"line {each['line']}: ", "bold red"), f"{reworded(fault, COMMAND_LINE)} ({fault['code']})")
            )
    total = told.get("errors_total", len(told["errors"]))
    for each in told.get("warnings", ()):
        complaints.print(styled((f"line {each['line']}, a note: ", "yellow"), reworded(each, COMMAND_LINE)))
    lines, repeated = told["lines"], told["repeated"]
    if total and not partial and told["recorded"]:
        console.print(styled(reworded(told, COMMAND_LINE)))
        return
    if total and not partial:
        console.print(styled(f"{total} of {lines} lines cannot be recorded, so nothing was."))
        return
    again = f", {repeated} had been recorded before" if repeated else ""
    bad = f", {total} refused" if total else ""
    if dry_run:
        console.print(styled(f"{lines - total - repeated} of {lines} lines would be recorded{again}{bad}."))
        return
    deals = f" in {', '.join(told['deals'])}" if told.get("deals") else ""
    console.print(styled(f"{told['recorded']} of {lines} lines recorded{deals}{again}{bad}."))
