"""Parley from Python: record events and read deals over HTTP.

    with Client("http://127.0.0.1:8000") as parley:
        parley.record("tiktok", {"type": "deadline.reaffirmed", "occurred": "2020-09-10", "data": {...}})
        parley.state("tiktok", valid_at="2020-09-12")["deadlines"]

Answers are the JSON of the published contract. What the server refuses is raised as `ApiError`, with its code; where no
server answers, `ServerUnavailable`. Both are `ParleyError`. A request is sent again, a few times, when the server is
busy or the connection breaks: events that have no id are given one first, so that nothing is recorded twice.
"""

import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType
from typing import Any
from urllib.parse import quote

import httpx
import orjson

from api.client.deal_lists import DealListMethods
from api.client.errors import ServerUnavailable
from api.client.responses import is_too_costly, raise_for_status, retry_pause
from api.deals.answers import DealRow
from api.events.answers import EventType, ImportReport, Receipt
from api.events.ids import time_ordered
from api.http import json_text, line_protocols
from api.runtime.answers import ServerVersion
from ledger.encoding.event_json import RecordedEvent
from projections.replay.answers import ReplayStep, ReplayTrailer
from projections.tables.answers import DeadlineRow
from projections.temporal.answers import BookDigestItem, Diff

Answer = dict[str, Any]
"""A JSON object whose members follow from the type of an event, from the sections asked for, or from the path."""

QueryValue = str | int | bool | None
"""A query parameter; None is left out."""

ATTEMPTS = 4
"""Attempts of a request before giving up on a busy or unreachable server."""

PAUSE_SECONDS = 0.25
"""Delay before the second attempt; doubled before each further one, and at least the Retry-After of the server."""

LONGEST_PAUSE_SECONDS = 5.0
TIMEOUT = httpx.Timeout(60.0, connect=5.0)
PAGE_ITEMS = 500
"""Page size of requests for a whole list."""


