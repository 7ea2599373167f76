"""Orders of governments, and the legal status that courts and issuers give them."""

from collections.abc import Iterator, Sequence
from functools import partial

from domain.entities.base import Key
from domain.entities.litigation import Case, Relief
from domain.entities.order import Order
from domain.sections.context import Context, Entry, entries_by_id, owed, to_json
from domain.sections.section import section
from domain.sections.wording import Group, Wording, list_member, sentence_member, status_member, value_member
from domain.time.instants import Moment


class LegalStatuses:
    """How orders and courts bear on entities at the moment asked about."""

    def __init__(self, context: Context, at: Moment | None = None, upto: Key | None = None) -> None:
        """As of `at`, where that is another moment than the one asked about, by what counts up to a place in fold
        order where one is given."""
        self.context, self.at, self.upto = context, at, upto
        self.cases = {case.id: case for case in context.every(Case)}
        self.live: list[tuple[Case, Relief]] = [
            (case, relief) for case in self.cases.values() for relief in case.reliefs if self.is_live(relief)
        ]
        self.enjoined: dict[str, list[str]] = {}
        """Target -> the events that granted relief from it."""
        self.enjoined_because: dict[str, list[str]] = {}
        """Target -> these events, and those by which it is a target."""
        for case, relief in self.live:
            for target in self.targets(case, relief.targets):
                self.enjoined.setdefault(target, []).append(relief.id)
                self.enjoined_because.setdefault(target, []).extend(self.relief_because(case, relief))
        self.quashed: dict[str, tuple[Key, str]] = {}
        for case in self.cases.values():
            for ruling in case.rulings:
                if ruling["disposition"] == "quashed" and self._counts(ruling["key"]):
                    for target in self.targets(case, ruling["targets"]):
                        was = self.quashed.get(target)
                        if was is None or was[0] < ruling["key"]:
                            self.quashed[target] = (ruling["key"], ruling["because"][0])
        self.statuses: dict[str, tuple[str | None, list[str]]] = {
            order.id: self._order(order) for order in context.every(Order)
        }

    def _counts(self, key: Key) -> bool:
        return self.upto is None or key <= self.upto

    def is_live(self, relief: Relief) -> bool:
        """Whether relief was granted, has not ended, and its last day is not over."""
        if relief.status == "denied" or (self.upto is not None and relief.start > self.upto[0]):
            return False
        ended = relief.status == "ended" and (relief.end is None or self._counts(relief.end.key))
        return not ended and not self.context.over(relief.until, self.at)

    def order(self, order_id: str | None) -> tuple[str | None, list[str]] | None:
        """Status of an order and the events behind it; None where the record holds no such order."""
        return self.statuses.get(order_id) if order_id else None

    def _order(self, order: Order) -> tuple[str | None, list[str]]:
        """Rule 5: revoked, expired, proposed, scheduled, enjoined, not_enforced, in_force: the first that applies."""
        context = self.context
        revoked = order.revoked if order.revoked is not None and self._counts(order.revoked.key) else None
        if revoked is not None and (order.signed is None or order.signed.key < revoked.key):
            return "revoked", [revoked.id]
        quashed = self.quashed.get(order.id)
        if quashed is not None and (order.signed is None or order.signed.key < quashed[0]):
            return "revoked", [quashed[1], *([order.signed.id] if order.signed else order.origin.because[:1])]
        if order.signed is not None and context.over(order.until, self.at):
            return "expired", list(dict.fromkeys((order.signed.id, *owed(order, "until"))))
        if order.signed is None or not self._counts(order.signed.key):
            return self._unsigned(order)
        if not context.started(order.effective, self.at):
            return "scheduled", list(dict.fromkeys((order.signed.id, *owed(order, "effective"))))
        in_force = list(dict.fromkeys((order.signed.id, *owed(order, "effective"))))
        if order.id in self.enjoined:
            return "enjoined", [*self.enjoined_because[order.id], *in_force]
        paused = self._pauses(order)
        return ("not_enforced", [*paused, *in_force]) if paused else ("in_force", in_force)

    def _unsigned(self, order: Order) -> tuple[str | None, list[str]]:
        """The status of an order without a signing event; one first mentioned by a pause is in force."""
        if order.proposed is not None:
            return "proposed", [order.proposed.id]
        if order.steps:
            return "proposed", list(order.steps[0]["because"])
        first = list(order.origin.because[:1])
        if order.id in self.enjoined:
            return "enjoined", [*self.enjoined_because[order.id], *first]
        paused = self._pauses(order)
        return ("not_enforced", paused) if paused else (None, first)

    def _pauses(self, order: Order) -> list[str]:
        """The pauses of its enforcement that run."""
        return [
            pause.id
            for pause in order.pauses
            if not self.context.over(pause.until, self.at) and (self.upto is None or pause.start <= self.upto[0])
        ]

    def sides(self, case: Case) -> Case:
        """The case that says who sues whom: for an appeal without parties of its own, the one below."""
        return next((each for each in self._downwards(case) if each.plaintiffs or each.defendants), case)

    def targets(self, case: Case, own: Sequence[str] = ()) -> Sequence[str]:
        """What a decision in a case bears on: what it names, else what the case is about, or the one below."""
        return own or next((each.targets for each in self._downwards(case) if each.targets), ())

    def relief_because(self, case: Case, relief: Relief) -> tuple[str, ...]:
        """The event that granted relief; where it names no targets, those that gave them to the case or one below."""
        if relief.targets:
            return (relief.id, *relief.targets_because)
        return (relief.id, *owed(case, "targets"), *self.inherited_because(case))

    def inherited_because(self, case: Case) -> tuple[str, ...]:
        """The events of the cases below by which a case has sides and targets that it does not name itself."""
        below = [each for each in self._downwards(case) if each is not case]
        return tuple(event for each in below for event in owed(each, "plaintiffs", "defendants", "targets"))

    def _downwards(self, case: Case) -> Iterator[Case]:
        """The case and those that it was appealed from."""
        seen: set[str] = set()
        below: Case | None = case
        while below is not None and below.id not in seen:
            yield below
            seen.add(below.id)
            below = self.cases.get(below.appealed_from or "")


