"""The description of a class of fields: what its annotations say, read in one place."""

import re
from pathlib import Path

import domain.events  # noqa: F401  # declares the event types
from domain.envelope import Payload
from domain.event import REGISTRY
from domain.events.deal import DealOpened
from domain.fields.description import choices_of, describe, value_types
from domain.fields.types import Decimal, Number, Ref, Unit
from domain.fields.values import Branch, ExtensionRule, Money, Source
from domain.time.edtf import When

ROOT = Path(__file__).parents[2]


def test_a_field_without_a_default_is_required() -> None:
    described = describe(Money)
    assert list(described) == ["amount", "currency", "per"]
    assert [field.required for field in described.values()] == [True, True, False]
    assert [field.nullable for field in described.values()] == [False, False, True]


def test_a_text_has_its_format() -> None:
    (amount,) = describe(Money)["amount"].types
    assert amount.python_type is str
    assert amount.text_format is not None
    assert (amount.text_format.name, amount.text_format.label) == ("decimal", "decimal as text")
    assert value_types(Decimal) == (amount,)


def test_a_whole_number_has_its_bounds_also_where_it_may_be_null() -> None:
    (most,) = describe(ExtensionRule)["max_total"].types
    assert most.python_type is int
    assert most.bounds is not None
    assert most.bounds.least == 0


def test_a_union_is_several_types() -> None:
    count, unlimited = describe(ExtensionRule)["times"].types
    assert (count.python_type, count.choices) == (int, ())
    assert (unlimited.python_type, unlimited.choices) == (str, ("unlimited",))
    assert [each.python_type for each in value_types(Number)] == [int, float]


def test_a_closed_list_has_its_values_in_their_order() -> None:
    assert choices_of(Unit) == ("day", "working_day", "week", "month", "year")
    (otherwise,) = describe(Branch)["otherwise"].types
    assert (otherwise.python_type, otherwise.choices) == (bool, (True,))


def test_a_list_has_the_type_of_its_items() -> None:
    sources = describe(Payload)["sources"]
    assert (sources.is_list, sources.default, sources.nested) == (True, (), Source)
    (texts,) = value_types(tuple[Ref, ...])
    assert texts.items == value_types(Ref)


def test_a_date_is_no_value_with_parts() -> None:
    due = describe(Branch)["due"]
    assert [each.python_type for each in due.types] == [When]
    assert due.types[0].is_date
    assert due.nested is None


def test_a_field_has_the_docstring_under_it() -> None:
    assert describe(Payload)["actor"].doc == "Who made it happen."
    assert describe(Money)["amount"].doc == ""


def test_a_class_that_is_no_dataclass_has_no_fields() -> None:
    assert describe(DealOpened.__mro__[1]) == {}


def test_every_field_of_every_event_type_is_described() -> None:
    for cls in REGISTRY.values():
        for field in describe(cls).values():
            assert field.types, (cls.NAME, field.name)
            for each in field.types:
                assert each.items if each.is_list else isinstance(each.python_type, type)


def code_of(path: Path) -> list[str]:
    """The lines of a module without its imports."""
    return [line for line in path.read_text().splitlines() if not line.startswith(("from ", "import "))]


def test_annotations_are_read_in_one_place() -> None:
    """Elsewhere a constant may list the values of a closed list: `FORCES = get_args(Force)`."""
    values = r"[A-Z_]+\b.* = get_args\([A-Z]\w*\)$"
    reads = re.compile(rf"^(?!{values}).*\b(get_type_hints|get_origin|get_args|__annotations__)\b")
    readers = {
        str(path.relative_to(ROOT))
        for package in ("domain", "ledger", "projections", "api", "docs")
        for path in (ROOT / package).rglob("*.py")
        if any(map(reads.search, code_of(path)))
    }
    assert readers == {"domain/fields/description.py"}
