"""The words an event's fields are made of: shapes of text and closed lists of values.

A `TextFormat` annotates a plain `str`: the archive reads the text unchanged, the API holds it to the
shape. The names are those of the published vocabulary; they are storage and are never renamed.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, get_args

from domain.fields import conditions, identifiers
from domain.fields.text import fault as text_fault
from domain.time.date_arithmetic import Roll as Roll
from domain.time.date_arithmetic import Unit as Unit


@dataclass(frozen=True, slots=True)
class Reference:
    """Which entities of a deal a text may name: the same id may be that of a party, a deadline and an order."""

    kinds: tuple[str, ...] = ()
    """Their kinds, the likeliest first; empty: any."""

    words: frozenset[str] = frozenset()
    """Texts that are words here, and name no entity."""


@dataclass(frozen=True, slots=True)
class TextFormat:
    """What a text must look like. `check` raises ValueError with a sentence; `pattern` is for JSON Schema."""

    name: str
    check: Callable[[str], object]
    pattern: str | None = None
    label: str = field(kw_only=True)
    """What the published vocabulary says that the field takes."""

    reference: Reference | None = None
    """Which entities or parties of the deal the text names; None where it names none."""


@dataclass(frozen=True, slots=True)
class Within:
    """The least and the greatest that a whole number may be. `check` raises ValueError with a sentence."""

    name: str
    least: int
    most: int

    def check(self, number: int) -> None:
        if not self.least <= number <= self.most:
            raise ValueError(
                f"{number} is not a valid {self.name}: give a whole number from {self.least} to {self.most}."
            )


def _words(text: str) -> str:
    if not text.strip():
        raise ValueError("the text is empty: write one, or leave the field out")
    if fault := text_fault(text):
        raise ValueError(fault)
    return text


def _anchor_ref(text: str) -> str:
    if text not in ("prior_due", "event date", "event_date"):
        from domain.time.edtf import When  # late: dates needs nothing of this module, and most texts need no date

        When.parse(text)
    return text


ORDER_EFFECTIVE = "order effective"
"""The anchor of a deadline that counts from the day on which its order takes effect."""


def _anchor(text: str) -> str:
    if text != ORDER_EFFECTIVE:
        from domain.time.edtf import When  # late: dates needs nothing of this module, and most texts need no date

        try:
            When.parse(text)
        except ValueError as fault:
            message = f"{fault} To count from the day on which the order takes effect, write {ORDER_EFFECTIVE!r}."
            raise ValueError(message) from None
    return text


ANY_ENTITY = Reference()

PARTY = Reference(("party",))
"""A party; or an asset, which the opening of a deal names likewise."""

CLOSING = frozenset({"closing"})
"""The closing of the deal, where an order, a case or a deadline is about it."""

TARGET = Reference(("order", "approval", "deadline", "agreement", "case", "party"), CLOSING)
"""What an order forbids, or a case is about."""


def _id_of(reference: Reference) -> TextFormat:
    return TextFormat("ref", identifiers.ref, rf"^{identifiers.REF}$", reference=reference, label="id")


Text = Annotated[str, TextFormat("str", _words, label="text")]
Ref = Annotated[str, _id_of(ANY_ENTITY)]
"""The id of any entity; of those of one kind where the field is called as the id of that kind: `order_id`."""

PartyRef = Annotated[str, _id_of(PARTY)]
AssetRef = PartyRef
OrderRef = Annotated[str, _id_of(Reference(("order",)))]
CaseRef = Annotated[str, _id_of(Reference(("case",)))]
CalendarRef = Annotated[str, _id_of(Reference(("calendar",)))]
DealRef = Annotated[str, _id_of(Reference(("deal",)))]
TargetRef = Annotated[str, _id_of(TARGET)]
SubjectRef = Annotated[str, _id_of(Reference(("approval", "order", "case", "agreement", "variant", "party"), CLOSING))]
Holder = Annotated[str, TextFormat("str", _words, reference=PARTY, label="text")]
EventId = Annotated[str, TextFormat("event id", identifiers.event_id, rf"^{identifiers.EVENT_ID}$", label="event id")]
Country = Annotated[str, TextFormat("iso3166", identifiers.country, r"^[A-Z]{2}$", label="country")]
Currency = Annotated[str, TextFormat("iso4217", identifiers.currency, r"^[A-Z]{3}$", label="currency")]
Decimal = Annotated[
    str, TextFormat("decimal", identifiers.decimal, rf"^{identifiers.DECIMAL}$", label="decimal as text")
]
Lei = Annotated[str, TextFormat("lei", identifiers.lei, r"^[A-Z0-9]{18}[0-9]{2}$", label="LEI")]
Zone = Annotated[str, TextFormat("tz", identifiers.zone, label="time zone")]
Grade = Annotated[str, TextFormat("grade", identifiers.grade, r"^[A-F][1-6]$", label="grade")]
Expr = Annotated[str, TextFormat("expr", conditions.parse, rf"^{conditions.EXPRESSION}$", label="condition")]
Anchor = Annotated[str, TextFormat("anchor", _anchor, label=f"date, or `{ORDER_EFFECTIVE}`")]
AnchorRef = Annotated[str, TextFormat("anchorref", _anchor_ref, label="`prior_due`, `event date` or a date")]
Json = Any
Map = dict[str, Any]
Number = int | float

MOST_UNITS = 3_652_058
"""The days between the first of all days, 0001-01-01, and the last, 9999-12-31: a longer count leads nowhere."""

Offset = Annotated[int, Within("number of units", -MOST_UNITS, MOST_UNITS)]
Count = Annotated[int, Within("number", 0, 2**53 - 1)]
Duration = Annotated[int, Within("duration", 0, MOST_UNITS)]

DealKind = Literal[
    "merger", "forced_divestiture", "joint_venture", "asset_sale", "treaty_withdrawal",
    "trade_agreement", "peace_agreement", "debt_restructuring", "other",
]  # fmt: skip
DealStatus = Literal["open", "stalled", "closed", "terminated", "unwound"]
Phase = Literal[
    "exploratory", "bidding", "negotiation", "agreed_in_principle", "signed", "regulatory_review",
    "ratification", "closing", "closed", "terminated", "stalled",
]  # fmt: skip
Role = Literal[
    "target", "seller", "buyer", "bidder", "investor", "regulator", "government", "legislature",
    "court", "adviser", "mediator", "guarantor", "expert", "media", "union", "employer", "competitor", "activist",
    "lender", "shareholder",
]  # fmt: skip
OrderKind = Literal[
    "statute", "executive_order", "presidential_order", "agency_rule", "directive", "catalogue",
    "court_order", "negotiating_mandate", "treaty", "order_in_council", "consent_decree", "other",
]  # fmt: skip
AgreementLevel = Literal["framework", "in_principle", "political", "term_sheet", "definitive"]
StanceValue = Literal["support", "conditional", "neutral", "oppose", "demand", "unknown"]
ReliefKind = Literal[
    "temporary_restraining_order", "preliminary_injunction", "permanent_injunction", "stay", "injunction_pending_appeal"
]
Qualifier = Literal["exact", "about", "up_to", "at_least", "between"]
Likelihood = Literal["remote", "unlikely", "even", "likely", "very_likely", "certain"]
Force = Literal[
    "legally_binding", "statutory", "court_order", "contractual",
    "enforcement_policy", "ultimatum", "political", "self_imposed", "market_expectation",
]  # fmt: skip
Tri = Literal["yes", "no", "unknown"]
PassFail = Literal["passed", "failed"]
SelectLevel = Literal["preferred", "exclusive", "approved_in_concept", "accepted"]
RemedyOutcome = Literal["accepted", "rejected", "withdrawn"]
ProhibitKind = Literal["licence_required", "banned"]
Direction = Literal["up", "down", "none", "unknown"]
Cause = Literal["recording_error", "source_corrected", "source_retracted", "duplicate"]
Attribution = Literal[
    "official_document", "on_record", "named_expert", "background", "anonymous_single",
    "anonymous_multiple", "party_claim", "analysis", "unattributed",
]  # fmt: skip
Disposition = Literal["upheld", "quashed", "remanded"]
DealRelation = Literal["successor_of", "predecessor_of", "part_of", "competes_with", "parallel_to", "remedy_for"]
PressureKind = Literal[
    "strike", "lockout", "boycott", "sanction", "tariff", "default", "military", "proxy_fight", "publicity", "other"
]
Forum = Literal["court", "authority", "arbitration"]

FORCES: tuple[Force, ...] = get_args(Force)
"""From the one that yields to none to the one that yields to all."""

BINDING: frozenset[str] = frozenset(FORCES[:4])
"""The forces that bind (API.md, next_deadline)."""
