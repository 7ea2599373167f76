"""The state of a deal on a basis: choose what is known, order it, fold it, derive what follows.

The answer is JSON (dicts, lists, strings, whole numbers, booleans, null), exactly as the published contract has it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo
from functools import cache
from typing import Any

from domain.basis import Basis
from domain.bitemporal import ApplyCorrections, EffectiveEvents, Pending, choose, is_report
from domain.entities.order import Order
from domain.entity_merge import merged
from domain.envelope import RecordedEvent
from domain.fold import facts_only, fold
from domain.folded_deal import FoldedDeal
from domain.rules import anomalies, conflicts, contradictions, unknowns
from domain.sections import (
    agreements,
    assessments,
    bids,
    blockers,
    claims,
    export_lists,
    feasibility,
    identities,
    litigation,
    orders,
    parties,
    remedies,
    sources,
    stances,
    status,
    terms,
    valuation,
)
from domain.sections.approvals import Approvals
from domain.sections.context import Context, Entry
from domain.sections.deadlines import Deadlines
from domain.sections.derivation import Derivation
from domain.sections.layers import has_reports, mark
from domain.sections.redaction import redact, rests_on_others
from domain.sections.variants import Variants
from domain.time.calendars import Calendars
from domain.time.edtf import FUTURE, Moment, iso

CONTRADICTIONS = "contradictions"
"""The section that compares the others."""

COUNTERS = frozenset({"days_left", "working_days_left", "days_silent"})
"""What counts days from the moment asked about: computed at the door, no part of the state's identity."""


@dataclass(frozen=True, slots=True)
class State:
    """An answer, and what it rests on."""

    sections: Entry
    """Every section of the state but `basis` and `state_hash`."""

    deal: FoldedDeal
    chosen: EffectiveEvents
    next_transition_at: Moment | None


def state(
    lines: Sequence[RecordedEvent],
    basis: Basis,
    *,
    deal_id: str,
    zone: tzinfo,
    calendars: Calendars,
    revise: ApplyCorrections,
) -> State:
    """The deal at basis.valid_at as the basis knows it."""
    chosen = choose(lines, basis, zone, revise)
    return derive(fold(chosen.steps), chosen, basis, deal_id=deal_id, zone=zone, calendars=calendars)


def derive(
    deal: FoldedDeal,
    chosen: EffectiveEvents,
    basis: Basis,
    *,
    deal_id: str,
    zone: tzinfo,
    calendars: Calendars,
    section: str | None = None,
) -> State:
    """What follows from a folded deal at a moment. Pure, and the same for the same input.

    Of one section alone, where one is named: then the next transition is the next one of that section.
    """
    if not chosen.exists:
        deal = FoldedDeal({})
    deal = merged(deal)
    context = Context(deal, basis.valid_at, zone, calendars, deal_id, basis.reading, basis.layer)
    derivation = _derivation(context)
    ahead = context.ahead
    section = None if rests_on_others(section, deal) else section
    if not has_reports(deal, chosen, basis):
        sections = _sections(derivation, chosen, section)
    else:
        facts = _derivation(replace(context, deal=facts_only(deal), layer="facts", ahead=ahead))
        sections = _sections(replace(derivation, facts=facts), chosen, section)
        mark(sections, _sections(facts, chosen, section))
    pending = (*chosen.scheduled, *(each for each in chosen.possible if each.latest < FUTURE))
    moments = [*ahead, *(each.latest for each in pending)]
    return State(sections, deal, chosen, min(moments, default=None))


def _derivation(context: Context) -> Derivation:
    legal_statuses = orders.LegalStatuses(context)
    # What the end of the deal froze stands as the law stood then.
    deadlines = Deadlines(
        context, legal_statuses if context.ended_at is None else orders.LegalStatuses(context, context.at)
    )
    variants = Variants(context)
    approvals = Approvals(context, legal_statuses, deadlines, variants)
    return Derivation(context, legal_statuses, deadlines, variants, approvals, bids.Bids(context))


