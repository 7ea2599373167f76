"""The words for changes of a section, declared with the section and read by the generator of sentences.

A template names an entry as {it}, the values of a changed member as {was} and {now}, what changed in a list as
{difference}, and other members of the entry by their names. A clause is left out where a member that it names is
missing. In the generator values become words (dates, amounts, names for ids) and sentences begin with a capital.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from domain.sentences.words import capitalized


class Group(Enum):
    """What a change concerns, the most important first."""

    DATES = "dates"
    CONDITIONS = "conditions"
    ECONOMICS = "economics"
    PARTIES = "parties"
    OTHER = "other"

    @property
    def rank(self) -> int:
        return _RANKS[self]


_RANKS = {group: rank for rank, group in enumerate(Group)}

Clauses = tuple[str, ...]
"""Templates of the parts of a phrase, each left out where a member that it names is missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """The words for a change of one member of an entry."""

    came: str
    """It had no value and has one."""

    changed: str
    """It has another value than before."""

    went: str
    """It no longer has a value."""

    meanings: Mapping[Any, str] = field(default_factory=dict)
    """Word of an enumeration -> what it means, within a sentence."""

    item: Clauses = ()
    """An object, or an object in a list, by its own members; empty for plain values."""

    follows: tuple[str, ...] = ()
    """Members of the same entry whose change implies this one, which is then not worded. After a slash: a section that
    is one value, or a member of it, as `/next_deadline/binding`."""

    follows_as: frozenset[Any] = frozenset()
    """The new values that those changes imply; empty for any."""

    group: Group | None = None
    """Where it concerns something else than its section does."""


def value_member(label: str, **more: Any) -> Member:
    """A member with one value, such as `the price`."""
    capital = capitalized(label)
    return Member(
        came=f"{capital} of {{it}} is {{now}}",
        changed=f"{capital} of {{it}} is now {{now}} (before: {{was}})",
        went=f"{capital} of {{it}} is no longer on record (before: {{was}})",
        **more,
    )


def status_member(meanings: Mapping[Any, str], **more: Any) -> Member:
    """A member that says how an entry stands, with the meaning of each of its values."""
    return Member(
        came="{it} is {now}",
        changed="{it} is now {now} (before: {was})",
        went="How {it} stands is no longer on record (before: {was})",
        meanings=meanings,
        **more,
    )


def flag_member(true: str, false: str, **more: Any) -> Member:
    """A member that is true or false, with the sentence on {it} for each."""
    return Member(
        came="{it} {now}",
        changed="{it} {now}",
        went="No longer on record: {it} {was}",
        meanings={True: true, False: false},
        **more,
    )


def list_member(label: str, **more: Any) -> Member:
    """A member that is a list: what was added to it and what was removed."""
    capital = capitalized(label)
    return Member(
        came=f"{capital} of {{it}}: {{now}}",
        changed=f"{capital} of {{it}}: {{difference}}",
        went=f"{capital} of {{it}}: now none (before: {{was}})",
        **more,
    )


def sentence_member(came: str, changed: str, went: str, **more: Any) -> Member:
    """A member with sentences of its own."""
    return Member(came=came, changed=changed, went=went, **more)


def stakes() -> Member:
    """Who holds how much."""
    return list_member("the stakes", item=("{holder}", "{pct} per cent"), group=Group.ECONOMICS)


def consideration() -> Member:
    """What is paid or conceded."""
    return value_member("the consideration")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """The words for the changes of one section."""

    group: Group

    rank: int = 0
    """Its place among the sections of its group, the most important first."""

    it: Clauses = ()
    """One entry within a sentence, such as `the vote of {body}`: the first phrase whose members are all there. Where
    none is declared an entry is called as its entity is."""

    new: str = ""
    """An entry came; empty for a section whose one object has a sentence for each member."""

    shown: Clauses = ()
    """Clauses on members of an entry that came."""

    gone: str = ""
    """An entry went."""

    members: Mapping[str, Member] = field(default_factory=dict)
    """Members of an entry by their paths, such as `extension.used`, the most important first; * is any id."""

    repeated: frozenset[str] = frozenset()
    """Members that repeat others at more length: their changes are not worded."""


COMMON: Mapping[str, Member] = {
    "layer": sentence_member(
        "{it} is known from reports alone", "{it} is known from reports alone", "{it} no longer rests on reports alone"
    ),
    "reported": sentence_member(
        "Reports differ from the facts about {it}: {now}",
        "Reports differ from the facts about {it} in another way: {now} (before: {was})",
        "Reports no longer differ from the facts about {it} (before: {was})",
    ),
    "frozen": sentence_member(
        "The end of the deal froze {it}", "The end of the deal froze {it}", "{it} runs on after the end of the deal"
    ),
    "past_due_at_end": sentence_member(
        "{it} was missed before the end of the deal", "{it} was missed before the end of the deal",
        "{it} was missed, and the deal has not ended",
    ),
}  # fmt: skip
"""Members that any entry may have."""


FORCES = {
    "legally_binding": "legally binding", "statutory": "set by statute", "court_order": "set by a court order",
    "contractual": "set by contract", "enforcement_policy": "a policy of enforcement", "ultimatum": "an ultimatum",
    "political": "a political demand", "self_imposed": "self-imposed", "market_expectation": "a market expectation",
}  # fmt: skip
"""Force of a date -> what it means, after `is`."""

VERDICTS = {
    "feasible": "certain, even if the review takes as long as it may",
    "at_risk": "possible, but only if the review takes less than it may",
    "infeasible": "impossible, even if the review takes as little as it may",
    "unknown": "not to be foretold, as the duration or the deadline is not on record",
}
"""Verdict on an approval against a date -> what it means, after `a decision in time is`."""

SEVERITIES = {"hard": "grave", "soft": "to be watched"}
"""Severity of a conflict -> what it means."""
