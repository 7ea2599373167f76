"""Binding acts of a government: orders, statutes, rules, directives, treaties (kind says which)."""

from collections.abc import Iterator, Mapping
from typing import Any

from domain.entities.order import Order, Pause
from domain.errors import Problem
from domain.event import Event, FoldStep, event
from domain.fields.types import Count, Country, Map, OrderKind, OrderRef, PartyRef, PassFail, Ref, TargetRef, Text
from domain.sentences.wording import Wording
from domain.sentences.words import tally
from domain.time.edtf import When
from domain.time.spans import is_empty_span

ISSUED = {
    "statute": "enacted", "executive_order": "signed", "presidential_order": "signed", "treaty": "signed",
    "consent_decree": "signed",
}  # fmt: skip
"""How an act of a kind becomes law, in a verb; the others are issued."""

AMENDABLE = frozenset(
    {
        "kind",
        "issuer",
        "title",
        "jurisdiction",
        "authority",
        "number",
        "obligations",
        "rationale",
        "bars",
        "effective",
        "until",
    }
)
"""The terms of an order that have a field of their own."""


@event(
    "order.proposed",
    also_called=("order.drafted", "bill.introduced", "law.proposed", "rule.proposed", "statute.proposed"),
    about=Order,
    creates=True,
    example={"order_id": "pafaca", "kind": "statute", "issuer": "us_congress", "title": "Protecting Americans from Foreign Adversary Controlled Applications Act (H.R. 7521)", "jurisdiction": "US"},
    effect="the order is proposed: no binding effect yet",
    sentence="{issuer} proposed the {kind:order} “{title}”",
)  # fmt: skip
class OrderProposed(Event):
    """An act of government was proposed."""

    order_id: Ref
    """Its id in this record."""

    kind: OrderKind
    """What sort of act."""

    issuer: PartyRef
    """Who would issue it."""

    title: Text
    """What it is called."""

    jurisdiction: Country | None = None
    """Whose law it would be."""

    def apply(self, entity: Order, step: FoldStep) -> Order:
        return entity.replace(
            kind=self.kind, issuer=self.issuer, title=self.title,
            jurisdiction=self.jurisdiction or entity.jurisdiction, proposed=step.mark(),
        )  # fmt: skip


@event(
    "order.advanced",
    also_called=("order.progressed", "bill.advanced", "bill.passed"),
    about=Order,
    example={"order_id": "pafaca", "step": "senate_passage", "outcome": "passed", "votes_for": 79, "votes_against": 18, "chamber": "Senate"},
    effect="a step on the way to signature is kept",
    sentence="{order_id} {outcome} the step “{step}”[ ({tally})]",
)  # fmt: skip
class OrderAdvanced(Event):
    """A proposed act took, or failed, one step."""

    order_id: Ref
    """The act."""

    step: Text
    """Which step."""

    outcome: PassFail
    """How it went."""

    votes_for: Count | None = None
    """Votes in favour."""

    votes_against: Count | None = None
    """Votes against."""

    chamber: Text | None = None
    """Where."""

    def words(self, say: Wording) -> Mapping[str, str | None]:
        votes = tally(self.votes_for, self.votes_against)
        return {"tally": ": ".join(each for each in (self.chamber, votes) if each)}

    def apply(self, entity: Order, step: FoldStep) -> Order:
        stage = {
            "step": self.step, "outcome": self.outcome, "votes_for": self.votes_for,
            "votes_against": self.votes_against, "chamber": self.chamber, "on": step.since, "because": [step.id],
        }  # fmt: skip
        return entity.replace(steps=(*entity.steps, stage))


@event(
    "order.signed",
    also_called=("order.adopted", "order.entered", "order.issued", "order.made", "order.published", "executive_order.signed", "law.enacted", "regulation.adopted", "rule.adopted", "statute.enacted"),
    about=Order,
    creates=True,
    example={"order_id": "commerce-rule-2020", "kind": "agency_rule", "issuer": "us_commerce", "title": "Identification of prohibited transactions (TikTok)", "jurisdiction": "US", "authority": "EO 13942", "effective": "2020-09-20", "obligations": ["app-store ban from 20 Sep", "hosting and transit bans from 12 Nov"]},
    effect="scheduled until its effective date, then in force; its deadlines bind from signing; where bars holds closing, a hard blocker while in force",
    sentence="{issuer} {issued} the {kind:order} “{title}”[, effective {effective}][, barring {bars}]",
)  # fmt: skip
class OrderSigned(Event):
    """An act of government became law: signed on one day, in force from the same or another."""

    SEEN_EARLY = True

    order_id: Ref
    """Its id in this record."""

    kind: OrderKind
    """What sort of act."""

    issuer: PartyRef
    """Who issued it."""

    title: Text
    """What it is called."""

    jurisdiction: Country | None = None
    """Whose law it is."""

    authority: Text | None = None
    """On what power it rests."""

    number: Text | None = None
    """Its official number."""

    obligations: tuple[Text, ...] = ()
    """What it demands or forbids, in words."""

    effective: When | None = None
    """When it takes effect, if not at once."""

    rationale: Text | None = None
    """Why it was issued."""

    bars: tuple[TargetRef, ...] = ()
    """What it forbids; `closing` makes it a blocker."""

    def words(self, say: Wording) -> Mapping[str, str | None]:
        return {"issued": ISSUED.get(self.kind, "issued")}

    def apply(self, entity: Order, step: FoldStep) -> Order:
        return entity.replace(
            kind=self.kind,
            issuer=self.issuer,
            title=self.title,
            jurisdiction=self.jurisdiction or entity.jurisdiction,
            authority=self.authority or entity.authority,
            number=self.number or entity.number,
            obligations=self.obligations or entity.obligations,
            rationale=self.rationale or entity.rationale,
            bars=self.bars or entity.bars,
            effective=step.effective or step.occurred,
            signed=step.mark(step.occurred.text),
        )


