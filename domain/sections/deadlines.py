"""The status of every deadline of a deal on the basis, and which comes next."""

from collections.abc import Mapping
from datetime import date
from functools import cached_property
from typing import Any

from domain.entities.approval import Approval
from domain.entities.deadline import Deadline, ExtensionRequest
from domain.entities.deal_calendar import DealCalendar
from domain.entities.litigation import Case
from domain.entities.order import Order
from domain.sections.context import Context, Entry, entries_by_id, newest_shown, owed, to_json
from domain.sections.deadline_dates import DueDate
from domain.sections.deadline_status import OVER, PAST_DUE, STATUSES
from domain.sections.deadline_wording import DEADLINE_WORDING
from domain.sections.due_date import DueDateCalculator
from domain.sections.orders import LegalStatuses, orders
from domain.sections.section import section
from domain.time.calendars import Calendar
from domain.time.instants import Moment, civil_day


class Deadlines:
    """Every deadline of the deal with its due date and status."""

    def __init__(
        self,
        context: Context,
        legal_statuses: LegalStatuses,
        at_end: LegalStatuses,
        dated: Mapping[str, DueDate] | None = None,
    ) -> None:
        """What the end of the deal froze has the legal status of that day. `dated` holds for the same entities."""
        self.context, self.legal_statuses, self.at_end = context, legal_statuses, at_end
        self.dated: Mapping[str, DueDate] = dated or {}
        """The due dates that are known so far, by id."""
        self.calculator = DueDateCalculator(context)

    @cached_property
    def all(self) -> Mapping[str, DueDate]:
        """The due date and status of each deadline, by id."""
        self.dated = {deadline.id: self._known_or_new(deadline) for deadline in self.context.every(Deadline)}
        return self.dated

    def _known_or_new(self, deadline: Deadline) -> DueDate:
        known = self.dated.get(deadline.id)
        return known if known is not None and known.deadline is deadline else self.due_date_of(deadline)

    @cached_property
    def by_subject(self) -> Mapping[str, list[DueDate]]:
        """Those of the deadlines about an entity, by its id."""
        found: dict[str, list[DueDate]] = {}
        for each in self.all.values():
            if each.deadline.subject is not None:
                found.setdefault(each.deadline.subject, []).append(each)
        return found

    def due_date_of(self, deadline: Deadline) -> DueDate:
        """Its due day and its status."""
        found = self.calculator.calculate(deadline)
        found.status, found.because = self._status(found)
        return found

    def calendar(self, name: str | None) -> Calendar | None:
        """The calendar that an instrument names; None where it names none, or an unknown one."""
        return self.calculator.calendar(name)

    def _status(self, found: DueDate) -> tuple[str, tuple[str, ...]]:
        """Rules 5 and 28: withdrawn, met, lapsed, withdrawn with its order, tolled, enjoined, not_enforced, past_due,
        extended, pending."""
        deadline, outcome = found.deadline, found.deadline.outcome
        legal_statuses = self.legal_statuses if found.at is None else self._at_end_of(found)
        order = legal_statuses.order(deadline.order_id)
        if outcome is not None:
            return str(outcome.value), (outcome.id,)
        if order is not None and order[0] in orders.over:
            return "withdrawn", (*order[1], *owed(deadline, "order_id"))
        if found.tolled:
            return "tolled", tuple(shift.id for shift in deadline.shifts if shift.toll is not None)
        stopped = legal_statuses.enjoined_because.get(deadline.id)
        if stopped:
            return "enjoined", tuple(stopped)
        if order is not None and order[0] in ("enjoined", "not_enforced"):
            return order[0], (*order[1], *owed(deadline, "order_id"))
        if found.due is not None and self.context.has_passed(found.due.closes + 1, found.at):
            return PAST_DUE, found.due.because
        if deadline.times or any(shift.toll is not None for shift in deadline.shifts):
            given = (shift.id for shift in deadline.shifts if not shift.advanced)
            return "extended", (*given, *(found.due.because if found.due else ()))
        set_by = (deadline.set_mark.id,) if deadline.set_mark else ()
        return "pending", (*set_by, *(found.due.because if found.due else ()))

    def _at_end_of(self, found: DueDate) -> LegalStatuses:
        """The legal statuses at the end of the deal that froze a deadline."""
        end = self.context.end
        return self.at_end if end is not None and found.frozen_by == (end.id,) else self._at_end_by_facts

    @cached_property
    def _at_end_by_facts(self) -> LegalStatuses:
        end = self.context.end_by_facts
        if end is None:
            return self.at_end
        return LegalStatuses(self.context, min(self.context.valid_at, end.key[0]), end.key)

    def withdrawn(self, found: DueDate) -> Entry | None:
        """Rule 28: why a deadline is withdrawn; None where it is not."""
        if found.status != "withdrawn":
            return None
        withdrawal = found.deadline.withdrawal
        if withdrawal is None:
            order = self.legal_statuses.order(found.deadline.order_id)
            return {"reason": f"order {order[0]}" if order else "withdrawn", "because": list(found.because)}
        text = (withdrawal["reason"] or "").casefold()
        reason = next((each for each in ("superseded", "waived") if each in text), "withdrawn")
        return {"reason": reason, "by": withdrawal["by"], "text": withdrawal["reason"], "because": list(found.because)}

    def extendable(self, found: DueDate) -> Entry:
        """Rule 27: whether it can still be moved: refused by the last word on it, else as its rule allows."""
        deadline, rule = found.deadline, found.deadline.extendable
        if not found.open and found.status != PAST_DUE:
            return {"extendable": None, "extendable_because": []}
        if deadline.refusal is not None:
            return {"extendable": "refused", "extendable_because": [deadline.refusal.id]}
        left = rule is not None and (found.limit is None or found.due is None or found.due.day < found.limit)
        if rule is None or not left or (isinstance(rule.times, int) and deadline.times >= rule.times):
            return {"extendable": None, "extendable_because": []}
        return {"extendable": "yes", "extendable_because": list(deadline.origin.causes.get("extendable", ()))}

    def days_left(self, found: DueDate) -> int | None:
        return (found.due.day - civil_day(self._now(found), found.zone)).days if found.due else None

    def _now(self, found: DueDate) -> Moment:
        """The moment from which its days are counted."""
        return self.context.valid_at if found.at is None else found.at

    def day_of(self, found: DueDate, moment: Moment) -> date:
        """The civil day of a moment where the deadline counts its days."""
        return civil_day(moment, found.zone)

    def working_days_left(self, found: DueDate) -> int | None:
        """By the calendar that the instrument names; Saturdays and Sundays off where it names none."""
        if found.due is None:
            return None
        today = civil_day(self._now(found), found.zone)
        instrument = found.deadline.instrument
        return working_days(today, found.due.day, self.calendar(instrument.calendar if instrument else None))

    def entry(self, deadline: Deadline) -> Entry:
        found = self.all.get(deadline.id)
        if found is None or found.deadline is not deadline:
            found = self.due_date_of(deadline)
        dated = found.due is not None
        left = max(found.longest - found.used, 0) if dated and found.longest is not None else None
        view: Entry = {
            "obligation": deadline.obligation,
            "obligor": deadline.obligor,
            "set_by": deadline.set_by,
            "force": deadline.force,
            "subject": deadline.subject,
            "order_id": deadline.order_id,
            "consequence": deadline.consequence,
            "due": found.due.text if found.due else None,
            "due_because": list(dict.fromkeys(found.due.because)) if found.due else [],
            "first_due": found.first.text if found.first else None,
            "trace": found.trace,
            "days_left": self.days_left(found),
            "working_days_left": self.working_days_left(found),
            "status": found.status,
            "status_because": list(dict.fromkeys((*found.because, *(found.frozen_by if found.open else ())))),
            "withdrawn": self.withdrawn(found),
            "extension": newest_shown(
                {
                    "used": found.used if dated else None,
                    "left": left,
                    "latest_possible": found.limit.isoformat() if dated and found.limit else None,
                    "times": deadline.times,
                    **self.extendable(found),
                    "rule": to_json(deadline.extendable),
                    "requests": [_request(found, request) for request in deadline.requests],
                    "because": self._extension_because(found),
                }
            ),
            "alternatives": found.branches,
            "reaffirmed_count": deadline.reaffirmed_count,
            "last_reaffirmed": deadline.last_reaffirmed,
            "history": [move if move["due"] is not None else self._move(found, move) for move in deadline.history],
        }
        if found.at is not None and found.open:
            view["frozen"] = True
        if found.at is not None and found.status == PAST_DUE:
            view["past_due_at_end"] = True
        view["because"] = [*found.history_because, *found.frozen_by]
        return view

    def _extension_because(self, found: DueDate) -> list[str]:
        deadline = found.deadline
        requests = [each for request in deadline.requests for each in (request.id, request.answered_by) if each]
        told = owed(deadline, "extendable", "requests", "refusal", "times")
        calendar = self.calendar(deadline.instrument.calendar) if deadline.instrument is not None else None
        counted = calendar.because if calendar is not None and deadline.extendable is not None else ()
        return list(dict.fromkeys((*found.history_because, *requests, *told, *counted)))

    def _move(self, found: DueDate, move: Any) -> Any:
        """A move that names no day with the one that it was counted to, where it was."""
        event_id = move["because"][0]
        if move["kind"] in ("extended", "advanced", "tolled", "resumed"):
            granted_by = [found.granted_by[event_id]] if event_id in found.granted_by else []
            return {**move, "due": found.moved.get(event_id), "because": [event_id, *granted_by]}
        if move["kind"] == "set" and found.first and event_id in found.first.because:
            return {**move, "due": found.first.text, "because": list(dict.fromkeys((event_id, *found.first.because)))}
        return move


