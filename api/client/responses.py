"""Responses of a server as the client sees them: refused with `ApiError`, or to be asked for again."""

import httpx

from api.client.errors import ApiError
from domain.errors import TooCostly


def raise_for_status(response: httpx.Response) -> httpx.Response:
    """The response, if it is a success; a redirection is none, as of a write that a replica sends to another server."""
    if response.is_success:
        return response
    try:
        body = response.json()
    except ValueError:
        body = {"detail": f"The server answered {response.status_code} {response.reason_phrase}, not as Parley does."}
    raise ApiError(response.status_code, body if isinstance(body, dict) else {})


def retry_pause(response: httpx.Response) -> float:
    try:
        return float(response.headers.get("Retry-After", 0))
    except ValueError:
        return 0.0


def is_too_costly(response: httpx.Response) -> bool:
    """Whether the server cancelled the query as too costly: a retry would be as costly."""
    try:
        body = response.json()
    except ValueError:
        return False
    return isinstance(body, dict) and body.get("code") == TooCostly.code
