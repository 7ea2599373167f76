"""Compressed request bodies (Content-Encoding): gzip is decoded in parts, any other encoding is refused."""

import asyncio
import zlib
from collections.abc import AsyncIterator

from api import limits
from api.errors import BodyTooLarge, MalformedEncoding, UnsupportedEncoding

AS_IT_IS = frozenset({"", "identity"})
GZIP = frozenset({"gzip", "x-gzip"})
PART_BYTES = 64 * 1024
"""Bytes decoded at a time, however much a part expands: the reader of the parts counts them and stops in time."""

_WITH_GZIP_HEADER = 16 + zlib.MAX_WBITS


def is_compressed(encoding: str) -> bool:
    """Whether a body is to be decoded. Raises UnsupportedEncoding for a form that is not known."""
    name = encoding.strip().lower()
    if name in AS_IT_IS:
        return False
    if name in GZIP:
        return True
    raise UnsupportedEncoding(
        f"Content-Encoding is {encoding[:64]!r}: send the body as it is, or compressed with gzip.",
        extra={"headers": {"Accept-Encoding": "gzip", "Connection": "close"}},
    )


async def decoded(parts: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The content of a gzip body, all of its members. Raises MalformedEncoding if it is damaged or truncated, and
    BodyTooLarge if it expands too far."""
    member, begun = zlib.decompressobj(_WITH_GZIP_HEADER), False
    allowed = limits.EXPANDED_BYTES
    async for part in parts:
        rest = part
        allowed += len(part) * limits.EXPANSION
        while rest:
            if member.eof:
                member, begun = zlib.decompressobj(_WITH_GZIP_HEADER), False
            try:
                made = member.decompress(rest, PART_BYTES)
            except zlib.error as fault:
                raise MalformedEncoding(f"The body is not gzip ({fault}), as its Content-Encoding says.") from fault
            begun = True
            rest = member.unused_data if member.eof else member.unconsumed_tail
            if made:
                allowed -= len(made)
                if allowed < 0:
                    raise _grows_too_large()
                yield made
                await asyncio.sleep(0)  # a small part may expand to a large one: yield to other tasks in between
            elif not member.eof and not rest:
                break
    while begun and not member.eof and (made := member.decompress(member.unconsumed_tail, PART_BYTES)):
        yield made
    if begun and not member.eof:
        raise MalformedEncoding("The gzip body ends before its end: send it again, whole.")


def _grows_too_large() -> BodyTooLarge:
    """The error of a small body that expands too far."""
    told = (
        f"The compressed body expands to more than {limits.EXPANSION} times its bytes, beyond the first "
        f"{limits.EXPANDED_BYTES}: send it as it is, or in parts."
    )
    return BodyTooLarge(told, extra={"limit": limits.EXPANDED_BYTES, "headers": {"Connection": "close"}})
