"""A client that hangs up while it sends an import: no fault of the server's, and nothing of it is kept."""

import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from api import limits
from api.events import imports
from tests.api.events.test_imports import lines, sound
from tests.api.live_server import Running
from tests.waiting import LONGEST_SECONDS, until

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


@pytest.mark.skipif(not OPEN.is_dir(), reason="open files are listed in /proc")
def test_a_client_that_leaves_is_noted_without_a_trace(
    running: Running, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(imports, "IN_MEMORY_BYTES", 16)
    before = temporary_files()
    with caplog.at_level(logging.INFO):
        with running.connect(HEAD, lines(*sound(10))):
            until(lambda: temporary_files() > before)
        with httpx.Client(base_url=running.url, timeout=LONGEST_SECONDS) as client:
            until(lambda: 'route="/v1/imports",status="499"' in client.get("/metrics").text)
            assert client.get("/v1/deals").json()["items"] == []
    ours = [record for record in caplog.records if record.name.startswith("parley")]
    assert [record for record in ours if record.levelno >= logging.WARNING or record.exc_info] == []
    until(lambda: temporary_files() == before)


def test_imports_leave_threads_for_others(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    original, release = imports.run, threading.Event()
    begun: list[str] = []

    def held(*given: Any, **options: Any) -> Any:
        begun.append("one")
        assert release.wait(60)
        return original(*given, **options)

    monkeypatch.setattr(imports, "run", held)
    asked = 3 * limits.IMPORTS_AT_ONCE
    with httpx.Client(base_url=running.url, timeout=LONGEST_SECONDS) as client, ThreadPoolExecutor(asked) as pool:
        answers = [pool.submit(client.post, "/v1/imports", content=lines(*sound(3))) for _ in range(asked)]
        until(lambda: len(begun) == limits.IMPORTS_AT_ONCE)
        assert client.get("/v1/deals").status_code == 200
        assert len(begun) == limits.IMPORTS_AT_ONCE
        release.set()
        told = [answer.result(60).json() for answer in answers]
    assert sum(each["recorded"] for each in told) == 3
    assert sum(each["repeated"] for each in told) == 3 * (asked - 1)
