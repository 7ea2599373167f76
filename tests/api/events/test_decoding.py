"""The fast path and the explanation accept the same events, and the published schemas say so too."""

from copy import deepcopy
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.events.decoding import decoded, read_event
from api.events.models import event_model
from api.events.type_routes import described, posted
from api.events.validation_errors import faults_of
from domain.envelope import Submission
from domain.event import REGISTRY
from domain.validation import is_valid, problems

DATES = [
    "2020-09-15",
    "2020-08~",
    "../2020-09",
    "2020-09-31",
    "2020-09-15T12:00:00",
    "2020-09-15T12:00:00Z",
    "",
    "2020/",
]
WORDS = ["oracle", "US", "USD", "UK", "12.50", "A1", "two words", "", " ", "merger", "up_to", "America/New_York", "é"]
LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 3), st.floats(-2, 2), st.sampled_from(DATES), st.sampled_from(WORDS)
)
MONEY = st.fixed_dictionaries({"amount": st.sampled_from(["1", "x", 1]), "currency": st.sampled_from(["USD", "usd"])})
VALUES = st.recursive(
    LEAVES | MONEY,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["amount", "title", "due"]), inner),
    max_leaves=4,
)


@st.composite
def events(draw: st.DrawFn) -> Any:
    """An example of some type with a few members changed, removed or added, anywhere in it."""
    event = deepcopy(posted(draw(st.sampled_from(list(REGISTRY)))))
    envelope = list(described("bid.submitted")["event_schema"]["properties"])
    for _ in range(draw(st.integers(0, 3))):
        places = list(_objects(event))
        place = draw(st.sampled_from(places))
        known = envelope if place is event else list(described(event["type"])["schema"]["properties"])
        name = draw(st.sampled_from([*place, *known, "unheard_of"]))
        if name == "type" and place is event:
            continue
        if draw(st.booleans()) and name in place:
            del place[name]
        else:
            place[name] = draw(VALUES)
    return event


def _objects(value: Any) -> Any:
    if isinstance(value, dict):
        yield value
        for each in value.values():
            yield from _objects(each)
    elif isinstance(value, list):
        for each in value:
            yield from _objects(each)


@settings(max_examples=300)
@given(events())
def test_an_event_is_valid_where_it_has_no_problems(event: Any) -> None:
    made = decoded(event, "deal")
    if isinstance(made, Submission):
        assert is_valid(made) is (list(problems(made)) == [])


@settings(max_examples=300)
@given(events())
def test_both_readings_accept_the_same_events(event: Any) -> None:
    read = read_event(event, "deal")
    faults = faults_of(event_model(event["type"]), event)
    if isinstance(read, Submission):
        assert faults == []
    elif event.get("deal_id") in (None, "deal"):
        unexplained = [each for each in read if (each.pointer, each.code) == ("", "invalid-value")]
        assert unexplained == []
        assert not faults or {(each.pointer, each.code) for each in faults} == {
            (each.pointer, each.code) for each in read
        }


@settings(max_examples=300)
@given(events())
def test_what_is_accepted_fits_the_published_schema(event: Any) -> None:
    if isinstance(read_event(event, "deal"), Submission):
        jsonschema.Draft202012Validator(described(event["type"])["event_schema"]).validate(event)


@pytest.mark.parametrize("name", list(REGISTRY))
def test_a_type_is_described_with_a_schema_that_its_example_fits(name: str) -> None:
    told = described(name)
    jsonschema.Draft202012Validator.check_schema(told["schema"])
    jsonschema.Draft202012Validator(told["schema"]).validate(told["example"])
    jsonschema.Draft202012Validator(told["event_schema"]).validate(told["event"])
    assert told["schema"]["additionalProperties"] is False
    assert all(each.get("description") for each in told["schema"]["properties"].values())
    assert told["description"]
    assert told["effect"]
