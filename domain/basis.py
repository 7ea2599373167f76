"""The basis of an answer: a valid time (`valid_at`) and a known time (`known_*`), resolved."""

from dataclasses import dataclass
from typing import Literal

from domain.time.edtf import Reading
from domain.time.instants import Moment

KnownBy = Literal["recorded", "published"]
Layer = Literal["all", "facts"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """A question's two clocks, resolved: nothing in it depends on when it is read again."""

    valid_at: Moment
    """Developments that count by this moment are in."""

    known_at: Moment
    """The moment of knowledge: by recording up to `known_version`, or by publication up to this moment."""

    known_version: int
    """The last version of the deal that is known."""

    known_position: int
    """The last position of the log that is known."""

    known_by: KnownBy = "recorded"
    reading: Reading = "earliest"
    layer: Layer = "all"

    hindsight: bool = False
    """Knowledge is later than the moment asked about, as where only the latter is given."""

    projected: bool = False
    """The moment asked about has not come yet."""
