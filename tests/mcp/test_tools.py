"""The tools for assistants, asked by the client of the official SDK: each answers with its basis and permalink."""

import sys
from collections.abc import Iterator
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl

import anyio
import orjson
import pytest
import uvicorn
from fastapi import FastAPI

from api.app import create_app
from api.cli.in_process import InProcessTransport
from api.client.client import Client as ParleyClient
from api.demo import SAGA
from api.settings import Settings
from ledger.ledger import open_ledger
from tests.submissions import as_sent

mcp = pytest.importorskip("mcp", reason="the extra mcp is not installed: pip install 'parley-tracker[mcp]'")

DEAL = "tiktok"
EXTENDED = {
    "type": "deadline.extended",
    "occurred": "2020-12-03",
    "data": {"deadline_id": "dl-divest", "by": "cfius", "new_due": "2020-12-11"},
}
CALLS: dict[str, dict[str, Any]] = {
    "find_deals": {"q": "TikTok"},
    "read_state": {"deal": DEAL, "valid_at": "2020-11-20", "sections": ["deadlines", "next_deadline"]},
    "compare": {"deal": DEAL, "from_valid": "2020-11-10", "to_valid": "2020-11-20"},
    "history": {"deal": DEAL, "path": "/deadlines/dl-divest/due"},
    "deadlines": {"valid_at": "2020-11-20"},
    "digest": {"deal": DEAL, "since": "2020-11-01"},
    "what_if": {"deal": DEAL, "events": [EXTENDED], "valid_at": "2020-12-05"},
    "list_event_types": {},
    "describe_event_type": {"name": "deadline.extended"},
    "propose_events": {"deal": DEAL, "events": [EXTENDED]},
    "record_events": {"deal": DEAL, "events": [{**EXTENDED, "id": "by-assistant"}]},
}
"""A call of every tool."""


@pytest.fixture(scope="module")
def app(shared_database: str) -> Iterator[FastAPI]:
    lines = SAGA.read().splitlines()
    with open_ledger(shared_database, "assistant", migrating=False) as ledger:
        ledger.import_batch([as_sent(orjson.loads(line)) for line in lines], by="desk")
        yield create_app(Settings(tenant=ledger.tenant), ledger)


@pytest.fixture
def parley(app: FastAPI) -> Iterator[ParleyClient]:
    with ParleyClient("http://127.0.0.1", transport=InProcessTransport(app)) as client:
        yield client


def call(parley: ParleyClient, tool: str, arguments: dict[str, Any], *, allow_recording: bool = True) -> Any:
    """The result of a tool, through the SDK's client."""
    from api.mcp.tools import make_server

    async def asked() -> Any:
        async with mcp.Client(make_server(parley, version="1", allow_recording=allow_recording)) as client:
            return await client.call_tool(tool, arguments)

    return anyio.run(asked)


def names(parley: ParleyClient, *, allow_recording: bool) -> set[str]:
    from api.mcp.tools import make_server

    async def asked() -> set[str]:
        async with mcp.Client(make_server(parley, version="1", allow_recording=allow_recording)) as client:
            return {tool.name for tool in (await client.list_tools()).tools}

    return anyio.run(asked)


def test_every_tool_is_called_here(parley: ParleyClient) -> None:
    assert names(parley, allow_recording=True) == CALLS.keys()


@pytest.mark.parametrize("tool", CALLS)
def test_each_answer_has_its_basis_and_permalink(parley: ParleyClient, tool: str) -> None:
    result = call(parley, tool, CALLS[tool])
    assert not result.is_error, result.content
    answer = result.structured_content
    assert answer["permalink"].startswith("http://127.0.0.1/v1/")
    assert isinstance(answer["basis"], dict)
    assert len(answer) > 2


@pytest.mark.parametrize("tool", ["find_deals", "deadlines"])
def test_a_list_as_of_now_is_read_again_at_its_permalink(parley: ParleyClient, tool: str) -> None:
    now = call(parley, tool, {}).structured_content
    path, _, query = now["permalink"].removeprefix("http://127.0.0.1").partition("?")
    assert now["basis"]["known_position"] == parley.get(path)["as_of_position"]
    assert parley.get(path, **dict(parse_qsl(query)))["items"] == now["items"]


