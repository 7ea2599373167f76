"""Plain JSON is read by a faster decoder to the same value; what it reads otherwise is left to the strict one."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.http.strict_json import parse_json, parse_plain_json
from domain.errors import ParleyError

LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(), st.text(max_size=5),
    st.sampled_from(['":', 'a": 1', "\\", "\\u0000", "\0", "é", "\ud800", 1e20, 45.0, -0.0]),
)  # fmt: skip
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
WRITTEN = st.builds(
    lambda value, ascii_only, separators: json.dumps(value, ensure_ascii=ascii_only, separators=separators),
    VALUES,
    st.booleans(),
    st.sampled_from([(",", ":"), (", ", ": "), (" ,", " :")]),
)
EDITED = st.builds(
    lambda text, at, more: text[: at % (len(text) + 1)] + more + text[at % (len(text) + 1) :],
    WRITTEN,
    st.integers(0, 100),
    st.sampled_from(["", "", '"a":1,', '{"a":1,"a":2}', " ", "\n", "1", "-", '\\"', ":"]),
)


@given(EDITED)
def test_plain_json_has_the_value_that_the_strict_decoder_reads(text: str) -> None:
    body = text.encode("utf-8", "surrogatepass")
    plain = parse_plain_json(body)
    if plain is not None:
        exact = parse_json(body)
        assert (repr(plain), plain) == (repr(exact), exact)


@pytest.mark.parametrize(
    "body",
    [b'{"a":1,"a":1}', b'{"b":{"a":1,"a":2}}', b'[{"a":1},{"a":1,"a":1}]', b'{"a" :1,"b":"\\":","a":2}', b'{"a":1.5}',
     b'{"a":100000000000000000000}', b'{"a":"\\u0000"}', b'{"a":NaN}', b'{"a":1}x', b'\xff', b"", b"[" * 100_000],
)  # fmt: skip
def test_what_is_not_plain_is_left_to_the_strict_decoder(body: bytes) -> None:
    assert parse_plain_json(body) is None


@pytest.mark.parametrize(
    "body", [b'{"a": {"b": [1, "x", null, true]}}', '{"a":"é"}'.encode(), b'{"a":[{"a":1},{"a":1}]}']
)
def test_usual_json_is_plain(body: bytes) -> None:
    assert parse_plain_json(body) == parse_json(body)


def test_a_member_that_is_given_twice_is_refused() -> None:
    with pytest.raises(ParleyError, match="appears twice"):
        parse_json(b'{"a":1,"a":1}')
