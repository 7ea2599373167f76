"""The record about itself: corrections, voidings, erasure, legal hold. The past is never rewritten; this is added to it."""

from domain.entities.deal import DealEntity
from domain.event import Event, FoldStep, event
from domain.fields.types import Cause, EventId, Map, Text
from domain.time.edtf import When


@event(
    "record.corrected",
    example={"event_id": "tiktok-035", "changes": {"new_due": "2020-12-04", "occurred": "2020-11-25"}, "cause": "source_corrected", "reason": "the agency amended its notice"},
    effect="from this recording on the named fields of that event read as corrected; an earlier basis still sees the old ones",
)  # fmt: skip
class RecordCorrected(Event):
    """An event was recorded wrongly: from now on it reads otherwise."""

    event_id: EventId
    """The event that was wrong: the original, also where an earlier correction is mended."""

    changes: Map
    """Field -> right value: fields of its data, or of its envelope (not id, deal_id, type)."""

    cause: Cause
    """Why it was wrong."""

    by: Text | None = None
    """Who found out."""

    reason: Text | None = None
    """In words."""

    OUTLIVES = ("event_id", "cause")


@event(
    "record.voided",
    example={"event_id": "tiktok-058", "cause": "duplicate", "reason": "recorded twice"},
    effect="from this recording on that event was never true, at any date; an earlier basis still sees it",
)
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


@event(
    "record.reinstated",
    example={"event_id": "tiktok-058", "reason": "it was no duplicate"},
    effect="from this recording on a voided event is true again",
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


@event(
    "record.erased",
    example={"event_id": "tiktok-013", "legal_basis": "GDPR Art. 17", "by": "counsel"},
    effect="the payload of that event and its salt are destroyed; its leaf and every proof stay",
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
    about=DealEntity,
    example={"reason": "litigation hold in D.D.C. 20-cv-2658", "by": "counsel"},
    effect="legal hold: erasure is refused until record.released, or until its last day is over",
)
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
    about=DealEntity,
    example={"reason": "the case was settled", "by": "counsel"},
    effect="ends the legal hold",
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
