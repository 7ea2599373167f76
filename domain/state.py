"""The state of a deal on a basis: choose what is known, order it, fold it, derive what follows.

The answer is JSON (dicts, lists, strings, whole numbers, booleans, null), exactly as the published contract has it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo
from functools import cached_property
from typing import Any

from domain.basis import Basis
from domain.bitemporal import EffectiveEvents, choose
from domain.corrections import ApplyCorrections
from domain.entity_merge import merged, with_merges
from domain.envelope import RecordedEvent
from domain.erasure import redact, rests_on_others
from domain.fold import facts_only, fold
from domain.folded_deal import FoldedDeal
from domain.rules import anomalies, conflicts, contradictions, unknowns
from domain.sections import (
    agreements,
    approvals,
    assessments,
    bids,
    blockers,
    claims,
    deadlines,
    deal,
    export_lists,
    feasibility,
    identities,
    links,
    litigation,
    next_deadline,
    orders,
    parties,
    penalties,
    possible_events,
    pressures,
    remedies,
    scheduled_events,
    sources,
    stances,
    status,
    terms,
    valuation,
    variants,
)
from domain.sections.approvals import Approvals
from domain.sections.context import Context, Entry
from domain.sections.deadline_dates import DueDate
from domain.sections.deadlines import Deadlines
from domain.sections.deal_calendars import with_own_calendars
from domain.sections.derivation import Derivation
from domain.sections.feasibility import Review, review_approvals
from domain.sections.layers import has_reports, mark
from domain.sections.orders import LegalStatuses
from domain.sections.section import Section
from domain.sections.variants import Variants
from domain.time.calendars import Calendars
from domain.time.instants import FUTURE, Moment

SECTIONS: Mapping[str, Section] = {
    each.name: each
    for each in (
        deal.exists, deal.deal, status.status, status.phase, status.phase_because, parties.parties, stances.stances,
        bids.bids_by_id, bids.best_bid, variants.scope, variants.variants_by_id, orders.orders,
        export_lists.export_lists, approvals.approvals_by_id, blockers.blockers, deadlines.deadlines_by_id,
        next_deadline.next_deadline, conflicts.conflicts, feasibility.feasibility, agreements.agreements,
        litigation.litigation, valuation.valuation, claims.claims, sources.sources, terms.terms, remedies.remedies,
        penalties.penalties, pressures.pressures, links.links, status.ended, deal.votes, assessments.assessments,
        identities.merged, scheduled_events.scheduled, possible_events.possible_events,
        anomalies.anomalies, unknowns.unknowns, contradictions.contradictions,
    )
}  # fmt: skip
"""Every section of a state by name, in the order in which a state has them."""

COUNTERS = frozenset({"days_left", "working_days_left", "days_silent"})
"""Day counters relative to valid_at: computed per response, and not part of the state's identity."""


@dataclass(frozen=True, slots=True)
class Layer:
    """The sections of a state as of all events, or by its facts alone."""

    sections: Entry
    due_dates: Mapping[str, DueDate]
    """The due dates that they rest on, as far as those were asked for."""


NOTHING_KNOWN = Layer({}, {})


@dataclass(frozen=True, slots=True)
class State:
    """An answer, and what it rests on."""

    sections: Entry
    """Every section of the state but `basis` and `state_hash`."""

    deal: FoldedDeal
    chosen: EffectiveEvents
    next_transition_at: Moment | None

    frozen: frozenset[str]
    """The deadlines that the end of the deal froze (rule 4)."""

    layers: tuple[Layer, ...]
    """The layer of all events, and that of the facts where reports bear on this reading too."""


def state(
    lines: Sequence[RecordedEvent],
    basis: Basis,
    *,
    deal_id: str,
    zone: tzinfo,
    calendars: Calendars,
    revise: ApplyCorrections,
    only: tuple[str, ...] = (),
) -> State:
    """The deal at basis.valid_at as the basis knows it; `only` as in `derive`."""
    chosen = choose(lines, basis, zone, revise)
    return derive(fold(chosen.steps), chosen, basis, deal_id=deal_id, zone=zone, calendars=calendars, only=only)


