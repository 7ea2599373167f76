"""One contract for all event types: each fulfils it by its class alone."""

import json
from collections.abc import Mapping
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any, cast

import pytest
from given_when_then import RECORDED, event, given, line_of, opened

from docs.domain_reference import events_page
from domain.entities.base import Entity
from domain.event import REGISTRY, FoldStep, nearest_types
from domain.fields.description import describe
from domain.fold import UNOPENED, evolve, fold
from domain.narration import sentence
from domain.sentences.names import Names
from domain.sentences.template import template
from domain.sentences.wording import BEFORE, Wording

VOCABULARY = json.loads((Path(__file__).parents[1] / "data" / "vocabulary.json").read_text(encoding="utf-8"))
TYPES = sorted(REGISTRY)


def step(kind: str, version: int, /, **members: Any) -> FoldStep:
    row = event(kind, "2020-09-15", **members)
    return line_of(row, version).step((RECORDED, 0, version), reported=False)


def example(kind: str, version: int = 1) -> FoldStep:
    return step(kind, version, **REGISTRY[kind].EXAMPLE)


FULL = [example(kind, version) for version, kind in enumerate(TYPES, 1)]


def test_no_published_type_is_gone() -> None:
    """A type that is added is in the generated reference too, which another test compares with the classes."""
    assert set(VOCABULARY["types"]) - set(REGISTRY) == set()
    assert len(VOCABULARY["types"]) == 94


@pytest.mark.parametrize("kind", sorted(VOCABULARY["types"]))
def test_its_fields_are_those_of_the_vocabulary(kind: str) -> None:
    told = VOCABULARY["types"][kind]
    own = fields(cast(Any, REGISTRY[kind]))
    required = {each.name for each in own if each.default is MISSING and each.default_factory is MISSING}
    assert required == set(told["required"])
    assert {each.name for each in own} - required == set(told["optional"])


@pytest.mark.parametrize("kind", TYPES)
def test_it_and_each_of_its_fields_are_documented(kind: str) -> None:
    cls: Any = REGISTRY[kind]
    assert cls.__doc__
    assert cls.EFFECT
    assert [field.name for field in describe(cls).values() if not field.doc] == []


@pytest.mark.parametrize("kind", sorted(VOCABULARY["types"]))
def test_it_has_other_names_each_of_which_finds_it_alone(kind: str) -> None:
    assert REGISTRY[kind].ALSO_CALLED
    for other in REGISTRY[kind].ALSO_CALLED:
        assert other not in REGISTRY
        assert nearest_types(other) == (kind,)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("deal.signed", "deal.agreement_reached"), ("deadline.moved", "deadline.extended"),
        ("bid.submited", "bid.submitted"), ("Deal-Signed", "deal.agreement_reached"), ("fine.impos", "penalty.imposed"),
        ("sanction.lifted", "pressure.ended"), ("event.corrected", "record.corrected"),
    ],
)  # fmt: skip
def test_an_unknown_name_finds_the_type_that_is_meant(kind: str, name: str) -> None:
    assert nearest_types(name)[0] == kind


def test_a_name_like_none_finds_none() -> None:
    assert nearest_types("foo.bar") == ()


@pytest.mark.parametrize("kind", TYPES)
def test_it_has_a_sentence_of_its_fields(kind: str) -> None:
    """Of a template that says more than the type, and that the example fills."""
    cls: Any = REGISTRY[kind]
    row = event(kind, "2020-09-15", **cls.EXAMPLE)
    words = cls.words(line_of(row, 1).event, Wording(Names({})))
    placeholders = {each.name for each in template(cls.SENTENCE).placeholders()}
    assert placeholders - {*describe(cls), *words} - {name for name in placeholders if name.startswith(BEFORE)} == set()
    assert placeholders & {*describe(cls), *words}
    assert "unknown" not in sentence(line_of(row, 1), Names({}))


@pytest.mark.parametrize("kind", TYPES)
def test_its_example_applies_to_nothing_and_to_everything(kind: str) -> None:
    one = example(kind, 500)
    touched = {(about.KIND, thing_id) for about, thing_id in one.event.touches(one.id)}
    assert set(evolve(UNOPENED, one).entities) == touched
    before = fold(FULL)
    after = evolve(before, one)
    assert all(thing is before.entities[slot] for slot, thing in after.entities.items() if slot not in touched)
    assert all(one.id in after.entities[slot].origin.because for slot in touched)


@pytest.mark.parametrize("kind", TYPES)
def test_a_state_can_be_read_that_knows_nothing_else(kind: str) -> None:
    data: Mapping[str, Any] = REGISTRY[kind].EXAMPLE
    alone = given(event(kind, "2020-09-15", **data)).on("2027-01-01")
    assert json.loads(json.dumps(alone)) == alone
    late = given(opened("2020-01-01"), event("deal.closed", "2020-02-01", effective="2020-02-01"))
    status = {"deal.reopened": "open", "deal.unwound": "unwound"}.get(kind, "closed")
    assert late.when(event(kind, "2020-09-15", **data)).on("2027-01-01")["status"]["value"] == status


@pytest.mark.parametrize("kind", TYPES)
def test_it_stands_in_the_reference(kind: str) -> None:
    assert f"\n### {kind}\n" in events_page()


@pytest.mark.parametrize("kind", TYPES)
def test_what_it_needs_is_of_a_kind_that_some_event_makes(kind: str) -> None:
    made = {made_kind for each in FULL for made_kind, _id in each.event.makes(each.id)}
    assert {needed for needed, _id, _pointer in example(kind).event.needs()} <= made


def test_every_kind_of_thing_is_touched_by_some_type() -> None:
    touched = {about for each in FULL for about, _id in each.event.touches(each.id)}
    assert set(Entity.__subclasses__()) == touched
