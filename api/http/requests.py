"""Preconditions and preferences of requests that write, and reading bodies within limits."""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from starlette.requests import Request

from api import limits
from api.errors import BodyTooLarge, BodyTooSlow, MalformedHeader
from api.http.content_encoding import decoded, is_compressed

_QUOTED = re.compile(r'"((?:[^"\\]|\\["\\])*)"(?:[ ]*;.*)?')
_ESCAPED = re.compile(r"\\(.)")
_VERSION = re.compile(r'"([0-9]{1,9})"|([0-9]{1,9})')


@dataclass(frozen=True, slots=True)
class RequestPreferences:
    """The conditions and preferences of a request that writes."""

    expected_version: int | None = None
    must_be_new: bool = False
    must_exist: bool = False
    lenient: bool = False
    minimal: bool = False
    """`Prefer: return=minimal`: the answer need not say what is out of the ordinary."""
    key: str | None = None
    wait_seconds: float | None = None
    """Seconds to wait for the proof (`Prefer: wait`); None: do not wait."""


def request_preferences(request: Request) -> RequestPreferences:
    """Raises MalformedHeader for a malformed precondition, which must not be ignored."""
    sent = request.headers
    match, none_match, keys = sent.get("if-match"), sent.get("if-none-match"), sent.getlist("idempotency-key")
    if match is None and none_match is None and not keys and "prefer" not in sent:
        return DEFAULT_PREFERENCES
    if none_match not in (None, "*"):
        raise MalformedHeader(f"If-None-Match is {none_match[:64]!r}: for a deal's first event write *.")
    return RequestPreferences(
        expected_version=None if match in (None, "*") else _if_match_version(match),
        must_be_new=none_match == "*",
        must_exist=match == "*",
        lenient="handling=lenient" in prefer_header(request),
        minimal="return=minimal" in prefer_header(request),
        key=_idempotency_key(keys),
        wait_seconds=_wait_seconds(prefer_header(request)),
    )


def _idempotency_key(sent: Sequence[str]) -> str | None:
    """The key of the header, which is a string of RFC 9651; one without quotes is the same key."""
    if not sent:
        return None
    if len(sent) > 1:
        raise MalformedHeader(f"Idempotency-Key is given {len(sent)} times: send it once.")
    key = sent[0].strip()
    if key.startswith('"'):
        quoted = _QUOTED.fullmatch(key)
        if quoted is None:
            raise MalformedHeader(f'Idempotency-Key is {key[:64]!r}: end its quotes, as in "8e03978e".')
        key = _ESCAPED.sub(r"\1", quoted[1])
    if not (1 <= len(key) <= limits.KEY_CHARACTERS and key.isascii() and key.isprintable()):
        raise MalformedHeader(f"Idempotency-Key has 1 to {limits.KEY_CHARACTERS} printable ASCII characters.")
    return key


def _wait_seconds(given: frozenset[str]) -> float | None:
    """`wait`, or `wait=5` (RFC 7240): within limits.WAIT_SECONDS."""
    for each in given:
        name, _, seconds = each.partition("=")
        if name == "wait":
            return min(float(seconds), limits.WAIT_SECONDS) if seconds.isdecimal() else limits.WAIT_SECONDS
    return None


DEFAULT_PREFERENCES = RequestPreferences()


def prefer_header(request: Request) -> frozenset[str]:
    """The preferences of `Prefer` (RFC 7240), lower case, without blanks."""
    given = ",".join(request.headers.getlist("prefer"))
    return frozenset(each.replace(" ", "").replace('"', "").lower() for each in re.split("[,;]", given) if each.strip())


def _if_match_version(text: str) -> int:
    found = _VERSION.fullmatch(text.strip())
    if found is None:
        raise MalformedHeader(f'If-Match is {text[:64]!r}: write the version of the deal in quotes, such as "12".')
    return int(found[1] or found[2])


async def read_body(request: Request, most: int = limits.BODY_BYTES) -> bytes:
    """The whole body. Raises BodyTooLarge as soon as it is too large, regardless of its Content-Length."""
    announced = request.headers.get("content-length", "0")
    if announced.isdigit() and int(announced) > most:
        raise body_too_large(most)
    parts: list[bytes] = []
    size = 0
    async for part in stream_body(request):
        size += len(part)
        if size > most:
            raise body_too_large(most)
        parts.append(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def stream_body(request: Request) -> AsyncIterator[bytes]:
    """The parts of a body as they come, decoded. Raises UnsupportedEncoding, MalformedEncoding, BodyTooSlow."""
    compressed = is_compressed(",".join(request.headers.getlist("content-encoding")))
    return decoded(_timed_body(request)) if compressed else _timed_body(request)


async def _timed_body(request: Request) -> AsyncIterator[bytes]:
    """The parts of a body as they come. Raises BodyTooSlow for one that comes too slowly: it has some time from the
    start, and each byte earns it a little more."""
    stream = aiter(request.stream())
    loop = asyncio.get_running_loop()
    left = limits.BODY_PART_SECONDS
    while True:
        began = loop.time()
        try:
            async with asyncio.timeout(left):
                part = await anext(stream)
        except StopAsyncIteration:
            return
        except TimeoutError:
            told = (
                f"The body came too slowly: it may rest for {limits.BODY_PART_SECONDS:.0f} seconds, "
                f"and else brings {limits.BODY_BYTES_PER_SECOND} bytes a second. Send it again."
            )
            raise BodyTooSlow(told, extra={"headers": {"Connection": "close"}}) from None
        left += len(part) / limits.BODY_BYTES_PER_SECOND - (loop.time() - began)
        left = min(left, limits.BODY_PART_SECONDS)
        yield part


def body_too_large(
    most: int, cure: str = "send fewer events at a time, or stream them to POST /v1/imports"
) -> BodyTooLarge:
    """The refusal of a body of more bytes than are taken."""
    told = f"The body has more than {most} bytes: {cure}."
    return BodyTooLarge(told, extra={"limit": most, "headers": {"Connection": "close"}})
