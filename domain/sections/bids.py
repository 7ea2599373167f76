"""Bids: their statuses, their bidders, and which is best where they can be compared."""

from decimal import Decimal

from domain.entities.bid import Bid
from domain.entities.party import Party
from domain.fields.description import choices_of
from domain.fields.types import SelectLevel
from domain.rulebook import register_rule
from domain.sections.context import Context, Entry, entries_by_id, owed, to_json
from domain.sections.section import section
from domain.sections.wording import (
    Group,
    Wording,
    consideration,
    list_member,
    sentence_member,
    stakes,
    status_member,
    value_member,
)
from domain.time.instants import DAY, Moment, civil_day

AS_TOLD = register_rule(
    "event",
    "bids",
    "The status of a bid is the one that its last event gave it: rumoured, live, as selected, rejected or withdrawn. "
    "The end of the deal changes none.",
    "Microsoft's bid is rejected on 13 Sep 2020.",
)
register_rule(
    "best-bid",
    "bids",
    "The bid that was accepted; before any is, the exclusive one, the only live one, or the one of the highest price "
    "where the live ones compare (one currency, one variant, the same territories). No bid is the best once the deal "
    "has ended without an accepted one.",
    "TikTok, after the closing of 22 Jan 2026: none, for Oracle's bid was approved in concept and none was accepted.",
)
ALL_WITHDREW = register_rule(
    "every-bidder-withdrew",
    "bids",
    "A bid whose bidders have all left the table is withdrawn.",
    "A consortium of one, and party.withdrew of that one.",
)
NOT_CHOSEN = register_rule(
    "another-is-exclusive",
    "bids",
    "While one bid is exclusive, the others that were live or preferred are dormant.",
    "Exclusive talks with one bidder.",
)
SILENT = register_rule(
    "silent-180-days",
    "bids",
    "A rumoured or live bid without an event for more than 180 days is dormant.",
    "Steven Mnuchin's group of March 2024, from September 2024 on.",
)

SILENCE_DAYS = 180
"""After so many days without an event a rumoured or live bid is dormant."""

ENDINGS = frozenset({"rejected", "withdrawn"})
"""What ends a bid until it is revised."""

IN_PLAY = frozenset({"live", "preferred", "exclusive", "approved_in_concept", "accepted"})


