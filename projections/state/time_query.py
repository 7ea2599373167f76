"""Time queries: resolving valid time and known time to an immutable basis.

nothing given            now, latest knowledge
only valid_at            that moment, latest knowledge: hindsight
only known_at            the state at that moment as known then
known_version / position exactly that much of the record
"""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from datetime import date, tzinfo
from typing import Any

from domain.basis import Basis, KnownBy, Layer
from domain.errors import BadQuestion, BeyondTheEnd, InTheFuture
from domain.fields.description import choices_of
from domain.time.edtf import Reading, parse_day_or_moment
from domain.time.instants import Moment, civil_day, end_of_day, iso


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeQuery:
    """The parameters of a query, unparsed. Dates are civil days in the zone of the deal; instants have an offset."""

    valid_at: str | None = None
    known_at: str | None = None
    known_version: int | None = None
    known_position: int | None = None
    known_by: str = "recorded"
    reading: str = "earliest"
    layer: str = "all"


@dataclass(frozen=True, slots=True)
class ClockNames:
    """What errors call the two moments of a query: one query may ask for several bases."""

    valid: str = "valid_at"
    known: str = "known_at"


CLOCKS = ClockNames()

PARAMETERS = tuple(each.name for each in fields(TimeQuery))
"""The names of the parameters, the same in the API and on the command line."""

NOTHING_ASKED = TimeQuery()

DEFAULTS = {each.name: each.default for each in fields(TimeQuery)}
"""The value of each parameter that is not given."""


@dataclass(frozen=True, slots=True)
class Extent:
    """The end of a deal's record, and lookups of versions in it."""

    zone: tzinfo
    version: int
    position: int
    recorded_at: Moment
    version_at: Callable[[Moment], int]
    version_at_position: Callable[[int], int]
    recorded_of: Callable[[int], tuple[int, Moment]]
    """Position and recorded_at of a version."""
    log_position: Callable[[], int]
    log_recorded_at: Callable[[], Moment]
    """When the log last took something: knowledge reaches at least to there."""
    settled_until: Callable[[Moment], Moment]
    """The latest moment, up to this one, for which it is known what was recorded until then."""


def resolve(question: TimeQuery, extent: Extent, now: Moment, names: ClockNames = CLOCKS) -> Basis:
    """The basis that is meant. Raises BadQuestion, InTheFuture, BeyondTheEnd."""
    known_by = one_of(question.known_by, "known_by", choices_of(KnownBy))
    reading = one_of(question.reading, "reading", choices_of(Reading))
    layer = one_of(question.layer, "layer", choices_of(Layer))
    exact = question.known_version is not None or question.known_position is not None
    if exact and question.known_at is not None and known_by == "recorded":
        raise BadQuestion(
            f"{names.known} and known_version or known_position both say what is known: give one of them, or ask "
            f"with known_by=published, where the version bounds the record and {names.known} the publication."
        )
    known_at = None if question.known_at is None else _known(question.known_at, extent, now, names)
    version = _version(question, extent)
    if known_by == "recorded" and known_at is not None:
        version = extent.version_at(known_at)
    position, recorded_at = extent.recorded_of(version) if version else (0, 0)
    if known_at is None:
        # By recording, knowledge is as old as the last event that is known: the same answer stays the same bytes.
        known_at = recorded_at if known_by == "recorded" else max(now, extent.recorded_at)
    if question.valid_at is not None:
        valid_at = moment(question.valid_at, names.valid, extent.zone)
    elif question.known_at is not None or exact:
        valid_at = known_at
    else:
        valid_at = now
    only_valid = question.valid_at is not None and question.known_at is None and not exact
    return Basis(
        valid_at=valid_at,
        known_at=known_at,
        known_version=version,
        known_position=position,
        known_by=known_by,
        reading=reading,
        layer=layer,
        hindsight=valid_at < (now if only_valid else known_at),
        projected=valid_at > now,
    )


@dataclass(frozen=True, slots=True)
class Bound:
    """How much of the log beside a deal's own record a query knows: up to a position, up to a moment, or all."""

    position: int | None = None
    recorded_at: Moment | None = None

    @classmethod
    def of(cls, question: TimeQuery, basis: Basis) -> "Bound":
        """The bound that a query sets, which has this basis."""
        if question.known_position is not None:
            return cls(position=question.known_position)
        if question.known_version is not None:
            return cls(position=basis.known_position)
        if question.known_at is not None and basis.known_by == "recorded":
            return cls(recorded_at=basis.known_at)
        return cls()

    def basis(self, basis: Basis, extent: Extent) -> Basis:
        """The same basis for another deal, with the versions of its own record that lie within the bound."""
        version = extent.version
        if self.position is not None:
            version = extent.version_at_position(self.position)
        elif self.recorded_at is not None:
            version = extent.version_at(self.recorded_at)
        position, recorded_at = extent.recorded_of(version) if version else (0, 0)
        known_at = recorded_at if basis.known_by == "recorded" else basis.known_at
        return replace(basis, known_at=known_at, known_version=version, known_position=position)


def moment(text: str, name: str, here: tzinfo) -> Moment:
    """A moment as a query gives it: a date means the last moment of that civil day. Raises BadQuestion."""
    try:
        read = parse_day_or_moment(text)
    except ValueError as fault:
        raise BadQuestion(f"{name}: {fault}") from None
    return end_of_day(read, here) if isinstance(read, date) else read


def _known(text: str, extent: Extent, now: Moment, names: ClockNames) -> Moment:
    end = max(now, extent.log_recorded_at())
    return known_moment(text, names, extent.zone, end, now, extent.settled_until)


def known_moment(
    text: str, names: ClockNames, here: tzinfo, end: Moment, now: Moment, settled_until: Callable[[Moment], Moment]
) -> Moment:
    """A known time as a query gives it, where knowledge reaches to `end`, and is settled up to some moment before it.
    Raises BadQuestion, InTheFuture."""
    asked = moment(text, names.known, here)
    if asked > end and len(text) == 10 and civil_day(now, here) == civil_day(asked, here):
        return settled_until(end)  # today's date means now
    if asked > end:
        raise InTheFuture(
            f"{names.known} {text} lies ahead: nothing is known yet after {iso(end)}. Ask for {names.valid} instead."
        )
    return asked


def _version(question: TimeQuery, extent: Extent) -> int:
    """The last version that may be known; each bound alone, or the narrower of two."""
    version = extent.version
    if question.known_version is not None:
        if question.known_version > extent.version:
            raise BeyondTheEnd(
                f"Version {question.known_version} lies beyond the end: the deal has {extent.version} versions.",
                extra={"version": extent.version},
            )
        version = min(version, question.known_version)
    if question.known_position is not None:
        end = extent.log_position()
        if question.known_position > end:
            raise BeyondTheEnd(
                f"known_position {question.known_position} lies beyond the end: the log has {end} positions.",
                extra={"position": end},
            )
        version = min(version, extent.version_at_position(question.known_position))
    if min(question.known_version or 0, question.known_position or 0) < 0:
        raise BadQuestion("known_version and known_position count from 0 (nothing known) upward.")
    return version


def one_of(value: str, name: str, allowed: tuple[Any, ...]) -> Any:
    if value not in allowed:
        raise BadQuestion(f"{name} is {' or '.join(allowed)}, not {value!r}.")
    return value
