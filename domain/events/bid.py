"""Offers and consortiums."""

from collections.abc import Mapping
from typing import Any

from domain.entities.bid import Bid
from domain.event import Event, FoldStep, event
from domain.fields.types import PARTY, Country, Map, PartyRef, Ref, SelectLevel, Text
from domain.fields.values import Consideration, Money, Stake, money_of
from domain.sentences.wording import Wording


def _from(say: Wording) -> str:
    before = say.text(say.before("price"))
    return f"from {before} " if before else ""


def seen(entity: Bid, step: FoldStep, kind: str, **changes: Any) -> Bid:
    """The bid after an event: heard of again, its move kept."""
    move = {"kind": kind, "since": step.since, "because": [step.id]}
    return entity.replace(
        last=step.start, first_seen=entity.first_seen or step.since, history=(*entity.history, move), **changes
    )


@event(
    "bid.interest_reported",
    also_called=("bid.rumoured", "bid.rumored", "bid.considered", "interest.expressed", "interest.reported"),
    about=Bid,
    creates=True,
    example={"bid_id": "bid-msft", "bidders": ["microsoft"], "territories": ["US", "CA", "AU", "NZ"]},
    effect="the bid is rumoured; bidders add up",
    sentence="{bidders} showed interest in a bid[ for {territories}][ with {partners}][ at {price}][ for {consideration}]",
)  # fmt: skip
class InterestReported(Event):
    """A party expressed interest in a bid."""

    bid_id: Ref
    """Its id in this record."""

    bidders: tuple[PartyRef, ...]
    """Who."""

    territories: tuple[Country, ...] = ()
    """For which countries."""

    partners: Text | None = None
    """With whom, in words."""

    price: Money | None = None
    """At what price."""

    consideration: Consideration | None = None
    """What is paid: cash, shares at a ratio, or both."""

    def apply(self, entity: Bid, step: FoldStep) -> Bid:
        return seen(
            entity, step, "interest_reported",
            bidders=(*entity.bidders, *(each for each in self.bidders if each not in entity.bidders)),
            status=entity.status or "rumoured",
            territories=self.territories or entity.territories,
            partners=self.partners or entity.partners,
            price=self.price or entity.price,
            consideration=self.consideration or entity.consideration,
            version=entity.version or 1,
        )  # fmt: skip


@event(
    "bid.submitted",
    also_called=("bid.made", "bid.placed", "bid.entered", "offer.made", "offer.submitted", "proposal.submitted", "tender.submitted"),
    about=Bid,
    creates=True,
    example={"bid_id": "bid-orcl", "bidders": ["oracle"], "variant_id": "v-trusted-tech"},
    effect="the bid is live; its bidders are those named",
    sentence="{bidders} submitted a bid[ of {price}[ ({consideration})]| of {consideration}][ for {territories}][ with {partners}][ on {variant_id}][ (stakes: {stakes})]",
)  # fmt: skip
class BidSubmitted(Event):
    """A bid was submitted."""

    bid_id: Ref
    """Its id in this record."""

    bidders: tuple[PartyRef, ...]
    """Who offers."""

    territories: tuple[Country, ...] = ()
    """For which countries."""

    price: Money | None = None
    """At what price."""

    consideration: Consideration | None = None
    """What is paid: cash, shares at a ratio, or both."""

    variant_id: Ref | None = None
    """For which variant of the deal."""

    partners: Text | None = None
    """With whom, in words."""

    stakes: tuple[Stake, ...] = ()
    """Who would hold how much."""

    def apply(self, entity: Bid, step: FoldStep) -> Bid:
        return seen(
            entity, step, "submitted",
            bidders=self.bidders,
            status="live",
            territories=self.territories or entity.territories,
            price=self.price or entity.price,
            consideration=self.consideration or entity.consideration,
            variant_id=self.variant_id or entity.variant_id,
            partners=self.partners or entity.partners,
            stakes=self.stakes or entity.stakes,
            version=entity.version or 1,
            submitted=entity.submitted or step.mark(),
        )  # fmt: skip


@event(
    "bid.revised",
    also_called=("bid.raised", "bid.increased", "bid.lowered", "bid.amended", "bid.changed", "bid.sweetened", "offer.improved", "offer.revised"),
    about=Bid,
    example={"bid_id": "bid-liberty", "changes": {"partners": "Kevin O'Leary and others"}, "price": {"amount": "20000000000", "currency": "USD"}},
    effect="a new version of the bid, its terms set key by key; live again where it was rejected or withdrawn",
    sentence="{bid_id} was revised[ {price_move}][ to {consideration}][ on {variant_id}][: {amended}]",
)  # fmt: skip
class BidRevised(Event):
    """A bid was revised by its bidders."""

    bid_id: Ref
    """The bid."""

    changes: Map
    """Its terms as amended so far, key by key; empty where the other fields say all."""

    price: Money | None = None
    """The new price."""

    consideration: Consideration | None = None
    """What is paid: cash, shares at a ratio, or both."""

    variant_id: Ref | None = None
    """The variant it is for now."""

    MAY_BE_EMPTY = ("changes",)

    def words(self, say: Wording) -> Mapping[str, str | None]:
        price = self.price or money_of(self.changes.get("price"))
        return {
            "price_move": f"{_from(say)}to {say.text(price)}" if price else None,
            "amended": say.changes(self.changes, "price"),
        }

    def apply(self, entity: Bid, step: FoldStep) -> Bid:
        own: dict[str, Any] = {}
        other = dict(entity.other)
        for name, value in self.changes.items():
            if name == "price" and (price := money_of(value)) is not None:
                own["price"] = price
            elif name in ("bidders", "territories") and isinstance(value, list):
                own[name] = tuple(str(each) for each in value)
            elif name in ("partners", "variant_id") and (value is None or isinstance(value, str)):
                own[name] = value
            else:
                other[name] = value
        if self.price is not None:
            own["price"] = self.price
        if self.variant_id is not None:
            own["variant_id"] = self.variant_id
        if self.consideration is not None:
            own["consideration"] = self.consideration
        if entity.status in ("rejected", "withdrawn"):
            own["status"] = "live"
        return seen(entity, step, "revised", version=entity.version + 1, other=other, **own)


