"""The bitemporal commands: diff, history, first, digest, lineage, what-if."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from api import formatting
from api.cli import change_view, output
from api.cli.command import command
from api.cli.connection import Place
from api.cli.options import Basis, Deal, Ids, Json
from api.cli.output import hanging, indented, short, styled, table
from api.client.client import Answer
from api.http import line_protocols
from api.http.strict_json import parse_json
from domain.errors import ParleyError
from domain.sentences import amounts

Where = Annotated[str, typer.Argument(metavar="PATH", help="A path of the state, such as /deadlines/dl-divest/due.")]
KnownBy = Annotated[
    str | None,
    typer.Option("--known-by", metavar="recorded|published", help="Known time by recording or by publication."),
]

app = typer.Typer()


@command(app)
def diff(
    deal: Deal,
    place: Place,
    from_valid: Annotated[
        str | None, typer.Option("--from", metavar="DATE", help="Valid time: a day or an instant.")
    ] = None,
    to_valid: Annotated[str | None, typer.Option("--to", metavar="DATE", help="Valid time; default: now.")] = None,
    from_known: Annotated[
        str | None, typer.Option("--from-known", metavar="DATE", help="Known time: a day or an instant.")
    ] = None,
    to_known: Annotated[
        str | None, typer.Option("--to-known", metavar="DATE", help="Known time; default: now.")
    ] = None,
    known_by: KnownBy = None,
    event: Annotated[
        str | None,
        typer.Option("--event", metavar="EVENT", help="What this event changed, by its id; without a basis."),
    ] = None,
    ids: Ids = False,
    json: Json = False,
) -> None:
    """Show the difference of two bases: what happened, what lapsed by time alone, what was learned later."""
    asked = {
        "from_valid": from_valid,
        "from_known": from_known,
        "to_valid": to_valid,
        "to_known": to_known,
        "known_by": known_by,
    }
    if event is not None and any(asked.values()):
        raise typer.BadParameter("--event compares the states just before and just after it: leave out the dates.")
    with place.client() as client:
        told: Any = client.event_diff(deal, event) if event else client.get(client.path(deal, "diff"), **asked)
    if json:
        output.write_json(told)
    elif event:
        nothing = "It changed nothing in the state of the day on which it takes effect."
        change_view.show_summary(output.stdout_console(), told["summary"], ids=ids, nothing=nothing)
    else:
        change_view.show_parts(output.stdout_console(), told["summary"], ids=ids)


@command(app)
def history(
    deal: Deal,
    path: Where,
    basis: Basis,
    place: Place,
    believed: Annotated[bool, typer.Option("--revisions", help="The values for one --at over known time.")] = False,
    json: Json = False,
) -> None:
    """Show the history of a value of the state, with the events it is derived from."""
    with place.client() as client:
        told = client.get(client.path(deal, "revisions" if believed else "history"), path=path, **basis.asked())
    if json:
        output.write_json(told)
    else:
        _show_intervals(told["items"])


@command(app)
def first(
    deal: Deal,
    path: Where,
    basis: Basis,
    place: Place,
    op: Annotated[
        str, typer.Option("--op", metavar="eq|ne|lt|le|gt|ge|exists", help="Comparison operator.")
    ] = "exists",
    value: Annotated[str | None, typer.Option("--value", metavar="JSON", help="With what.")] = None,
    json: Json = False,
) -> None:
    """Show when a condition first held, and when that was first known."""
    with place.client() as client:
        told = client.get(client.path(deal, "first"), path=path, op=op, value=value, **basis.asked())
    if json:
        output.write_json(told)
    elif told["at"] is None:
        _print(styled("It never holds."))
    else:
        _print(styled(("From ", "dim"), (told["at"], "bold"), _because(told)))
        _print(styled(("Known from ", "dim"), str(told["first_known"])))


@command(app)
def digest(
    place: Place,
    deal: Annotated[str | None, typer.Argument(metavar="DEAL", help="One deal; without it, all of them.")] = None,
    since: Annotated[
        str | None,
        typer.Option("--since", metavar="DATE", help="Since this moment; of a day, its end. Also: yesterday, today."),
    ] = None,
    version: Annotated[int | None, typer.Option("--since-version", help="Since this version of the deal.")] = None,
    position: Annotated[
        int | None, typer.Option("--since-position", help="Across deals: since this position of the log.")
    ] = None,
    list_name: Annotated[
        str | None, typer.Option("--list", metavar="NAME", help="Across deals: only those of this list.")
    ] = None,
    ids: Ids = False,
    json: Json = False,
) -> None:
    """Show a digest of the changes since a version or a date: of one deal, or of all that changed."""
    since = _day(since)
    others = (version,) if deal is None else (position, list_name)
    if any(other is not None for other in others):
        raise typer.BadParameter("--since-version is of one DEAL; --since-position and --list are across deals.")
    with place.client() as client:
        if deal is None:
            found = list(client.digest(since=since, since_position=position, list=list_name))
        else:
            told = client.get(client.path(deal, "digest"), since=since, since_version=version)
    if deal is None and json:
        output.write_json({"items": found, "next": None})
    elif deal is None:
        change_view.show_digest(output.stdout_console(), found, ids=ids, nothing="No deal has changed.")
    elif json:
        output.write_json(told)
    else:
        _show_summary(told, ids=ids)


def _day(text: str | None) -> str | None:
    """A date; `yesterday` and `today` as the days of this machine."""
    days = {"yesterday": 1, "today": 0}
    return text if text not in days else str(datetime.now().astimezone().date() - timedelta(days=days[text]))


def _show_summary(told: Answer, *, ids: bool) -> None:
    change_view.show_summary(output.stdout_console(), told["summary"], ids=ids, nothing="Nothing has changed.")


@command(app)
def lineage(
    deal: Deal,
    event: Annotated[str, typer.Argument(metavar="EVENT", help="The event's id.")],
    place: Place,
    json: Json = False,
) -> None:
    """Show the lineage of an event: corrections, voidings, reinstatements; by whom, when and why."""
    with place.client() as client:
        told = client.get(client.path(deal, "events", event, "lineage"))
    if json:
        output.write_json(told)
        return
    _print(styled((told["id"], "bold"), f" {told['status']}."))
    for step in told["steps"]:
        reason = f", {step['cause']}" if step.get("cause") else ""
        why = f": {step['reason']}" if step.get("reason") else ""
        taken_back = "" if step["stands"] else " (itself taken back)"
        by = step["by"] or step["recorded_by"]
        _print(hanging(
            styled((step["recorded_at"][:10], "dim")),
            styled(f"{step['type']} {step['id']} by {by}{reason}{why}{taken_back}"),
            11,
        ))  # fmt: skip
        for name, value in step.get("changes", {}).items():
            _print(indented(styled((f"{name}: ", "cyan"), short(value)), 11))


@command(app, "what-if")
def what_if(
    deal: Deal,
    file: Annotated[
        Path, typer.Argument(metavar="FILE.ndjson", exists=True, dir_okay=False, help="Hypothetical events.")
    ],
    place: Place,
    at: Annotated[
        str | None, typer.Option("--at", metavar="DATE", help="Valid time: a day (its end) or an instant.")
    ] = None,
    known_at: Annotated[
        str | None, typer.Option("--known-at", metavar="DATE", help="Known time: a day or an instant.")
    ] = None,
    ids: Ids = False,
    json: Json = False,
) -> None:
    """Show what would change if events were recorded. Nothing is stored."""
    given = enumerate(line_protocols.json_lines([file.read_bytes()]), 1)
    events = [_parsed(number, line) for number, line in given if line.strip()]
    asked = {name: value for name, value in (("valid_at", at), ("known_at", known_at)) if value is not None}
    with place.client() as client:
        told: Answer = client.post(client.path(deal, "what-if"), {**asked, "events": events})
    if json:
        output.write_json(told)
    else:
        change_view.show_parts(output.stdout_console(), told["diff"]["summary"], ids=ids)
        for warning in told["warnings"]:
            output.stderr_console().print(styled(("Warning: ", "yellow"), warning["detail"]))


def _parsed(number: int, line: bytes) -> Any:
    try:
        return parse_json(line)
    except ParleyError as fault:
        raise typer.BadParameter(f"line {number}: {fault.detail}") from fault


def _because(entry: Any) -> tuple[str, str]:
    """The causes of an entry, in brackets; nothing where it names none."""
    causes = entry.get("because") if isinstance(entry, Mapping) else None
    return (f"  ({amounts.listed(causes)})" if causes else "", "dim")


def _show_intervals(items: Sequence[Mapping[str, Any]]) -> None:
    rows = table("From", "Until", "Value", "Because", wide="Value")
    for item in items:
        rows.add_row(
            styled(formatting.minute_of(item["from"]) or "the start"),
            styled(formatting.minute_of(item["to"]) or "still"),
            styled((short(item["value"]), "bold")),
            styled(("\n".join(item["because"]), "dim")),
        )
    _print(rows if items else styled("The path never had a value."))


def _print(what: Any) -> None:
    output.stdout_console().print(what)
