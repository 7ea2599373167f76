"""The first instant at which a condition holds, and when that was first known."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from itertools import dropwhile
from operator import ge, gt, le, lt
from typing import Any

from domain.basis import Basis
from domain.errors import BadQuestion, Problem
from domain.json_equality import equal
from domain.time.instants import PAST, Moment
from projections.temporal import json_pointer, path_validation
from projections.temporal.answers import FirstInstant
from projections.temporal.dependencies import bearing
from projections.temporal.history import IntervalBuilder, causes_of
from projections.temporal.recorded_deal import RecordedDeal, StateChange

OPERATORS = ("eq", "ne", "lt", "le", "gt", "ge", "exists")
_ORDERED: Mapping[str, Callable[[Any, Any], bool]] = {"lt": lt, "le": le, "gt": gt, "ge": ge}


def first(
    past: RecordedDeal, path: str, op: str, value: str | None, basis: Basis, upto: Moment | None = None
) -> FirstInstant:
    """`{at, because, first_known}`: the first instant of the condition, its causes, and from when on that
    could be known on the basis's axis of knowledge. All null, and no events, where it never holds,
    or not by `upto`.

    `value` is JSON; a bare word or date is taken as text. Only a place that is there fulfils a condition, and only
    values of one kind are ordered: numbers, dates and other texts, money of one currency.
    Raises BadQuestion, UnknownPath.
    """
    tokens = json_pointer.parse(path)
    holds = condition(op, value)
    trail = IntervalBuilder(tokens)
    # What is so before anything happened is no first time.
    path_validation.check_possible(past, tokens, basis)
    walk = dropwhile(_before_all, past.walk_valid_time(basis, bearing(tokens), path_validation.section_of(tokens)))
    for found in trail.collect(walk, lambda moved: causes_of(moved, tokens)):
        if upto is not None and found.since > upto:
            break
        if holds(found.value):
            return {
                "at": past.valid_time_label(found.since),
                "because": list(found.because),
                "first_known": _first_known(past, tokens, holds, replace(basis, valid_at=found.since)),
            }
    if not trail.intervals:
        path_validation.check_exists(past, tokens, basis, trail.seen)
    return {"at": None, "because": [], "first_known": None}


def _first_known(past: RecordedDeal, tokens: tuple[str, ...], holds: Callable[[Any], bool], basis: Basis) -> str | None:
    trail = IntervalBuilder(tokens)
    walk = dropwhile(_before_all, past.walk_known_time(basis, bearing(tokens), path_validation.section_of(tokens)))
    for found in trail.collect(walk, lambda moved: ()):
        if holds(found.value):
            return past.known_time_label(found.since)
    return None


def _before_all(moved: StateChange) -> bool:
    return not moved.fresh and moved.moment <= PAST


def condition(op: str, value: str | None) -> Callable[[Any], bool]:
    """What is asked of a value. Raises BadQuestion for an invalid operator or value."""
    if op not in OPERATORS:
        raise _bad("op", f"op is {op[:32]!r}: write {', '.join(OPERATORS)}.")
    if op == "exists":
        if value is not None:
            raise _bad("value", "op=exists asks for no value: leave it out.")
        return lambda found: True
    if value is None:
        raise _bad("value", f"op={op} compares with a value: give it as JSON, as in value=%222020-11-27%22.")
    wanted = _parse_value(value)
    if op == "eq":
        return lambda found: equal(found, wanted)
    if op == "ne":
        return lambda found: not equal(found, wanted)
    return lambda found: _compare(found, wanted, _ORDERED[op])


def _parse_value(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=_reject_constant)
    except ValueError:
        if text[:1] in ("{", "[", '"'):
            raise _bad("value", f"value={text[:64]} is not JSON: mend it, or give a bare word or date.") from None
        return text


def _reject_constant(text: str) -> Any:
    raise ValueError(text)


def _compare(found: Any, wanted: Any, by: Callable[[Any, Any], bool]) -> bool:
    if isinstance(found, bool) or isinstance(wanted, bool):
        return False
    if isinstance(found, int | float) and isinstance(wanted, int | float):
        return by(found, wanted)
    if isinstance(found, str) and isinstance(wanted, str):
        amounts = _amount(found), _amount(wanted)
        return by(*amounts) if None not in amounts else by(found, wanted)
    if isinstance(found, dict) and isinstance(wanted, dict) and found.get("currency") == wanted.get("currency"):
        amounts = _amount(found.get("amount")), _amount(wanted.get("amount"))
        return None not in amounts and by(*amounts)
    return False


def _amount(text: Any) -> Decimal | None:
    """A text as the number that it writes; years and days are no numbers."""
    if not isinstance(text, str) or len(text) == 4:
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _bad(name: str, told: str) -> BadQuestion:
    return BadQuestion(told, problems=(Problem(f"/{name}", "bad-parameter", told),))
