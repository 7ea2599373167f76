"""Dates by which something must happen: set, reaffirmed, and how they ended."""

from collections.abc import Iterator, Mapping
from typing import Any

from domain.entities.deadline import Deadline, Instrument
from domain.errors import Problem
from domain.event import Event, FoldStep, event
from domain.fields.types import (
    ORDER_EFFECTIVE,
    Anchor,
    CalendarRef,
    Force,
    Offset,
    PartyRef,
    Ref,
    Roll,
    SubjectRef,
    Text,
    Tri,
    Unit,
    Zone,
)
from domain.fields.values import ExtensionRule
from domain.sentences.dates import date_text
from domain.sentences.wording import Wording
from domain.sentences.words import duration_text
from domain.time.edtf import When


@event(
    "deadline.set",
    also_called=("deadline.added", "deadline.created", "deadline.fixed", "deadline.imposed", "date.set", "due_date.set", "ultimatum.set"),
    about=Deadline,
    creates=True,
    example={"deadline_id": "dl-divest", "obligation": "divest TikTok US assets and data", "set_by": "us_president", "force": "legally_binding", "anchor": "2020-08-14", "offset": 90, "unit": "day", "due": "2020-11-12", "obligor": "bytedance", "order_id": "order-musically", "extendable": {"max_total": 30, "unit": "day", "by": "cfius"}},
    effect="adds the deadline; its day is the one said, or counted from the anchor as the instrument says",
    sentence="{set_by} set[ {obligor}] the deadline “{obligation}”[ for {due}[, {count}]| for {count}] ({force:force})",
)  # fmt: skip
class DeadlineSet(Event):
    """A deadline was set."""

    deadline_id: Ref
    """Its id in this record."""

    obligation: Text
    """What must happen."""

    set_by: PartyRef
    """Who set it."""

    force: Force
    """How hard it binds."""

    due: When | None = None
    """The day itself, where one is named. It takes precedence over the count."""

    anchor: Anchor | None = None
    """The day from which it counts; `order effective` for that of its order, wherever it moves."""

    offset: Offset | None = None
    """How many units after the anchor; negative counts back."""

    unit: Unit | None = None
    """What is counted."""

    calendar: CalendarRef | None = None
    """The calendar of working days, such as CN or US; `none` for no calendar."""

    roll: Roll | None = None
    """Where a day off moves it; absent, it does not move."""

    tz: Zone | None = None
    """The zone of its days; the deal's if absent."""

    obligor: PartyRef | None = None
    """Who must do it."""

    order_id: Ref | None = None
    """The order on which it rests."""

    consequence: Text | None = None
    """What follows if it is missed."""

    extendable: ExtensionRule | None = None
    """How far it can move."""

    subject: SubjectRef | None = None
    """What it is about: deadlines of one subject are compared; may name an approval."""

    def words(self, say: Wording) -> Mapping[str, str | None]:
        if self.offset is None:
            return {"count": None}
        start = "its order takes effect" if self.anchor == ORDER_EFFECTIVE else self.anchor and date_text(self.anchor)
        side = "before" if self.offset < 0 else "after"
        return {"count": start and f"{duration_text(abs(self.offset), self.unit or 'day')} {side} {start}"}

    def check(self) -> Iterator[Problem]:
        if self.anchor == ORDER_EFFECTIVE and self.order_id is None:
            detail = f"The anchor {ORDER_EFFECTIVE!r} is the effective day of an order: name it in order_id."
            yield Problem("/data/order_id", "missing-field", detail)

    def apply(self, entity: Deadline, step: FoldStep) -> Deadline:
        from_order = self.anchor == ORDER_EFFECTIVE
        instrument = Instrument(
            due=self.due, anchor=When.parse(self.anchor) if self.anchor and not from_order else None,
            from_order=from_order, offset=self.offset, unit=self.unit, calendar=self.calendar, roll=self.roll,
        )  # fmt: skip
        dated = any(value is not None for value in (self.due, self.anchor, self.offset))
        move = {
            "kind": "set",
            "due": self.due.text if self.due else None,
            "by": self.set_by,
            "since": step.since,
            "because": [step.id],
        }
        replaces = dated or entity.instrument is None
        fresh: dict[str, Any] = {"instrument": instrument, "shifts": (), "times": 0, "requests": (), "refusal": None}
        return entity.replace(
            **(fresh if replaces else {}),
            obligation=self.obligation,
            set_by=self.set_by,
            force=self.force,
            obligor=self.obligor or entity.obligor,
            order_id=self.order_id or entity.order_id,
            tz=self.tz or entity.tz,
            consequence=self.consequence or entity.consequence,
            extendable=self.extendable or entity.extendable,
            subject=self.subject or entity.subject,
            set_mark=step.mark() if replaces else entity.set_mark,
            outcome=None,
            withdrawal=None,
            restated=(),
            history=(*entity.history, move),
        )


