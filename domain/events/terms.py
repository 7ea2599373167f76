"""Any single agreed or asserted term."""

from collections.abc import Mapping
from datetime import UTC

from domain.entities.term import Segment, Term
from domain.event import Event, FoldStep, event
from domain.fields.types import Json, Ref, Text
from domain.sentences.wording import Wording
from domain.time.edtf import When
from domain.time.instants import DAY


@event(
    "terms.changed",
    also_called=("price.changed", "term.added", "term.agreed", "term.changed", "term.set", "terms.agreed", "terms.set"),
    about=Term,
    creates=True,
    example={"term": "data_trustee", "to": "Oracle", "effective": "2026-01-22", "agreement_id": "agr-jv"},
    effect="the term has this value from its effective date; with until, only before that day, after which the earlier value applies again",
    sentence="the term “{term}” [is now {value}|no longer has a value][, effective {effective}][, until {until}][, instead of {previous}]",
)  # fmt: skip
class TermsChanged(Event):
    """A term of the deal got another value, for good or for a while."""

    THROUGH = False

    term: Text
    """Which term."""

    to: Json
    """Its value from now on; null means that there is none."""

    previous: Json = None
    """Its value until now, as stated by the source."""

    agreement_id: Ref | None = None
    """The agreement it belongs to."""

    effective: When | None = None
    """From when it holds, if not at once."""

    until: When | None = None
    """The first day on which it holds no more."""

    def words(self, say: Wording) -> Mapping[str, str | None]:
        previous = say.before("value") if self.previous is None else self.previous
        return {
            "value": None if self.to is None else say.any_text(self.to),
            "previous": None if previous is None else say.any_text(previous),
        }

    def apply(self, entity: Term, step: FoldStep) -> Term:
        segment = Segment(value=self.to, since=step.since, until=self.until, id=step.id, agreement_id=self.agreement_id)
        # A value without an end hides all that started before it; those with an end may show them again.
        # A day of margin covers the zone, which is the deal's and not known here.
        running = (each for each in entity.segments if each.until is None or each.until.opens(UTC) + DAY > step.start)
        earlier = tuple(running) if self.until is not None else ()
        return entity.replace(segments=(*earlier, segment))
