"""The lines of two protocols, from bytes as they come. Only the line ends of each protocol end a line.

`str.splitlines` is of no use here: it also breaks at U+2028, U+2029, U+0085, U+001C and others that
a JSON text may hold.
"""

import re
from collections.abc import Iterable, Iterator

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_STREAM_END = re.compile(rb"\r\n|\r|\n")


def json_lines(parts: Iterable[bytes]) -> Iterator[bytes]:
    """The lines of JSON Lines: LF alone ends one."""
    rest = b""
    for part in parts:
        first, ended, more = part.partition(b"\n")
        rest += first
        if ended:
            yield rest
            *lines, rest = more.split(b"\n")
            yield from lines
    if rest:
        yield rest


def event_stream_lines(parts: Iterable[bytes]) -> Iterator[str]:
    """The lines of an event stream (WHATWG HTML, server-sent events), without its byte order mark: CR LF, CR or LF ends
    one. What follows the last end is no line yet."""
    rest, begun, half = b"", False, False
    for part in parts:
        if half:  # the CR before it ended a line already: an LF that follows belongs to it
            part, half = part.removeprefix(b"\n"), not part
        rest += part
        if not begun:
            if len(rest) < len(_BYTE_ORDER_MARK) and _BYTE_ORDER_MARK.startswith(rest):
                continue
            rest, begun = rest.removeprefix(_BYTE_ORDER_MARK), True
        half = half or rest.endswith(b"\r")
        *lines, rest = _STREAM_END.split(rest)
        yield from (line.decode(errors="replace") for line in lines)


def text_lines(text: str) -> list[str]:
    """The lines of a text that a person typed or stored in a file: CR LF, CR or LF ends one."""
    return re.split(r"\r\n|\r|\n", text)
