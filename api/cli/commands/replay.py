"""The command that replays a record: each event, and what it changed."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from api.cli import output
from api.cli.command import command
from api.cli.connection import Place
from api.cli.options import Basis, Deal
from api.cli.output import hanging, styled
from domain.sentences import amounts

FoldStep = Mapping[str, Any]

CHANGES_SHOWN = 8

app = typer.Typer()


@command(app)
def replay(
    deal: Deal,
    basis: Basis,
    place: Place,
    to: Annotated[int | None, typer.Option("--to", metavar="VERSION", help="Up to this version of the deal.")] = None,
    json: Annotated[bool, typer.Option("--json", help="JSON Lines: a step for each event, then a trailer.")] = False,
    html: Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Write one page to print.")] = None,
    csv: Annotated[Path | None, typer.Option("--csv", metavar="FILE", help="Write a row for each event.")] = None,
) -> None:
    """Replay a deal event by event: what each says, and what it changes.

    Valid time is --at (default: now); known time advances event by event.
    """
    if sum((json, html is not None, csv is not None)) > 1:
        raise typer.BadParameter("--json, --html and --csv exclude one another.")
    asked = {"to_version": to, **basis.asked()}
    with place.client() as client:
        path = client.path(deal, "replay")
        if html is not None:
            _write(html, client.parts(path, asked, "text/html"))
        elif csv is not None:
            _write(csv, client.parts(path, asked, "text/csv"))
        elif json:
            for step in client.lines(path, asked):
                output.write_line(step)
        else:
            show(output.stdout_console(), client.lines(path, asked))


def show(console: Console, steps: Iterable[FoldStep]) -> None:
    """Print each step as it comes, and the hash of the state at the end."""
    for step in steps:
        if "trailer" in step:
            _show_end(console, step["trailer"])
        else:
            console.print(hanging(styled((f"{step['step']:>4} ", "dim")), _told(step), 5))


def _told(step: FoldStep) -> Text:
    event = step["event"]
    lines = [
        styled((event["type"], "bold"), (f"  {event['id']}, {event['occurred']}", "dim")),
        *(styled(each) for each in dict.fromkeys((event.get("text"), event.get("summary"))) if each),
        *_links(step),
        *_changes(step),
    ]
    return Text("\n").join(lines)


def _links(step: FoldStep) -> Iterator[Text]:
    if step["corrects"]:
        yield styled((f"about {step['corrects']}", "yellow"))
    if step["corrected_by"]:
        yield styled((f"later: {amounts.listed(step['corrected_by'])}", "yellow"))
    if "erased" in step:
        yield styled((f"[erased] by {step['erased']['by']}", "red"))


def _changes(step: FoldStep) -> Iterator[Text]:
    """What the event changed, in sentences; a long replay has none."""
    told = step.get("sentences")
    if told is None:
        return
    for each in told[:CHANGES_SHOWN]:
        yield styled(("- ", "dim"), each["text"])
    if len(told) > CHANGES_SHOWN:
        yield styled((f"and {len(told) - CHANGES_SHOWN} more", "dim"))
    if not told:
        yield styled(("changes nothing in this state", "dim"))


def _show_end(console: Console, trailer: FoldStep) -> None:
    console.print(styled(f"\n{trailer['steps']} events, version {trailer['version']}."))
    console.print(styled(("State hash ", "dim"), trailer["state_hash"]))


def _write(file: Path, parts: Iterable[bytes]) -> None:
    """Write a file completely or not at all: a replay that fails leaves no file."""
    unfinished = file.with_name(f"{file.name}.part")
    try:
        with unfinished.open("wb") as opened:
            opened.writelines(parts)
        unfinished.replace(file)
    finally:
        unfinished.unlink(missing_ok=True)
    output.stderr_console().print(styled(f"Written to {file}."))
