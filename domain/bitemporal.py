"""What of a deal's record an answer rests on: what is known, read as corrected, in the order in which it folds."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo

from domain.basis import Basis, Layer
from domain.corrections import (
    ABOUT_THE_RECORD,
    ApplyCorrections,
    FutileChange,
    apply_corrections,
    futile_changes,
    is_about_record,
)
from domain.entities.base import Key
from domain.envelope import RecordedEvent
from domain.erased_event import known_event
from domain.event import Event, FoldStep
from domain.events.deal import DealOpened
from domain.events.record import RecordCorrected, RecordErased, RecordVoided
from domain.time.edtf import Bound, Reading, When
from domain.time.instants import Moment, end_of_day, zone

READINGS: tuple[Reading, Reading] = ("earliest", "latest")

FACTS = frozenset({None, "official_document", "on_record"})
"""The attributions that move hard state."""

NO_DEVELOPMENT = frozenset(each.NAME for each in (*ABOUT_THE_RECORD, RecordErased))
"""What the record says about itself: nothing happened in the world."""

ALWAYS_SO = frozenset({"recording_error", "duplicate"})
"""Causes that lie in the record alone: the world never knew otherwise."""


@dataclass(frozen=True, slots=True)
class Pending:
    """A known development that counts in part, or not yet."""

    line: RecordedEvent
    earliest: Moment
    latest: Moment


@dataclass(frozen=True, slots=True)
class EffectiveEvents:
    """The developments that count on a basis, and those that nearly do."""

    steps: tuple[FoldStep, ...]
    """In fold order."""

    scheduled: tuple[Pending, ...] = ()
    """Happened, but take effect later; by id."""

    possible: tuple[Pending, ...] = ()
    """The moment asked about lies within their window; by id."""

    exists: bool = False
    corrections: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Event -> the corrections that shape how it reads."""
    futile: tuple[FutileChange, ...] = ()
    """Known corrections, voidings and reinstatements that change nothing."""


@dataclass(frozen=True, slots=True)
class PlacedEvent:
    """A development that was not voided, and the moments at which it takes effect."""

    line: RecordedEvent
    step: FoldStep
    seen: Moment
    """From when it is seen; it acts from `step.start`, which may be later."""
    earliest: Moment
    latest: Moment
    """Between the two it is possible; on the reading asked for, `seen` is one of them."""

    @property
    def moments(self) -> tuple[Moment, ...]:
        """When it changes a state by coming in sight, acting, becoming possible or becoming certain."""
        return (self.seen, self.step.start, self.earliest, self.latest)


@dataclass(frozen=True, slots=True)
class KnownEvents:
    """Everything known on a basis, in fold order, of any date: it can be read at any valid time."""

    placed: tuple[PlacedEvent, ...]
    corrections: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    futile: tuple[FutileChange, ...] = ()
    unmade: bool = False
    """Whether deal.opened is known to have been recorded wrongly: then there is no deal, at any date."""

    def steps(self, valid_at: Moment) -> tuple[FoldStep, ...]:
        """What acts by then, in fold order."""
        end = bisect_right(self.placed, valid_at, key=lambda each: each.step.start)
        return tuple(each.step for each in self.placed[:end])

    def at(self, valid_at: Moment) -> EffectiveEvents:
        """What counts at a moment."""
        if self.unmade:
            return EffectiveEvents((), corrections=self.corrections)
        scheduled, possible, exists = [], [], False
        for each in self.placed:
            line, start = each.line, each.step.start
            if each.seen <= valid_at:
                exists = True
                if start > valid_at:
                    scheduled.append(Pending(line, start, start))
            if each.earliest <= valid_at < each.latest:
                possible.append(Pending(line, each.earliest, each.latest))
        scheduled.sort(key=_id)
        possible.sort(key=_id)
        futile = self.futile if exists else ()
        return EffectiveEvents(
            self.steps(valid_at), tuple(scheduled), tuple(possible), exists, self.corrections, futile
        )


def _id(pending: Pending) -> str:
    return pending.line.id


def opening(line: RecordedEvent) -> DealOpened | None:
    """What a line says as a deal.opened: of an erased one, what is left of it. None where it is another."""
    event = known_event(line.event)
    return event if isinstance(event, DealOpened) else None


def zone_of(lines: Iterable[RecordedEvent]) -> tzinfo:
    """The zone of the deal's civil days: that of its deal.opened, UTC if it says none."""
    for line in lines:
        opened = opening(line)
        if opened is not None:
            return zone(opened.tz or "UTC")
    return zone("UTC")


def public_from(line: RecordedEvent, here: tzinfo) -> Moment:
    """The moment by which a development was public for certain: its publication, else the day it occurred."""
    if line.published is not None and line.published.end is not None:
        return line.published.closes(here)
    return _latest_start(line.published or line.occurred, here)


def _latest_start(when: When, here: tzinfo) -> Moment:
    """The last moment of the last day on which it can have started: a span acts from its start, also an open one."""
    latest: Bound = when.latest
    if isinstance(latest, int):
        return latest
    return when.closes(here) if latest is None else end_of_day(latest, here)


