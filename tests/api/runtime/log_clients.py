"""Keys and connections of the logs of one server."""

import psycopg

from ledger.api_keys import Access
from ledger.database import Database
from ledger.ledger import open_ledger


def by(key: str) -> dict[str, str]:
    """The headers of a request with a key."""
    return {"Authorization": f"Bearer {key}"}


def admin_keys(database: str, logs: int) -> list[str]:
    """An administrator's key of each of so many new logs."""
    made = []
    with Database(database, size=1) as shared:
        for number in range(logs):
            ledger = open_ledger(database, f"t{number}", migrating=False, database=shared)
            made.append(Access(ledger, ledger.tenant).make("desk", "admin", by="test")[1])
    return made


def connections(database: str) -> int:
    """Connections to a database."""
    with psycopg.connect(database) as connection:
        asked = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        [found] = connection.execute(asked).fetchone() or [0]
    return int(found)
