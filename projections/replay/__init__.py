"""Replays of a deal: the changes of the state by each event, as JSON, HTML and CSV."""

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from domain.errors import BadQuestion
from projections.isolation import isolated, isolated_steps
from projections.replay.narration import ReplayNarration
from projections.replay.steps import EventRows, Step, steps
from projections.state import answers
from projections.state.holiday_calendars import calendar
from projections.state.state_json import basis_to_json
from projections.state.state_reader import StateReader
from projections.state.time_query import NOTHING_ASKED, TimeQuery
from projections.temporal.recorded_deal import RecordedDeal


class Replay(NamedTuple):
    """The replay of a deal on a basis."""

    basis: answers.Basis
    steps: Iterator[Step]
    """Each with its sentences."""

    narration: ReplayNarration


def replay(
    reader: StateReader, deal_id: str, to_version: int | None = None, question: TimeQuery = NOTHING_ASKED
) -> Replay:
    """The replay of a deal. Raises UnknownDeal, UnreadableDeal, BadQuestion, BeyondTheEnd, InTheFuture."""
    if to_version is not None:
        if question.known_version not in (None, to_version):
            raise BadQuestion("to_version and known_version both say how far to replay: give one of them.")
        question = replace(question, known_version=to_version)
    history = reader.history(deal_id)
    basis = reader.basis(history, question)
    lines = reader.history(deal_id).lines[: basis.known_version]
    past = RecordedDeal(deal_id, lines, history.zone, calendar, reader.revise)
    rows = {row.id: row for row in reader.ledger.read_deal(deal_id, to_version=basis.known_version or None)}
    with isolated(reader.ledger, deal_id, basis.known_version):
        narration = ReplayNarration(past, basis)
    made = narration.narrated(steps(past, EventRows(rows), basis))
    return Replay(basis_to_json(deal_id, basis), isolated_steps(reader.ledger, deal_id, made), narration)
