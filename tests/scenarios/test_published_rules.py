"""The reference says what the code does."""

import re
from pathlib import Path
from typing import Any

import pytest
from given_when_then import shipped

from domain.rulebook import RULES_BY_ID, register_rule
from tests.scenarios.tests_of_rules import TESTS_OF_RULES

TESTS = Path(__file__).parents[1]
REFERENCE = TESTS.parent / "docs" / "reference" / "rules.md"


@pytest.mark.parametrize("day", ["2020-09-12", "2020-11-20", "2021-06-10", "2025-12-31", "2026-02-01"])
@pytest.mark.parametrize("deal", ["seeds", "tiktok"])
def test_every_rule_that_a_value_names_is_published(deal: str, day: str) -> None:
    named = set(_rules(shipped(deal).on(day)))
    assert named
    assert named <= set(RULES_BY_ID)


def _rules(value: Any) -> list[str]:
    if isinstance(value, dict):
        # The rule of an extension is a term of its instrument, not of this book.
        own = [told for name, told in value.items() if name in ("rule", "status_rule") and isinstance(told, str)]
        return [*own, *(rule for each in value.values() for rule in _rules(each))]
    return [rule for each in value for rule in _rules(each)] if isinstance(value, list) else []


def test_every_rule_has_words_and_a_case() -> None:
    assert all(rule.text and rule.example and rule.group for rule in RULES_BY_ID.values())


def test_a_rule_is_declared_once() -> None:
    with pytest.raises(ValueError, match="declared twice"):
        register_rule("C1", "conflicts", "again", "again")


def test_every_published_rule_names_a_test_that_holds_it() -> None:
    published = re.findall(r"^### (\S+)$", REFERENCE.read_text(encoding="utf-8"), re.M)
    assert sorted(TESTS_OF_RULES) == sorted(published)


@pytest.mark.parametrize(("rule", "test"), TESTS_OF_RULES.items(), ids=TESTS_OF_RULES)
def test_the_test_of_a_rule_exists(rule: str, test: str) -> None:
    file, _, name = test.partition("::")
    code = (TESTS / file).read_text(encoding="utf-8")
    sought = rf"^(class|def) {name}\b" if name else rf'"{rule}"'
    assert re.search(sought, code, re.M)
