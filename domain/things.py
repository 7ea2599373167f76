"""The things a negotiation is made of, as folded from events: no date of asking, no derived value stands in them.

Each is a frozen record. What its events set stands in its fields; which events set what stands in its `origin`.
`HARD` names the fields on which a status rests: once a fact has made the thing, no report moves them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

from domain.fields.values import Branch, Entry, ExtensionRule, Money, Restatement, Stake
from domain.time.edtf import Moment, When

Key = tuple[Moment, int, int]


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A moment in fold order at which something was so: when, as written, by which event."""

    key: Key
    since: str
    id: str
    value: Any = None
    reported: bool = False


@dataclass(frozen=True, slots=True)
class Erasure:
    """That an erased event had set something: where it stands in fold order, it and the event that erased it."""

    key: Key
    because: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Provenance:
    """Which events made a thing what it is."""

    because: tuple[str, ...] = ()
    """The events that touched it, oldest first."""

    causes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Field -> the events to which its present value is owed."""

    facts: bool = False
    """Whether a fact touched it; a thing without facts is there by reports alone."""

    by_fact: frozenset[str] = frozenset()
    """The fields that facts set; a report never changes them."""

    by_report: Mapping[str, tuple[str, str | None]] = field(default_factory=dict)
    """Field -> event and grade of the report to which its value is owed, where it is."""

    shadow: "Entity | None" = None
    """The thing as it would stand if every report were true, where that differs."""

    alone: "Entity | None" = None
    """The thing as it would stand without any report, where that differs."""

    reports: tuple[str, ...] = ()
    """The events of `because` that are reports."""

    keys: tuple[Key, ...] = ()
    """Where each event of `because` stands in fold order."""

    odd: tuple[tuple[str, str], ...] = ()
    """Events that are odd in themselves: id, and the rule that says so."""

    erased: Mapping[str, tuple[Erasure, ...]] = field(default_factory=dict)
    """Place in the state -> the erased events that had set it, in fold order."""

    steps: tuple[Any, ...] = field(default=(), compare=False, repr=False)
    """The steps of `because` that were folded here; a thing from a checkpoint has only those since."""


@dataclass(frozen=True, kw_only=True)
class Entity:
    KIND: ClassVar[str]
    KEY: ClassVar[str]
    UNCHECKED: ClassVar[bool] = False
    """Whether an event may act on one that the record does not hold."""
    SINGLETON: ClassVar[bool] = False
    """Whether a deal has just one, whose id is empty."""
    OWN_LAYERS: ClassVar[bool] = False
    """Whether it holds facts and reports side by side itself."""
    BY_CLAIM: ClassVar[bool] = False
    """Whether reports of it belong to a claim, which may be confirmed: the derivation then says which of them count."""
    HARD: ClassVar[frozenset[str]] = frozenset()

    id: str
    born: bool = False
    """Whether a creating event stands; a thing first heard of by a later event is a stub."""
    origin: Provenance = Provenance()

    def but(self, **changes: Any) -> Self:
        """The thing with these fields changed. Copies as a whole: ten times quicker than naming every field again."""
        after = object.__new__(type(self))
        after.__dict__.update(self.__dict__, **changes)
        return after


@dataclass(frozen=True, kw_only=True)
class DealEntity(Entity):
    """The deal as a whole."""

    KIND = "deal"
    KEY = "deal_id"
    UNCHECKED = True
    SINGLETON = True
    HARD = frozenset({"talks", "closed", "terminated", "moves"})

    title: str | None = None
    kind: str | None = None
    subject: str | None = None
    parties: tuple[str, ...] = ()
    """Those whom deal.opened named."""
    jurisdictions: tuple[str, ...] = ()
    trigger: str | None = None
    opened: Occurrence | None = None
    talks: Occurrence | None = None
    """The last suspension (value True) or resumption (False) of talks."""
    closed: Occurrence | None = None
    terminated: Occurrence | None = None
    structure: str | None = None
    stakes: tuple[Stake, ...] = ()
    termination: Mapping[str, Any] | None = None
    moves: tuple[Occurrence, ...] = ()
    """Phases set outright, in fold order."""
    votes: tuple[Mapping[str, Any], ...] = ()
    held: Occurrence | None = None
    held_until: When | None = None
    """The last day of the legal hold, where it has one."""


@dataclass(frozen=True, kw_only=True)
class Party(Entity):
    KIND = "party"
    KEY = "party_id"
    UNCHECKED = True
    HARD = frozenset({"active"})

    name: str | None = None
    roles: tuple[str, ...] = ()
    kind: str | None = None
    country: str | None = None
    lei: str | None = None
    parent: str | None = None
    active: bool = True
    representatives: tuple[Mapping[str, Any], ...] = ()
    history: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Enforcement stopped from `since` through the end of `until`; without one, until further notice."""

    since: str
    start: Moment
    until: When | None
    by: str
    legal_basis: str | None
    id: str


