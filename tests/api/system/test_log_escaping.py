"""What a client chose cannot steer the terminal on which the log is read, nor make a line of its own."""

import io
import json
import logging
from typing import Any

import pytest

from api import logging as logs

STEERING = "/a\x1b[2J\x1b]0;title\x07\x9b31m\r\n2026 forged line\u202eback\u2028\x7f"


class Terminal(io.StringIO):
    """Standard error that says it is a terminal, or not."""

    def __init__(self, *, is_terminal: bool) -> None:
        super().__init__()
        self._is_terminal = is_terminal

    def isatty(self) -> bool:
        return self._is_terminal


@pytest.fixture
def logged(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Any:
    """What is logged of a request for a path that steers, and of a fault with such a message."""
    root, level = logging.getLogger(), logging.getLogger().level
    handlers, requests_level = root.handlers, logs.request_log.level
    error = Terminal(is_terminal=request.param)
    monkeypatch.setattr("sys.stderr", error)
    try:
        logs.configure()
        logs.request_log.info("answered", extra={"path": STEERING, "request_id": "one"})
        try:
            raise RuntimeError(STEERING)
        except RuntimeError:
            logs.request_log.exception("the request could not be answered", extra={"path": STEERING})
        yield error.getvalue()
    finally:
        root.handlers = handlers
        root.setLevel(level)
        logs.request_log.setLevel(requests_level)


@pytest.mark.parametrize("logged", [True], indirect=True)
def test_on_a_terminal_control_characters_are_written_as_escapes(logged: str) -> None:
    assert not [each for each in logged if not each.isprintable() and each not in "\n\t"]
    assert "\\x1b[2J" in logged
    assert "\\u202e" in logged
    first = logged.splitlines()[0]
    assert "path=" in first
    assert "forged line" in first


@pytest.mark.parametrize("logged", [False], indirect=True)
def test_elsewhere_each_line_is_json(logged: str) -> None:
    answered, fault = map(json.loads, logged.splitlines())
    assert answered["path"] == fault["path"] == STEERING
    assert logged.isascii()
    assert "\x1b" not in logged
