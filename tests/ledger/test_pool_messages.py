"""A pool that cannot connect does not fill the log."""

import logging

import pytest

from ledger.postgres import pool_messages


def test_the_messages_of_one_form_are_logged_once_in_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter((100.0, 100.5, 100.6, 100.7, 109.0, 110.1))
    monkeypatch.setattr(pool_messages, "monotonic", lambda: next(clock))
    messages = pool_messages.PoolMessages()

    def warn(message: str, *values: object) -> bool:
        return messages.filter(logging.LogRecord("psycopg.pool", logging.WARNING, __file__, 1, message, values, None))

    assert warn("error connecting in %r: %s", "pool-1", "refused")
    assert not warn("error connecting in %r: %s", "pool-2", "no route to host")
    assert warn("reconnection attempt in %r failed", "pool-1")
    assert not warn("discarding closed connection: %s", "BAD")
    assert not warn("error connecting in %r: %s", "pool-1", "refused")
    assert warn("error connecting in %r: %s", "pool-1", "refused")
