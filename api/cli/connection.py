"""The location of the record: a server, a database by URL, or the embedded PostgreSQL of a data folder."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.client.client import Client
from domain.errors import ParleyError

if TYPE_CHECKING:
    from ledger.ledger import Ledger
    from ledger.tlog.signing_keys import LogFolders

PANEL = "Where the record is"


def _unless_typed(*others: str) -> Callable[[typer.Context, typer.CallbackParam, str | None], str | None]:
    """A callback: the environment variable of an option counts only if none of the other options is given."""

    def choose(context: typer.Context, param: typer.CallbackParam, value: str | None) -> str | None:
        # Options on the command line are processed before the others, in whatever order they are declared.
        origins = {name: context.get_parameter_source(name) for name in (param.name or "", *others)}
        named = {name: origin.name for name, origin in origins.items() if origin is not None}
        typed_other = any(named.get(other) == "COMMANDLINE" for other in others)
        return None if typed_other and named.get(param.name or "") == "ENVIRONMENT" else value

    return choose


Server = Annotated[
    str | None,
    typer.Option(
        "--server",
        metavar="URL",
        envvar="PARLEY_SERVER",
        callback=_unless_typed("database", "data"),
        help="A running Parley.",
        rich_help_panel=PANEL,
    ),
]
ApiKey = Annotated[
    str | None,
    typer.Option("--api-key", envvar="PARLEY_API_KEY", help="API key for the server.", rich_help_panel=PANEL),
]
Database = Annotated[
    str | None,
    typer.Option(
        "--database",
        metavar="URL",
        envvar="PARLEY_DATABASE",
        callback=_unless_typed("data"),
        help="A PostgreSQL of 15 or newer.",
        rich_help_panel=PANEL,
    ),
]
Data = Annotated[
    Path,
    typer.Option(
        "--data",
        metavar="DIR",
        envvar="PARLEY_DATA",
        help="Data folder of the embedded PostgreSQL, if neither is given.",
        rich_help_panel=PANEL,
    ),
]

Keys = Annotated[
    Path | None,
    typer.Option(
        "--keys",
        metavar="DIR",
        envvar="PARLEY_KEYS",
        help="Folder of the logs' keys, if it is not the data folder.",
        rich_help_panel=PANEL,
    ),
]

Log = Annotated[
    str,
    typer.Option(
        "--log",
        metavar="NAME",
        envvar="PARLEY_TENANT",
        help="The log in the database, where it holds several; a server takes the log of the key.",
        rich_help_panel=PANEL,
    ),
]

DATA = Path(".parley")
DEFAULT_LOG = "default"
IN_PROCESS_URL = "http://parley.invalid"
"""The base URL of the application in this process; no network request is made to it."""


class NoRecord(ParleyError):
    """The data folder contains no record yet."""

    code = "no-record"


@dataclass(frozen=True, slots=True)
class Store:
    """A log in a database, embedded or external."""

    database: Database = None
    data: Data = DATA
    log: Log = DEFAULT_LOG
    keys: Keys = None

    @contextmanager
    def url(self, *, new: bool = False) -> Iterator[str]:
        """The database's URL; the embedded server runs for the length of the block. Raises NoRecord unless it may be
        `new`, and any EmbeddedError."""
        from ledger.postgres.embedded.data_folder import made_by
        from ledger.postgres.embedded.server import running

        if self.database:
            yield self.database
            return
        if not new and made_by(self.data.expanduser()) is None:
            raise NoRecord(
                f"There is no record in {self.data}: begin with parley demo or parley import, "
                "or say where it is with --data, --database or --server."
            )
        with running(self.data) as server:
            yield server.url

    def folders(self, ledger: "Ledger") -> "LogFolders":
        """The folders of the keys of a log and of its last signed head."""
        from ledger.tlog.signing_keys import LogFolders

        return LogFolders.find(ledger.origin, self.data, self.keys)

    @contextmanager
    def ledger(self, *, new: bool = False) -> Iterator["Ledger"]:
        """The log, open for the length of the block, in the database to which the directory of this one assigns it.
        Raises what `url` and `open_ledger` raise."""
        from ledger.ledger import open_ledger
        from ledger.log_databases import resolve

        with self.url(new=new) as url, open_ledger(resolve(url, self.log), self.log) as ledger:
            yield ledger


@dataclass(frozen=True, slots=True)
class Place:
    """A server, or a database that is read through the application in this process."""

    server: Server = None
    api_key: ApiKey = None
    database: Database = None
    data: Data = DATA
    log: Log = DEFAULT_LOG
    keys: Keys = None

    @property
    def store(self) -> Store:
        """The log that is used if no server is named."""
        return Store(self.database, self.data, self.log, self.keys)

    @contextmanager
    def client(self, *, new: bool = False) -> Iterator[Client]:
        """The API of the store. `new`: a data folder without a record is initialised."""
        if self.server:
            with Client(self.server, key=self.api_key) as client:
                yield client
            return
        with self.store.url(new=new) as url, in_process_client(url, self.store) as client:
            yield client


@contextmanager
def in_process_client(url: str, store: Store) -> Iterator[Client]:
    """A client of the application in this process on the log, with the signing keys of the store's folder."""
    from api.app import create_app
    from api.cli.in_process import InProcessTransport
    from api.settings import Settings
    from ledger.log_databases import resolve

    # Made before the client, which closes it.
    transport = InProcessTransport(
        create_app(
            Settings(
                database=resolve(url, store.log),
                data=store.data,
                keys=store.keys,
                tenant=store.log,
                run_workers=False,
                query_processes=False,
                disable_auth=True,
            )
        )
    )
    with Client(IN_PROCESS_URL, transport=transport) as client:
        yield client
