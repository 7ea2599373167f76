"""The rules by which a state follows from its events: each has an id, its text and an example, published from here.

A rule is a function whose docstring is its reference, or one line of a derivation that a value names in its `rule`.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule as the reference shows it."""

    id: str
    group: str
    """The section of the state that it makes."""

    text: str
    """What it says."""

    example: str
    """A case in which it holds."""

    about: tuple[str, ...] = ()
    """JSON pointers to the members of an event that it is about, the first of them that an event has before others."""


RULES_BY_ID: dict[str, Rule] = {}
"""Every rule by id, in the order in which they are declared."""


def register_rule(rule_id: str, group: str, text: str, example: str, about: tuple[str, ...] = ()) -> str:
    """Register a rule that a line of a derivation applies; returns its id, for that line to name."""
    if rule_id in RULES_BY_ID:
        raise ValueError(f"the rule {rule_id} is declared twice")
    RULES_BY_ID[rule_id] = Rule(rule_id, group, text, example, about)
    return rule_id


def rule(rule_id: str, group: str, *, example: str, about: tuple[str, ...] = ()) -> Callable[[F], F]:
    """Declare the rule that a function is; its docstring is what the reference says."""

    def declare(function: F) -> F:
        register_rule(rule_id, group, inspect.cleandoc(function.__doc__ or ""), example, about)
        return function

    return declare
