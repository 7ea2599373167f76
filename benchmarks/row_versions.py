"""The rival without bitemporality: a table of row versions in PostgreSQL, asked for its rows as of a moment.

As many entities and versions as the deal has; an index finds the version of each entity. Nothing is derived of them.
"""

import random
from collections.abc import Iterator

import orjson
import psycopg
from psycopg import Connection
from psycopg.rows import TupleRow

TABLE = """
CREATE TABLE row_versions (
    id integer NOT NULL, begins bigint NOT NULL, ends bigint, kind text NOT NULL, status text NOT NULL,
    body jsonb NOT NULL,
    PRIMARY KEY (id, begins)
)
"""
AS_OF = """
SELECT entity.id, version.kind, version.status, version.body
FROM generate_series(0, %(entities)s - 1) AS entity (id)
CROSS JOIN LATERAL (
    SELECT kind, status, body FROM row_versions
    WHERE row_versions.id = entity.id AND begins <= %(moment)s
    ORDER BY begins DESC
    LIMIT 1
) AS version
"""


def fill(connection: Connection[TupleRow], versions: int, entities: int) -> None:
    """The table, with a history of `versions` row versions of `entities` rows."""
    connection.execute(TABLE)
    with connection.cursor() as cursor, cursor.copy(b"COPY row_versions FROM STDIN") as copy:
        for row in _rows(versions, entities):
            copy.write_row(row)
    connection.execute("ANALYZE row_versions")


def _rows(versions: int, entities: int) -> Iterator[tuple[object, ...]]:
    draw = random.Random(1)
    last: dict[int, int] = {}
    for number in range(versions):
        entity = draw.randrange(entities)
        if entity in last:
            yield _row(entity, last[entity], number)
        last[entity] = number
    yield from (_row(entity, number, None) for entity, number in last.items())


def _row(entity: int, begins: int, ends: int | None) -> tuple[object, ...]:
    body = {"obligation": "close the joint venture", "by": "cfius", "step": begins, "because": [f"event-{begins}"]}
    return entity, begins, ends, "deadline", "extended", orjson.dumps(body).decode()


def as_of(connection: Connection[TupleRow], moment: int, entities: int) -> int:
    """Read every row as of a moment; how many there are."""
    return len(connection.execute(AS_OF, {"moment": moment, "entities": entities}, prepare=True).fetchall())


def connect(url: str) -> Connection[TupleRow]:
    """A connection that commits each statement."""
    return psycopg.connect(url, autocommit=True)