@event(
    "order.amended",
    also_called=("order.changed", "order.modified", "order.revised", "law.amended"),
    about=Order,
    example={"order_id": "commerce-rule-2020", "changes": {"effective": "2020-09-27"}, "by_order": "commerce-delay"},
    effect="a new version of the order; its own terms change key by key",
    sentence="[{by_order} amended {order_id}|{order_id} was amended]: {amended}",
)
class OrderAmended(Event):
    """An act, in force or proposed, was amended."""

    order_id: Ref
    """The act that changes."""

    changes: Map
    """Its terms as amended so far, key by key."""

    by_order: OrderRef | None = None
    """The act that changed it."""

    def words(self, say: Wording) -> Mapping[str, str | None]:
        return {"amended": say.changes(self.changes)}

    def check(self) -> Iterator[Problem]:
        start, until = (amended(name, self.changes.get(name)) for name in ("effective", "until"))
        if isinstance(start, When) and isinstance(until, When) and is_empty_span(start, until, through=True):
            detail = f"until {until} lies before effective {start}: swap or correct them."
            yield Problem("/data/changes/until", "reversed-range", detail)

    def apply(self, entity: Order, step: FoldStep) -> Order:
        version = {"since": step.since, "changes": self.changes, "by_order": self.by_order, "because": [step.id]}
        own = {name: amended(name, value) for name, value in self.changes.items() if name in AMENDABLE}
        other = {name: value for name, value in self.changes.items() if name not in AMENDABLE}
        own = {name: value for name, value in own.items() if value is not NotImplemented}
        less = any(
            set(getattr(entity, name)) - set(own.get(name) or ()) for name in ("bars", "obligations") if name in own
        )
        unbars = "closing" in entity.bars and "closing" not in (own.get("bars", entity.bars) or ())
        return entity.replace(
            **own,
            unbarred=step.mark() if unbars else entity.unbarred,
            other={**entity.other, **other} if other else entity.other,
            curtailed=(*entity.curtailed, step.id) if less else entity.curtailed,
            versions=(*entity.versions, version),
        )


def amended(name: str, value: Any) -> Any:
    """An amended term as the order holds it; NotImplemented where the value cannot be read as one."""
    if name in ("effective", "until"):
        try:
            return When.parse(value) if value is not None else None
        except (ValueError, TypeError):
            return NotImplemented
    if name in ("obligations", "bars"):
        return tuple(str(each) for each in value) if isinstance(value, list) else NotImplemented
    return value if value is None or isinstance(value, str) else NotImplemented


@event(
    "order.enforcement_paused",
    also_called=("order.not_enforced", "order.paused", "order.suspended", "enforcement.paused", "enforcement.suspended"),
    about=Order,
    example={"order_id": "pafaca", "by": "us_president", "until": "2025-04-05", "legal_basis": "EO 14166"},
    effect="in force but not enforced, through the end of its last day",
    sentence="{by} paused enforcement of {order_id} [through {until}|until further notice][ ({legal_basis})]",
)  # fmt: skip
class EnforcementPaused(Event):
    """Enforcement of an act was suspended for a time."""

    order_id: Ref
    """The act."""

    by: PartyRef
    """Who will not enforce it."""

    until: When | None = None
    """The last day of the pause; absent, until further notice."""

    legal_basis: Text | None = None
    """On what ground."""

    def apply(self, entity: Order, step: FoldStep) -> Order:
        pause = Pause(
            since=step.since, start=step.start, until=self.until, by=self.by, legal_basis=self.legal_basis, id=step.id
        )
        return entity.replace(pauses=(*entity.pauses, pause))


@event(
    "order.revoked",
    also_called=("order.cancelled", "order.lifted", "order.repealed", "order.rescinded", "order.withdrawn", "law.repealed"),
    about=Order,
    example={"order_id": "eo-13942", "by": "us_president", "by_order": "eo-14034"},
    effect="no longer in force; deadlines that rest on it are withdrawn",
    sentence="{by} revoked {order_id}[ by {by_order}]",
)  # fmt: skip
class OrderRevoked(Event):
    """An act of government was revoked."""

    order_id: Ref
    """The act."""

    by: PartyRef
    """Who took it back."""

    by_order: OrderRef | None = None
    """The act that did it."""

    def apply(self, entity: Order, step: FoldStep) -> Order:
        return entity.replace(revoked=step.mark(self.by_order))
