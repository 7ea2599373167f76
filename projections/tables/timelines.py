"""Rows that hold from when to when in valid time, and are known from which to which position of the log.

What a deal's record says of a subject at every valid time is a timeline: spans without a gap or an overlap between two
equal ones. A version of the deal replaces the timeline from the moment where it acts; the rows that it changes end in
known time and others begin, so that each earlier position still has its own.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from domain.time.instants import FUTURE, PAST, Moment

OPEN = FUTURE
"""The end in known time of a row that no later version has replaced."""

ALL, FACTS = 1, 2
"""The layers of a state, as bits: a row that is the same in both has both."""

LAYERS = {"all": ALL, "facts": FACTS}

Key = tuple[str, ...]
"""What a row is about within its deal: the id of a deadline, or nothing."""


class Span(NamedTuple):
    """Values and the valid time in which they hold: [since, until)."""

    since: Moment
    until: Moment
    values: tuple[Any, ...]


@dataclass(slots=True)
class Row:
    """A span of one subject in one layer or both, and the positions between which it is known."""

    key: Key
    layers: int
    span: Span
    known_from: int
    known_to: int = OPEN
    stored: bool = False


Tail = tuple[Moment, Sequence[Span]]
"""From which moment a timeline is replaced, and by what."""

Tails = Mapping[Key, Mapping[int, Tail]]
"""Subject -> layer -> what replaces the tail of its timeline."""

Load = Callable[[Sequence[Key], Moment, Moment], Iterable[Row]]
"""Reads the stored rows of some subjects without an end in known time whose valid time ends in [from, to)."""

BEYOND: Moment = FUTURE + 1


class Timelines:
    """The timelines of one table of one deal, as its last version leaves them."""

    def __init__(self, load: Load | None = None) -> None:
        """Without `load` nothing is stored."""
        self._load = load
        self._loaded: dict[Key, Moment] = {}
        self._open: dict[Key, list[Row]] = {}
        self._closed: list[Row] = []

    def begin(self, key: Key) -> None:
        """Know that nothing is stored of a subject that no version before has changed."""
        self._loaded.setdefault(key, PAST)

    def replace(self, position: int, tails: Tails) -> None:
        """Let the event at a position replace the tails of some timelines."""
        if self._load is not None:
            self._load_from({key: min(since for since, _ in each.values()) for key, each in tails.items()}, self._load)
        for key, each in tails.items():
            self._replace_one(key, position, each)

    def _replace_one(self, key: Key, position: int, tails: Mapping[int, Tail]) -> None:
        rows = self._open.get(key, [])
        wanted: dict[Span, int] = {}
        for layer in (ALL, FACTS):
            line = sorted((row.span for row in rows if row.layers & layer), key=_since)
            if layer in tails:
                line = spliced(line, *tails[layer])
            for span in line:
                wanted[span] = wanted.get(span, 0) | layer
        standing = []
        for row in rows:
            if wanted.get(row.span) == row.layers:
                del wanted[row.span]
                standing.append(row)
            else:
                row.known_to = position
                self._closed.append(row)
        self._open[key] = standing + [Row(key, layers, span, position) for span, layers in wanted.items()]

    def _load_from(self, wanted: Mapping[Key, Moment], load: Load) -> None:
        """Load the rows of these subjects whose valid time ends at a moment or later; those of equal bounds at once."""
        groups: dict[tuple[Moment, Moment], list[Key]] = {}
        for key, since in wanted.items():
            until = self._loaded.get(key, BEYOND)
            if since < until:
                groups.setdefault((since, until), []).append(key)
                self._loaded[key] = since
        for (since, until), keys in groups.items():
            for row in load(keys, since, until):
                self._open.setdefault(row.key, []).append(row)

    @property
    def ended(self) -> list[Row]:
        """Stored rows that have ended in known time."""
        return [row for row in self._closed if row.stored]

    @property
    def new(self) -> list[Row]:
        """Rows to be stored."""
        rows = (row for rows in self._open.values() for row in rows)
        return [row for row in (*self._closed, *rows) if not row.stored]


def _since(span: Span) -> Moment:
    return span.since


def spliced(line: Sequence[Span], since: Moment, tail: Sequence[Span]) -> list[Span]:
    """A timeline that another replaces from a moment on; equal values that meet there are one span."""
    found = [span if span.until <= since else span._replace(until=since) for span in line if span.since < since]
    if found and tail and found[-1].until == tail[0].since and found[-1].values == tail[0].values:
        found[-1:], tail = [tail[0]._replace(since=found[-1].since)], tail[1:]
    return [*found, *tail]


def spans(states: Iterable[tuple[Moment, tuple[Any, ...] | None]]) -> list[Span]:
    """The timeline of values that follow each other, the last without an end; equal ones that meet are one span."""
    found: list[Span] = []
    for moment, values in states:
        if found and found[-1].until == FUTURE:
            if found[-1].values == values:
                continue
            found[-1] = found[-1]._replace(until=moment)
        if values is not None:
            found.append(Span(moment, FUTURE, values))
    return found
