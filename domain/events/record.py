"""The record about itself: corrections, voidings, erasure, legal hold. The past is never rewritten; this is added to it."""

from collections.abc import Mapping

from domain.entities.deal import DealEntity
from domain.entities.link import Link
from domain.event import Event, FoldStep, event
from domain.fields.identifiers import is_ref
from domain.fields.types import Cause, EventId, Map, Text
from domain.sentences.wording import Wording
from domain.time.edtf import When

CAUSES = {
    "recording_error": "recorded wrongly",
    "source_corrected": "the source was corrected",
    "source_retracted": "the source was retracted",
    "duplicate": "a duplicate",
}
"""Why an event was wrong, in words."""

ENVELOPE = {"occurred": "date", "effective": "effective date", "published": "date of publication"}
"""Members of the envelope in words, where their names are none."""


@event(
    "record.corrected",
    also_called=("record.amended", "record.updated", "event.amended", "event.changed", "event.corrected", "event.edited", "event.updated"),
    example={"event_id": "tiktok-035", "changes": {"new_due": "2020-12-04", "occurred": "2020-11-25"}, "cause": "source_corrected", "reason": "the agency amended its notice"},
    effect="from this recording on the named fields of that event read as corrected; an earlier basis still sees the old ones",
    sentence="[the entry “{target}” was corrected: it now reads “{corrected}”|the entry “{target}” was corrected: {amended}|the entry {event_id} was corrected: {amended}][ ({cause_text})]",
)  # fmt: skip
class RecordCorrected(Event):
    """An event was recorded wrongly: from now on it reads otherwise."""

    event_id: EventId
    """The event that was wrong: the original, also where an earlier correction is mended."""

    changes: Map
    """The right value of each field: fields of its data, or of its envelope (not id, deal_id, type)."""

    cause: Cause
    """Why it was wrong."""

    by: Text | None = None
    """Who found out."""

    reason: Text | None = None
    """In words."""

    OUTLIVES = ("event_id", "cause")

    def makes(self, event_id: str) -> tuple[tuple[str, str], ...]:
        """The link to the deal that a corrected link names instead; no other type has a field of that name."""
        other = self.changes.get(Link.KEY)
        return ((Link.KIND, other),) if isinstance(other, str) and is_ref(other) else ()

    def words(self, say: Wording) -> Mapping[str, str | None]:
        other = say.target and say.corrected and say.corrected != say.target
        return {
            "target": say.target,
            "corrected": say.corrected if other else None,
            "amended": say.changes({ENVELOPE.get(name, name): value for name, value in self.changes.items()}),
            "cause_text": CAUSES[self.cause],
        }


@event(
    "record.voided",
    also_called=("record.deleted", "record.retracted", "event.cancelled", "event.deleted", "event.removed", "event.voided", "event.withdrawn"),
    example={"event_id": "tiktok-058", "cause": "duplicate", "reason": "recorded twice"},
    effect="from this recording on that event was never true, at any date; an earlier basis still sees it",
    sentence="the entry [“{target}”|{event_id}] was voided ({cause}): {reason}",
)  # fmt: skip
class RecordVoided(Event):
    """An event should never have been recorded."""

    event_id: EventId
    """The event."""

    cause: Cause
    """Why."""

    reason: Text
    """In words."""

    by: Text | None = None
    """Who found out."""

    OUTLIVES = ("event_id", "cause")

    def words(self, say: Wording) -> Mapping[str, str | None]:
        return {"target": say.target, "cause": CAUSES[self.cause]}


@event(
    "record.reinstated",
    also_called=("record.restored", "event.reinstated", "event.restored"),
    example={"event_id": "tiktok-058", "reason": "it was no duplicate"},
    effect="from this recording on a voided event is true again",
    sentence="the entry [“{target}”|{event_id}] was reinstated: {reason}",
)
class RecordReinstated(Event):
    """A voided event was right after all."""

    event_id: EventId
    """The event."""

    reason: Text
    """Why."""

    by: Text | None = None
    """Who found out."""

    OUTLIVES = ("event_id",)

    def words(self, say: Wording) -> Mapping[str, str | None]:
        return {"target": say.target}


@event(
    "record.erased",
    also_called=("record.purged", "data.erased", "event.erased", "event.redacted"),
    example={"event_id": "tiktok-013", "legal_basis": "GDPR Art. 17", "by": "counsel"},
    effect="the payload of that event and its salt are destroyed; its leaf and every proof stay",
    sentence="the content of the entry {event_id} was erased ({legal_basis})",
)
class RecordErased(Event):
    """What an event said had to be destroyed by law."""

    event_id: EventId
    """The event."""

    legal_basis: Text
    """By which law."""

    by: Text | None = None
    """Who asked for it."""

    touched: tuple[str, ...] = ()
    """The state paths that it had set, taken by the ledger before destruction; a client cannot give them."""

    OF_THE_LEDGER = frozenset({"touched", "kept"})


@event(
    "record.held",
    also_called=("record.frozen", "hold.placed", "legal_hold.placed", "legal_hold.set"),
    about=DealEntity,
    example={"reason": "litigation hold in D.D.C. 20-cv-2658", "by": "counsel"},
    effect="legal hold: erasure is refused until record.released, or until its last day is over",
    sentence="[{by} placed the record under a legal hold|the record was placed under a legal hold][ through {until}]: {reason}",
)  # fmt: skip
class RecordHeld(Event):
    """Nothing of this record may be destroyed for now."""

    reason: Text
    """Why."""

    by: Text | None = None
    """Who ordered it."""

    until: When | None = None
    """Its last day; without one it ends only by record.released."""

    OUTLIVES = ("until",)

    def apply(self, entity: DealEntity, step: FoldStep) -> DealEntity:
        return entity.replace(held=step.mark(self.reason), held_until=self.until)


@event(
    "record.released",
    also_called=("hold.lifted", "hold.released", "legal_hold.lifted", "legal_hold.released"),
    about=DealEntity,
    example={"reason": "the case was settled", "by": "counsel"},
    effect="ends the legal hold",
    sentence="[{by} lifted the legal hold|the legal hold was lifted]: {reason}",
)
class RecordReleased(Event):
    """The legal hold is over."""

    reason: Text
    """Why."""

    by: Text | None = None
    """Who ended it."""

    OUTLIVES = ()

    def apply(self, entity: DealEntity, step: FoldStep) -> DealEntity:
        return entity.replace(held=None, held_until=None)