@section(
    entity=Order,
    columns=("title", "issuer", "status", "effective", "until"),
    named_by="title",
    depends_on=(Case,),
    timed=True,
    wording=Wording(
        group=Group.CONDITIONS,
        rank=1,
        new="New: {it}",
        shown=("by {issuer}", "{status}", "from {effective}", "until {until}"),
        gone="{it} is no longer on record",
        members={
            "status": status_member(
                {
                    "scheduled": "signed and not yet in effect",
                    "not_enforced": "in force and not enforced",
                    "enjoined": "suspended by a court",
                    "in_force": "in force",
                }
            ),
            "effective": value_member("the day of effect"),
            "until": value_member("the last day"),
            "signed": sentence_member(
                "{it} was signed on {now}",
                "{it} was signed on {now} (before: {was})",
                "{it} is not signed, as far as is on record (before: on {was})",
                follows=("status",),
            ),
            "paused": sentence_member(
                "Enforcement of {it} is paused {now}",
                "Enforcement of {it} is paused {now} (before: {was})",
                "Enforcement of {it} is no longer paused (before: {was})",
                item=("by {by}", "until {until}", "under {legal_basis}"),
            ),
            "relief": sentence_member(
                "Relief against {it}: {now}",
                "Relief against {it}: {difference}",
                "There is no longer relief against {it} (before: {was})",
                item=("{relief}", "({scope})"),
            ),
            "bars": sentence_member(
                "{it} bars {now}", "What {it} bars: {difference}", "{it} no longer bars anything (before: {was})"
            ),
            "obligations": sentence_member(
                "{it} obliges: {now}",
                "What {it} obliges to: {difference}",
                "{it} no longer obliges to anything (before: {was})",
            ),
            "amended": sentence_member(
                "{it} was cut back by an amendment",
                "{it} was cut back by another amendment",
                "{it} is no longer cut back by an amendment",
            ),
            "steps": list_member("the steps", item=("{step}", "{outcome}")),
            "kind": value_member("the kind"),
            "issuer": value_member("the issuer"),
            "title": value_member("the title"),
            "jurisdiction": value_member("the jurisdiction"),
            "authority": value_member("the legal basis"),
            "number": value_member("the number"),
            "rationale": value_member("the reason"),
        },
        repeated=frozenset({"versions"}),
    ),
    statuses=("proposed", "scheduled", "in_force", "not_enforced", "enjoined", "expired", "revoked"),
    over=("expired", "revoked"),
)
def orders(context: Context, legal_statuses: LegalStatuses) -> dict[str, Entry]:
    """Orders of governments, each with its legal status."""
    return entries_by_id(context.every(Order), partial(_order_view, context, legal_statuses))


def _order_view(context: Context, legal_statuses: LegalStatuses, order: Order) -> Entry:
    # An order as reported is not among the context's entities: its status is derived again.
    known = context.one(Order, order.id)
    status, because = legal_statuses.statuses[order.id] if known is order else legal_statuses._order(order)
    pause = next((each for each in reversed(order.pauses) if not context.over(each.until)), None)
    relief = [each for case, each in legal_statuses.live if order.id in legal_statuses.targets(case, each.targets)]
    view: Entry = {
        "kind": order.kind,
        "issuer": order.issuer,
        "jurisdiction": order.jurisdiction,
        "title": order.title,
        "status": status,
        "status_because": because,
        "effective": to_json(order.effective),
        "until": to_json(order.until),
        "signed": order.signed.value if order.signed else None,
        "authority": order.authority,
        "number": order.number,
        "obligations": list(order.obligations),
        "bars": list(order.bars),
        "amended": list(order.curtailed),
        "rationale": order.rationale,
        "steps": to_json(order.steps),
        "versions": to_json(order.versions),
        "paused": None,
        "relief": [{"relief": each.relief, "scope": each.scope, "because": [each.id]} for each in relief],
    }
    if pause is not None:
        view["paused"] = {
            "by": pause.by, "since": pause.since, "until": to_json(pause.until),
            "legal_basis": pause.legal_basis, "because": [pause.id],
        }  # fmt: skip
    view.update({name: to_json(value) for name, value in order.other.items() if name not in view})
    return view
