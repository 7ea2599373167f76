"""The clock of a deadline: stopped, and running again."""

from collections.abc import Mapping
from dataclasses import replace

from domain.entities.deadline import Deadline, Shift, Toll
from domain.event import Event, FoldStep, event
from domain.fields.types import PartyRef, Ref, Text
from domain.sentences.dates import date_text, range_text
from domain.sentences.wording import Wording
from domain.time.edtf import When


@event(
    "deadline.tolled",
    also_called=("deadline.paused", "deadline.suspended", "deadline.stopped", "deadline.stayed", "clock.stopped"),
    about=Deadline,
    example={"deadline_id": "dl-phase-2", "cause": "request for information", "since": "2023-02-01", "by": "cma"},
    effect="the clock stops: the date is unknown, or shifted by the days until the pause ends",
    sentence="[{by} stopped the clock of {deadline_id}|the clock of {deadline_id} stopped] {span}: {cause}",
)
class DeadlineTolled(Event):
    """A deadline was tolled: its clock stopped."""

    deadline_id: Ref
    """The deadline."""

    cause: Text
    """Why."""

    since: When
    """The first day that does not count."""

    until: When | None = None
    """The last day that does not count, where it is known."""

    by: PartyRef | None = None
    """Who stopped it."""

    def words(self, say: Wording) -> Mapping[str, str | None]:
        return {"span": f"from {range_text(self.since, self.until) if self.until else date_text(self.since)}"}

    def apply(self, entity: Deadline, step: FoldStep) -> Deadline:
        toll = Toll(since=self.since, until=self.until)
        shift = Shift(id=step.id, since=step.since, start=step.start, by=self.by, reason=self.cause, toll=toll)
        move = {"kind": "tolled", "due": None, "by": self.by, "since": self.since.text, "because": [step.id]}
        return entity.replace(shifts=(*entity.shifts, shift), history=(*entity.history, move))


@event(
    "deadline.resumed",
    also_called=("deadline.restarted", "deadline.unpaused", "clock.restarted", "clock.resumed"),
    about=Deadline,
    example={"deadline_id": "dl-phase-2", "new_due": "2023-04-26"},
    effect="the clock runs again: the new day applies, or the date moves by the days for which the clock was stopped",
    sentence="the clock of {deadline_id} resumed[, moving it {move}]",
)
class DeadlineResumed(Event):
    """The clock of a deadline resumed."""

    deadline_id: Ref
    """The deadline."""

    new_due: When | None = None
    """The new day, where one was named."""

    def words(self, say: Wording) -> Mapping[str, str | None]:
        return {"move": say.moved("due", self.new_due or say.before("next_due"))}

    def apply(self, entity: Deadline, step: FoldStep) -> Deadline:
        move = {
            "kind": "resumed", "due": self.new_due.text if self.new_due else None, "since": step.since, "because": [step.id],
        }  # fmt: skip
        shifts = list(entity.shifts)
        for index in range(len(shifts) - 1, -1, -1):
            toll = shifts[index].toll
            if toll is not None and toll.resumed is None:
                resumed = step.effective or step.occurred
                ended = replace(toll, resumed=resumed, resumed_by=step.id)
                shifts[index] = replace(shifts[index], toll=ended, new_due=self.new_due)
                break
        else:
            if self.new_due is not None:
                shifts.append(
                    Shift(id=step.id, since=step.since, start=step.start, by=None, new_due=self.new_due, resumed=True)
                )
        return entity.replace(shifts=tuple(shifts), history=(*entity.history, move))
