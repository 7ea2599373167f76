"""JSON Lines files in UTF-8, UTF-16 or UTF-32, with or without a byte order mark."""

import codecs
from typing import IO, Protocol

from domain.errors import InvalidInput

READ_BYTES = 64 * 1024

MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class Lines(Protocol):
    """What lines are read from."""

    def readline(self, size: int = -1, /) -> bytes:
        """The next line with its line feed, or the next `size` bytes of a longer one; empty at the end."""
        ...


def encoding_of(start: bytes) -> str:
    """The encoding of a JSON text by its first bytes: two characters of it are ASCII (RFC 4627, section 3)."""
    for mark, name in MARKS:
        if start.startswith(mark):
            return name
    match [byte == 0 for byte in start[:4]]:
        case [True, True, True, False]:
            return "utf-32-be"
        case [False, True, True, True]:
            return "utf-32-le"
        case [True, False, *_]:
            return "utf-16-be"
        case [False, True, *_]:
            return "utf-16-le"
    return "utf-8"


def as_utf8(body: bytes | bytearray) -> bytes | bytearray:
    """A JSON text in UTF-8 without a byte order mark. Raises UnicodeDecodeError if it is not in its encoding."""
    encoding = encoding_of(bytes(body[:4]))
    return body.removeprefix(codecs.BOM_UTF8) if encoding == "utf-8" else body.decode(encoding).encode()


class Utf8Lines:
    """The lines of a file, converted to UTF-8. Raises InvalidInput at bytes that are invalid in its encoding.

    A byte order mark of UTF-8 is left to the reader of the line; one of another encoding is taken away.
    """

    def __init__(self, body: IO[bytes] | Lines) -> None:
        self._body = body
        self._held = body.readline(READ_BYTES)
        self._encoding = encoding_of(self._held)
        self._decoder = None
        if self._encoding != "utf-8":
            self._decoder = codecs.getincrementaldecoder(self._encoding)()
            self._held = self._transcoded(self._held)

    def readline(self, size: int = -1, /) -> bytes:
        """The next line with its line feed, or the next `size` bytes of a longer one; empty at the end."""
        wanted = size if size >= 0 else READ_BYTES
        while b"\n" not in self._held[:wanted] and len(self._held) < wanted:
            part = self._body.readline(wanted if self._decoder is None else READ_BYTES)
            self._held += part if self._decoder is None else self._transcoded(part)
            if not part:
                break
        end = self._held.find(b"\n", 0, wanted) + 1 or wanted
        line, self._held = self._held[:end], self._held[end:]
        return line

    def _transcoded(self, part: bytes) -> bytes:
        assert self._decoder is not None
        try:
            return self._decoder.decode(part, final=not part).encode()
        except UnicodeDecodeError as fault:
            raise InvalidInput(
                f"The file is {self._encoding.upper()} by its first bytes, and what follows is not: {fault.reason}. "
                "Save it as UTF-8."
            ) from fault