@pytest.mark.parametrize("arguments", [{}, {"deal": DEAL}])
def test_a_digest_is_bounded_and_goes_on_after_next(
    parley: ParleyClient, arguments: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = {**arguments, "since": "2020-11-01"}
    whole = call(parley, "digest", asked).structured_content
    assert whole["next"] is None
    monkeypatch.setattr("api.mcp.tools.MOST_ITEMS", 7)
    items: list[Any] = []
    after: dict[str, str] = {}
    while after is not None:
        page = call(parley, "digest", {**asked, **after}).structured_content
        assert 0 < len(page["items"]) <= 7
        items += page["items"]
        after = {"after": page["next"]} if page["next"] else None
    assert items == whole["items"]
    assert len(items) > 7


def test_a_list_holds_only_what_was_known(parley: ParleyClient) -> None:
    known = call(parley, "find_deals", {"known_at": "2001-01-01"}).structured_content
    assert known["items"] == []
    assert known["basis"]["known_at"] == "2001-01-01"


def test_a_state_is_read_at_a_date_and_narrowed_to_sections(parley: ParleyClient) -> None:
    answer = call(parley, "read_state", CALLS["read_state"]).structured_content
    assert answer["deadlines"]["dl-divest"]["due"] == "2020-11-27"
    assert answer["basis"]["valid_at"].startswith("2020-11-20")
    assert "bids" not in answer


def test_a_proposal_records_nothing_and_names_its_warnings(parley: ParleyClient) -> None:
    before = parley.state(DEAL)["basis"]["known_version"]
    answer = call(parley, "propose_events", CALLS["propose_events"]).structured_content
    assert answer["recorded"] is False
    assert "warnings" in answer
    assert parley.state(DEAL)["basis"]["known_version"] == before


def test_without_permission_there_is_no_tool_that_records(parley: ParleyClient) -> None:
    assert "record_events" not in names(parley, allow_recording=False)
    assert call(parley, "record_events", CALLS["record_events"], allow_recording=False).is_error


def test_a_refusal_is_an_error_in_the_words_of_the_api(parley: ParleyClient) -> None:
    result = call(parley, "read_state", {"deal": "tiktk"})
    assert result.is_error
    assert "no deal 'tiktk'" in result.content[0].text
    assert result.content[0].text.endswith("find_deals lists them all.")
    result = call(parley, "digest", {"since": "lately"})
    assert result.content[0].text.count("'lately'") == 1
    assert result.content[0].text.endswith("at /since")
    faulty = {**EXTENDED, "data": {"deadline_id": "dl-divest"}}
    result = call(parley, "propose_events", {"deal": DEAL, "events": [faulty]})
    assert result.is_error
    assert "/data" in result.content[0].text


def test_the_tools_are_served_over_http(parley: ParleyClient) -> None:
    from api.mcp.tools import make_server

    made = make_server(parley, version="1", allow_recording=False)
    server = uvicorn.Server(uvicorn.Config(made.streamable_http_app(), port=0, log_level="warning"))
    thread = Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            thread.join(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]

        async def asked() -> Any:
            async with mcp.Client(f"http://127.0.0.1:{port}/mcp") as client:
                return await client.call_tool("find_deals", CALLS["find_deals"])

        assert anyio.run(asked).structured_content["items"][0]["deal_id"] == DEAL
    finally:
        server.should_exit = True
        thread.join()


def test_the_command_serves_on_standard_streams(database: str) -> None:
    async def asked() -> set[str]:
        command = "from api.cli import main; import sys; sys.argv[1:] = ['mcp', '--database', sys.argv[1]]; main()"
        parameters = mcp.StdioServerParameters(command=sys.executable, args=["-c", command, database])
        async with mcp.Client(mcp.stdio_client(parameters)) as client:
            return {tool.name for tool in (await client.list_tools()).tools}

    assert anyio.run(asked) == CALLS.keys() - {"record_events"}
