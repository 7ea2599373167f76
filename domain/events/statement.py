"""Stances of parties, reported claims, and their confirmations and denials."""

from collections.abc import Mapping
from typing import Any

from domain.entities.base import Entity
from domain.entities.statement import Claim, Stance
from domain.event import Event, FoldStep, event
from domain.fields.types import PARTY, EventId, PartyRef, Ref, StanceValue, Text
from domain.fields.values import Restatement
from domain.sentences.wording import Wording
from domain.sentences.words import word

SAID_TO = {
    "conditional": "is said to conditionally support", "neutral": "is said to be neutral on",
    "unknown": "is said to have taken no position on",
}  # fmt: skip
"""Where a party is said to stand, in words; the other stances are verbs."""


@event(
    "position.stated",
    also_called=("position.announced", "position.taken", "demand.made", "stance.stated", "statement.made"),
    about=Stance,
    creates=True,
    example={"party_id": "cn_government", "issue": "forced_sale", "stance": "oppose", "speaker": "Shu Jueting", "statement": "China would firmly oppose a forced sale"},
    effect="the stance of the party on the issue; a shift from the one before is kept",
    sentence="{party_id} {stance:stance} {issue}[ (on condition of {conditions})][: “{statement}”][ ({speaker})]",
)  # fmt: skip
class PositionStated(Event):
    """A party stated its position."""

    party_id: Ref
    """The party."""

    issue: Text
    """On what."""

    stance: StanceValue
    """Its position."""

    speaker: Text | None = None
    """Who said so."""

    statement: Text | None = None
    """In which words."""

    conditions: tuple[Text, ...] = ()
    """On what it depends."""

    def touches(self, event_id: str) -> tuple[tuple[type[Entity], str], ...]:
        return ((Stance, f"{self.party_id}/{self.issue}"),)

    def apply(self, entity: Stance, step: FoldStep) -> Stance:
        if step.reported:
            return _reported(entity, self.stance, step)
        before = entity.stated or {}
        shifted = before.get("stance") not in (None, self.stance)
        stated = {
            "stance": self.stance, "since": before["since"] if before and not shifted else step.since,
            "speaker": self.speaker, "statement": self.statement, "conditions": list(self.conditions),
            "previous": before.get("stance") if shifted else before.get("previous"),
            "shifted_on": step.since if shifted else before.get("shifted_on"),
            "last": step.since, "because": [step.id],
        }  # fmt: skip
        return entity.replace(stated=stated, stated_key=step.key)


def _answered(claim_id: str, say: Wording) -> str:
    """Who confirmed and who denied the claim of a report by now; empty where no party did."""
    claim = say.names.entry(Claim, claim_id)
    answers = (("confirmed", claim.get("confirmed_by")), ("denied", claim.get("denied_by")))
    return " and ".join(f"{verb} by {say.names.of(who, PARTY)}" for verb, who in answers if who)


@event(
    "position.reported",
    also_called=("position.rumoured", "stance.reported"),
    about=Stance,
    creates=True,
    example={"party_id": "cn_government", "issue": "forced_sale", "stance": "oppose", "claim_id": "cl-prefer-close", "n_sources": "multiple unnamed"},
    effect="a reported stance, kept apart from the stated one",
    sentence="{party_id} {said} {issue}[ (sources: {n_sources})][, {answered}]",
)  # fmt: skip
class PositionReported(Event):
    """A third party reported a party's position."""

    party_id: Ref
    """The party."""

    issue: Text
    """On what."""

    stance: StanceValue
    """The position reported."""

    claim_id: Ref | None = None
    """The claim it belongs to."""

    n_sources: Text | None = None
    """How many sources, in the report's own words."""

    def words(self, say: Wording) -> Mapping[str, str | None]:
        said = (
            SAID_TO.get(self.stance, f"is said to {self.stance}")
            if say.reporter is None
            else word("stance", self.stance)
        )
        return {"said": said, "answered": _answered(self.claim_id, say) if self.claim_id else None}

    def touches(self, event_id: str) -> tuple[tuple[type[Entity], str], ...]:
        return ((Stance, f"{self.party_id}/{self.issue}"),)

    def apply(self, entity: Stance, step: FoldStep) -> Stance:
        return _reported(entity, self.stance, step, self.claim_id)


