"""Anomalies of deadlines: unusual dates, moves and outcomes, each with the rule that lists it."""

from collections.abc import Iterator

from domain.entities.deadline import Deadline, Instrument
from domain.rulebook import register_rule
from domain.rules.anomaly import GROUP, Anomaly
from domain.rules.extension_faults import extension_faults
from domain.sections.context import owed
from domain.sections.deadline_dates import DueDate
from domain.sections.derivation import Derivation
from domain.sentences.dates import date_text

NOT_LATER = register_rule(
    "extension-not-later",
    GROUP,
    "An extension names a day that is not later than the one due until then. Its date is shown; deadline.advanced "
    "moves a deadline to an earlier day.",
    "An extension from 15 March to 10 March.",
    about=("/data/new_due", "/data/by_days"),
)
DUE_BEFORE = register_rule(
    "due-before-set",
    GROUP,
    "A deadline was due before the day on which it was set. Its date is shown.",
    "A deadline of 2002 that is set in 2020.",
    about=("/data/due", "/data/offset"),
)
WITHOUT_DATE = register_rule(
    "set-without-date",
    GROUP,
    "A deadline was set without a date: it names no day, and nothing from which one is counted.",
    "A deadline to file, without saying by when.",
    about=("/data/offset", "/data/anchor", "/data/deadline_id"),
)
SET_TWICE = register_rule(
    "set-twice",
    GROUP,
    "A deadline was set a second time. The second instrument replaces the first.",
    "Two events set a deadline of one id to different days.",
    about=("/data/deadline_id",),
)
ENDED_ALREADY = register_rule(
    "extension-after-end",
    GROUP,
    "A deadline that was met or withdrawn was extended. Its status is unchanged.",
    "More time for a filing that had been made.",
)
MET_LATE = register_rule(
    "met-after-due",
    GROUP,
    "A deadline was met after the day on which it was due. It counts as met.",
    "Closing on 25 January of what was to close by the 22nd.",
)
LAPSED_EARLY = register_rule(
    "lapsed-before-due",
    GROUP,
    "A deadline is said to have lapsed before the day on which it was due. It counts as lapsed.",
    "A lapse on 3 December of what was due on the 4th.",
)
RESUMED_RUNNING = register_rule(
    "resumed-while-running",
    GROUP,
    "A clock that was not stopped is recorded as resumed. A day that is named takes effect.",
    "The CMA resumes a review whose pause was not recorded.",
)


def deadline_anomalies(derivation: Derivation, found: DueDate) -> Iterator[Anomaly]:
    """What is out of the ordinary in the history of a deadline: its instruments, moves and outcome."""
    deadline = found.deadline
    history = found.history_because
    ends = {how: _ends(deadline, how) for how in {move.shift.after for move in found.moves}}
    told = owed(deadline, "extendable")
    of_faults = {how: (*history, *told, *because) for how, because in ends.items()}
    for index, (shift, before, after, _number) in enumerate(found.moves):
        if shift.toll is not None or shift.advanced:
            continue
        if before and after and after.day <= before.day and shift.extends:
            was, now = date_text(before.text), date_text(after.text)
            why = f"{deadline.id} was due {was}, and the extension moves it to {now}."
            yield Anomaly(shift.id, NOT_LATER, why, history)
        for rule_id, fault in extension_faults(found, index):
            yield Anomaly(shift.id, rule_id, f"The extension of {deadline.id} {fault}.", of_faults[shift.after])
        if shift.after in ("met", "withdrawn"):
            why = f"{deadline.id} was {shift.after} before it was extended."
            yield Anomaly(shift.id, ENDED_ALREADY, why, ends[shift.after])
        if shift.resumed:
            yield Anomaly(shift.id, RESUMED_RUNNING, f"The clock of {deadline.id} was not stopped.")
    set_mark, first = deadline.set_mark, found.first
    if set_mark is not None and first is not None and first.day < derivation.deadlines.day_of(found, set_mark.key[0]):
        why = f"{deadline.id} was set on {date_text(set_mark.since)}, due {date_text(first.text)}."
        yield Anomaly(set_mark.id, DUE_BEFORE, why, first.because)
    if set_mark is not None and found.due is None and not _dated(deadline.instrument):
        yield Anomaly(set_mark.id, WITHOUT_DATE, f"{deadline.id} was set without a date, and nothing to count it from.")
    first_set, *again = [each["because"][0] for each in deadline.history if each["kind"] == "set"] or [""]
    for event_id in again:
        yield Anomaly(event_id, SET_TWICE, f"{deadline.id} had been set before.", (first_set,))
    outcome = deadline.outcome
    due = found.due_at(outcome.key[0]) if outcome is not None else None
    if outcome is None or due is None:
        return
    if outcome.value == "met" and outcome.key[0] > due.closes:
        yield Anomaly(outcome.id, MET_LATE, f"{deadline.id} was due {date_text(due.text)}.", due.because)
    if outcome.value == "lapsed" and derivation.deadlines.day_of(found, outcome.key[0]) < due.day:
        yield Anomaly(outcome.id, LAPSED_EARLY, f"{deadline.id} is due {date_text(due.text)} only.", due.because)


def _ends(deadline: Deadline, how: str | None) -> tuple[str, ...]:
    """The events by which a deadline ended in that way."""
    if how is None:
        return ()
    return tuple(move["because"][0] for move in deadline.history if move["kind"] == how)


def _dated(instrument: Instrument | None) -> bool:
    """Whether an instrument names a day, or all that one is counted from."""
    if instrument is None or instrument.due is not None:
        return instrument is not None
    counted = instrument.offset is not None and instrument.unit is not None
    return counted and (instrument.from_order or instrument.anchor is not None)
