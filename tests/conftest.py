"""One PostgreSQL server per test worker, real and throwaway; a fresh log, or a fresh database, per test.

Tests ask for `ledger` (a log of its own in a shared database), `database` (a migrated database of its own) or
`empty_database`. `submission` makes submissions as the API decodes them.
"""

import signal
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from psycopg.conninfo import make_conninfo

import api.deals.lists
from api import limits
from domain.envelope import Submission
from ledger.ledger import Ledger, open_ledger
from ledger.postgres.embedded.server import Embedded, ephemeral
from ledger.postgres.migrations import migrate
from tests.submissions import as_sent, make_submission
from tests.waiting import LONGEST_SECONDS

# One profile for every property, wherever it runs: no time limit, as a loaded machine is slow; the same examples each
# time, so that no run fails by chance; no database of examples, so that no run depends on an earlier one.
settings.register_profile(
    "parley",
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
settings.load_profile("parley")

# A server that waits for its database, its workers or its tables has the patience of a test: a loaded machine is slow.
# A test of such a timeout sets its own.
limits.READY_SECONDS = limits.POSITION_WAIT_SECONDS = limits.QUERY_WAIT_SECONDS = LONGEST_SECONDS
api.deals.lists.GRACE_SECONDS = LONGEST_SECONDS

# A shell lets what it starts in the background ignore SIGINT, and the processes of the tests would inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

_numbers = count(1)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Embedded]:
    """The server of this worker. Its `url` is the superuser's."""
    with ephemeral() as server:
        yield server


@pytest.fixture
def empty_database(cluster: Embedded) -> Iterator[str]:
    """The URL of a new database that nothing was done to."""
    yield from _new_database(cluster)


@pytest.fixture
def database(empty_database: str) -> str:
    """The URL of a migrated database that no other test uses."""
    migrate(empty_database)
    return empty_database


@pytest.fixture
def other_database(cluster: Embedded) -> Iterator[str]:
    """The URL of another new database that nothing was done to."""
    yield from _new_database(cluster)


@pytest.fixture(scope="session")
def shared_database(cluster: Embedded) -> Iterator[str]:
    """The URL of a migrated database in which each test has a log of its own."""
    for url in _new_database(cluster):
        migrate(url)
        yield url


@pytest.fixture
def tenant() -> str:
    """A tenant that no other test of this worker has."""
    return f"tenant-{next(_numbers)}"


@pytest.fixture
def ledger(shared_database: str, tenant: str) -> Iterator[Ledger]:
    """An empty log."""
    with open_ledger(shared_database, tenant, migrating=False) as opened:
        yield opened


@pytest.fixture(scope="session")
def submission() -> Callable[..., Submission]:
    """Makes a submission: `submission("tiktok", "e1", "bid.submitted", bid_id="b1", bidders=["oracle"])`.

    Keyword arguments are fields of `data` (none: the example of the type); envelope members go in `envelope`.
    """
    return make_submission


@pytest.fixture(scope="session")
def timeline_event() -> Callable[[dict[str, Any]], Submission]:
    """Makes the submission of an event as a client sends it."""
    return as_sent


def _new_database(cluster: Embedded) -> Iterator[str]:
    name = f"test_{next(_numbers)}"
    with psycopg.connect(cluster.url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
        yield make_conninfo(cluster.url, dbname=name)
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