class Bids:
    """Every bid of the deal with its status at the moment."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.all = context.every(Bid)
        self.exclusive = next((bid.id for bid in self.all if bid.status == "exclusive"), None)
        self.statuses = {bid.id: self.status(bid) for bid in self.all}

    def status(self, bid: Bid) -> tuple[str | None, str]:
        """Its status and the rule that made it so."""
        status = bid.status
        if status in ("rejected", "withdrawn", None):
            return status, AS_TOLD
        parties = [self.context.one(Party, bidder) for bidder in bid.bidders]
        if parties and all(party is not None and not party.active for party in parties):
            return "withdrawn", ALL_WITHDREW
        if self.exclusive not in (None, bid.id) and status in ("live", "preferred"):
            return "dormant", NOT_CHOSEN
        quiet = status in ("rumoured", "live") and bid.last is not None
        if quiet and self.context.has_passed((bid.last or 0) + (SILENCE_DAYS + 1) * DAY, self.context.at):
            return "dormant", SILENT
        return status, AS_TOLD

    def status_because(self, bid: Bid) -> tuple[str, ...]:
        """The events that made its status."""
        told, rule = owed(bid, "status"), self.status(bid)[1]
        if rule == ALL_WITHDREW:
            parties = (self.context.one(Party, bidder) for bidder in bid.bidders)
            return tuple(event for party in parties if party is not None for event in owed(party, "active"))
        if rule == NOT_CHOSEN:
            exclusive = self.context.one(Bid, self.exclusive)
            return (*told, *(owed(exclusive, "status") if exclusive is not None else ()))
        if rule == SILENT:
            return (*told, *bid.origin.because[-1:])
        revived = [move for move in bid.history if move["kind"] in ENDINGS or move["because"][0] in told]
        if len(revived) > 1 and revived[-1]["kind"] == "revised":
            told = (*revived[-2]["because"], *told)
        if bid.status in ("rumoured", "live") and bid.origin.because[-1] not in told:
            heard = dict(zip(bid.origin.because, bid.origin.keys, strict=True))
            if any(event in heard and self._quiet_since(heard[event][0]) for event in told):
                told = (*told, bid.origin.because[-1])
        end = self.context.end
        quiet_since_the_end = (
            end is not None
            and bid.status in ("rumoured", "live")
            and bid.last is not None
            and self._quiet_since(bid.last)
        )
        return (*told, *((end.id,) if end is not None and quiet_since_the_end else ()))

    def _quiet_since(self, moment: Moment) -> bool:
        """Whether a moment lies further back than a bid may be silent."""
        return moment + (SILENCE_DAYS + 1) * DAY <= self.context.valid_at

    def days_silent(self, bid: Bid) -> int | None:
        if bid.last is None:
            return None
        # Days are counted up to the end of the deal: a bid after it has been silent for none.
        return max(0, (self.context.today - civil_day(bid.last, self.context.zone)).days)

    def entry(self, bid: Bid) -> Entry:
        status, rule = self.status(bid)
        view: Entry = {
            "bidders": list(bid.bidders),
            "status": status,
            "status_because": list(dict.fromkeys(self.status_because(bid))),
            "status_rule": rule,
            "territories": list(bid.territories),
            "partners": bid.partners,
            "price": to_json(bid.price),
            "consideration": to_json(bid.consideration),
            "variant_id": bid.variant_id,
            "stakes": to_json(bid.stakes),
            "version": bid.version,
            "first_seen": bid.first_seen,
            "days_silent": self.days_silent(bid),
            "history": to_json(bid.history),
        }
        view.update({name: to_json(value) for name, value in bid.other.items() if name not in view})
        return view

    def in_play(self) -> list[Bid]:
        """The bids that are in effect."""
        return [bid for bid in self.all if self.statuses[bid.id][0] in IN_PLAY]

    def best(self) -> Entry:
        """The bid to beat, or why none can be named: only prices of one currency for one variant compare."""
        standing = self.in_play()
        accepted, picked = (
            [bid for bid in standing if self.statuses[bid.id][0] == status] for status in ("accepted", "exclusive")
        )
        if len(accepted) == 1:
            return _best(accepted[0], "it was accepted", self.status_because(accepted[0]))
        if self.context.end is not None:
            reason = "the deal has ended and no bid was accepted"
            return {"id": None, "reason": reason, "because": [self.context.end.id]}
        if not standing:
            return {"id": None, "reason": "no bid is live", "because": []}
        if len(picked) == 1:
            return _best(picked[0], "it is exclusive", self.status_because(picked[0]))
        if len(standing) == 1:
            return _best(standing[0], "it is the only live bid", self.status_because(standing[0]))
        because = list(
            dict.fromkeys(
                event
                for bid in standing
                for event in (*self.status_because(bid), *owed(bid, "price", "variant_id", "territories"))
            )
        )
        unpriced = [bid.id for bid in standing if bid.price is None]
        if unpriced:
            return {
                "id": None,
                "reason": f"not comparable: no price is known for {', '.join(unpriced)}",
                "because": because,
            }
        priced = [(bid, bid.price) for bid in standing if bid.price is not None]
        if len({(price.currency, price.per) for _bid, price in priced}) > 1:
            return {
                "id": None,
                "reason": "not comparable: the prices are in different currencies or units",
                "because": because,
            }
        if len({(bid.variant_id, tuple(sorted(bid.territories))) for bid in standing}) > 1:
            return {
                "id": None,
                "reason": "not comparable: the bids are for different variants or territories",
                "because": because,
            }
        ranked = sorted(priced, key=lambda pair: Decimal(pair[1].amount), reverse=True)
        if Decimal(ranked[0][1].amount) == Decimal(ranked[1][1].amount):
            return {"id": None, "reason": "two live bids offer the same highest price", "because": because}
        best = ranked[0][0]
        return _best(best, "highest price among comparable live bids", (*owed(best, "price"), *because))


@section(
    entity=Bid,
    columns=("bidders", "status", "price", "territories", "first_seen", "days_silent"),
    named_by="bidders",
    depends_on=(Party,),
    timed=True,
    wording=Wording(
        group=Group.ECONOMICS,
        rank=1,
        new="New: {it}",
        shown=("{status}", "{price}", "for {territories}", "with {partners}", "for the structure {variant_id}"),
        gone="{it} is no longer on record",
        members={
            "status": status_member(
                {
                    "live": "live",
                    "preferred": "preferred",
                    "exclusive": "in exclusive talks",
                    "dormant": "dormant",
                }
            ),
            "price": value_member("the price"),
            "consideration": consideration(),
            "bidders": list_member("the bidders"),
            "territories": list_member("the territories"),
            "partners": sentence_member(
                "{it} has the partners {now}",
                "{it} now has the partners {now} (before: {was})",
                "{it} no longer has partners (before: {was})",
            ),
            "variant_id": value_member("the structure"),
            "stakes": stakes(),
        },
        repeated=frozenset({"history", "status_rule", "version", "first_seen", "days_silent"}),
    ),
    statuses=("rumoured", "live", *choices_of(SelectLevel), "dormant", "rejected", "withdrawn"),
    over=("dormant", "rejected", "withdrawn"),
)
def bids_by_id(bids: Bids) -> dict[str, Entry]:
    """Offers, each with its status."""
    return entries_by_id(bids.all, bids.entry)


@section(
    wording=Wording(
        group=Group.ECONOMICS,
        rank=3,
        it=("the bid to beat",),
        members={
            "id": sentence_member(
                "The bid to beat is {now}: {reason}",
                "The bid to beat is now {now} (before: {was}): {reason}",
                "There is no longer a bid that can be named as the one to beat (before: {was}): {reason}",
            ),
            "reason": sentence_member(
                "On the bid to beat: {now}",
                "On the bid to beat: {now} (before: {was})",
                "On the bid to beat: no longer {was}",
                follows=("id", "/ended"),
            ),
        },
    ),
    depends_on=(Bid, Party),
)
def best_bid(bids: Bids) -> Entry:
    """The bid to beat, or why none can be named; once the deal has ended, the one that was accepted."""
    return bids.best()


def _best(bid: Bid, reason: str, because: tuple[str, ...]) -> Entry:
    """The bid, and the events that gave it what makes it the best."""
    return {"id": bid.id, "reason": reason, "because": list(dict.fromkeys(because))}
