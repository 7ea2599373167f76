"""Which entries of a state are there by reports alone: those that are missing where only facts are read.

The state is derived twice, from everything and from its facts; an entry of the one that has no counterpart in the other
carries `layer: reported`. So no section has to know how a report reached it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from domain.basis import Basis
from domain.bitemporal import EffectiveEvents, Pending, is_report
from domain.folded_deal import FoldedDeal
from domain.sections.context import Context, Entry
from domain.sections.section import Form, Section

REPORTED = "reported"

IDENTITY = ("rule", "kind", "id", "event_id", "what", "type", "field", "members", "body", "question")
"""The members that identify an entry in a list; its other members may differ between the layers."""


def has_reports(deal: FoldedDeal, chosen: EffectiveEvents, basis: Basis) -> bool:
    """Whether any report bears on a state of all layers."""
    if basis.layer != "all":
        return False
    pending = (*chosen.scheduled, *chosen.possible)
    return any(entity.origin.reports for entity in deal.entities.values()) or any(
        is_report(each.line) for each in pending
    )


def of_layer(context: Context, pending: Sequence[Pending]) -> list[Pending]:
    """The pending events of the layer asked for."""
    return [each for each in pending if context.layer == "all" or not is_report(each.line)]


def mark(sections: Entry, facts: Mapping[str, Any], declared: Mapping[str, Section]) -> None:
    """Say of each entry that has no counterpart among the facts that reports alone made it."""
    for name, section in sections.items():
        form = declared[name].form
        if form is Form.LIST:
            _mark_list(section, facts[name])
        elif form is Form.NESTED:
            for key, inner in section.items():
                _mark_keyed(inner, facts[name].get(key, {}))
        elif form is Form.ENTRIES:
            _mark_keyed(section, facts[name])
    if "feasibility" in sections:
        for name in ("approvals", "variants"):
            _mark_keyed(sections["feasibility"][name], facts["feasibility"][name])
    if sections.get("status") is not None and facts["status"] is None:
        sections["status"]["layer"] = REPORTED
    if "scope" in sections and sections["scope"]["base_variant"] not in (None, facts["scope"]["base_variant"]):
        sections["scope"]["layer"] = REPORTED
    if "best_bid" in sections and sections["best_bid"]["id"] not in (None, facts["best_bid"]["id"]):
        sections["best_bid"]["layer"] = REPORTED
    if "valuation" in sections and sections["valuation"]["count"] and not facts["valuation"]["count"]:
        sections["valuation"]["layer"] = REPORTED


def _mark_keyed(entries: Mapping[str, Any], facts: Mapping[str, Any]) -> None:
    for key, entry in entries.items():
        if key not in facts:
            entry["layer"] = REPORTED


def _mark_list(entries: list[Any], facts: list[Any]) -> None:
    known = {_identity(entry) for entry in facts if isinstance(entry, dict)}
    for entry in entries:
        if isinstance(entry, dict) and _identity(entry) not in known:
            entry["layer"] = REPORTED


def _identity(entry: Mapping[str, Any]) -> tuple[Any, ...]:
    named = tuple(tuple(value) if isinstance(value, list) else value for value in map(entry.get, IDENTITY))
    return named if any(value is not None for value in named) else tuple(entry["because"])
