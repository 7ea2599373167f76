"""Structured logs on standard error, each line with the id of the request that it is about: JSON; words on a terminal.

Contents of requests are never logged: neither body nor query string nor API key.
"""

import logging
import sys
from time import monotonic
from typing import Any

import structlog

REPEAT_SECONDS = 10.0
"""How long the messages of one form that follow a message are dropped, of loggers that repeat themselves."""


def configure() -> None:
    """Configure the logging of this program and its libraries."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *_form(),
            ],
        )
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    request_log.setLevel(logging.INFO)
    logging.getLogger("psycopg.pool").addFilter(WithoutRepeats())


def _form() -> list[structlog.typing.Processor]:
    if sys.stderr.isatty():
        return [EscapingRenderer()]
    return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]


class WithoutRepeats(logging.Filter):
    """Drops messages that repeat one of the last REPEAT_SECONDS.

    Each connection of a pool reports an unreachable database at each attempt.
    """

    def __init__(self) -> None:
        super().__init__()
        self._last: dict[str, float] = {}
        """When a message of each form was let through."""

    def filter(self, record: logging.LogRecord) -> bool:
        form, now = str(record.msg), monotonic()
        repeated = now - self._last.get(form, -REPEAT_SECONDS) < REPEAT_SECONDS
        if not repeated:
            self._last[form] = now
        return not repeated


class EscapingRenderer:
    """Renders text for a terminal, with control characters escaped: a client
    chose some of it."""

    def __init__(self) -> None:
        self._words = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)

    def __call__(self, logger: Any, name: str, event: structlog.typing.EventDict) -> str:
        line = str(self._words(logger, name, event))
        return "".join(each if each.isprintable() or each in "\n\t" else repr(each)[1:-1] for each in line)


request_log = logging.getLogger("parley.requests")
"""The access log: every response if it is enabled, server errors always."""
