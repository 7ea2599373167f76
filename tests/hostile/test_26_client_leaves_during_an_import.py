"""A client that hangs up while it sends an import: no fault of the server's, and nothing of it is kept."""

import logging
from pathlib import Path

import httpx
import pytest

from api import imports
from tests.api.running import Running
from tests.api.test_imports import lines, sound
from tests.waiting import until

HEAD = b"POST /v1/imports HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 99999\r\n\r\n"
OPEN = Path("/proc/self/fd")


def temporary_files() -> int:
    """Files without a name that this process holds open."""
    held = 0
    for each in OPEN.iterdir():
        try:
            held += str(each.readlink()).endswith("(deleted)")
        except OSError:  # it was closed meanwhile
            continue
    return held


@pytest.mark.skipif(not OPEN.is_dir(), reason="open files are told by /proc")
def test_a_client_that_leaves_is_noted_without_a_trace(
    running: Running, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(imports, "IN_MEMORY_BYTES", 16)
    before = temporary_files()
    with caplog.at_level(logging.INFO):
        with running.connect(HEAD, lines(*sound(10))):
            until(lambda: temporary_files() > before)
        with httpx.Client(base_url=running.url) as client:
            until(lambda: 'route="/v1/imports",status="499"' in client.get("/metrics").text)
            assert client.get("/v1/deals").json()["items"] == []
    ours = [record for record in caplog.records if record.name.startswith("parley")]
    assert [record for record in ours if record.levelno >= logging.WARNING or record.exc_info] == []
    until(lambda: temporary_files() == before)