@event(
    "deadline.reaffirmed",
    also_called=("deadline.confirmed", "deadline.repeated", "deadline.restated", "deadline.upheld"),
    about=Deadline,
    example={"deadline_id": "dl-sale-political", "by": "us_president", "due": "2020-09-15", "refuses_extension": True},
    effect="counted; the date does not move, and another date than the instrument's is a conflict",
    sentence="{by} reaffirmed {deadline_id}[ as {due}][ {refusal}]",
)  # fmt: skip
class DeadlineReaffirmed(Event):
    """A deadline was reaffirmed."""

    deadline_id: Ref
    """The deadline."""

    by: PartyRef
    """Who said so."""

    due: When | None = None
    """The date as they put it."""

    refuses_extension: bool | None = None
    """Whether they ruled out more time."""

    def words(self, say: Wording) -> Mapping[str, str | None]:
        return {"refusal": "and ruled out an extension" if self.refuses_extension else None}

    def apply(self, entity: Deadline, step: FoldStep) -> Deadline:
        return entity.replace(
            reaffirmed_count=entity.reaffirmed_count + 1,
            last_reaffirmed=step.since,
            refusal=step.mark() if self.refuses_extension else entity.refusal,
            restated=(*entity.restated, step.mark(self.due)) if self.due else entity.restated,
        )


@event(
    "deadline.met",
    also_called=("deadline.completed", "deadline.done", "deadline.fulfilled", "deadline.kept", "deadline.satisfied", "obligation.performed"),
    about=Deadline,
    example={"deadline_id": "dl-closing", "how": "joint venture established", "by": "tiktok"},
    effect="status becomes met",
    sentence="[{by} met {deadline_id}|{deadline_id} was met][: {how}]",
)  # fmt: skip
class DeadlineMet(Event):
    """The obligation of a deadline was met."""

    deadline_id: Ref
    """The deadline."""

    how: Text | None = None
    """By what."""

    by: PartyRef | None = None
    """By whom."""

    def apply(self, entity: Deadline, step: FoldStep) -> Deadline:
        return ended(entity, step, "met")


@event(
    "deadline.lapsed",
    also_called=("deadline.expired", "deadline.failed", "deadline.missed", "deadline.passed"),
    about=Deadline,
    example={"deadline_id": "dl-divest", "consequence_triggered": "no"},
    effect="status becomes lapsed, as a fact; that a date is past due needs no event",
    sentence="{deadline_id} passed without being met[; {consequence}]",
)
class DeadlineLapsed(Event):
    """A deadline passed without being met."""

    deadline_id: Ref
    """The deadline."""

    consequence_triggered: Tri | None = None
    """Whether what was threatened came."""

    def words(self, say: Wording) -> Mapping[str, str | None]:
        told = {"yes": "what was threatened followed", "no": "what was threatened did not follow"}
        return {"consequence": told.get(self.consequence_triggered or "")}

    def apply(self, entity: Deadline, step: FoldStep) -> Deadline:
        return ended(entity, step, "lapsed")


@event(
    "deadline.withdrawn",
    also_called=("deadline.cancelled", "deadline.canceled", "deadline.deleted", "deadline.dropped", "deadline.lifted", "deadline.removed", "deadline.waived"),
    about=Deadline,
    example={"deadline_id": "dl-sale-political", "by": "us_president", "reason": "superseded by the agreement in concept"},
    effect="status becomes withdrawn",
    sentence="[{by} withdrew {deadline_id}|{deadline_id} was withdrawn][: {reason}]",
)  # fmt: skip
class DeadlineWithdrawn(Event):
    """A deadline was withdrawn, waived or replaced by its setter."""

    deadline_id: Ref
    """The deadline."""

    by: PartyRef | None = None
    """Who took it back."""

    reason: Text | None = None
    """Why."""

    def apply(self, entity: Deadline, step: FoldStep) -> Deadline:
        return ended(entity, step, "withdrawn").replace(withdrawal={"by": self.by, "reason": self.reason})


def ended(entity: Deadline, step: FoldStep, how: str) -> Deadline:
    """The deadline at its end."""
    move = {"kind": how, "due": None, "since": step.since, "because": [step.id]}
    return entity.replace(outcome=step.mark(how), withdrawal=None, history=(*entity.history, move))
