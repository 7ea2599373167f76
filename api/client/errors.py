"""The errors that the Python client raises."""

from collections.abc import Mapping
from typing import Any

from api import hints
from domain.errors import ParleyError, Problem


class ApiError(ParleyError):
    """An error response of the server: `code`, `status` and `problems`; `body` is the whole response."""

    def __init__(self, status: int, body: Mapping[str, Any]) -> None:
        listed = [each for each in body.get("errors") or () if isinstance(each, Mapping)]
        problems = [
            Problem(str(each.get("pointer", "")), str(each.get("code", "")), detail, hint=hint)
            for each, (detail, hint) in zip(listed, map(hints.received, listed), strict=True)
        ]
        detail, hint = hints.received(body)
        extra = {name: value for name, value in body.items() if name != "hint"}
        super().__init__(detail or f"The server answered {status}.", hint=hint, problems=problems, extra=extra)
        self.status = status
        self.code = str(body.get("code") or f"http-{status}")
        self.body = body

    def __str__(self) -> str:
        return hints.text_of(self, hints.PYTHON)


class ServerUnavailable(ParleyError):
    """No server responds, or the connection broke."""

    code = "server-away"
