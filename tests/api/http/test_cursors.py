"""Cursors: what one list encodes it reads again; anything else is refused before the database is asked."""

from base64 import urlsafe_b64encode

import orjson
import pytest

from api.http import pagination
from domain.errors import BadQuestion


def as_cursor(value: object) -> str:
    return urlsafe_b64encode(orjson.dumps(value)).decode().rstrip("=")


def test_a_cursor_holds_the_place_that_was_encoded() -> None:
    assert pagination.decode_cursor(pagination.encode_cursor(7, "day", "dl-1"), int, str, str) == (7, "day", "dl-1")


@pytest.mark.parametrize(
    "cursor",
    [
        "zzz", "", "%", "ä", as_cursor({}), as_cursor([]), as_cursor([1]), as_cursor(["1", "a"]),
        as_cursor([True, "a"]), as_cursor([1.0, "a"]), as_cursor([1, None]), as_cursor([2**63, "a"]),
        as_cursor([1, "a\0"]), as_cursor([1, "a", "b"]),
    ],
)  # fmt: skip
def test_what_is_no_cursor_of_the_list_is_refused(cursor: str) -> None:
    with pytest.raises(BadQuestion, match="take `next` from its last page"):
        pagination.decode_cursor(cursor, int, str)