@section(
    entity=Deadline,
    named_by="obligation",
    depends_on=(Order, Case, Approval, DealCalendar),
    separate=True,
    timed=True,
    wording=DEADLINE_WORDING,
    statuses=STATUSES,
    over=OVER,
)
def deadlines_by_id(deadlines: Deadlines) -> dict[str, Entry]:
    """Dates by which something must happen, each with its trace and days left."""
    return entries_by_id(deadlines.context.every(Deadline), deadlines.entry)


def _request(found: DueDate, request: ExtensionRequest) -> Entry:
    """Rule 9: an extension to another date than was asked answers the request as refused."""
    status, granted_due = request.status, request.granted_due
    given = found.moved.get(request.answered_by or "")
    if status == "granted" and request.requested_due is not None and given not in (None, request.requested_due.text):
        status, granted_due = "refused", given
    entry: Entry = {
        "by": request.by, "requested_due": to_json(request.requested_due), "status": status,
        "since": request.since, "because": [request.id, *((request.answered_by,) if request.answered_by else ())],
    }  # fmt: skip
    if granted_due is not None:
        entry["granted_due"] = granted_due
    return entry


def working_days(start: date, stop: date, calendar: Calendar | None) -> int:
    """Working days after `start` up to and including `stop`, negative backwards; Mondays to Fridays without a calendar
    that reaches so far."""
    by_calendar = calendar.between(start, stop) if calendar else None
    return _weekdays(start, stop) if by_calendar is None else by_calendar


def _weekdays(start: date, stop: date) -> int:
    """Mondays to Fridays after `start` up to and including `stop`; negative backwards."""
    if stop < start:
        return -_weekdays(stop, start)
    weeks, rest = divmod((stop - start).days, 7)
    return weeks * 5 + sum(1 for each in range(1, rest + 1) if (start.weekday() + each) % 7 < 5)
