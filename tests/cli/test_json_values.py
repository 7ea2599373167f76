"""JSON typed on the command line or in a program is judged by the rules of the API, whichever way it comes."""

import math

import pytest

from api.cli.connection import Place
from api.client.errors import ApiError
from api.http import json_text
from tests.cli.conftest import Parley

BEYOND_JSON = ["NaN", "Infinity", "-Infinity", "1e400", "12345678901234567890123", '{"a": [1, NaN]}']


@pytest.mark.parametrize("value", BEYOND_JSON)
def test_a_number_beyond_json_is_refused_and_nothing_is_recorded(writing: Parley, value: str) -> None:
    ended = writing("record", "d", "terms.changed", "term=fee", f"to={value}", "--occurred", "2020-02-01")
    assert ended.code == 1
    assert "Refused (invalid-input)" in ended.err
    assert "/data/to" in ended.err
    assert len(writing("events", "d", "--json").json["items"]) == 1


@pytest.mark.parametrize("value", ["{bad", "[1,", '"open', '{"a": 1, "a": 2}'])
def test_what_begins_as_json_and_is_none_is_a_usage_error(writing: Parley, value: str) -> None:
    ended = writing("record", "d", "terms.changed", "term=fee", f"to={value}", "--occurred", "2020-02-01")
    assert ended.code == 2
    assert "is not JSON" in " ".join(ended.err.split())


@pytest.mark.parametrize(("typed", "value"), [("in words", "in words"), ("1.5", 1.5), ("true", True), ("01", "01")])
def test_other_values_are_recorded_as_typed(writing: Parley, typed: str, value: object) -> None:
    assert writing("record", "d", "terms.changed", "term=fee", f"to={typed}", "--occurred", "2020-02-01").code == 0
    recorded = writing("events", "d", "--json").json["items"][-1]["data"]["to"]
    assert recorded == value
    assert type(recorded) is type(value)


@pytest.mark.parametrize("value", [math.nan, math.inf, 10**40, {"deep": [math.nan]}, "half \ud800"])
def test_the_python_client_sends_what_it_is_given(writing: Parley, value: object) -> None:
    event = {"type": "terms.changed", "occurred": "2020-02-01", "data": {"term": "fee", "to": value}}
    with Place(database=writing.url).client() as client, pytest.raises(ApiError) as refused:
        client.record("d", event)
    assert refused.value.status in (400, 422)
    assert all(each.pointer.startswith("/data/to") for each in refused.value.problems)


def test_a_what_if_reads_its_file_by_the_same_rules(writing: Parley, tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.mktemp("what-if") / "events.ndjson"
    file.write_text('{"type": "terms.changed", "type": "deal.closed", "occurred": "2020-02-01", "data": {}}\n')
    ended = writing("what-if", "d", str(file))
    assert ended.code == 2
    assert "appears twice" in " ".join(ended.err.split())


@pytest.mark.parametrize(("typed", "named"), [("NaN", "NaN"), ("1e400", "Infinity"), ("-1e400", "-Infinity")])
def test_a_number_that_is_not_json_is_named_as_it_is_written(writing: Parley, typed: str, named: str) -> None:
    ended = writing("record", "d", "terms.changed", "term=fee", f"to={typed}")
    assert f": {named} is not a JSON number" in " ".join(ended.err.split())


def test_encoding_changes_nothing() -> None:
    assert json_text.encode({"a": math.nan, "b": "é"}) == b'{"a":NaN,"b":"\\u00e9"}'
