"""A standby that is promoted under its server: the server records, without a restart."""

from pathlib import Path

import httpx
import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from ledger.postgres.connection import open_pool
from ledger.postgres.embedded.server import Embedded
from ledger.postgres.embedded.standby import standby_of
from ledger.postgres.leadership import LeaderConnection
from tests.api.conftest import bid, refused
from tests.replica.conftest import client_of, covered, record, server_on, serving, wait_until_covered
from tests.waiting import until


def test_a_server_whose_database_has_become_a_standby_asks_to_send_writes_again(
    primary: Embedded, writer: httpx.Client, folder: Path
) -> None:
    with standby_of(primary) as standby, client_of(server := server_on(standby.url, folder)) as client:
        database = server.state.runtime.main.ledger.pool.server
        with psycopg.connect(primary.url) as connection:
            database.observe(connection)  # as before the failover
        assert until(lambda: database.switching)
        for answer in (client.post("/v1/deals/tiktok/events", json=bid()), client.get("/readyz")):
            refused(answer, 503, "busy")
            assert answer.headers["retry-after"] == "1"
        assert client.get("/v1/deals/tiktok/state").status_code == 200


def test_a_promoted_standby_records_signs_and_updates_its_tables(
    primary: Embedded, writer: httpx.Client, folder: Path
) -> None:
    wait_until_covered(writer)
    with standby_of(primary) as standby, serving(standby.url, folder) as client:
        ready = client.get("/readyz").json()
        assert (ready["role"], ready["failures"]) == ("replica", [])
        assert client.post("/v1/deals/tiktok/events", json=bid("promoted")).status_code == 405
        with psycopg.connect(standby.url, autocommit=True) as connection:
            connection.execute("SELECT pg_promote()")
        answer = until(
            lambda: sent if (sent := client.post("/v1/deals/tiktok/events", json=bid("promoted"))).is_success else None
        )
        assert client.get("/readyz").json()["role"] == "primary"
        until(lambda: covered(client))
        deals = client.get("/v1/deals", params={"min_position": answer.json()["position"]}).json()
        assert deals["as_of_position"] == answer.json()["position"]


def any_of(*servers: Embedded, wanted: str) -> str:
    """The conninfo of several hosts, of which a connection is made to the first of the kind that is wanted."""
    hosts = [str(conninfo_to_dict(server.url)["host"]) for server in servers]
    ports = [str(conninfo_to_dict(server.url).get("port", "")) for server in servers]
    return make_conninfo(servers[0].url, host=",".join(hosts), port=",".join(ports), target_session_attrs=wanted)


def promote(server: Embedded) -> None:
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute("SELECT pg_promote()")


def connections_of_parley(server: Embedded) -> list[str]:
    """The application names of Parley's connections to a server."""
    with psycopg.connect(server.url) as connection:
        rows = connection.execute(
            "SELECT application_name FROM pg_stat_activity WHERE application_name LIKE 'parley %'"
        ).fetchall()
    return [name for (name,) in rows]


def test_a_server_that_wants_a_standby_leaves_one_that_is_promoted_and_goes_on_as_a_replica(
    primary: Embedded, writer: httpx.Client, folder: Path
) -> None:
    with standby_of(primary) as promoted, standby_of(primary) as remaining:
        url = any_of(promoted, remaining, wanted="standby")
        with serving(url, folder, writer=primary.url, writer_url="https://writer.example") as client:
            assert client.get("/readyz").json()["role"] == "replica"
            assert connections_of_parley(promoted)
            assert not connections_of_parley(remaining)
            promote(promoted)
            until(
                lambda: (
                    client.get("/readyz").is_success
                    and client.get("/v1/deals").is_success
                    and not connections_of_parley(promoted)
                )
            )
            assert client.get("/readyz").json()["role"] == "replica"
            answer = client.post("/v1/deals/tiktok/events", json=bid("refused"), follow_redirects=False)
            assert answer.status_code == 307
            assert answer.headers["location"] == "https://writer.example/v1/deals/tiktok/events"
            read = client.get("/v1/deals/tiktok/state", params={"min_position": record(writer)})
            assert read.status_code == 200


def test_the_connections_of_a_pool_are_to_the_kind_of_server_of_the_newest(
    primary: Embedded, standby: Embedded
) -> None:
    with open_pool(any_of(standby, primary, wanted="any")) as pool:
        with pool.connection() as before:
            assert pool.server.standby
        with psycopg.connect(primary.url) as newest:
            pool.server.observe(newest)
        with pool.connection() as after:
            assert after is not before
            assert before.closed
            assert pool.server.standby  # the first host of the conninfo is a standby still


def test_a_lock_is_not_asked_for_on_a_standby_that_is_promoted_where_a_standby_is_wanted(
    primary: Embedded, writer: httpx.Client
) -> None:
    with standby_of(primary) as promoted:
        leading = LeaderConnection(any_of(promoted, wanted="standby"), "project")
        assert not leading.lead(1)
        connection = leading.get()
        promote(promoted)
        connection.execute("SELECT 1")
        with pytest.raises(psycopg.OperationalError):
            leading.lead(1)  # there is no other standby
        assert connection.closed
        assert not leading.holds(1)
        leading.drop()
