"""Computation of a due date and its trace: the instrument of the deadline, its moves, the dates given on conditions."""

from datetime import date
from itertools import chain, pairwise

from domain.entities.approval import GRANTED, Approval
from domain.entities.base import Occurrence
from domain.entities.deadline import Deadline, Instrument, Shift
from domain.entities.order import Order
from domain.fields.values import Branch
from domain.sections.calendar_faults import calendar_faults
from domain.sections.context import Context, Entry, comes_after, owed, to_json
from domain.sections.deadline_dates import Due, DueDate, Moved, due_as_written, due_on
from domain.time.calendars import Calendar
from domain.time.date_arithmetic import Counted, add_days, count
from domain.time.edtf import When
from domain.time.instants import Moment, zone


class DueDateCalculator:
    """Finds the day of each deadline of a deal."""

    def __init__(self, context: Context) -> None:
        self.context = context

    def calculate(self, deadline: Deadline) -> DueDate:
        here = zone(deadline.tz) if deadline.tz else self.context.zone
        end = self.frozen_by(deadline)
        found = DueDate(deadline, here, end.key[0] if end else None, (end.id,) if end else ())
        if deadline.instrument is not None:
            found.first = found.due = self._first(found, deadline.instrument)
            if found.first is not None:
                faults = calendar_faults(deadline.instrument.calendar, self.context.calendars)
                found.trace.extend(words for _rule, words in faults)
        else:
            found.trace.append("No event on record sets its date.")
        now = self.context.valid_at if found.at is None else found.at
        ends = _ends(deadline, now)
        extends = [shift.extends for shift in deadline.shifts]
        number = deadline.times - sum(extends)
        for shift, extending in zip(deadline.shifts, extends, strict=True):
            before, toll = found.due, shift.toll
            number += extending
            if before is None and shift.prior is not None:
                before = found.due = due_as_written(shift.prior, here, (shift.id,))
            found.due = self._shifted(found, shift)
            if shift.branches:
                self._branch(found, shift, ends.get(shift.id, now))
            due = found.due
            if toll is None:
                found.branches_by = shift.id if shift.branches else None
            found.moves.append(Moved(shift, before, due, number))
            if before is not None and due is not None:
                gained = max((due.day - before.day).days, 0)
                found.used += gained if extending else 0
                found.tolled_days += gained if toll is not None else 0
            moved_by = shift.id if toll is None or toll.resumed_by is None else toll.resumed_by
            found.moved[moved_by] = due.text if due else None
        if found.branches_by is None:
            found.branches = []
        self._limit(found)
        return found

    def frozen_by(self, deadline: Deadline) -> Occurrence | None:
        """Rules 4 and 24: the end of the deal, where that froze it: it was set and last moved before."""
        end = self.context.end_of(deadline)
        if end is None:
            return None
        set_at = () if deadline.set_mark is None else (deadline.set_mark.key[0],)
        resumed = (shift.toll.resumed for shift in deadline.shifts if shift.toll is not None and shift.toll.resumed)
        moved = (shift.start for shift in deadline.shifts)
        again = (when.opens(self.context.zone) for when in resumed)
        return None if comes_after(end, chain(set_at, moved, again)) else end

    def calendar(self, name: str | None) -> Calendar | None:
        """The calendar that an instrument names; None where it names none, or an unknown one."""
        return self.context.calendars(name) if name and name != "none" else None

    def _first(self, found: DueDate, instrument: Instrument) -> Due | None:
        cause = found.deadline.set_mark
        because = (cause.id,) if cause else ()
        counted = None
        if instrument.from_order:
            because = (*because, *self._from_order(found))
        else:
            found.anchor = instrument.anchor
        if found.anchor is not None and instrument.offset is not None:
            anchor = found.anchor.day(found.zone, self.context.reading)
            if anchor is None or instrument.unit is None:
                found.trace.append(
                    "Not counted: the instrument names no unit." if anchor else "Not counted: the anchor is open."
                )
            else:
                counted = count(
                    anchor, instrument.offset, instrument.unit, self.calendar(instrument.calendar),
                    instrument.roll or "none", named=instrument.calendar,
                )  # fmt: skip
                found.trace.extend(counted.steps)
        because = (*because, *self._calendar_because(instrument))
        if instrument.due is not None:
            found.trace.append(f"The instrument names {instrument.due.text}, which stands.")
            named = due_as_written(instrument.due, found.zone, because)
            if named is None:
                found.trace.append("No date: the span that it names has no end.")
            if (
                counted is not None
                and counted.due is not None
                and named is not None
                and counted.due != named.day
                and cause
            ):
                found.sums.append((cause.id, named, counted.due, because))
            return named
        if counted is None:
            if not found.trace:
                found.trace.append("No date: the instrument names none and nothing to count from.")
            return None
        return due_on(counted.due, found.zone, because) if counted.due else None

    def _calendar_because(self, instrument: Instrument) -> tuple[str, ...]:
        """The events that published the calendar of the deal's own by which an instrument counts."""
        counts = instrument.unit == "working_day" or instrument.roll not in (None, "none")
        calendar = self.calendar(instrument.calendar) if counts else None
        return calendar.because if calendar is not None else ()

    def _from_order(self, found: DueDate) -> tuple[str, ...]:
        """Rule 26: the anchor is the day on which the order takes effect, as amended; the events that set it."""
        order_id = found.deadline.order_id
        order = self.context.one(Order, order_id)
        if order is None or order.effective is None:
            found.trace.append(f"Not counted: no day is on record on which the order {order_id} takes effect.")
            return owed(order, "effective") if order is not None else ()
        found.anchor = order.effective
        found.trace.append(f"The order {order_id} takes effect {order.effective.text}.")
        return order.origin.causes.get("effective", ())

    def _shifted(self, found: DueDate, shift: Shift) -> Due | None:
        if shift.erased:
            found.trace.append(f"What {shift.id} set was erased: there is no date.")
            return None
        if shift.toll is not None:
            return self._tolled(found, shift)
        if shift.new_due is not None:
            due = due_as_written(shift.new_due, found.zone, (shift.id,))
            if shift.days is not None:
                self._compare(found, shift, shift.days, due)
            found.trace.append(
                f"{shift.by or 'It was'} moved it to {shift.new_due.text} on {shift.since}, which stands."
            )
            return due
        if shift.days is None:
            return found.due
        prior, source = found.due, shift.counted_from or "prior_due"
        counted = self._sum(found, shift.days, source)
        extended = f"{shift.by or 'It was'} extended it on {shift.since} by {shift.days} days"
        moved_by = f"{extended} counted from {_base(source)}"
        found.trace.append(f"{moved_by}: {counted.due}." if counted.due else f"{moved_by}. No date: {counted.why_not}")
        because = (shift.id,) if source != "prior_due" or prior is None else (*prior.because, shift.id)
        return due_on(counted.due, found.zone, because)

    def _compare(self, found: DueDate, shift: Shift, days: int, due: Due | None) -> None:
        """Note what the count of a move comes to that names a day as well."""
        prior, source = found.due, shift.counted_from or "prior_due"
        counted = self._sum(found, days, source)
        same = "the same day" if due is not None and counted.due == due.day else "another day"
        comes = f"comes to {counted.due}, {same}" if counted.due else f"has no date: {counted.why_not}"
        found.trace.append(f"The count of {days} days from {_base(source)} {comes.rstrip('.')}.")
        if counted.due is not None and due is not None and counted.due != due.day:
            from_prior = source == "prior_due" and prior is not None
            found.sums.append((shift.id, due, counted.due, prior.because if prior and from_prior else ()))

    def _sum(self, found: DueDate, days: int, source: str) -> Counted:
        """So many days from the date due until then, or from the day that an extension names."""
        if source == "prior_due":
            anchor = found.due.day if found.due else None
            why_not = "there is no date to add them to."
        else:
            anchor = When.parse(source).day(found.zone, self.context.reading)
            why_not = f"{source} has no first day to count from."
        return count(anchor, days, "day") if anchor else Counted(None, (), why_not)

    def _tolled(self, found: DueDate, shift: Shift) -> Due | None:
        """A stopped clock: from its first day through its last, or until the day on which it ran again."""
        toll, prior = shift.toll, found.due
        assert toll is not None
        if not self.context.has_passed(toll.since.opens(found.zone)):
            return prior
        since = toll.since.day(found.zone)
        if toll.resumed is not None:
            if shift.new_due is not None:
                stood_still = f"The clock stopped on {toll.since.text} and ran again on {toll.resumed.text}"
                found.trace.append(f"{stood_still}, to {shift.new_due.text}.")
                return due_as_written(shift.new_due, found.zone, (shift.id, toll.resumed_by or shift.id))
            again = toll.resumed.day(found.zone)
            lost = (again - since).days if again and since else None
        elif toll.until is not None:
            last = toll.until.last_day(found.zone)
            lost = (last - since).days + 1 if last and since else None
            found.tolled = not self.context.over(toll.until, found.at)
        else:
            found.tolled = True
            found.trace.append(f"The clock stopped on {toll.since.text} and has not run again: there is no date.")
            return None
        if since is None or lost is None:
            found.trace.append("No date: for how long the clock stood still is open.")
            return None
        if prior is None:
            return None
        because = (*prior.because, shift.id, *((toll.resumed_by,) if toll.resumed_by else ()))
        return due_on(self._later(found, prior.day, since, max(lost, 0)), found.zone, because)

    def _later(self, found: DueDate, prior: date, since: date, days: int) -> date | None:
        """The due day after the clock was stopped for so many days from `since` on.

        A deadline counted in working days is moved by working days.
        """
        instrument = found.deadline.instrument
        before, last = add_days(since, -1), add_days(since, days - 1)
        if instrument is not None and instrument.unit == "working_day" and instrument.due is None and before and last:
            calendar = self.calendar(instrument.calendar)
            lost = calendar.between(before, last) if calendar else None
            if lost is not None:
                moved = count(prior, lost, "working_day", calendar, named=instrument.calendar)
                found.trace.append(f"The clock stood still for {lost} working days from {since}.")
                found.trace.extend(moved.steps)
                return moved.due
        moved = count(prior, days, "day")
        moved_by = f"The clock stood still for {days} days from {since}"
        found.trace.append(f"{moved_by}: {moved.due}." if moved.due else f"{moved_by}. No date: {moved.why_not}")
        return moved.due

    def _branch(self, found: DueDate, shift: Shift, at: Moment) -> None:
        """Rule 10: a branch is live through the end of its `by`; one whose approval was granted by then prevails.

        `at` is the moment asked about, or that of the next extension, which closed what was open still.
        """
        won = next((each for each in shift.branches if not each.otherwise and self._given(each, at)), None)
        live = [each for each in shift.branches if (each is won if won else self._live(found, each, at))]
        found.branches = []
        for each in shift.branches:
            entry: Entry = {"otherwise": True} if each.otherwise else {"condition": each.condition}
            entry.update(approval_id=each.approval_id, by=to_json(each.by), due=each.due.text)
            entry["status"] = "live" if any(each is one for one in live) else "closed"
            found.branches.append(entry)
        chosen = won or (live[0] if len(live) == 1 else None)
        if chosen is None and shift.new_due is None:
            chosen = next((each for each in live if each.otherwise), None)
        if chosen is not None:
            mark = self._given(won, at) if won else None
            if mark is not None:
                found.granted_by[shift.id] = mark.id
            found.due = due_as_written(chosen.due, found.zone, (shift.id, *((mark.id,) if mark else ())))
            words = "otherwise" if chosen.otherwise else f"on condition: {chosen.condition or chosen.approval_id}"
            found.trace.append(
                f"Of the dates given on {shift.since} the one that holds is {chosen.due.text} ({words})."
            )

    def _given(self, branch: Branch, at: Moment) -> Occurrence | None:
        """The grant of its approval in force when the branch closed; later changes do not count."""
        approval = self.context.one(Approval, branch.approval_id) if branch.approval_id else None
        if approval is None:
            return None
        closes = at if branch.by is None else min(at, branch.by.closes(self.context.zone))
        last = next((mark for mark in reversed(approval.marks) if mark.key[0] <= closes), None)
        return last if last is not None and last.value in GRANTED else None

    def _live(self, found: DueDate, branch: Branch, at: Moment) -> bool:
        if branch.otherwise or branch.by is None:
            return True
        closes = branch.by.closes(self.context.zone)
        now = self.context.valid_at if found.at is None else found.at
        return closes >= at if at < now else not self.context.has_passed(closes + 1, found.at)

    def _limit(self, found: DueDate) -> None:
        """Rule 8: the latest day is the first due and all that its rule allows, and the days tolled."""
        rule = found.deadline.extendable
        if rule is None or rule.max_total is None or found.first is None:
            return
        calendar = found.deadline.instrument.calendar if found.deadline.instrument else None
        latest = count(found.first.day, rule.max_total, rule.unit or "day", self.calendar(calendar), named=calendar)
        if latest.due is None:
            found.trace.append(f"The latest day to which it can be extended is not known: {latest.why_not}")
            return
        found.longest = (latest.due - found.first.day).days
        found.limit = add_days(latest.due, found.tolled_days)


def _base(source: str) -> str:
    """The day from which an extension is counted, in words."""
    return "the prior due date" if source == "prior_due" else source


def _ends(deadline: Deadline, now: Moment) -> dict[str, Moment]:
    """Until when the dates that a move gives on conditions are open: the next move, or the moment asked about."""
    if not any(shift.branches for shift in deadline.shifts):
        return {}
    moves = [shift for shift in deadline.shifts if shift.toll is None]
    return {one.id: min(two.start, now) for one, two in pairwise(moves)}
