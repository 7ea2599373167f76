"""A record with every type of development, and the changes of each section of its state."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from given_when_then import event, opened

from domain.event import REGISTRY
from domain.sections.section import Form, Section
from domain.sections.wording import COMMON, Member
from domain.sentences.template import template
from domain.state import COUNTERS
from domain.time.edtf import parse_moment
from domain.time.instants import SECOND
from projections.temporal.members import is_cause
from projections.temporal.recorded_deal import RecordedDeal
from tests.properties.event_strategies import on, past_of

DAY = "2020-09-15"
LATER = parse_moment("2026-03-01T00:00:00Z")
BESIDE = frozenset({"deal.opened", "deal.closed", "deal.terminated", "deal.unwound", "deal.reopened"})
"""Types that would end the deal."""


def recorded_later(rows: Sequence[Mapping[str, Any]]) -> RecordedDeal:
    """The past of a deal whose events were recorded after all of them had occurred."""
    return past_of(rows, [LATER + number * SECOND for number in range(len(rows))])


@cache
def full_sections() -> dict[str, Any]:
    """The sections of a deal to which the example of every type has happened."""
    rows = [{**opened("2020-01-01", parties=["bytedance"]), "id": "opening"}]
    rows += [
        {**event(kind, DAY, **cls.EXAMPLE), "id": f"e-{kind}"}
        for kind, cls in REGISTRY.items()
        if kind not in BESIDE and not kind.startswith("record.")
    ]
    past = recorded_later(rows)
    return dict(past.state(on(past, "2020-12-31")).sections)


@cache
def ended_sections() -> dict[str, Any]:
    """The sections of a deal that was terminated."""
    terminated = event("deal.terminated", DAY, **REGISTRY["deal.terminated"].EXAMPLE)
    past = recorded_later([{**opened("2020-01-01"), "id": "opening"}, {**terminated, "id": "end"}])
    return dict(past.state(on(past, "2020-12-31")).sections)


def entries(section: Section) -> dict[tuple[str, ...], Any]:
    """The entries of a section in full, by their ids."""
    held = full_sections()[section.name] or ended_sections()[section.name]
    match section.form:
        case Form.ENTRIES:
            return {(name,): entry for name, entry in held.items()}
        case Form.NESTED:
            return {(outer, inner): entry for outer, inside in held.items() for inner, entry in inside.items()}
        case Form.LIST:
            return {(str(number),): entry for number, entry in enumerate(held)}
    return {(): held}


def undeclared(section: Section) -> Iterator[str]:
    """The members of entries that no words are declared for."""
    known = {*section.wording.members, *section.wording.repeated, *COMMON}
    for entry in entries(section).values():
        if isinstance(entry, Mapping):
            yield from _undeclared(entry, (), known)
        elif section.form is Form.VALUE and "" not in known:
            yield section.name


def _undeclared(value: Mapping[str, Any], path: tuple[str, ...], known: set[str]) -> Iterator[str]:
    for name, inner in value.items():
        own = (*path, name)
        if is_cause(name) or name in COUNTERS or any(_same(each, own) for each in known):
            continue
        if any(_begins(each, own) for each in known):
            if isinstance(inner, Mapping):
                yield from _undeclared(inner, own, known)
        else:
            yield ".".join(own)


def _same(declared: str, path: tuple[str, ...]) -> bool:
    steps = declared.split(".")
    return len(steps) == len(path) and all(step in ("*", each) for step, each in zip(steps, path, strict=True))


def _begins(declared: str, path: tuple[str, ...]) -> bool:
    return _same(".".join(declared.split(".")[: len(path)]), path) and len(declared.split(".")) > len(path)


def samples(member: Member, held: Any) -> tuple[Any, Any]:
    """Two values of a member: one like that of the record in full, and another."""
    if member.meanings:
        first, *rest = member.meanings
        return first, rest[0] if rest else "another"
    if member.item and not (held and isinstance(held, list | dict)):
        names = [each.name for part in member.item for each in template(part).placeholders()]
        one, other = ({name: f"{word} {name}" for name in names} | {"because": [word]} for word in ("one", "another"))
        return ([one], [{**one, names[-1]: "a third"}, other]) if held == [] else (one, other)
    match held:
        case []:
            return ["one"], ["one", "two"]
        case bool():
            return held, not held
        case int():
            return held, held + 1
        case [first, *_]:
            return [first], [first, _another(first)]
        case dict():
            return held, _another(held)
    return (held, _another(held)) if held is not None else ("one thing", "another thing")


def _another(value: Any) -> Any:
    if isinstance(value, dict):
        changed = {name: _another(each) for name, each in value.items() if isinstance(each, str)}
        return {**value, **changed, "because": ["e-other"]}
    text = str(value)
    return "2021-02-03" if len(text) == 10 and text[:2] == "20" else text + "9" if text.isdigit() else f"other {text}"