def public_moments(lines: Sequence[RecordedEvent], here: tzinfo, revise: ApplyCorrections) -> dict[str, Moment]:
    """From when each line is public. A correction or voiding of what was only recorded wrongly, if it names no
    publication, was always so: it counts from that of its event, and the event from the publication it names right."""
    silent = [line for line in lines if _silent(line)]
    right: dict[str, RecordedEvent] = {}
    if silent:
        aimed = {line.event.event_id for line in silent if isinstance(line.event, RecordCorrected)}
        stand, _ = apply_corrections([line for line in lines if _silent(line) or line.id in aimed], revise)
        right = {line.id: line for line in stand if line.id in aimed}
    moments: dict[str, Moment] = {}
    for line in lines:
        event = line.event
        if _silent(line) and isinstance(event, ABOUT_THE_RECORD) and event.event_id in moments:
            moments[line.id] = moments[event.event_id]
        else:
            moments[line.id] = public_from(right.get(line.id, line), here)
    return moments


def _silent(line: RecordedEvent) -> bool:
    event = line.event
    return line.published is None and isinstance(event, RecordCorrected | RecordVoided) and event.cause in ALWAYS_SO


def is_report(line: RecordedEvent) -> bool:
    """Whether a development belongs to the reported layer."""
    return is_reported(line.event, line.payload.attribution, line.payload.actor)


def is_reported(event: Event, attribution: str | None, actor: str | None) -> bool:
    """Whether an event of this attribution and actor belongs to the reported layer."""
    if attribution in FACTS:
        return False
    return not (attribution == "party_claim" and actor in event.own_parties())


def known(lines: Iterable[RecordedEvent], basis: Basis, here: tzinfo, revise: ApplyCorrections) -> list[RecordedEvent]:
    """The lines that are known on the basis, as first recorded, in order of version."""
    within = [line for line in lines if line.version <= basis.known_version and line.position <= basis.known_position]
    if basis.known_by == "recorded":
        return [line for line in within if line.recorded_at <= basis.known_at]
    moments = public_moments(within, here, revise)
    return [line for line in within if moments[line.id] <= basis.known_at]


def knowledge(
    lines: Sequence[RecordedEvent],
    basis: Basis,
    here: tzinfo,
    revise: ApplyCorrections,
    placing: "Placing | None" = None,
) -> KnownEvents:
    """Select what is known, read it as corrected, and put it in fold order. The basis's own moment plays no part.

    `placing` replaces `placed_line` for a caller that places the same lines again.
    """
    placing = placing or placed_line
    seen = known(lines, basis, here, revise)
    stand, corrections = apply_corrections(seen, revise)
    made = any(line.type == DealOpened.NAME for line in stand)
    unmade = not made and any(line.type == DealOpened.NAME for line in seen)
    placed = [each for line in stand if (each := placing(line, here, basis)) is not None]
    placed.sort(key=fold_key)
    futile = futile_changes([line for line in seen if is_about_record(line)])
    return KnownEvents(tuple(placed), corrections, futile, unmade)


def fold_key(placed: PlacedEvent) -> tuple[Moment, int, int]:
    """Where it folds."""
    return placed.step.key


def placed_line(line: RecordedEvent, here: tzinfo, basis: Basis) -> PlacedEvent | None:
    """A line with its place in the fold order; None where it is no development, or of a layer that is left out."""
    if line.type in NO_DEVELOPMENT:
        return None
    reported = is_report(line)
    if not is_in_layer(line, reported, basis.layer):
        return None
    seen, acts = place(line, here, basis.reading)
    earliest, latest = (seen, seen) if _exact(line) else (place(line, here, each)[0] for each in READINGS)
    step = line.step((acts, line.payload.rank or 0, line.version), reported)
    return PlacedEvent(line, step, seen, earliest, latest)


def is_in_layer(line: RecordedEvent, reported: bool, layer: Layer) -> bool:
    """Whether a development is read in a layer. What belongs to a claim may be promoted by its confirmation; until then
    the derivation leaves it out of the facts."""
    return layer != "facts" or not reported or getattr(line.event, "claim_id", None) is not None


Placing = Callable[[RecordedEvent, tzinfo, Basis], PlacedEvent | None]


def _exact(line: RecordedEvent) -> bool:
    effective = line.effective
    return line.occurred.earliest == line.occurred.latest and (
        effective is None or effective.earliest == effective.latest
    )


def choose(lines: Sequence[RecordedEvent], basis: Basis, here: tzinfo, revise: ApplyCorrections) -> EffectiveEvents:
    """Select what is known, read it as corrected, and put what counts in fold order."""
    return knowledge(lines, basis, here, revise).at(basis.valid_at)


def place(line: RecordedEvent, here: tzinfo, reading: Reading) -> tuple[Moment, Moment]:
    """From when a development is seen, and from when it acts.

    It is seen from the day it occurred or took effect, whichever comes first. What it sets lies on its own line from
    the effective day on; only an act that is signed on one day and in force from another acts on both.
    """
    occurred, start = line.occurred.opens(here, reading), start_of(line, here, reading)
    seen = min(occurred, start)
    return seen, seen if line.event.SEEN_EARLY else start


def start_of(line: RecordedEvent, here: tzinfo, reading: Reading = "earliest") -> Moment:
    """The moment from which what a development sets holds: its effective day, else the day on which it occurred."""
    return (line.effective or line.occurred).opens(here, reading)


def start_key(line: RecordedEvent, here: tzinfo) -> Key:
    """The sort key of a development in a list by date: its start, then rank, then version, as in a fold."""
    return start_of(line, here), line.payload.rank or 0, line.version
