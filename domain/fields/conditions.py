"""The condition of an approval: `assets_in includes recommendation_algorithm`.

It is read on a variant of the deal: on what goes along, on what stays, or on the countries that it covers.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, Protocol, get_args

from domain.fields import identifiers
from domain.nearest_names import nearest

Section = Literal["assets_in", "assets_out", "territories"]

SECTIONS: tuple[Section, ...] = get_args(Section)

EXPRESSION = rf"(assets_in|assets_out|territories) includes {identifiers.REF}"
"""The form of a condition; without anchors."""


class Lists(Protocol):
    """What a condition is read on: a variant, or the scope of the deal."""

    @property
    def assets_in(self) -> tuple[str, ...]: ...

    @property
    def assets_out(self) -> tuple[str, ...]: ...

    @property
    def territories(self) -> tuple[str, ...]: ...


@dataclass(frozen=True, slots=True)
class Condition:
    """That one of a variant's lists holds an id."""

    section: Section
    ref: str

    def holds(self, variant: Lists) -> bool:
        """Whether the variant's list holds the id."""
        return self.ref in getattr(variant, self.section)

    def __str__(self) -> str:
        return f"{self.section} includes {self.ref}"


@lru_cache(maxsize=4096)
def parse(text: str) -> Condition:
    """Read a condition. Raises ValueError with a sentence that says what to write instead."""
    words = text.split(" ")
    if len(words) != 3 or words[1] != "includes":
        raise ValueError(
            f"{text[:200]!r} is not a valid condition: write one of {', '.join(SECTIONS)}, the word includes and "
            "an id, with one space between, such as 'assets_in includes recommendation_algorithm'."
        )
    section = next((each for each in SECTIONS if each == words[0]), None)
    if section is None:
        near = nearest(words[0], SECTIONS, count=1, cutoff=0.0)[0]
        raise ValueError(
            f"A condition starts with one of {', '.join(SECTIONS)}, not with {words[0][:64]!r}; the nearest is {near}."
        )
    identifiers.ref(words[2])
    if section == "territories":
        identifiers.country(words[2])
    return Condition(section, words[2])