def _reported(entity: Stance, stance: str, step: FoldStep, claim_id: str | None = None) -> Stance:
    reported = {"stance": stance, "grade": step.grade, "since": step.since, "claim_id": claim_id, "because": [step.id]}
    return entity.replace(reported=reported)


@event(
    "report.published",
    also_called=("article.published", "claim.made", "claim.reported", "leak.published", "news.published", "report.made", "rumour.reported"),
    about=Claim,
    creates=True,
    example={"claim_id": "cl-3months", "statement": "ByteDance must disconnect from US user data within three months", "about": "dl-divest", "origin": "seed003", "restates": {"deadline_id": "dl-divest", "offset": 3, "unit": "month", "anchor": "2020-08-14~"}},
    effect="an open claim with its grade; never moves hard state by itself",
    sentence="{reported}: “{statement}”[ (sources: {n_sources})][, {answered}]",
)  # fmt: skip
class ReportPublished(Event):
    """Something was reported that is not yet a fact."""

    REPORT = True

    claim_id: Ref
    """The claim: reports of one claim share it."""

    statement: Text
    """What is claimed."""

    origin: EventId | None = None
    """Where the story comes from; reports of one origin count once."""

    about: Ref | None = None
    """What it is about: a party, or any entity in this record."""

    n_sources: Text | None = None
    """How many sources, in the report's own words."""

    restates: Restatement | None = None
    """Where it words the duration of a deadline differently."""

    def words(self, say: Wording) -> Mapping[str, str | None]:
        reported = (say.reporter or "it was reported").removesuffix(",")
        return {"reported": reported, "answered": _answered(self.claim_id, say)}

    def apply(self, entity: Claim, step: FoldStep) -> Claim:
        origins = {source.origin_id for source in step.sources if source.origin_id}
        origins = origins or {self.origin or step.actor or step.id}
        report = {
            "on": step.since, "grade": step.grade, "attribution": step.attribution,
            "origins": sorted(origins), "because": [step.id],
        }  # fmt: skip
        return entity.replace(
            statement=self.statement,
            about=self.about or entity.about,
            grade=_better(entity.grade, step.grade),
            reports=(*entity.reports, report),
            origins=entity.origins | origins,
            restates=self.restates or entity.restates,
        )


def _better(one: str | None, other: str | None) -> str | None:
    """The stronger of two Admiralty grades: A1 above B2; absent is weakest."""
    return min((each for each in (one, other) if each), default=None)


@event(
    "claim.confirmed",
    also_called=("claim.verified", "report.confirmed", "rumour.confirmed"),
    about=Claim,
    example={"claim_id": "cl-divest-demand", "by": "us_administration"},
    effect="the claim is confirmed and counts as a fact",
    sentence="{by} confirmed {claim_id}",
)
class ClaimConfirmed(Event):
    """Someone in a position to know said that a report was true."""

    claim_id: Ref
    """The claim."""

    by: PartyRef
    """Who said so."""

    def named(self, entry: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"confirmed_by": self.by, **({"denied_by": None} if entry.get("denied_by") == self.by else {})}

    def apply(self, entity: Claim, step: FoldStep) -> Claim:
        left = {by: mark for by, mark in entity.denials.items() if by != self.by}
        return entity.replace(confirmed=step.mark(self.by), denials=left)


@event(
    "claim.denied",
    also_called=("claim.refuted", "report.denied", "rumour.denied"),
    about=Claim,
    example={"claim_id": "cl-prefer-close", "by": "cn_government"},
    effect="denied when by is whom the claim is about, else disputed; the claim stays on record",
    sentence="{by} denied {claim_id}",
)
class ClaimDenied(Event):
    """Someone said that a report was false."""

    claim_id: Ref
    """The claim."""

    by: PartyRef
    """Who said so."""

    def named(self, entry: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"denied_by": self.by}

    def apply(self, entity: Claim, step: FoldStep) -> Claim:
        return entity.replace(denied=step.mark(self.by), denials={**entity.denials, self.by: step.mark(self.by)})
