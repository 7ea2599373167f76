"""The deal as a whole: opened, moved to a phase, its talks suspended and resumed, voted on."""

from collections.abc import Iterator, Mapping

from domain.entities.approval import Approval
from domain.entities.base import Entity
from domain.entities.deal import DealEntity
from domain.entities.party import Party
from domain.errors import Problem
from domain.event import Event, FoldStep, event
from domain.events.approval import turned
from domain.fields.types import (
    AssetRef,
    Count,
    Country,
    DealKind,
    Map,
    OrderRef,
    PartyRef,
    PassFail,
    Phase,
    Ref,
    Text,
    Zone,
)
from domain.sentences.wording import Wording
from domain.sentences.words import tally
from domain.state_paths import write


@event(
    "deal.opened",
    also_called=("deal.announced", "deal.created", "deal.started", "negotiation.opened", "talks.opened", "talks.started"),
    about=DealEntity,
    creates=True,
    example={"title": "Forced sale of TikTok's US business", "kind": "forced_divestiture", "subject": "tiktok_us", "parties": ["bytedance", "us_administration"], "jurisdictions": ["US", "CN"], "trigger": "us-eo-0806"},
    effect="creates the deal: status open, phase exploratory; tz is the zone of its civil days and cannot be corrected",
    sentence="the deal “{title}” was opened[ with {parties}]",
)  # fmt: skip
class DealOpened(Event):
    """A deal was opened: a negotiation with a record of its own begins."""

    title: Text
    """What people call it."""

    kind: DealKind
    """What sort of negotiation it is."""

    subject: AssetRef
    """The entity that changes hands or ends."""

    parties: tuple[PartyRef, ...] = ()
    """Who is at the table from the start."""

    jurisdictions: tuple[Country, ...] = ()
    """Whose law reaches it."""

    trigger: OrderRef | None = None
    """The order or act that set it off."""

    tz: Zone | None = None
    """The zone of its civil days; UTC if absent. It cannot be corrected."""

    names: Map | None = None
    """The name of each id: of parties, authorities, assets and whatever else the record names by an id."""

    OUTLIVES = ("kind", "tz")

    def touches(self, event_id: str) -> tuple[tuple[type[Entity], str], ...]:
        return ((DealEntity, ""), *((Party, party) for party in dict.fromkeys(self.parties)))

    def makes(self, event_id: str) -> tuple[tuple[str, str], ...]:
        return (("deal", ""),)

    def check(self) -> Iterator[Problem]:
        for name, value in (self.names or {}).items():
            if not isinstance(value, str) or not value.strip():
                told = (
                    f"The name of {name[:64]!r} is no text: write names as {{id: name}}, such as {{'cfius': 'CFIUS'}}."
                )
                yield Problem(write(("data", "names", name)), "invalid-type", told)

    def apply(self, entity: DealEntity | Party, step: FoldStep) -> DealEntity | Party:
        names = {name: value for name, value in (self.names or {}).items() if isinstance(value, str)}
        if isinstance(entity, Party):
            return entity.replace(active=True, created=True, name=entity.name or names.get(entity.id))
        return entity.replace(
            title=self.title, kind=self.kind, subject=self.subject, parties=self.parties,
            jurisdictions=self.jurisdictions, trigger=self.trigger, names=names, opened=step.mark(),
        )  # fmt: skip


@event(
    "deal.phase_changed",
    also_called=("deal.stage_changed", "deal.status_changed", "phase.changed", "stage.changed"),
    about=DealEntity,
    example={"to": "negotiation", "previous": "bidding", "reason": "exclusive talks began"},
    effect="sets the phase outright; every other move of it is derived",
    sentence="the deal moved [from {previous} ]to {to}[: {reason}]",
)
class PhaseChanged(Event):
    """The phase of the deal was stated explicitly."""

    to: Phase
    """The phase from now on."""

    previous: Phase | None = None
    """The phase until now, as stated by the source."""

    reason: Text | None = None
    """Why."""

    def apply(self, entity: DealEntity, step: FoldStep) -> DealEntity:
        return entity.replace(moves=(*entity.moves, step.mark(self.to)))


@event(
    "deal.talks_suspended",
    also_called=("deal.paused", "deal.stalled", "deal.suspended", "negotiation.suspended", "talks.broken_off", "talks.stalled", "talks.suspended"),
    about=DealEntity,
    example={"by": "us_administration", "reason": "review by the new administration"},
    effect="status becomes stalled",
    sentence="[{by} suspended the talks|the talks were suspended][: {reason}]",
)  # fmt: skip
class TalksSuspended(Event):
    """Negotiations were suspended."""

    by: PartyRef | None = None
    """Who stopped them."""

    reason: Text | None = None
    """Why."""

    def apply(self, entity: DealEntity, step: FoldStep) -> DealEntity:
        return entity.replace(talks=step.mark(True))


@event(
    "deal.talks_resumed",
    also_called=("deal.resumed", "negotiation.resumed", "talks.restarted", "talks.resumed"),
    about=DealEntity,
    example={"by": "us_president"},
    effect="status becomes open again",
    sentence="[{by} resumed the talks|the talks were resumed]",
)
class TalksResumed(Event):
    """Negotiations resumed."""

    by: PartyRef | None = None
    """Who took them up again."""

    def apply(self, entity: DealEntity, step: FoldStep) -> DealEntity:
        return entity.replace(talks=step.mark(False))


@event(
    "deal.vote_held",
    also_called=("ballot.held", "shareholders.voted", "vote.failed", "vote.held", "vote.passed", "vote.taken"),
    about=DealEntity,
    example={"body": "uk_house_of_commons", "question": "approve the withdrawal agreement", "outcome": "failed", "votes_for": 202, "votes_against": 432, "approval_id": "uk-ratification"},
    effect="adds a vote; where it names an approval, passed grants it and failed leaves it required",
    sentence="{body} {voted} “{question}”[ ({tally})][: {effect}]",
)  # fmt: skip
class VoteHeld(Event):
    """A body voted on the deal."""

    body: PartyRef
    """Who voted."""

    question: Text
    """On what."""

    outcome: PassFail
    """How it went."""

    votes_for: Count | None = None
    """Votes in favour."""

    votes_against: Count | None = None
    """Votes against."""

    votes_abstaining: Count | None = None
    """Abstentions."""

    effect: Text | None = None
    """What follows from it, as the source says."""

    approval_id: Ref | None = None
    """The approval that the vote decides."""

    def words(self, say: Wording) -> Mapping[str, str | None]:
        return {
            "voted": {"passed": "voted for", "failed": "voted against"}[self.outcome],
            "tally": tally(self.votes_for, self.votes_against, self.votes_abstaining),
        }

    def touches(self, event_id: str) -> tuple[tuple[type[Entity], str], ...]:
        return ((DealEntity, ""), *(((Approval, self.approval_id),) if self.approval_id else ()))

    def needs(self) -> tuple[tuple[str, str, str], ...]:
        return ((Approval.KIND, self.approval_id, "/data/approval_id"),) if self.approval_id else ()

    def apply(self, entity: DealEntity | Approval, step: FoldStep) -> DealEntity | Approval:
        if isinstance(entity, Approval):
            status = "granted" if self.outcome == "passed" else "required"
            return turned(entity, step, status)
        vote = {
            "body": self.body, "question": self.question, "outcome": self.outcome, "votes_for": self.votes_for,
            "votes_against": self.votes_against, "votes_abstaining": self.votes_abstaining, "effect": self.effect,
            "approval_id": self.approval_id, "on": step.since, "because": [step.id],
        }  # fmt: skip
        return entity.replace(votes=(*entity.votes, vote))
