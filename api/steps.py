"""A replay as JSON Lines."""

from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import orjson

from projections.questions import Question
from projections.reader import Reader
from projections.replay import replay
from projections.replay.steps import Step


def lines(reader: Reader, deal_id: str, to_version: int | None, question: Question) -> Iterator[bytes]:
    """A line for each step, then the trailer. What the question is refused with is raised before the first is sent."""
    basis, steps = replay(reader, deal_id, to_version, question)
    return _lines(basis, steps)


def _lines(basis: dict[str, Any], steps: Iterator[Step]) -> Iterator[bytes]:
    digest = sha256()
    for step in steps:
        if "trailer" in step:
            step = {"trailer": {**step["trailer"], "basis": basis, "digest": digest.hexdigest()}}
        line = orjson.dumps(step) + b"\n"
        digest.update(line)
        yield line
