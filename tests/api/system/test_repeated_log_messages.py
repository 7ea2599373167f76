"""A pool that cannot connect does not fill the log."""

import logging

import pytest

from api import logging as logs


def test_the_messages_of_one_form_are_logged_once_in_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter((100.0, 100.5, 100.6, 109.0, 110.1))
    monkeypatch.setattr(logs, "monotonic", lambda: next(clock))
    repeats = logs.WithoutRepeats()

    def warn(message: str, *values: object) -> bool:
        return repeats.filter(logging.LogRecord("psycopg.pool", logging.WARNING, __file__, 1, message, values, None))

    assert warn("error connecting in %r: %s", "pool-1", "refused")
    assert not warn("error connecting in %r: %s", "pool-2", "no route to host")
    assert warn("discarding closed connection: %s", "BAD")
    assert not warn("error connecting in %r: %s", "pool-1", "refused")
    assert warn("error connecting in %r: %s", "pool-1", "refused")
