"""The commands about a log's own keys and its newest checkpoint."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from api.cli import output
from api.cli.command import command
from api.cli.commands.audit import read, signed_client
from api.cli.connection import Place, Store
from api.cli.output import styled
from api.client.client import Client

app = typer.Typer(name="log", help="The log's keys and its newest checkpoint.", no_args_is_help=True)


@command(app, "key")
def show_key(place: Place) -> None:
    """Print the log's public keys, one per line, for verifiers."""
    with signed_client(place) as client:
        _print_text(client, "/v1/log/key")


@command(app, "checkpoint")
def show_checkpoint(place: Place) -> None:
    """Print the newest signed checkpoint. Stored elsewhere, it shows later whether the record was rewritten."""
    with signed_client(place) as client:
        _print_text(client, "/v1/log/checkpoint")


@command(app, "add-key")
def add_key(
    store: Store,
    lost: Annotated[
        bool, typer.Option("--lost", help="The keys that are not here are lost for good: sign without them.")
    ] = False,
) -> None:
    """Create a second key that signs beside the first: the start of a key rotation.

    Give its public key to all verifiers. With --lost it signs in place of keys that are lost.
    """
    from ledger.tlog import signing_keys

    with _folder(store) as (folder, origin, named):
        if lost:
            signing_keys.declare_lost(folder, origin, named)
        if named:
            signing_keys.signers(folder, origin, named)
        made = signing_keys.create(folder, origin)
    output.stdout_console().print(styled(f"{made.key} signs from the next checkpoint on."))


@command(app, "install-key")
def install_key(
    store: Store, file: Annotated[Path, typer.Argument(metavar="FILE", help="A private key, PEM.", dir_okay=False)]
) -> None:
    """Add a private key of the log, such as the key.pem of another server, to the signing keys here."""
    from ledger.tlog import signing_keys

    with _folder(store) as (folder, origin, named):
        data = read(file)
        installed = signing_keys.install(folder, origin, data, named)
    output.stdout_console().print(styled(f"{installed.key} signs here from the next checkpoint on."))


@command(app, "retire-key")
def retire_key(store: Store) -> None:
    """Retire the oldest of several signing keys: the end of a key rotation."""
    from ledger.tlog import signing_keys

    with _folder(store) as (folder, origin, _):
        retired = signing_keys.retire(folder, origin)
    output.stdout_console().print(styled(f"{retired.key} signs no more from the next checkpoint on."))


@contextmanager
def _folder(store: Store) -> Iterator[tuple[Path, str, set[bytes]]]:
    """The key folder of the log of a store, its origin, and the ids of its known keys."""
    from ledger.tlog.signer_inspection import named_by
    from ledger.tlog.transparency_log import TransparencyLog

    with store.ledger() as ledger:
        folder = store.folder(ledger)
        yield folder, ledger.origin, named_by(TransparencyLog(ledger), folder)


def _print_text(client: Client, path: str) -> None:
    typer.echo(client.send("GET", path).text, nl=False)
