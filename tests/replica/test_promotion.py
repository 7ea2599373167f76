"""A standby that is promoted under its server: the server records, without a restart."""

from pathlib import Path

import httpx
import psycopg

from ledger.postgres.embedded.server import Embedded
from ledger.postgres.embedded.standby import standby_of
from tests.api.conftest import bid, refused
from tests.replica.conftest import covered, serving, wait_until_covered
from tests.waiting import until


def test_a_server_whose_database_has_become_a_standby_asks_to_send_writes_again(
    primary: Embedded, writer: httpx.Client, folder: Path
) -> None:
    with standby_of(primary) as standby, serving(standby.url, folder) as client:
        server = client._transport.app.state.runtime.main.ledger.pool.server  # type: ignore[attr-defined]  # the transport in this process
        with psycopg.connect(primary.url) as connection:
            server.observe(connection)  # as before the failover
        assert until(lambda: server.switching)
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
