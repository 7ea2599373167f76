"""The moment of a question across deals: a valid and a known time, which a civil day sets for each zone by itself."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from psycopg import Connection, Cursor
from psycopg.sql import SQL

from domain.basis import KnownBy, Layer
from domain.errors import BadQuestion, BeyondTheEnd, InTheFuture
from domain.fields.description import choices_of
from domain.time.instants import Moment, zone
from ledger.models import LogHead
from projections.projection import Tables
from projections.sql import sql
from projections.state.state_reader import StateReader
from projections.state.time_query import CLOCKS, TimeQuery, known_moment, moment, one_of
from projections.tables.derived_tables import CONDITION_TABLE, COVERAGE, DEADLINE_TABLE, DEAL_TABLE
from projections.tables.timelines import LAYERS

WESTERNMOST = "Etc/GMT+12"
"""The zone in which each day ends last."""


Answer = Cursor[tuple[Any, ...]]
"""The rows that a statement returns, once they are fetched."""


@dataclass(frozen=True, slots=True)
class Slice:
    """The deals of some zones at one moment, as known at one position."""

    valid_at: Moment
    known: int | None = None
    """The last position that is known; None for all of them."""
    layer: Layer = "all"
    zones: tuple[str, ...] | None = None
    """None for all of them."""

    @property
    def parameters(self) -> dict[str, Any]:
        """The parameters of a statement about it."""
        layers = [bits for bits in (1, 2, 3) if bits & LAYERS[self.layer]]
        zones = None if self.zones is None else list(self.zones)
        return {"valid_at": self.valid_at, "known": self.known, "layers": layers, "zones": zones}

    def rows(self, tables: Tables, name: str, asked: dict[str, Any], **parts: str) -> list[tuple[Any, ...]]:
        """What a statement returns of it."""
        return self.send(tables, name, asked, **parts).fetchall()

    def send(self, tables: Tables, name: str, asked: dict[str, Any], **parts: str) -> Answer:
        """Send a statement about it; the rows are fetched later. Statements sent together take one round trip."""
        given = {**self.parameters, **asked}
        return tables.connection.execute(statement(name, given, **parts), given, binary=True)


def statement(name: str, given: Mapping[str, Any], **parts: str) -> bytes:
    """A statement about the rows of a moment with these parameters; those that are absent set no condition."""
    absent = frozenset(parameter for parameter, value in given.items() if value is None)
    return _statement(name, absent, latest="known" in absent, **parts)


@lru_cache(maxsize=512)
def _statement(name: str, absent: frozenset[str], *, latest: bool, **parts: str) -> bytes:
    """A statement about the rows of a moment, by the latest knowledge or as known at a position; without the conditions
    that are set by absent parameters alone."""
    chosen = ("holds_now", "last_event_now") if latest else ("holds_then", "last_event_then")
    holds, last = (SQL(sql(each)) for each in chosen)
    given = {name: SQL(part) for name, part in parts.items()}
    # psycopg converts a statement of more than 4,096 bytes each time that it is run: these fall below that.
    composed = SQL(UNREAD.sub("", sql(name))).format(holds=holds, last=last, **READ, **given)
    return without_absent(composed.as_string(None), absent).encode()


UNREAD = re.compile(r"^ +(?:--.*\n)?", re.MULTILINE)
"""Comments on lines of their own, and indentation."""

_ABSENT = r"%\((\w+)\)s::[\w\[\]]+ IS NULL"
_OPTIONAL = re.compile(rf"\(\s*({_ABSENT}(?: AND {_ABSENT})*)\s+OR ")
_PARAMETER = re.compile(_ABSENT)
_PARENTHESIS = re.compile(r"[()]")


def without_absent(text: str, absent: Collection[str]) -> str:
    """A statement without the conditions `(%(name)s::type IS NULL OR ...)` of parameters that are absent, and without
    the question whether the others are."""
    parts, at = [], 0
    while found := _OPTIONAL.search(text, at):
        end = _closing(text, found.end())
        wanted = any(parameter not in absent for parameter in _PARAMETER.findall(found[1]))
        parts += [
            text[at : found.start()],
            f"({without_absent(text[found.end() : end], absent)})" if wanted else "true",
        ]
        at = end + 1
    return "".join((*parts, text[at:]))


def _closing(text: str, start: int) -> int:
    """Where the parenthesis ends that is open at a place."""
    depth = 1
    for found in _PARENTHESIS.finditer(text, start):
        depth += 1 if found[0] == "(" else -1
        if depth == 0:
            return found.start()
    raise ValueError(f"a parenthesis is not closed in {text!r}")


READ = {
    "deal": DEAL_TABLE.signed.read("d"), "coverage": COVERAGE.read("c"), "deadline": DEADLINE_TABLE.signed.read("l"),
    "deadline_by_hash": DEADLINE_TABLE.signed.read_by_hash("l"), "condition": CONDITION_TABLE.signed.read("t"),
}  # fmt: skip
"""What statements read of the rows of each table."""


def check_question(reader: StateReader, question: TimeQuery) -> None:
    """Check a question about all deals; where it is about just now, wait for the appends in flight.

    Raises BadQuestion, InTheFuture, BeyondTheEnd.
    """
    one_of(question.known_by, "known_by", choices_of(KnownBy))
    one_of(question.layer, "layer", choices_of(Layer))
    both = question.known_at is not None and question.known_position is not None
    if both and question.known_by == "recorded":
        raise BadQuestion("known_at and known_position both say what is known: give one of them.")
    if question.valid_at is not None:
        moment(question.valid_at, CLOCKS.valid, zone("UTC"))
    now, head = reader.now(), reader.ledger.head()
    if question.known_position is not None and question.known_position > head.position:
        raise BeyondTheEnd(
            f"known_position {question.known_position} lies beyond the end: the log has {head.position} positions.",
            extra={"position": head.position},
        )
    if question.known_at is not None:
        reader.ledger.settle(_known_at(reader, question.known_at, WESTERNMOST, head.recorded_at, now), now)


def _known_at(reader: StateReader, text: str, name: str, recorded_at: Moment, now: Moment) -> Moment:
    """A known time in a zone. Where today's day has not begun there yet, it has begun in UTC: it is now, too."""
    end, settled_until = max(now, recorded_at), reader.ledger.settled_until
    try:
        return known_moment(text, CLOCKS, zone(name), end, now, settled_until)
    except InTheFuture:
        return known_moment(text, CLOCKS, zone("UTC"), end, now, settled_until)


