"""Closed lists of values in words, and other words of sentences."""

from collections.abc import Mapping

from domain.sentences import amounts

VOCABULARIES: Mapping[str, Mapping[str, str]] = {
    "agreement": {
        "framework": "framework agreement", "in_principle": "agreement in principle",
        "political": "political agreement", "term_sheet": "term sheet", "definitive": "definitive agreement",
    },
    "order": {"other": "act"},
    "force": {
        "court_order": "ordered by a court", "enforcement_policy": "a policy of enforcement",
        "ultimatum": "an ultimatum", "self_imposed": "self-imposed", "market_expectation": "expected by the market",
    },
    "pressure": {
        "sanction": "sanctions", "tariff": "tariffs", "military": "military pressure",
        "publicity": "publicity campaign", "other": "pressure",
    },
    "stance": {
        "support": "supports", "conditional": "conditionally supports", "neutral": "is neutral on",
        "oppose": "opposes", "demand": "demands", "unknown": "has taken no position on",
    },
}  # fmt: skip
"""Words for the values of closed lists, by the name of the list; a value that is absent is its own word."""

LONGEST_TEXT = 200
"""Characters of a text within a sentence."""


def word(vocabulary: str, value: str) -> str:
    """A value of a closed list in words."""
    return VOCABULARIES.get(vocabulary, {}).get(value) or plain(value)


def plain(name: object) -> str:
    """`legally_binding` as `legally binding`."""
    return "" if name is None else str(name).replace("_", " ")


def article(noun: str) -> str:
    """A noun with its indefinite article: `an adviser`, `a union`."""
    vowel = noun[:1].lower() in "aeiou" and not noun.lower().startswith(("uni", "eu", "one"))
    return f"{'an' if vowel else 'a'} {noun}"


def capitalized(text: str) -> str:
    """A text with a capital first letter."""
    return text[:1].upper() + text[1:]


def shortened(text: str) -> str:
    """A text as one line within a sentence: without its full stop, cut at a word where it is long, a key as words."""
    line = " ".join(text.split())
    if " " not in line:
        return plain(line)
    if len(line) > LONGEST_TEXT:
        line = line[:LONGEST_TEXT].rsplit(" ", 1)[0].rstrip(",;:") + " ..."
    return line[:-1] if line.endswith(".") and "." not in line.rsplit(" ", 1)[-1][:-1] else line


def tally(votes_for: int | None, votes_against: int | None, abstaining: int | None = None) -> str:
    """`202 for, 432 against`; empty where no vote was counted."""
    counts = ((votes_for, "for"), (votes_against, "against"), (abstaining, "abstaining"))
    return ", ".join(f"{number:,} {side}" for number, side in counts if number is not None)


def duration_text(number: int, unit: str) -> str:
    """`45 days`, `1 working day`."""
    return amounts.count(number, plain(unit))