@dataclass(frozen=True, kw_only=True)
class Order(Entity):
    """A binding act of a government."""

    KIND = "order"
    KEY = "order_id"
    HARD = frozenset({"signed", "revoked", "pauses", "effective", "until"})

    kind: str | None = None
    issuer: str | None = None
    title: str | None = None
    jurisdiction: str | None = None
    authority: str | None = None
    number: str | None = None
    obligations: tuple[str, ...] = ()
    rationale: str | None = None
    bars: tuple[str, ...] = ()
    effective: When | None = None
    until: When | None = None
    proposed: Occurrence | None = None
    signed: Occurrence | None = None
    revoked: Occurrence | None = None
    pauses: tuple[Pause, ...] = ()
    steps: tuple[Mapping[str, Any], ...] = ()
    versions: tuple[Mapping[str, Any], ...] = ()
    other: Mapping[str, Any] = field(default_factory=dict)
    """Amended terms that have no field of their own."""


@dataclass(frozen=True, kw_only=True)
class ExportList(Entity):
    KIND = "export_list"
    KEY = "list_id"
    HARD = frozenset({"version", "prohibition"})

    issuer: str | None = None
    jurisdiction: str | None = None
    prohibition: str | None = None
    version: int = 0
    effective: When | None = None
    entries: tuple[Entry, ...] = ()
    added: int | None = None
    modified: int | None = None
    removed: int | None = None
    gone: tuple[str, ...] = ()
    """Labels of entries that were taken off the list."""
    history: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Match(Entity):
    """One opinion that an asset falls under an entry of a list."""

    KIND = "match"
    KEY = "match_id"
    UNCHECKED = True

    entry_ref: str = ""
    asset_id: str = ""
    assessed_by: str = ""
    opinion: str | None = None
    certainty: str | None = None
    list_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument:
    """How a deadline's first day is found: said outright, or counted as the instrument says and not otherwise."""

    due: When | None
    anchor: When | None
    from_order: bool
    """Counted from the day on which its order takes effect, wherever that moves."""
    offset: int | None
    unit: str | None
    calendar: str | None
    roll: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """One move of a due date: to a day that stands, or by a count from a day."""

    id: str
    since: str
    start: Moment
    by: str | None
    new_due: When | None = None
    days: int | None = None
    counted_from: str | None = None
    """prior_due, a date as written, or absent (the prior due)."""
    reason: str | None = None
    order_id: str | None = None
    toll: "Toll | None" = None
    """Set where the clock stopped instead of the date being moved."""
    prior: When | None = None
    """The day due before it, where the move before it named one."""
    after: str | None = None
    """How the deadline had ended already when this came: met, lapsed or withdrawn."""
    branches: tuple[Branch, ...] = ()
    """Days that it gave on conditions."""
    resumed: bool = False
    """Whether it restarted a clock that nobody had stopped."""
    erased: bool = False
    """Whether the event that moved the date was erased: it was moved, and nobody knows where to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Toll:
    """The clock stopped on `since`: through the end of `until`, or until resumed."""

    since: When
    until: When | None
    resumed: When | None = None
    resumed_by: str | None = None
    """The event that restarted the clock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtensionRequest:
    by: str
    requested_due: When | None
    status: str
    since: str
    id: str
    granted_due: str | None = None
    answered_by: str | None = None
    """The extension that answered it."""


