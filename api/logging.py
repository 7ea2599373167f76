"""Structured logs on standard error, each line with the id of the request that it is about: JSON; words on a terminal.

Contents of requests are never logged: neither body nor query string nor API key.
"""

import logging
import sys
from typing import Any

import structlog


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


def _form() -> list[structlog.typing.Processor]:
    if sys.stderr.isatty():
        return [EscapingRenderer()]
    return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]


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
