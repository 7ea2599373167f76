"""The commands about the logs of a database, and of others that its directory names: list them, make one, move one."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli import output
from api.cli.command import command
from api.cli.connection import Store
from api.cli.options import Json
from api.cli.output import styled, table
from api.cli.progress import progress_bars
from api.formatting import minute_of

if TYPE_CHECKING:
    from psycopg import Connection

Name = Annotated[str, typer.Argument(metavar="NAME", help="The log.")]

app = typer.Typer(name="logs", help="List the logs of a database; make one; move one to another database.")


@command(app, alone=True)
def list_logs(context: typer.Context, store: Store, json: Json = False) -> None:
    """List the logs of the database, and those that its directory assigns to others: name, origin, events, signed
    events, API keys, database."""
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
            "database": each.database,
            "read_only": each.read_only,
        }
        for each in found
    ]
    if json:
        output.write_json({"items": items, "next": None})
        return
    titles = ["Log", "Origin", "Events", "Signed", "API keys", "Last recorded"]
    with_database = any(each.database or each.read_only for each in found)
    rows = table(*titles, *["Database"] * with_database, wide="Origin")
    for each in found:
        last = "never" if each.recorded_at is None else minute_of(iso(each.recorded_at))
        counts = (str(each.position), str(each.signed), str(each.keys))
        place = (each.database or "this one") + (", read-only" if each.read_only else "")
        rows.add_row(*map(styled, (each.tenant, each.origin, *counts, last, *[place] * with_database)))
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
    at: Annotated[
        str | None,
        typer.Option(
            "--at", metavar="URL", help="Another PostgreSQL, in which it is made; the directory then names it."
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Make a log without events. Its origin never changes; its first API key is made with parley keys make --log."""
    from ledger import log_directory

    with store.url(new=True) as url:
        made = log_directory.make_log(at or url, name, origin)
        if at is not None:
            log_directory.enter_log(url, name, at)
    if json:
        output.write_json({"name": name, "origin": made})
    else:
        output.stdout_console().print(styled(f"The log {name} is made, with the origin {made}."))


@command(app, "enter")
def enter_log(
    name: Name,
    at: Annotated[str, typer.Option("--at", metavar="URL", help="The PostgreSQL in which it is.")],
    store: Store,
) -> None:
    """Enter a log of another database into the directory of this one, whose servers serve it from then on."""
    from ledger import log_directory

    with store.url(new=True) as url:
        origin = log_directory.enter_log(url, name, at)
    output.stdout_console().print(styled(f"The directory has the log {name}, with the origin {origin}."))


@command(app, "move")
def move_log(
    name: Name,
    to: Annotated[str, typer.Option("--to", metavar="URL", help="The PostgreSQL to which it is moved.")],
    store: Store,
    abort: Annotated[
        bool, typer.Option("--abort", help="Undo a move that was interrupted before the log was whole there.")
    ] = False,
) -> None:
    """Move a log to another database while it is written to, and have the directory name it there.

    Writers get 503 busy for a moment and go on when they send again. If it is interrupted, run it again. The log stays
    readable where it was, until parley logs remove.
    """
    from ledger.maintenance.log_copy import MoveRefused
    from ledger.maintenance.log_move import Stage, undo_move
    from ledger.maintenance.log_move import move_log as move

    if name == store.log:
        raise MoveRefused(
            f"{name!r} is the log that servers of this database serve without an API key, beside the directory: it "
            "stays. Where PARLEY_TENANT or --log names another one, it is that."
        )
    with store.url() as url:
        if abort:
            undo_move(url, name, to)
            output.stdout_console().print(styled(f"The move is undone: the log {name} is written to where it was."))
            return
        with progress_bars() as progress:
            task = progress.add_task("Moving", total=None)

            def show(stage: Stage, position: int) -> None:
                progress.update(task, description=f"Moving: {stage}", completed=position)

            moved = move(url, name, to, show)
    output.stdout_console().print(styled(f"{moved.position} events of {moved.origin} are in {moved.place}."))


@command(app, "remove")
def remove_log(
    name: Name,
    at: Annotated[str, typer.Option("--from", metavar="URL", help="The PostgreSQL from which it was moved.")],
    store: Store,
) -> None:
    """Remove the read-only copy of a log that a move left behind, if the log where it is now has all of it."""
    from ledger.maintenance.log_move import remove_moved
    from projections.registry import PROJECTIONS

    def drop_derived(connection: "Connection[Any]") -> None:
        for projection in PROJECTIONS:
            projection.drop_tables(connection, name)

    with store.url() as url:
        removed = remove_moved(url, name, at, drop_derived)
    output.stdout_console().print(styled(f"The copy of {name} with {removed} events is removed."))
