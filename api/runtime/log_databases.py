"""The databases of a server's logs: that of the main log, and those to which its directory assigns others."""

from collections.abc import Callable
from threading import Lock
from time import monotonic

import psycopg

from domain.errors import Busy
from ledger import log_databases
from ledger.database import Database
from ledger.postgres.connection import away
from ledger.postgres.migrations import MigrationRefused, migrate

CACHE_SECONDS = 5.0
"""How long the directory is not read again for a log, where no notification says that a log was moved."""

LOGS_CACHED = 10_000


class LogDatabases:
    """Opens each database when it is first needed. Safe to share between threads."""

    def __init__(self, main: Callable[[], Database]) -> None:
        """`main` is the database with the directory."""
        self._main = main
        self.on_keys: list[Callable[[], None]] = []
        """Called when API keys of any log may have changed, or a log was moved; they must return at once."""
        self._open: dict[str, Database] = {}
        self._opening = Lock()
        self._urls: dict[str, tuple[str | None, float]] = {}
        self._cleared = 0

    def url_of(self, tenant: str) -> str | None:
        """The URL of the database of a log; None where it is that of the main log. Raises Busy."""
        known = self._urls.get(tenant)
        if known is not None and monotonic() < known[1]:
            return known[0]
        cleared = self._cleared
        found = log_databases.url_of(self._main().pool, tenant)
        if len(self._urls) >= LOGS_CACHED:
            self._urls.clear()
        if cleared == self._cleared:
            self._urls[tenant] = found, monotonic() + CACHE_SECONDS
        return found

    def of(self, tenant: str) -> Database:
        """The database of a log. Raises Busy."""
        return self.at(self.url_of(tenant))

    def at(self, url: str | None) -> Database:
        """The database at a URL of the directory; None is that of the main log. Raises Busy."""
        if url is None:
            return self._main()
        with self._opening:
            database = self._open.get(url)
            if database is None:
                _migrate(url)
                database = self._open[url] = Database(url)
                database.listener.on_keys.extend(self.on_keys)
            return database

    def close_others(self, used: set[str | None]) -> None:
        """Close the databases in which no log is open: all but those that are used."""
        with self._opening:
            unused = [self._open.pop(url) for url in list(self._open) if url not in used]
        for database in unused:
            database.close()

    def clear(self) -> None:
        """Read the directory again."""
        self._cleared += 1
        self._urls.clear()

    def close(self) -> None:
        """Close all but the database of the main log."""
        self.close_others(set())
        self.clear()


def _migrate(url: str) -> None:
    try:
        migrate(url)
    except psycopg.Error as error:
        raise away(error) from error
    except MigrationRefused as error:
        raise Busy(f"The database of the log cannot be used: {error.detail}", extra={"retry_after": 1}) from error
