"""The commands about the logs of a database: list them, make one."""

from typing import Annotated

import typer

from api.cli import output
from api.cli.command import command
from api.cli.connection import Store
from api.cli.options import Json
from api.cli.output import styled, table
from api.formatting import minute_of

app = typer.Typer(name="logs", help="List the logs of a database; make one.")


@command(app, alone=True)
def list_logs(context: typer.Context, store: Store, json: Json = False) -> None:
    """List the logs of the database: name, origin, events, signed events, API keys."""
    if context.invoked_subcommand is not None:
        return
    from domain.time.instants import iso
    from ledger import log_directory

    with store.url() as url:
        found = log_directory.list_logs(url)
    items = [
        {
            "name": each.tenant,
            "origin": each.origin,
            "opened_at": iso(each.opened_at),
            "position": each.position,
            "recorded_at": None if each.recorded_at is None else iso(each.recorded_at),
            "signed": each.signed,
            "keys": each.keys,
        }
        for each in found
    ]
    if json:
        output.write_json({"items": items, "next": None})
        return
    rows = table("Log", "Origin", "Events", "Signed", "API keys", "Last recorded", wide="Origin")
    for each in found:
        last = "never" if each.recorded_at is None else minute_of(iso(each.recorded_at))
        counts = (str(each.position), str(each.signed), str(each.keys))
        rows.add_row(*map(styled, (each.tenant, each.origin, *counts, last)))
    none = styled("The database holds no log yet: parley logs make NAME makes one.")
    output.stdout_console().print(rows if found else none)


@command(app, "make")
def make_log(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Its name for --log and in its API keys.")],
    store: Store,
    origin: Annotated[
        str | None,
        typer.Option(
            "--origin", metavar="ORIGIN", help="Its name in checkpoints, such as log.example/fund; else one is made up."
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Make a log without events. Its origin never changes; its first API key is made with parley keys make --log."""
    from ledger import log_directory

    with store.url(new=True) as url:
        made = log_directory.make_log(url, name, origin)
    if json:
        output.write_json({"name": name, "origin": made})
    else:
        output.stdout_console().print(styled(f"The log {name} is made, with the origin {made}."))
