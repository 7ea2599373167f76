"""The bytes that are stored and hashed: RFC 8785, whichever encoder writes them."""

from hashlib import sha256

import orjson
import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from domain.envelope import LEAF_MEMBERS, LEDGER_MEMBERS, PAYLOAD_MEMBERS, Payload, RecordedEvent, Submission
from domain.errors import InvalidInput
from ledger.encoding.canonical_json import MAX_DEPTH, MAX_INTEGER, canonical
from ledger.encoding.leaf import LEAF_KEYS, PAYLOAD_DOMAIN, Leaf, LeafTemplate, commitment, payload_bytes, read_leaf

SAFE = st.integers(-MAX_INTEGER, MAX_INTEGER)
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
PLAIN = st.recursive(
    st.none() | st.booleans() | SAFE | TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(max_codepoint=127)), inner),
    max_leaves=30,
)
ANY = st.recursive(
    st.none() | st.booleans() | SAFE | TEXT | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner),
    max_leaves=30,
)


@given(PLAIN)
def test_the_fast_encoder_writes_what_rfc8785_writes(value):
    assert canonical(value) == orjson.dumps(value, option=orjson.OPT_SORT_KEYS) == rfc8785.dumps(value)


@given(ANY)
def test_canonical_bytes_are_those_of_rfc8785_for_every_json_value(value):
    assert canonical(value) == rfc8785.dumps(value)


@pytest.mark.parametrize(
    ("value", "pointer"),
    [
        ({"a": [MAX_INTEGER + 1]}, "/a/0"),
        ({"a": -MAX_INTEGER - 1}, "/a"),
        ([float("nan")], "/0"),
        ({"a/b": float("inf")}, "/a~1b"),
        ("\ud800", ""),
        ({"é": {"x": "a\udfffb"}}, "/é/x"),
        ({"\ud83d": 1}, ""),
        ({"a": {1, 2}}, "/a"),
    ],
)
def test_what_has_no_canonical_form_is_refused_where_it_stands(value, pointer):
    with pytest.raises(InvalidInput) as refusal:
        canonical(value)
    assert [problem.pointer for problem in refusal.value.problems] == [pointer]


def test_a_value_of_many_members_takes_the_fast_encoder_however_many_there_are(monkeypatch):
    def called(_: object) -> bytes:
        raise AssertionError("the exact encoder was called")

    monkeypatch.setattr(rfc8785, "dumps", called)
    wide = {"entries": [{"id": f"e{number}", "of": [{"n": number}]} for number in range(1_000)]}
    assert canonical(wide) == orjson.dumps(wide, option=orjson.OPT_SORT_KEYS)


@pytest.mark.parametrize("depth", [MAX_DEPTH - 1, MAX_DEPTH, MAX_DEPTH + 1, MAX_DEPTH + 2])
def test_as_deep_as_is_allowed_is_written_and_deeper_is_refused(depth):
    value: object = 1
    for _ in range(depth):
        value = [value]
    if depth <= MAX_DEPTH:
        assert canonical(value) == b"[" * depth + b"1" + b"]" * depth
    else:
        with pytest.raises(InvalidInput, match="nested"):
            canonical(value)


def test_deep_nesting_is_refused_and_does_not_crash():
    value: object = 1
    for _ in range(MAX_DEPTH + 5_000):
        value = [value]
    with pytest.raises(InvalidInput, match="nested"):
        canonical(value)


def test_each_member_of_an_event_stands_in_the_leaf_or_in_the_payload_and_not_in_both():
    envelope = set(Submission.__dataclass_fields__) - {"payload", "sent"}
    assert envelope == set(LEAF_MEMBERS)
    assert set(Payload.__dataclass_fields__) == set(PAYLOAD_MEMBERS)
    assert not set(LEAF_MEMBERS) & set(PAYLOAD_MEMBERS)
    told = set(RecordedEvent.__dataclass_fields__) - {"payload", "erased"}
    assert told == set(LEAF_MEMBERS) | (set(LEDGER_MEMBERS) - {"leaf_hash"})


def test_a_leaf_holds_its_members_of_the_envelope_and_the_seal():
    renamed = {"deal_id": "deal"}
    members = {renamed.get(name, name) for name in LEAF_MEMBERS}
    assert members | {"log", "version", "recorded_at", "recorded_by", "payload_commitment", "previous"} == set(
        LEAF_KEYS
    )
    assert tuple(sorted(LEAF_KEYS)) == LEAF_KEYS
    assert set(Leaf.__struct_fields__) == set(LEAF_KEYS)


@given(
    by=TEXT,
    version=st.integers(1, 2**31 - 1),
    moment=st.integers(0, 2**52),
    previous=st.none() | st.binary(min_size=32, max_size=32),
    published=st.sampled_from([None, "2020-08~"]),
)
def test_a_leaf_written_by_hand_is_canonical(submission, by, version, moment, previous, published):
    sent = submission("tiktok", "e1", "bid.submitted", occurred="2020-08-17", published=published)
    leaf = LeafTemplate.cast("parley.example/ü", sent, by, b"\x01" * 32).fill(version, moment, previous)
    assert leaf == rfc8785.dumps(orjson.loads(leaf))
    read = read_leaf(leaf)
    assert (read.deal, read.id, read.type, read.occurred) == ("tiktok", "e1", "bid.submitted", "2020-08-17")
    assert (read.version, read.recorded_by, read.published) == (version, by, published)
    assert read.previous == (previous.hex() if previous else None)


def test_the_payload_is_what_was_sent_and_no_default_is_filled_in(submission):
    sent = submission("tiktok", "e1", "bid.submitted", bid_id="b1", bidders=["oracle"])
    assert payload_bytes(sent) == b'{"data":{"bid_id":"b1","bidders":["oracle"]}}'


def test_the_commitment_binds_domain_salt_and_payload():
    assert commitment(b"s" * 32, b"p") == sha256(PAYLOAD_DOMAIN + b"s" * 32 + b"p").digest()
