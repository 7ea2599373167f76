"""A replay as JSON Lines."""

from collections.abc import Iterator
from itertools import chain

import orjson

from projections.questions import Question
from projections.reader import Reader


def lines(reader: Reader, deal_id: str, to_version: int | None, question: Question) -> Iterator[bytes]:
    """A line for each step. What the question is refused with is raised here, before the first line is sent."""
    steps = reader.replay(deal_id, to_version, question)
    first = next(steps)
    return (orjson.dumps(each) + b"\n" for each in chain((first,), steps))
