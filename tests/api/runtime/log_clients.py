"""Keys and connections of the logs of one server."""

import psycopg


def by(key: str) -> dict[str, str]:
    """The headers of a request with a key."""
    return {"Authorization": f"Bearer {key}"}


def connections(database: str) -> int:
    """Connections to a database."""
    with psycopg.connect(database) as connection:
        asked = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        [found] = connection.execute(asked).fetchone() or [0]
    return int(found)
