"""Validation of all text that enters: paths, query strings and bodies must be UTF-8 without NUL.

A sequence of bytes that is no UTF-8 would be read as something else in silence, and a NUL ends in an error of the
database.
"""

import asyncio
from typing import Any
from urllib.parse import unquote_to_bytes

from starlette.requests import Request
from starlette.types import Scope

from api import limits
from api.errors import MalformedRequest
from api.http import strict_json
from api.http.requests import read_body
from domain.errors import BadQuestion
from domain.fields import text


def check_address(scope: Scope) -> None:
    """Raises MalformedRequest for a path, and BadQuestion for a query string, that is not valid text."""
    path, query = scope.get("raw_path") or b"", scope["query_string"]
    if b"%" in path and (told := _fault(path)):
        raise MalformedRequest(f"The path cannot be read: {told}.")
    if (b"%" in query or b"\0" in query) and (told := _fault(query)):
        raise BadQuestion(f"The query cannot be read: {told}.")


def _fault(escaped: bytes) -> str | None:
    plain = unquote_to_bytes(escaped)
    try:
        return text.fault(plain.decode())
    except UnicodeDecodeError as fault:
        return f"the bytes {plain[fault.start : fault.end].hex(' ')} in it are no UTF-8; escape characters as UTF-8"


async def read_json(request: Request) -> Any:
    """The JSON value of a body. Raises what body_of and read_json raise."""
    body = await read_body(request)
    if len(body) > limits.LARGE_BODY_BYTES:
        return await asyncio.to_thread(strict_json.parse_json, body)
    return strict_json.parse_json(body)
