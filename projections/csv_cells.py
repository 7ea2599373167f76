"""CSV for spreadsheets (RFC 4180): UTF-8 with a byte order mark, and without formulas.

Spreadsheets compute a cell whose text starts with one of a few characters, in their full-width forms too. They also cut
cells apart where the file does not: at a line break inside a text, or at another separator than the comma. So an
apostrophe goes in front of such a character wherever a cell might begin.
"""

import csv
import io
import re
from collections.abc import Iterable, Sequence

TYPE = "text/csv"
MEDIA = f"{TYPE}; charset=utf-8"
MARK = "\ufeff"
"""The byte order mark, by which a spreadsheet knows that the file is UTF-8."""

_STARTS = "=+\\-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b\u2212"
_BREAKS = "\\t\\n\\v\\f\\r\\x1c-\\x1e\\x85\u2028\u2029"
_UNSEEN = "\\s\\x00-\\x1f\\x7f\u200b-\u200f\u2060\ufeff"
_PASSED_OVER = f"{_UNSEEN}\"'"
_FORMULA = re.compile(
    f"(?P<begin>\\A|;)(?P<run>[{_PASSED_OVER}]*+)[{_STARTS}]|(?<![{_PASSED_OVER};])(?P<within>[{_PASSED_OVER}]++)[{_STARTS}]"
    f"|\\A(?=[{_BREAKS}])"
)
"""What a spreadsheet passes over and then computes. Each run of what is passed over is looked at from its start alone:
a text of nothing else takes no more time than any other of its length."""

_BREAK = re.compile(f"[{_BREAKS}]")


def to_cell(value: object) -> object:
    """The text of a cell: one that a spreadsheet might compute gets an apostrophe, None is empty."""
    if value is None:
        return ""
    return _FORMULA.sub(_disarm, value) if isinstance(value, str) else value


def _disarm(found: re.Match[str]) -> str:
    if found["within"] is not None:
        return _BREAK.sub(r"\g<0>'", found[0])
    begin = found["begin"] or ""
    return f"{begin}'" + _BREAK.sub(r"\g<0>'", found[0][len(begin) :])


_ADDED = re.compile(f"(?P<before>\\A;?|[{_BREAKS}]|;)'")
"""Where an apostrophe may have been put in front of what a spreadsheet computes."""


def from_cell(text: str) -> str:
    """The text that a cell was written from: without the apostrophes that `to_cell` put in, where it put them in."""
    if "'" not in text:
        return text
    bare = _ADDED.sub(r"\g<before>", text)
    return bare if to_cell(bare) == text else text


def csv_lines(rows: Iterable[Sequence[object]]) -> str:
    """Rows of cells as lines of the file."""
    written = io.StringIO()
    csv.writer(written).writerows([to_cell(each) for each in row] for row in rows)
    return written.getvalue()