def slices(reader: StateReader, tables: Tables, question: TimeQuery, now: Moment | None = None) -> list[Slice]:
    """The slices that a question about all deals means. A day is that of each deal's own zone; without `valid_at`, a
    known time is the valid time too, of a position the moment of its event. `now` is by default that of the clock.

    Raises InTheFuture.
    """
    layer: Layer = "facts" if question.layer == "facts" else "all"
    now = reader.now() if now is None else now
    if question.valid_at is None and question.known_at is None and question.known_position is None:
        return [Slice(now, layer=layer)]
    by_day = any(each is not None and len(each) == len("2020-01-01") for each in (question.valid_at, question.known_at))
    zones = [name for (name,) in tables.connection.execute(sql("deal_zones").encode()).fetchall()] if by_day else []
    found: dict[tuple[Moment, int | None], list[str]] = {}
    resolver = _Resolver(tables.connection, reader, question, now, reader.ledger.head())
    for name in zones or ["UTC"]:
        found.setdefault(resolver.resolve(name), []).append(name)
    if len(found) == 1:
        return [Slice(*place, layer) for place in found]
    return [Slice(*place, layer, tuple(names)) for place, names in found.items()]


@dataclass(frozen=True, slots=True)
class _Resolver:
    """A question in the zone of one deal or another."""

    connection: Connection[Any]
    reader: StateReader
    question: TimeQuery
    now: Moment
    head: LogHead

    def resolve(self, name: str) -> tuple[Moment, int | None]:
        """The valid moment and the last known position in a zone, None for all of the log."""
        question, head = self.question, self.head
        known, valid_at = question.known_position, self.now
        if question.known_at is not None:
            valid_at = _known_at(self.reader, question.known_at, name, head.recorded_at, self.now)
            known = self._number("position_at", at=valid_at)
        if question.valid_at is not None:
            valid_at = moment(question.valid_at, CLOCKS.valid, zone(name))
        elif question.known_at is None and known is not None:
            valid_at = self._number("position_moment", position=known)
        return valid_at, None if known is None or known >= head.position else known

    def _number(self, name: str, **asked: object) -> int:
        given = {"tenant": self.reader.ledger.tenant, **asked}
        row = self.connection.execute(sql(name).encode(), given, binary=True).fetchone()
        return int(row[0]) if row else 0