@dataclass(frozen=True, kw_only=True)
class Deadline(Entity):
    """A day by which something must happen."""

    KIND = "deadline"
    KEY = "deadline_id"
    HARD = frozenset(
        {"instrument", "shifts", "outcome", "withdrawal", "reaffirmed_count", "requests", "times", "refusal"}
    )

    obligation: str | None = None
    obligor: str | None = None
    set_by: str | None = None
    force: str | None = None
    subject: str | None = None
    order_id: str | None = None
    tz: str | None = None
    consequence: str | None = None
    extendable: ExtensionRule | None = None
    instrument: Instrument | None = None
    set_mark: Occurrence | None = None
    shifts: tuple[Shift, ...] = ()
    times: int = 0
    requests: tuple[ExtensionRequest, ...] = ()
    outcome: Occurrence | None = None
    """Its end as an event told it: value met, lapsed or withdrawn."""
    withdrawal: Mapping[str, Any] | None = None
    """By whom it was withdrawn and why, in the event's own words."""
    refusal: Occurrence | None = None
    """The last word that more time is ruled out; None once time was given after it."""
    reaffirmed_count: int = 0
    last_reaffirmed: str | None = None
    restated: tuple[Occurrence, ...] = ()
    """Dates given for it elsewhere than in its instrument (reaffirmations that named a day), for C2."""
    history: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Bid(Entity):
    KIND = "bid"
    KEY = "bid_id"
    HARD = frozenset({"status"})

    bidders: tuple[str, ...] = ()
    status: str | None = None
    territories: tuple[str, ...] = ()
    partners: str | None = None
    price: Money | None = None
    variant_id: str | None = None
    stakes: tuple[Stake, ...] = ()
    version: int = 0
    first_seen: str | None = None
    last: Moment | None = None
    """The moment of its last event, from which days of silence count."""
    submitted: Occurrence | None = None
    other: Mapping[str, Any] = field(default_factory=dict)
    history: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Variant(Entity):
    """One way to build the deal: what goes along, what stays."""

    KIND = "variant"
    KEY = "variant_id"
    HARD = frozenset({"status"})

    label: str | None = None
    assets_in: tuple[str, ...] = ()
    assets_out: tuple[str, ...] = ()
    territories: tuple[str, ...] = ()
    proposed_by: str | None = None
    price_effect: str | None = None
    stakes: tuple[Stake, ...] = ()
    status: str | None = None
    adopted: Occurrence | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A value from its start until the next or its own end."""

    value: Any
    since: str
    until: When | None
    id: str
    agreement_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class Term(Entity):
    KIND = "term"
    KEY = "term"
    UNCHECKED = True
    HARD = frozenset({"segments"})

    segments: tuple[Segment, ...] = ()
    """In order of start; the last that has not ended holds."""


@dataclass(frozen=True, kw_only=True)
class Remedy(Entity):
    KIND = "remedy"
    KEY = "remedy_id"
    HARD = frozenset({"status"})

    by: str | None = None
    to: str | None = None
    summary: str | None = None
    duration_years: float | None = None
    status: str | None = None
    decided_by: str | None = None
    reason: str | None = None


@dataclass(frozen=True, kw_only=True)
class Valuation(Entity):
    """What the deal was said to be worth: observations of one asset."""

    KIND = "valuation"
    KEY = "valuation_id"
    UNCHECKED = True
    SINGLETON = True
    OWN_LAYERS = True

    observations: tuple[Mapping[str, Any], ...] = ()
    count: int = 0
    spread: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """"variant|currency" -> {variant, currency, low, high, low_because, high_because} over every observation."""


@dataclass(frozen=True, kw_only=True)
class Approval(Entity):
    """A review, licence or consent by an authority."""

    KIND = "approval"
    KEY = "approval_id"
    HARD = frozenset({"status", "status_mark", "marks"})

    authority: str | None = None
    jurisdiction: str | None = None
    subject: str | None = None
    legal_basis: str | None = None
    only_if: str | None = None
    min_days: int | None = None
    max_days: int | None = None
    day_kind: str | None = None
    status: str | None = None
    status_mark: Occurrence | None = None
    marks: tuple[Occurrence, ...] = ()
    """Every status it was given, in fold order."""
    applied: Occurrence | None = None
    phase: str | None = None
    phase_due: When | None = None
    conditions: tuple[str, ...] = ()
    scope: str | None = None
    views: tuple[Mapping[str, Any], ...] = ()
    history: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Relief:
    """One order of a court in a case: granted, denied or ended."""

    relief: str
    status: str
    since: str
    start: Moment
    until: When | None
    targets: tuple[str, ...]
    scope: str | None
    id: str
    reason: str | None = None
    """Why it was denied, or ended."""


@dataclass(frozen=True, kw_only=True)
class Case(Entity):
    KIND = "case"
    KEY = "case_id"
    HARD = frozenset({"reliefs", "ended", "paused"})

    court: str | None = None
    level: str | None = None
    plaintiffs: tuple[str, ...] = ()
    defendants: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    docket: str | None = None
    relief_sought: str | None = None
    reliefs: tuple[Relief, ...] = ()
    rulings: tuple[Mapping[str, Any], ...] = ()
    paused: Occurrence | None = None
    paused_until: When | None = None
    ended: Occurrence | None = None
    appealed_to: str | None = None
    appealed_from: str | None = None


@dataclass(frozen=True, kw_only=True)
class Stance(Entity):
    """What one party stands for on one issue; its id is party/issue."""

    KIND = "stance"
    KEY = "stance_id"
    UNCHECKED = True
    OWN_LAYERS = True
    BY_CLAIM = True

    party: str = ""
    issue: str = ""
    stated: Mapping[str, Any] | None = None
    stated_key: Key | None = None
    """Where in fold order the party last said so."""
    said: Mapping[str, Any] | None = None
    """The stance that was only reported."""


@dataclass(frozen=True, kw_only=True)
class Claim(Entity):
    KIND = "claim"
    KEY = "claim_id"
    OWN_LAYERS = True
    BY_CLAIM = True

    statement: str | None = None
    about: str | None = None
    grade: str | None = None
    reports: tuple[Mapping[str, Any], ...] = ()
    origins: frozenset[str] = frozenset()
    restates: Restatement | None = None
    confirmed: Occurrence | None = None
    denied: Occurrence | None = None
    denials: Mapping[str, Occurrence] = field(default_factory=dict)
    """The denial of each who said that it is false and has not confirmed it since."""


@dataclass(frozen=True, kw_only=True)
class Agreement(Entity):
    KIND = "agreement"
    KEY = "agreement_id"
    HARD = frozenset({"level", "binding"})

    level: str | None = None
    binding: bool | None = None
    parties: tuple[str, ...] = ()
    summary: str | None = None
    price: Money | None = None
    stakes: tuple[Stake, ...] = ()
    variant_id: str | None = None
    outside_date: When | None = None
    reached: Occurrence | None = None
    other: Mapping[str, Any] = field(default_factory=dict)
    versions: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Assessment(Entity):
    """The analyst's own judgement; its id is subject/measure."""

    KIND = "assessment"
    KEY = "assessment_id"
    UNCHECKED = True

    subject: str = ""
    measure: str = ""
    value: Any = None
    method: str | None = None
    since: str | None = None


@dataclass(frozen=True, kw_only=True)
class Identity(Entity):
    """One id that turned out to be another."""

    KIND = "identity"
    KEY = "merged"
    UNCHECKED = True

    into: str | None = None