def derive(
    deal: FoldedDeal,
    chosen: EffectiveEvents,
    basis: Basis,
    *,
    deal_id: str,
    zone: tzinfo,
    calendars: Calendars,
    only: tuple[str, ...] = (),
    known: tuple[Layer, ...] = (),
) -> State:
    """What follows from a folded deal at a moment. Pure, and the same for the same input.

    `only` names the sections that are wanted: then the next transition is the next one of these. Empty: all.
    `known` has sections and due dates of each layer that are not derived again; what is ahead of them does not count.
    """
    if not chosen.exists:
        deal = FoldedDeal({})
    deal = merged(deal)
    calendars = with_own_calendars(deal, calendars)
    context = Context(deal, basis.valid_at, zone, calendars, deal_id, basis.reading, basis.layer)
    whole, by_facts = (*known, NOTHING_KNOWN, NOTHING_KNOWN)[:2]
    derivation = _derivation(context, chosen, whole)
    ahead = context.ahead
    only = () if rests_on_others(only, deal) else only
    if not has_reports(deal, chosen, basis):
        sections = _sections(derivation, only, whole)
        layers: tuple[Layer, ...] = (Layer(sections, derivation.deadlines.dated),)
    else:
        facts = _derivation(replace(context, deal=facts_only(deal), layer="facts", ahead=ahead), chosen, by_facts)
        sections = _sections(replace(derivation, facts=facts), only, whole)
        sections_by_facts = _sections(facts, only, by_facts)
        mark(sections, sections_by_facts, SECTIONS)
        layers = (
            Layer(sections, derivation.deadlines.dated), Layer(sections_by_facts, facts.deadlines.dated),
        )  # fmt: skip
    pending = (*chosen.scheduled, *(each for each in chosen.possible if each.latest < FUTURE))
    moments = [*ahead, *(each.latest for each in pending)]
    return State(sections, deal, chosen, min(moments, default=None), _frozen(derivation), layers)


def _frozen(derivation: Derivation) -> frozenset[str]:
    if derivation.context.end is None:
        return frozenset()
    return frozenset(name for name, found in derivation.deadlines.all.items() if found.at is not None)


def _derivation(context: Context, chosen: EffectiveEvents, known: Layer) -> Derivation:
    statuses = LegalStatuses(context)
    end = context.end
    at_end = statuses if end is None else LegalStatuses(context, context.at, end.key)
    dates = Deadlines(context, statuses, at_end, known.due_dates)
    structures = Variants(context)
    clearances = Approvals(context, statuses, dates, structures)
    return Derivation(context, statuses, dates, structures, clearances, chosen)


OWN_INPUTS = frozenset({"derivation", "sections", "reviews", "deadlines_by_facts"})
"""The inputs of sections that are no attribute of a derivation."""


@dataclass
class Inputs:
    """What the sections of one derivation are derived from, by the names of their parameters."""

    derivation: Derivation
    sections: Entry
    """The sections derived so far."""

    @cached_property
    def reviews(self) -> dict[str, Review]:
        """The outstanding approvals by id, each against the nearest binding deadline."""
        return review_approvals(self.derivation)

    @property
    def deadlines_by_facts(self) -> Deadlines:
        return self.derivation.deciding.deadlines

    def of(self, section: Section) -> list[Any]:
        """The arguments that a section is derived with."""
        return [getattr(self if name in OWN_INPUTS else self.derivation, name) for name in section.inputs]


def _sections(derivation: Derivation, only: tuple[str, ...], known: Layer) -> Entry:
    """Every section, or those that are named; those that are known as they are."""
    every = not only or any(SECTIONS[name].last for name in only)
    sections: Entry = {}
    inputs = Inputs(derivation, sections)
    for section in SECTIONS.values() if every else map(SECTIONS.__getitem__, only):
        if section.name in known.sections:
            sections[section.name] = known.sections[section.name]
        else:
            sections[section.name] = section.derive(*inputs.of(section))
    if derivation.context.deal.merged_by:
        sections = with_merges(sections, derivation.context.deal.merged_by)
    redact(sections, derivation.context.deal)
    return sections


def without_counters(value: Any) -> Any:
    """A state or part of one without its day counters: what is hashed and compared."""
    if isinstance(value, dict):
        return {name: without_counters(each) for name, each in value.items() if name not in COUNTERS}
    if isinstance(value, list):
        return [without_counters(each) for each in value]
    return value
