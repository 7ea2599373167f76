"""The basis of an answer across deals, and the address that gives the same answer again."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.requests import Request

from api.deals.answers import BookBasis
from domain.time.instants import Moment, iso
from projections.state.time_query import DEFAULTS, TimeQuery
from projections.tables.book_moment import Slice

REPLACED = frozenset({*DEFAULTS, "min_position"})
"""Parameters of a question that its permalink has in their exact form, or not at all."""


@dataclass(frozen=True, slots=True)
class BookMoment:
    """What a question across deals means: a valid and a known time."""

    question: TimeQuery
    valid_at: str
    known_at: str | None
    known_position: int | None
    final: bool = True
    """Whether the same basis will have the same answer: not where a day is over in some zones only."""

    def basis(self, request: Request) -> BookBasis:
        """The basis of the answer to a request, with its permalink."""
        return {
            "valid_at": self.valid_at,
            "known_at": self.known_at,
            "known_position": self.known_position,
            "known_by": self.question.known_by,
            "layer": self.question.layer,
            "permalink": self._permalink(request) if self.final else None,
        }

    def _permalink(self, request: Request) -> str:
        by_position = self.question.known_by == "recorded" and self.known_position is not None
        exact = {
            "valid_at": self.valid_at,
            "known_at": None if by_position else self.known_at,
            "known_position": self.known_position,
            "known_by": self.question.known_by,
            "layer": self.question.layer,
        }
        kept = [(name, value) for name, value in request.query_params.multi_items() if name not in REPLACED]
        asked = [(name, value) for name, value in exact.items() if value != DEFAULTS[name]]
        return f"{request.url.path}?{urlencode([*kept, *asked])}"


def recorded_moment(question: TimeQuery, asked: Sequence[Slice], position: int, now: Moment) -> BookMoment:
    """The moment of a question by recorded knowledge, where the tables cover the log up to a position.

    A day that ends at another moment in each zone stays a day.
    """
    moments = {each.valid_at for each in asked} or {now}
    positions = {position if each.known is None else each.known for each in asked} or {position}
    day = (question.valid_at or question.known_at) if len(moments) > 1 else None
    return BookMoment(
        question,
        day or iso(min(moments)),
        question.known_at,
        min(positions) if len(positions) == 1 else None,
        len(positions) == 1 or all(each.known is not None for each in asked),
    )


def published_moment(question: TimeQuery, position: int, now: Moment) -> BookMoment:
    """The moment of a question by publication, at a position of the log."""
    known_at = question.known_at or iso(now)
    known_position = position if question.known_position is None else question.known_position
    return BookMoment(question, question.valid_at or known_at, known_at, known_position)
