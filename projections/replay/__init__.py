"""Replays of a deal: the changes of the state by each event, as JSON, HTML and CSV."""

from collections.abc import Iterator
from dataclasses import replace

from domain.basis import Basis
from domain.errors import BadQuestion
from projections.isolation import isolated_steps
from projections.narrator import narrator
from projections.replay.step_sentences import OWN_DAY_EVENTS, StepSentences
from projections.replay.steps import EventRows, Step, steps
from projections.state import answers
from projections.state.holiday_calendars import calendar
from projections.state.state_json import basis_to_json
from projections.state.state_reader import StateReader
from projections.state.time_query import NOTHING_ASKED, TimeQuery
from projections.temporal.recorded_deal import RecordedDeal


def replay(
    reader: StateReader, deal_id: str, to_version: int | None = None, question: TimeQuery = NOTHING_ASKED
) -> tuple[answers.Basis, Iterator[Step]]:
    """The JSON of the basis, and the steps. Raises UnknownDeal, BadQuestion, BeyondTheEnd, InTheFuture."""
    if to_version is not None:
        if question.known_version not in (None, to_version):
            raise BadQuestion("to_version and known_version both say how far to replay: give one of them.")
        question = replace(question, known_version=to_version)
    history = reader.history(deal_id)
    basis = reader.basis(history, question)
    lines = reader.history(deal_id).lines[: basis.known_version]
    past = RecordedDeal(deal_id, lines, history.zone, calendar, reader.revise)
    rows = {row.id: row for row in reader.ledger.read_deal(deal_id, to_version=basis.known_version or None)}
    made = _with_sentences(steps(past, EventRows(rows), basis), past, basis)
    return basis_to_json(deal_id, basis), isolated_steps(reader.ledger, deal_id, made)


def _with_sentences(made: Iterator[Step], past: RecordedDeal, basis: Basis) -> Iterator[Step]:
    """The steps with the sentences of each event and of what it changed. A sealed replay has none: it is made again
    byte for byte."""
    changed = StepSentences(past, basis) if len(past.lines) <= OWN_DAY_EVENTS else None
    told = replace(narrator(past.lines, past.zone, past.calendars, past.revise), as_recorded=True)
    for step in made:
        if "event" in step:
            line = told.lines[step["event"]["id"]]
            step["event"]["text"] = told.text(line)
            if changed is not None:
                step["sentences"] = changed.of(line)
        yield step