@event(
    "bid.consortium_changed",
    also_called=("bid.bidders_changed", "bid.partner_added", "consortium.joined", "consortium.left"),
    about=Bid,
    example={"bid_id": "bid-msft", "joined": ["walmart"], "left": []},
    effect="the list of bidders changes",
    sentence="[{joined} joined {consortium} and {left} left it|{joined} joined {consortium}|{left} left {consortium}|the bidders of {consortium} changed]",
)  # fmt: skip
class ConsortiumChanged(Event):
    """Parties joined or left a bid."""

    bid_id: Ref
    """The bid."""

    joined: tuple[PartyRef, ...] = ()
    """Who came in."""

    left: tuple[PartyRef, ...] = ()
    """Who went out."""

    def words(self, say: Wording) -> Mapping[str, str | None]:
        bidders = say.names.entry(Bid, self.bid_id).get("bidders") or ()
        others = say.names.all_of([each for each in bidders if each not in self.joined], PARTY)
        return {"consortium": f"the bid of {others}" if others else say.names.phrase(Bid, self.bid_id)}

    def named(self, entry: Mapping[str, Any]) -> Mapping[str, Any]:
        stay = [each for each in entry.get("bidders") or () if each not in self.left]
        return {"bidders": [*stay, *(each for each in self.joined if each not in stay)]}

    def apply(self, entity: Bid, step: FoldStep) -> Bid:
        stay = tuple(each for each in entity.bidders if each not in self.left)
        bidders = (*stay, *(each for each in self.joined if each not in stay))
        return seen(entity, step, "consortium_changed", bidders=bidders)


@event(
    "bid.selected",
    also_called=("bid.accepted", "bid.chosen", "bid.preferred", "bidder.selected", "exclusivity.granted", "offer.accepted"),
    about=Bid,
    example={"bid_id": "bid-orcl", "by": "us_president", "level": "approved_in_concept"},
    effect="the bid is preferred, exclusive or approved in concept; the others stay live unless it is exclusive",
    sentence="{by} {selected}",
)  # fmt: skip
class BidSelected(Event):
    """A bid was selected; `level` says how firmly."""

    bid_id: Ref
    """The bid."""

    by: PartyRef
    """Who picked it."""

    level: SelectLevel | None = None
    """To what degree; absent, preferred."""

    def words(self, say: Wording) -> Mapping[str, str | None]:
        bid = say.names.phrase(Bid, self.bid_id)
        return {
            "selected": {
                "exclusive": f"gave exclusivity to {bid}",
                "approved_in_concept": f"approved {bid} in concept",
                "accepted": f"accepted {bid}",
            }.get(self.level or "preferred", f"selected {bid} as the preferred one")
        }

    def apply(self, entity: Bid, step: FoldStep) -> Bid:
        return seen(entity, step, "selected", status=self.level or "preferred")


@event(
    "bid.rejected",
    also_called=("bid.declined", "bid.refused", "bid.turned_down", "offer.declined", "offer.rejected"),
    about=Bid,
    example={"bid_id": "bid-msft", "by": "bytedance"},
    effect="the bid is rejected: no longer live",
    sentence="{by} rejected {bid_id}[: {reason}]",
)
class BidRejected(Event):
    """A bid was rejected."""

    bid_id: Ref
    """The bid."""

    by: PartyRef
    """Who turned it down."""

    reason: Text | None = None
    """Why."""

    def apply(self, entity: Bid, step: FoldStep) -> Bid:
        return seen(entity, step, "rejected", status="rejected")


@event(
    "bid.withdrawn",
    also_called=("bid.abandoned", "bid.dropped", "bid.pulled", "offer.withdrawn"),
    about=Bid,
    example={"bid_id": "bid-amazon", "by": "amazon", "reason": "overtaken by the joint venture"},
    effect="the bid is withdrawn: no longer live",
    sentence="[{by} withdrew {own_bid}|{bid_id} was withdrawn][: {reason}]",
)
class BidWithdrawn(Event):
    """A bid was withdrawn by its bidders."""

    bid_id: Ref
    """The bid."""

    by: PartyRef | None = None
    """Who took it back."""

    reason: Text | None = None
    """Why."""

    def words(self, say: Wording) -> Mapping[str, str | None]:
        own = [*(say.names.entry(Bid, self.bid_id).get("bidders") or ())] == [self.by]
        return {"own_bid": "its bid" if own else say.names.phrase(Bid, self.bid_id)}

    def apply(self, entity: Bid, step: FoldStep) -> Bid:
        return seen(entity, step, "withdrawn", status="withdrawn")