class Client(DealListMethods):
    """A client of one server with one API key. Safe to share between threads."""

    def __init__(
        self,
        url: str,
        *,
        key: str | None = None,
        transport: httpx.BaseTransport | None = None,
        attempts: int = ATTEMPTS,
        timeout: httpx.Timeout = TIMEOUT,
    ) -> None:
        """`key` is an API key. `transport` replaces the network transport."""
        self.url = url.rstrip("/")
        self.attempts = attempts
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self.http = httpx.Client(
            base_url=self.url, headers=headers, transport=transport, timeout=timeout, follow_redirects=False
        )

    def version(self) -> ServerVersion:
        """The version of the server."""
        answer: ServerVersion = self._answer("/version")
        return answer

    def deals(self, **asked: QueryValue) -> Iterator[DealRow]:
        """All deals that match the filters (status, phase, party, q, due_before), by default as of now; parameters of a
        basis: valid_at, known_at, known_position, known_by, layer."""
        return self.pages("/v1/deals", asked)

    def state(self, deal_id: str, **asked: QueryValue) -> Answer:
        """The state of a deal; parameters: valid_at, known_at, known_version, known_position, known_by, reading, ..."""
        return self._get(self.path(deal_id, "state"), asked)

    def events(self, deal_id: str, **asked: QueryValue) -> Iterator[RecordedEvent]:
        """The events of a deal; parameters: type, actor, occurred_from, occurred_to, recorded_from, recorded_to, order,
        include."""
        return self.pages(self.path(deal_id, "events"), asked)

    def event(self, deal_id: str, event_id: str) -> RecordedEvent:
        """One event with its data."""
        answer: RecordedEvent = self._answer(self.path(deal_id, "events", event_id))
        return answer

    def event_diff(self, deal_id: str, event_id: str) -> Diff:
        """What an event changed: the difference of the states just before and just after it was recorded."""
        found: Diff = self._answer(self.path(deal_id, "events", event_id, "diff"))
        return found

    def deadlines(self, **asked: QueryValue) -> Iterator[DeadlineRow]:
        """Deadlines across deals; parameters: within, binding, overdue, force, party; and a basis as of deals."""
        return self.pages("/v1/deadlines", asked)

    def digest(self, **asked: QueryValue) -> Iterator[BookDigestItem]:
        """What changed across deals, by deal; parameters: since or since_position, deals, list."""
        return self.pages("/v1/digest", asked)

    def replay(self, deal_id: str, **asked: QueryValue) -> Iterator[ReplayStep | ReplayTrailer]:
        """The steps of a deal's replay, one for each event, then a trailer; parameters: to_version and a basis."""
        return self.lines(self.path(deal_id, "replay"), asked)

    def event_types(self) -> list[Answer]:
        """The event types: name, description and effect of each."""
        return list(self._get("/v1/event-types")["items"])

    def event_type(self, name: str) -> EventType:
        """One type with its JSON Schema and an example."""
        answer: EventType = self._answer(f"/v1/event-types/{quote(name, safe='')}")
        return answer

    def record(
        self,
        deal_id: str,
        events: Mapping[str, Any] | Iterable[Mapping[str, Any]],
        *,
        expected_version: int | None = None,
        lenient: bool = False,
        dry_run: bool = False,
    ) -> Receipt:
        """Record one event, or several atomically.

        `expected_version` makes the request conditional (ApiError, 412); `lenient` accepts unknown references with a
        warning; `dry_run` validates without recording.
        """
        single = isinstance(events, Mapping)
        given = [events] if isinstance(events, Mapping) else list(events)
        named = [event if event.get("id") else {**event, "id": time_ordered()} for event in given]
        headers = {"Content-Type": "application/json"}
        if expected_version is not None:
            headers["If-Match"] = f'"{expected_version}"'
        if lenient:
            headers["Prefer"] = "handling=lenient"
        answer: Receipt = self.send(
            "POST",
            self.path(deal_id, "events"),
            {"dry_run": dry_run or None},
            content=json_text.encode(named[0] if single else named),
            headers=headers,
        ).json()
        return answer

    def import_lines(
        self, parts: Iterable[bytes], *, deal: str | None = None, dry_run: bool = False, partial: bool = False
    ) -> ImportReport:
        """Record the events of a JSON Lines file, streamed. With a bad line nothing is recorded, unless `partial`.

        `deal` replaces the deal of every line.

        ApiError has the bad lines under `body["errors"]`, each with its line number, code and sentence. An iterable
        that can be read only once is sent only once.
        """
        asked = _query({"deal": deal, "dry_run": dry_run or None, "partial": partial or None})
        headers = {"Content-Type": "application/x-ndjson"}
        try:
            response = self.http.post(
                "/v1/imports",
                params=asked,
                content=iter(parts),
                headers=headers,
                timeout=httpx.Timeout(None, connect=5),
            )
        except httpx.TransportError as error:
            raise self._unavailable(error) from error
        answer: ImportReport = raise_for_status(response).json()
        return answer

    @staticmethod
    def path(deal_id: str, *rest: str) -> str:
        """The path of a resource of a deal: `path("tiktok", "diff")`."""
        return "/".join(["/v1/deals", *(quote(part, safe="") for part in (deal_id, *rest))])

    def get(self, path: str, /, **asked: QueryValue) -> Answer:
        """Any other JSON answer of the contract: `get(client.path("tiktok", "diff"), from_valid="2020-08-30")`."""
        return self._get(path, asked)

    def post(self, path: str, body: Answer, /) -> Answer:
        """Any other JSON answer to a JSON request that stores nothing, such as that of `path("tiktok", "what-if")`."""
        headers = {"Content-Type": "application/json"}
        answer: Answer = self.send("POST", path, content=json_text.encode(body), headers=headers).json()
        return answer

    def lines(self, path: str, asked: Mapping[str, QueryValue]) -> Iterator[Any]:
        """The lines of a JSON Lines response, as they arrive."""
        with self.streamed(path, asked, "application/x-ndjson") as response:
            for line in line_protocols.json_lines(response.iter_bytes()):
                if line.strip():
                    yield orjson.loads(line)

    def parts(self, path: str, asked: Mapping[str, QueryValue], accept: str) -> Iterator[bytes]:
        """The bytes of a response of any size, in the requested media type, as they arrive."""
        with self.streamed(path, asked, accept) as response:
            yield from response.iter_bytes()

    @contextmanager
    def streamed(
        self, path: str, asked: Mapping[str, QueryValue], accept: str, timeout: httpx.Timeout = TIMEOUT
    ) -> Iterator[httpx.Response]:
        """A streamed response. Raises ApiError, and ServerUnavailable also if the connection breaks."""
        headers, query = {"Accept": accept}, _query(asked)
        try:
            with self.http.stream("GET", path, params=query, headers=headers, timeout=timeout) as response:
                if not response.is_success:
                    response.read()
                yield raise_for_status(response)
        except httpx.TransportError as error:
            raise self._unavailable(error) from error

    def send(
        self,
        method: str,
        path: str,
        asked: Mapping[str, QueryValue] | None = None,
        *,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """One request, retried while the server is busy or unreachable. Raises ApiError and ServerUnavailable."""
        pause = PAUSE_SECONDS
        for attempt in range(1, self.attempts + 1):
            try:
                response = self.http.request(method, path, params=_query(asked or {}), content=content, headers=headers)
            except httpx.TransportError as error:
                # Connection refused: a retry within seconds would not change that.
                if attempt == self.attempts or isinstance(error, httpx.ConnectError | httpx.UnsupportedProtocol):
                    raise self._unavailable(error) from error
            else:
                if response.status_code not in (429, 503) or is_too_costly(response) or attempt == self.attempts:
                    return raise_for_status(response)
                pause = max(pause, retry_pause(response))
            time.sleep(min(pause, LONGEST_PAUSE_SECONDS))
            pause *= 2
        raise AssertionError("the last attempt returns or raises")

    def _get(self, path: str, asked: Mapping[str, QueryValue] | None = None) -> Answer:
        answer: Answer = self._answer(path, asked)
        return answer

    def _answer(self, path: str, asked: Mapping[str, QueryValue] | None = None) -> Any:
        return self.send("GET", path, asked).json()

    def pages(self, path: str, asked: Mapping[str, QueryValue]) -> Iterator[Any]:
        """The items of all pages, fetched lazily. `limit` bounds their number."""
        most = asked.get("limit")
        wanted = None if most is None else int(most)
        question = {**asked, "limit": PAGE_ITEMS if wanted is None else min(wanted, PAGE_ITEMS)}
        seen = 0
        while True:
            page = self._get(path, question)
            for item in page["items"]:
                yield item
                seen += 1
                if wanted is not None and seen >= wanted:
                    return
            if not page.get("next"):
                return
            question["cursor"] = page["next"]

    def _unavailable(self, error: httpx.TransportError) -> ServerUnavailable:
        reason = str(error) or type(error).__name__
        return ServerUnavailable(
            f"No Parley answers at {self.url} ({reason}); start one with parley serve, or name another --server."
        )

    def close(self) -> None:
        self.http.close()

    def __enter__(self) -> "Client":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _query(asked: Mapping[str, QueryValue]) -> dict[str, str]:
    return {
        name: str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in asked.items()
        if value is not None
    }
