"""A subscription to a log: all events in order, resumed after interruptions.

    with Client("http://127.0.0.1:8000") as parley:
        for event in follow(parley, after=last_seen, types="deadline.*"):
            ...
            last_seen = event["position"]

After a crash, resume from the position of the last processed event.
"""

import time
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import httpx
import orjson

from api.client.client import LONGEST_PAUSE_SECONDS, PAUSE_SECONDS, Client, QueryValue
from api.client.errors import ApiError, ServerUnavailable
from api.http import line_protocols
from ledger.encoding.event_json import RecordedEvent

SILENCE_SECONDS = 60.0
"""A server sends a heartbeat at least every half minute; after this time without one, the client reconnects."""


class Message(NamedTuple):
    """One server-sent event: its id is a position of the log; one without data only advances the position."""

    id: int | None
    data: str


def follow(
    client: Client, *, after: int | None = None, deal: str | None = None, types: str | None = None
) -> Iterator[RecordedEvent]:
    """Events of the log after a position (None: from now on), without end; only these deals and types, by commas.

    Reconnects by itself after the last position. Raises ApiError, and ServerUnavailable if no server responds at first.
    """
    position = after if after is not None else int(client.get("/readyz")["position"])
    pause, met = PAUSE_SECONDS, False
    while True:
        asked: dict[str, QueryValue] = {"after": position, "deal": deal, "type": types}
        try:
            for message in _messages(client, asked):
                position, pause, met = message.id or position, PAUSE_SECONDS, True
                if message.data:
                    yield orjson.loads(message.data)
        except ServerUnavailable:
            if not met:
                raise
        except ApiError as refused:
            if not met or refused.status not in (429, 503):
                raise
        time.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE_SECONDS)


def _messages(client: Client, asked: dict[str, QueryValue]) -> Iterator[Message]:
    limit = httpx.Timeout(SILENCE_SECONDS, connect=5.0)
    with client.streamed("/v1/stream", asked, "text/event-stream", limit) as response:
        yield from parse_event_stream(line_protocols.event_stream_lines(response.iter_bytes()))


def parse_event_stream(given: Iterable[str]) -> Iterator[Message]:
    """The messages of a stream (WHATWG HTML, server-sent events), each at its empty line."""
    number: int | None = None
    data: list[str] = []
    for line in given:
        if line:
            name, _, value = line.partition(":")
            value = value.removeprefix(" ")
            if name == "data":
                data.append(value)
            elif name == "id" and (place := value.partition("~")[0]).isascii() and place.isdigit():
                number = int(place)
        elif data or number is not None:
            yield Message(number, "\n".join(data))
            number, data = None, []
