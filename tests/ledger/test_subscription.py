"""Following the log: in order, without a hole, across processes, and however slow the reader."""

import asyncio
import threading

import pytest

from ledger.ledger import open_ledger
from ledger.models import Recorded, Request
from ledger.subscription import hub as hubs
from ledger.subscription.hub import Hub


def row(position: int) -> Recorded:
    return Recorded(position, "d", position, f"e{position}", "bid.submitted", position, "desk", b"", b"", None, None)


def rows(first: int, last: int) -> list[Recorded]:
    return [row(position) for position in range(first, last + 1)]


class Table:
    """A record that grows; reading it is counted."""

    def __init__(self) -> None:
        self.rows: list[Recorded] = []
        self.reads = 0

    def read(self, after: int, limit: int) -> list[Recorded]:
        self.reads += 1
        return self.rows[after : after + limit]


@pytest.fixture
def table() -> Table:
    return Table()


def test_a_batch_that_overtakes_another_waits_for_it(table):
    hub = Hub(table.read, 0)
    table.rows = rows(1, 6)
    hub.publish(rows(4, 6))
    assert hub.position == 0
    hub.catch_up()
    assert [each.position for each in hub.recent(0)] == [1, 2, 3, 4, 5, 6]
    hub.publish(rows(1, 3))
    assert hub.position == 6


def test_a_reader_who_falls_out_of_the_window_reads_the_table(table, monkeypatch):
    monkeypatch.setattr(hubs, "WINDOW_EVENTS", 10)
    monkeypatch.setattr(hubs, "STRETCH_EVENTS", 7)

    async def read_slowly() -> list[int]:
        hub = Hub(table.read, 0)
        found: list[int] = []
        async with hub.follow(0) as following:
            for first in range(1, 100, 9):
                table.rows = rows(1, first + 8)
                hub.publish(rows(first, first + 8))
            while len(found) < 99:
                found += [each.position for each in await following.next(5)]
        return found

    assert asyncio.run(read_slowly()) == list(range(1, 100))
    assert table.reads > 0


def test_the_window_is_bounded_in_bytes_and_who_falls_out_of_it_reads_the_table(table, monkeypatch):
    monkeypatch.setattr(hubs, "WINDOW_BYTES", 5_000)
    table.rows = [each._replace(payload=bytes(1_000)) for each in rows(1, 100)]
    hub = Hub(table.read, 0)

    async def read() -> list[int]:
        found: list[int] = []
        async with hub.follow(0) as following:
            while len(found) < 100:
                found += [each.position for each in await following.next(5)]
        return found

    for first in range(0, 100, 20):
        hub.publish(table.rows[first : first + 20])
    assert hub.position == 100
    assert hub.recent(89) is None, "at most twice the bytes"
    assert [each.position for each in hub.recent(97)] == [98, 99, 100]
    assert asyncio.run(read()) == list(range(1, 101))
    assert table.reads > 0


def test_following_ends_when_the_hub_is_closed(table):
    async def follow() -> list[int]:
        hub = Hub(table.read, 0)
        hub.publish(rows(1, 3))
        hub.close()
        async with hub.follow(0) as following:
            return [each.position async for stretch in following for each in stretch]

    assert asyncio.run(follow()) == [1, 2, 3]


def test_nothing_new_in_time_is_an_empty_stretch(table):
    async def follow() -> list[Recorded]:
        async with Hub(table.read, 0).follow(0) as following:
            return await following.next(0.01)

    assert asyncio.run(follow()) == []


def test_readers_see_each_position_once_and_in_order_while_many_write(ledger, submission):
    ledger.append(Request((submission("d", "opened", "deal.opened"),), by="desk")).result(timeout=30)

    def write(writer: int) -> None:
        for number in range(20):
            event = submission("d", f"w{writer}-{number}", "bid.submitted")
            ledger.append(Request((event,), by="desk")).result(timeout=30)

    async def follow(after: int) -> list[int]:
        found: list[int] = []
        async with ledger.hub.follow(after) as following:
            while not found or found[-1] < 161:
                found += [each.position for each in await following.next(20)]
        return found

    async def run() -> list[list[int]]:
        writers = [threading.Thread(target=write, args=(number,)) for number in range(8)]
        ledger.hub  # noqa: B018 - begins to listen before anything is written
        for writer in writers:
            writer.start()
        found = await asyncio.gather(follow(0), follow(1), follow(50))
        for writer in writers:
            writer.join()
        return found

    assert asyncio.run(run()) == [list(range(1, 162)), list(range(2, 162)), list(range(51, 162))]


def test_what_another_process_records_is_heard_of(ledger, submission, shared_database):
    hub = ledger.hub
    with open_ledger(shared_database, ledger.tenant, migrating=False) as other:
        other.append(Request((submission("d", "opened", "deal.opened"),), by="other")).result(timeout=30)
        assert hub.reached(1, 10)
        other.import_batch([submission("d", f"e{number}", "bid.submitted") for number in range(700)], "other")
        assert hub.reached(701, 10)
    assert [each.position for each in hub.recent(0, 1000)] == list(range(1, 702))


def test_a_lost_notification_is_made_up_for_within_a_second(ledger, submission, cluster, shared_database):
    import psycopg

    hub = ledger.hub
    with psycopg.connect(shared_database, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE query LIKE 'LISTEN%' AND datname = current_database()"
        )
    ledger.import_batch([submission("d", "opened", "deal.opened")], "desk")
    with open_ledger(shared_database, ledger.tenant, migrating=False) as other:
        other.append(Request((submission("d", "e1", "bid.submitted"),), by="other")).result(timeout=30)
    assert hub.reached(2, 10)


def test_a_process_reads_its_own_writes_at_once(ledger, submission):
    hub = ledger.hub
    receipt = ledger.append(Request((submission("d", "opened", "deal.opened"),), by="desk")).result(timeout=30)
    assert ledger.head().position == receipt.position
    assert hub.reached(receipt.position, 5)


def test_a_sink_takes_what_comes_while_its_follower_waits(table):
    async def follow() -> tuple[list[int], list[Recorded]]:
        hub, taken = Hub(table.read, 0), []

        def take(stretch: list[Recorded]) -> bool:
            if stretch[-1].position > 4:
                return False  # the follower is to take these itself
            taken.extend(each.position for each in stretch)
            return True

        async with hub.follow(0) as following:
            waiting = asyncio.create_task(following.next(60, take))
            for first, last in ((1, 1), (2, 4), (5, 6)):
                await asyncio.sleep(0)
                hub.publish(rows(first, last))
            return taken, await waiting

    taken, handed_out = asyncio.run(follow())
    assert (taken, [each.position for each in handed_out]) == ([1, 2, 3, 4], [5, 6])


def test_a_sink_interrupts_its_follower_for_what_it_leaves_to_it(table):
    async def follow() -> tuple[list[Recorded], int]:
        hub = Hub(table.read, 0)
        async with hub.follow(0) as following:

            def take(_: list[Recorded]) -> bool:
                following.interrupt()
                return True

            waiting = asyncio.create_task(following.next(60, take))
            await asyncio.sleep(0)
            hub.publish(rows(1, 2))
            return await waiting, following.after

    assert asyncio.run(follow()) == ([], 2)
