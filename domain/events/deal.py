"""The deal as a whole: opened, agreed, voted on, voted on."""

from collections.abc import Iterator, Mapping

from domain.entities.agreement import Agreement
from domain.entities.approval import Approval
from domain.entities.base import Entity
from domain.entities.deal import DealEntity
from domain.entities.party import Party
from domain.errors import Problem
from domain.event import Event, FoldStep, event
from domain.events.approval import turned
from domain.fields.types import AgreementLevel, Count, Country, DealKind, Map, PassFail, Phase, Ref, Text, Zone
from domain.fields.values import Consideration, Money, Stake
from domain.sentences.wording import Wording
from domain.sentences.words import article, shortened, tally, word
from domain.state_paths import write
from domain.time.edtf import When


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

    subject: Ref
    """The entity that changes hands or ends."""

    parties: tuple[Ref, ...] = ()
    """Who is at the table from the start."""

    jurisdictions: tuple[Country, ...] = ()
    """Whose law reaches it."""

    trigger: Ref | None = None
    """The order or act that set it off."""

    tz: Zone | None = None
    """The zone of its civil days; UTC if absent. It cannot be corrected."""

    names: Map | None = None
    """Id -> name: of parties, authorities, assets and whatever else the record names by an id."""

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
    "deal.agreement_reached",
    also_called=("deal.signed", "deal.agreed", "deal.reached", "deal.struck", "agreement.executed", "agreement.signed", "contract.signed", "merger.signed", "merger_agreement.signed", "treaty.signed"),
    about=Agreement,
    creates=True,
    example={"level": "definitive", "parties": ["bytedance", "oracle", "silver_lake", "mgx"], "binding": True, "agreement_id": "agr-jv", "stakes": [{"holder": "bytedance", "pct": 19.9}]},
    effect="where it covers the whole deal, the phase moves forward to signed (definitive) or agreed_in_principle (any other level)",
    sentence="{parties} {agreement}[ on {covers}][ at {price}][ for {consideration}][ (stakes: {stakes})][: {summary}]",
)  # fmt: skip
class AgreementReached(Event):
    """Parties reached an agreement, in principle or definitive."""

    level: AgreementLevel
    """How far it goes; only a definitive one signs the deal."""

    parties: tuple[Ref, ...]
    """Who agreed."""

    binding: bool | None = None
    """Whether it binds, where that is known."""

    agreement_id: Ref | None = None
    """Its id; absent, the id of this event."""

    summary: Text | None = None
    """What was agreed, in a sentence."""

    price: Money | None = None
    """The price agreed."""

    stakes: tuple[Stake, ...] = ()
    """Who will hold how much."""

    variant_id: Ref | None = None
    """The variant of the deal it follows."""

    covers: tuple[Ref, ...] = ()
    """The parts of the deal that it covers; absent, the whole. Only an agreement on the whole moves the phase."""

    consideration: Consideration | None = None
    """What is paid or conceded: cash, shares at a ratio, a percentage."""

    def words(self, say: Wording) -> Mapping[str, str | None]:
        kind = word("agreement", self.level)
        binding = {True: "binding ", False: "non-binding ", None: ""}[self.binding]
        verb = "agreed on" if self.level == "term_sheet" else "reached"
        return {"agreement": f"{verb} {article(binding + kind)}"}

    def apply(self, entity: Agreement, step: FoldStep) -> Agreement:
        return entity.replace(
            level=self.level,
            binding=entity.binding if self.binding is None else self.binding,
            parties=self.parties,
            summary=self.summary or entity.summary,
            price=self.price or entity.price,
            stakes=self.stakes or entity.stakes,
            variant_id=self.variant_id or entity.variant_id,
            covers=self.covers or entity.covers,
            consideration=self.consideration or entity.consideration,
            reached=step.mark(self.level),
            versions=(
                *entity.versions,
                {"version": len(entity.versions) + 1, "since": step.since, "because": [step.id]},
            ),
        )


@event(
    "deal.agreement_amended",
    also_called=("deal.amended", "deal.price_changed", "agreement.amended", "agreement.changed", "agreement.revised", "contract.amended"),
    about=Agreement,
    example={"agreement_id": "agr-jv", "changes": {"summary": "closing moved by a week"}, "new_outside_date": "2026-01-30"},
    effect="a new version of the agreement, its terms set key by key; moves no deadline",
    sentence="{agreement_id} was amended[, with {new_outside_date} as the new outside date][: {amended}]",
)  # fmt: skip
class AgreementAmended(Event):
    """An agreement was amended."""

    agreement_id: Ref
    """The agreement that changes."""

    changes: Map
    """Its terms as amended so far, key by key."""

    new_outside_date: When | None = None
    """The new last day for closing. A deadline moves only by an event of its own."""

    def words(self, say: Wording) -> Mapping[str, str | None]:
        told = {**self.changes}
        summary = told.pop("summary", None)
        parts = (summary and shortened(str(summary)), say.changes(told))
        return {"amended": "; ".join(part for part in parts if part)}

    def apply(self, entity: Agreement, step: FoldStep) -> Agreement:
        version = {
            "version": len(entity.versions) + 1, "since": step.since, "changes": self.changes, "because": [step.id],
        }  # fmt: skip
        return entity.replace(
            other={**entity.other, **self.changes},
            outside_date=self.new_outside_date or entity.outside_date,
            versions=(*entity.versions, version),
        )


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

    by: Ref | None = None
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

    by: Ref | None = None
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

    body: Ref
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
