"""Which messages of a pool of connections are logged."""

import logging
from time import monotonic

REPEAT_SECONDS = 10.0
"""How long the messages of one form that follow a message are dropped."""

ON_PURPOSE = "discarding closed"
"""How the message begins that a connection was closed: `transaction` closes one on purpose after a change of tables."""


class PoolMessages(logging.Filter):
    """Drops messages of what is done on purpose, and those that repeat one of the last REPEAT_SECONDS.

    Each connection of a pool reports an unreachable database at each attempt.
    """

    def __init__(self) -> None:
        super().__init__()
        self._last: dict[str, float] = {}
        """When a message of each form was let through."""

    def filter(self, record: logging.LogRecord) -> bool:
        form, now = str(record.msg), monotonic()
        if form.startswith(ON_PURPOSE):
            return False
        repeated = now - self._last.get(form, -REPEAT_SECONDS) < REPEAT_SECONDS
        if not repeated:
            self._last[form] = now
        return not repeated
