"""The commands backup and restore."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from api.cli import output
from api.cli.command import REFUSED, command
from api.cli.commands.audit import read_keys, verify_database
from api.cli.commands.maintenance import name_unreadable
from api.cli.connection import Store
from api.cli.output import styled
from api.cli.progress import progress_bars

app = typer.Typer()


@command(app)
def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", dir_okay=False, help="The file to write.")],
    store: Store,
    only: Annotated[bool, typer.Option("--only", help="Copy only the log that --log names.")] = False,
) -> None:
    """Copy the record of every log to one file, in one snapshot, while others go on recording.

    The file can be read by its owner alone: the secrets of webhooks are in it. The private keys of the logs are
    not: copy the folder logs/ of the data folder to another place.
    """
    from ledger.maintenance.backup import backup

    with store.url() as url, _table_progress("Copying") as progress:
        copied = backup(url, file, [store.log] if only else [], progress)
        for log in copied:
            with Store(url, store.data, log.tenant, store.keys).ledger() as ledger:
                name_unreadable(ledger)
    for log in copied:
        output.stdout_console().print(styled(f"{log.position} events of {log.origin} are in {file}."))


@command(app)
def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="A backup.")],
    store: Store,
    key: Annotated[
        list[str] | None, typer.Option("--key", metavar="KEY", help="The log's public key, or a file with it.")
    ] = None,
    checkpoint: Annotated[
        Path | None,
        typer.Option("--checkpoint", metavar="FILE", exists=True, dir_okay=False, help="A checkpoint kept outside."),
    ] = None,
) -> None:
    """Restore a backup into an empty database, and verify every hash, chain and signed tree head.

    With --checkpoint it shows whether the record was rewritten, or cut short, since that was kept. The webhooks are
    restored inactive, so that a copy sends nothing to the receivers of the original.
    """
    from ledger.maintenance.backup import restore
    from ledger.merkle.note import COSIGNATURE

    keys = read_keys(key or ())
    kept = checkpoint.read_bytes() if checkpoint is not None else b""
    with store.url(new=True) as url:
        with _table_progress("Restoring") as progress:
            copied = restore(url, file, progress)
        sound = True
        for log in copied:
            output.stdout_console().print(styled(f"{log.position} events of {log.origin} are restored."))
            restored = Store(url, store.data, log.tenant, store.keys)
            _fill_projections(restored)
            named = [each for each in keys if each.kind == COSIGNATURE or each.name == log.origin]
            outside = kept if kept.startswith(f"{log.origin}\n".encode()) else None
            sound = verify_database(restored, named, outside, 0, json=False) and sound
        if not sound:
            raise typer.Exit(REFUSED)


def _fill_projections(store: Store) -> None:
    from projections.rebuild import catch_up
    from projections.registry import PROJECTIONS
    from projections.state.state_reader import StateReader

    with store.ledger() as ledger:
        reader = StateReader(ledger)
        for projection in PROJECTIONS:
            catch_up(ledger, projection, reader)
        name_unreadable(ledger)


@contextmanager
def _table_progress(what: str) -> Iterator[Callable[[str, int], None]]:
    """A bar that is advanced by the name of a table and the rows that were copied."""
    with progress_bars() as progress:
        task = progress.add_task(what, total=None)

        def advance(table: str, amount: int) -> None:
            progress.update(task, description=f"{what} {table}", advance=amount)

        yield advance