def _sections(derivation: Derivation, chosen: EffectiveEvents, section: str | None) -> Entry:
    """Every section, or the one that is named."""
    context, legal_statuses, deadlines, variants = (
        derivation.context,
        derivation.legal_statuses,
        derivation.deadlines,
        derivation.variants,
    )
    approvals, bids = derivation.approvals, derivation.bids
    phase = status.phase(context)
    dropped = frozenset(variant.id for variant in variants.variants if variant.status == "dropped")
    deal_entity = context.deal_entity
    in_time = cache(lambda: feasibility.reviews(derivation))
    makers: dict[str, Callable[[], Any]] = {
        "exists": lambda: chosen.exists,
        "deal": lambda: {
            "id": context.deal_id,
            "title": deal_entity.title,
            "kind": deal_entity.kind,
            "subject": deal_entity.subject,
            "jurisdictions": list(deal_entity.jurisdictions),
            "trigger": deal_entity.trigger,
            "opened": deal_entity.opened.since if deal_entity.opened else None,
            "tz": str(context.zone),
            "held": deal_entity.held.value if deal_entity.held and not context.over(deal_entity.held_until) else None,
            "because": [deal_entity.opened.id] if deal_entity.opened else [],
        },
        "status": lambda: status.status(context),
        "phase": lambda: phase.value if phase else None,
        "phase_because": lambda: [phase.id] if phase else [],
        "parties": lambda: parties.parties(context),
        "stances": lambda: stances.stances(context),
        "bids": lambda: bids.view(),
        "best_bid": lambda: bids.best(),
        "scope": lambda: variants.scope(),
        "variants": lambda: variants.view(),
        "orders": lambda: orders.orders(context, legal_statuses),
        "export_lists": lambda: export_lists.export_lists(context),
        "approvals": lambda: approvals.view(),
        "blockers": lambda: blockers.blockers(context, legal_statuses, approvals),
        "deadlines": lambda: deadlines.view(),
        "next_deadline": lambda: deadlines.next(derivation.deciding.deadlines),
        "conflicts": lambda: conflicts.conflicts(derivation, in_time()),
        "feasibility": lambda: feasibility.section(derivation, in_time()),
        "agreements": lambda: agreements.agreements(context),
        "litigation": lambda: litigation.litigation(context, legal_statuses),
        "valuation": lambda: valuation.valuation(context, dropped),
        "claims": lambda: claims.claims(context),
        "sources": lambda: sources.sources(derivation),
        "terms": lambda: terms.terms(context),
        "remedies": lambda: remedies.remedies(context),
        "votes": lambda: list(deal_entity.votes),
        "assessments": lambda: assessments.assessments(context),
        "merged": lambda: identities.merged(context),
        "scheduled": lambda: sorted(
            [_scheduled(each) for each in _counting(context, chosen.scheduled)]
            + _orders_ahead(context, legal_statuses),
            key=lambda each: each["id"],
        ),
        "possible_events": lambda: [_possible(each) for each in _counting(context, chosen.possible)],
        "anomalies": lambda: anomalies.anomalies(derivation),
        "unknowns": lambda: unknowns.unknowns(derivation, in_time()),
    }
    wanted = makers if section is None or section == CONTRADICTIONS else (section,)
    sections = {name: makers[name]() for name in wanted}
    if section is None or section == CONTRADICTIONS:
        sections[CONTRADICTIONS] = contradictions.contradictions(derivation, sections)
    redact(sections, context.deal)
    return sections


def _counting(context: Context, pending: Sequence[Pending]) -> list[Pending]:
    """Of the facts alone, where only they are asked for."""
    return [each for each in pending if context.layer == "all" or not is_report(each.line)]


def _scheduled(pending: Pending) -> Entry:
    line = pending.line
    return {
        "id": line.id,
        "what": line.type,
        "on": line.effective.text if line.effective else line.occurred.text,
        "because": [line.id],
    }


def _orders_ahead(context: Context, legal_statuses: orders.LegalStatuses) -> list[Entry]:
    return [
        {
            "id": order.id,
            "what": "order in force",
            "on": order.effective.text,
            "because": legal_statuses.statuses[order.id][1],
        }
        for order in context.every(Order)
        if legal_statuses.statuses[order.id][0] == "scheduled" and order.effective is not None
    ]


def _possible(pending: Pending) -> Entry:
    line = pending.line
    return {
        "id": line.id, "type": line.type, "occurred": line.occurred.text,
        "earliest": iso(pending.earliest), "latest": iso(pending.latest), "because": [line.id],
    }  # fmt: skip


def without_counters(value: Any) -> Any:
    """A state or part of one without its day counters: what is hashed and compared."""
    if isinstance(value, dict):
        return {name: without_counters(each) for name, each in value.items() if name not in COUNTERS}
    if isinstance(value, list):
        return [without_counters(each) for each in value]
    return value
