"""Following the log over a real connection: nothing missed, nothing twice, and a clean end when the server stops."""

import json
from collections.abc import Iterator

import httpx
import pytest

from api import limits
from api.app import create_app
from api.events.stream_sender import StreamSender
from api.settings import Settings
from ledger.ledger import Ledger
from ledger.models import Recorded
from tests.api.conftest import bid, opened, refused
from tests.api.live_server import Running
from tests.waiting import LONGEST_SECONDS


@pytest.fixture
def running(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    """A server that cuts no stream off when it stops: the streams have to end."""
    monkeypatch.setattr(limits, "STOP_SECONDS", 10 * int(LONGEST_SECONDS))
    server = Running(create_app(Settings(tenant=ledger.tenant, run_workers=False), ledger))
    yield server
    server.stop()


@pytest.fixture
def client(running: Running) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=running.url, timeout=LONGEST_SECONDS) as made:
        yield made


def messages(answer: httpx.Response) -> Iterator[dict[str, str]]:
    """The messages of a stream, as a browser reads them."""
    held: dict[str, str] = {}
    for line in answer.iter_lines():
        if line:
            name, _, value = line.partition(": ")
            held[name] = value
        elif held:
            yield held
            held = {}


def test_events_arrive_in_order_with_their_positions(client: httpx.Client) -> None:
    deal = opened(client)
    with client.stream("GET", "/v1/stream?after=0") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        arriving = messages(answer)
        assert next(arriving) == {"retry": "1000"}
        first, second = next(arriving), next(arriving)
        assert [each["id"] for each in (first, second)] == ["1", "2"]
        assert (second["event"], json.loads(second["data"])["id"]) == ("bid.submitted", "first-bid")
        client.post(f"{deal}/events", json=bid("b2", id="live"))
        assert json.loads(next(arriving)["data"])["id"] == "live"


def test_a_reader_who_comes_back_misses_nothing(client: httpx.Client) -> None:
    deal = opened(client)
    seen: list[str] = []
    last = "0"
    for turn in range(50):
        client.post(f"{deal}/events", json=[bid(f"b{turn}-{n}") for n in range(3)])
        with client.stream("GET", "/v1/stream", headers={"Last-Event-ID": last}) as answer:
            for message in messages(answer):
                if "data" in message:
                    seen.append(message["id"])
                    last = message["id"]
                    if len(seen) % 3 == turn % 3:
                        break
    with client.stream("GET", f"/v1/stream?after={last}") as answer:
        for message in messages(answer):
            if "data" in message:
                seen.append(message["id"])
                if len(seen) == 152:
                    break
    assert seen == [str(position) for position in range(1, 153)]


def test_a_filter_leaves_out_and_the_mark_moves_on(client: httpx.Client) -> None:
    deal = opened(client)
    client.post(
        f"{deal}/events", json={"type": "deal.talks_suspended", "occurred": "2020-09-01", "data": {}, "id": "talks"}
    )
    with client.stream("GET", "/v1/stream?after=0&type=deal.*&deal=tiktok,other") as answer:
        arriving = (each for each in messages(answer) if "id" in each)
        assert [next(arriving).get("event"), next(arriving)["id"]] == ["deal.opened", "3"]


def test_a_list_leaves_out_the_events_of_other_deals_and_an_empty_one_all(client: httpx.Client) -> None:
    deal = opened(client)
    client.post("/v1/deals", json={"deal_id": "other", "title": "O", "kind": "merger", "subject": "o"})
    client.post(f"{deal}/events", json=bid("b2", id="later"))
    for deals, expected in ((["other"], [("deal.opened", "3")]), ([], [])):
        client.put("/v1/lists/watch", json={"deals": deals})
        with client.stream("GET", "/v1/stream?after=0&list=watch") as answer:
            found = []
            for message in messages(answer):
                if "data" in message:
                    found.append((message["event"], message["id"]))
                elif message.get("id") == "4":
                    break
        assert found == expected


def test_a_place_that_is_none_is_refused(client: httpx.Client) -> None:
    refused(client.get("/v1/stream?after=1"), 404, "beyond-the-end")
    refused(client.get("/v1/stream", headers={"Last-Event-ID": "first"}), 400, "malformed-header")
    refused(client.get("/v1/stream?type=bid.submited"), 400, "bad-question")


def test_streams_end_cleanly_when_the_server_stops(running: Running, client: httpx.Client) -> None:
    opened(client)
    with client.stream("GET", "/v1/stream?after=0") as answer:
        arriving = messages(answer)
        assert [next(arriving) for _ in range(3)]
        running.stop()
        assert all("data" not in each for each in arriving)


def test_a_client_that_does_not_read_for_a_while_gets_every_event_in_order(client: httpx.Client) -> None:
    deal = opened(client)
    with client.stream("GET", "/v1/stream?after=0") as answer:
        arriving = (each for each in messages(answer) if "data" in each)
        assert [next(arriving)["id"] for _ in range(2)] == ["1", "2"]
        noted = {"type": "context.noted", "occurred": "2020-09-01", "data": {"topic": "t", "text": "x" * 15_000}}
        for _ in range(40):  # more than the buffers of the connection hold
            client.post(f"{deal}/events", json=[noted] * 10, headers={"Prefer": "return=minimal"})
        client.post(f"{deal}/events", json=noted)
        assert [next(arriving)["id"] for _ in range(401)] == [str(position) for position in range(3, 404)]


def test_an_event_is_sent_without_a_switch_to_the_task_of_the_stream(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[bool] = []
    take = StreamSender.take

    def noted(self: StreamSender, rows: list[Recorded]) -> bool:
        taken.append(take(self, rows))
        return taken[-1]

    monkeypatch.setattr(StreamSender, "take", noted)
    deal = opened(client)
    client.get(f"{deal}/events")  # the deal is at hand for sentences
    with client.stream("GET", "/v1/stream") as answer:
        arriving = messages(answer)
        assert next(arriving) == {"retry": "1000"}
        for number in range(5):
            client.post(f"{deal}/events", json=bid(f"c{number}", id=f"live{number}"))
            assert json.loads(next(arriving)["data"])["id"] == f"live{number}"
    assert taken.count(True) >= 3  # an event that comes while the stream begins is left to its task
