"""Working-day calendars that an authority publishes."""

from collections.abc import Iterator, Mapping

from domain.entities.deal_calendar import DealCalendar, Publication
from domain.errors import Problem
from domain.event import Event, FoldStep, event
from domain.fields.types import CalendarRef
from domain.sentences.amounts import count
from domain.sentences.dates import range_text
from domain.sentences.wording import Wording
from domain.time.edtf import When


@event(
    "calendar.published",
    also_called=("calendar.added", "calendar.set", "holidays.published", "working_days.published"),
    about=DealCalendar,
    creates=True,
    example={"calendar": "EU-COM", "days_off": ["2023-04-06", "2023-04-07", "2023-05-19"], "base": "BE", "from": "2023-01-01", "until": "2023-12-31"},
    effect="a calendar of this deal: its days off, on top of those of its base, count between from and until",
    sentence="the calendar {calendar} was published[ for {span}]: {counts}",
)  # fmt: skip
class CalendarPublished(Event):
    """An authority published its days off."""

    calendar: CalendarRef
    """The name by which instruments call it."""

    days_off: tuple[When, ...]
    """The days off, on top of those of its base."""

    working_days: tuple[When, ...] = ()
    """Days that are worked although they are days off in its base or of a weekend."""

    base: CalendarRef | None = None
    """The country on whose calendar it rests, such as BE; absent: Saturdays and Sundays are off."""

    from_: When | None = None
    """The first day of which it speaks; absent: the first of the year of the first day that it names."""

    until: When | None = None
    """The last day of which it speaks; absent: the last of the year of the last day that it names."""

    def words(self, say: Wording) -> Mapping[str, str | None]:
        worked = len(self.working_days)
        span = range_text(self.from_, self.until) if self.from_ and self.until else None
        more = f" and {count(worked, 'weekend day')} worked" if worked else ""
        return {"span": span, "counts": f"{count(len(self.days_off), 'day')} off{more}"}

    def check(self) -> Iterator[Problem]:
        for name, days in (("days_off", self.days_off), ("working_days", self.working_days)):
            for index, day in enumerate(days):
                if len(day.text) != len("2023-04-06"):
                    detail = f"{day.text} is not one day: write each day as YYYY-MM-DD."
                    yield Problem(f"/data/{name}/{index}", "not-a-day", detail)

    def apply(self, entity: DealCalendar, step: FoldStep) -> DealCalendar:
        published = Publication(
            id=step.id, days_off=self.days_off, working_days=self.working_days, base=self.base, since=self.from_,
            until=self.until,
        )  # fmt: skip
        return entity.replace(publications=(*entity.publications, published))
