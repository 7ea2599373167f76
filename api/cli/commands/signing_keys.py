"""The commands about a log's own keys and its newest checkpoint."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli import output
from api.cli.command import command
from api.cli.commands.audit import read, signed_client
from api.cli.connection import Place, Store
from api.cli.output import styled
from api.client.client import Client

if TYPE_CHECKING:
    from ledger.merkle.note import Signer

app = typer.Typer(name="log", help="The log's keys and its newest checkpoint.", no_args_is_help=True)


@command(app, "key")
def show_key(
    place: Place,
    export: Annotated[
        Path | None,
        typer.Option(
            "--export", metavar="FILE", help="Write the private keys to a new file, for another host.", dir_okay=False
        ),
    ] = None,
    install: Annotated[
        Path | None,
        typer.Option("--install", metavar="FILE", help="Install private keys that were exported.", dir_okay=False),
    ] = None,
) -> None:
    """Print the log's public keys, one per line, for verifiers; or give its private keys to another host that signs.

    --export and --install use the keys of this host, in the data folder or that of --keys.
    """
    if export is None and install is None:
        with signed_client(place) as client:
            _print_text(client, "/v1/log/key")
        return
    if place.server or (export and install):
        raise typer.BadParameter("Give one of --export and --install, and --database or --data instead of --server.")
    if export is not None:
        _export(place.store, export)
    elif install is not None:
        _install(place.store, install)


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
    _install(store, file)


@command(app, "retire-key")
def retire_key(store: Store) -> None:
    """Retire the oldest of several signing keys: the end of a key rotation."""
    from ledger.tlog import signing_keys

    with _folder(store) as (folder, origin, _):
        retired = signing_keys.retire(folder, origin)
    output.stdout_console().print(styled(f"{retired.key} signs no more from the next checkpoint on."))


def _export(store: Store, file: Path) -> None:
    from ledger.tlog import signing_keys
    from projections import keyed_digest

    with _folder(store) as (folder, origin, named):
        if named:
            signing_keys.signers(folder, origin, named)
        found = signing_keys.held(folder, origin)
        data = signing_keys.export(folder, origin) + keyed_digest.export_key(folder)
    if not found:
        raise signing_keys.KeyMissing(f"{origin} has no key here; the first is made when the log is signed.", folder)
    try:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as written:
            written.write(data)
    except OSError as error:
        raise typer.BadParameter(f"{file} cannot be written: {error.strerror or error}.") from error
    output.stdout_console().print(
        styled(f"{_listed(found)} written to {file}. The holder of the file can sign in the name of the log.")
    )


def _install(store: Store, file: Path) -> None:
    from ledger.tlog import signing_keys
    from projections import keyed_digest

    with _folder(store) as (folder, origin, named):
        data = read(file)
        installed = signing_keys.install(folder, origin, data, named)
        keyed_digest.install_key(folder, data)
    output.stdout_console().print(styled(f"{_listed(installed)} signs here from the next checkpoint on."))


def _listed(keys: Sequence["Signer"]) -> str:
    return ", ".join(str(each.key) for each in keys)


@contextmanager
def _folder(store: Store) -> Iterator[tuple[Path, str, set[bytes]]]:
    """The key folder of the log of a store, its origin, and the ids of its known keys."""
    from ledger.tlog.signer_inspection import named_by
    from ledger.tlog.transparency_log import TransparencyLog

    with store.ledger() as ledger:
        folders = store.folders(ledger)
        yield folders.keys, ledger.origin, named_by(TransparencyLog(ledger), folders)


def _print_text(client: Client, path: str) -> None:
    typer.echo(client.send("GET", path).text, nl=False)
