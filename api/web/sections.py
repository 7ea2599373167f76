"""The order and columns of the sections of a state; sections not named here are shown in a generic form."""

from collections.abc import Iterable, Mapping
from typing import Any

from api.web.filters import label, shown
from domain.sections.section import Form
from domain.state import SECTIONS

OUTSIDE = frozenset(
    {"exists", "deal", "basis", "status", "phase", "phase_because", "next_deadline", "next_transition_at", "state_hash",
     "deadlines", "conflicts", "best_bid", "blockers"}
)  # fmt: skip
"""Sections shown elsewhere on the page."""

PARTS = {
    "How the deal ended": ("ended",),
    "Economics": ("agreements", "valuation", "terms", "penalties"),
    "Bids": ("bids",),
    "Positions": ("stances",),
}
"""Heading -> the sections that stand open under it, in order."""

FOLDED = (
    "feasibility", "approvals", "orders", "litigation", "votes", "scheduled", "possible_events", "anomalies",
    "contradictions", "unknowns", "scope", "variants", "export_lists", "remedies", "pressures", "links", "claims",
    "sources", "assessments", "parties", "merged",
)  # fmt: skip
"""The order of the sections for reference."""

PART_COLUMNS = {
    "feasible_approvals": ("verdict", "filed", "earliest", "guaranteed_by", "latest_filing"),
    "feasible_variants": ("verdict", "approvals", "sum_min_days", "sum_max_days"),
}
"""The columns of tables inside a section; those of a section itself are declared with it."""


Shown = tuple[str, str, Any]
"""Name, title and content of a section."""


def parts_of(state: Mapping[str, Any]) -> list[tuple[str, list[Shown]]]:
    """The headings of the page with the sections under each, without empty ones."""
    made = [(heading, _shown(state, names)) for heading, names in PARTS.items()]
    return [(heading, sections) for heading, sections in made if sections]


def folded(state: Mapping[str, Any]) -> list[Shown]:
    """The sections for reference that are not empty."""
    apart = {*OUTSIDE, *(name for names in PARTS.values() for name in names), *FOLDED}
    return _shown(state, (*FOLDED, *(name for name in state if name not in apart)))


def _shown(state: Mapping[str, Any], names: Iterable[str]) -> list[Shown]:
    return [(name, _title(name), state[name]) for name in names if name in state and _says_something(name, state[name])]


def _title(name: str) -> str:
    return SECTIONS[name].title if name in SECTIONS else label(name)


def _says_something(name: str, section: Any) -> bool:
    if one_entry(name) and section is not None:
        return any(shown(value) and value != 0 for part, value in section.items() if part != "because")
    return shown(section)


def one_entry(name: str) -> bool:
    """Whether a section is a single entry, whose members are not counted."""
    return name in SECTIONS and SECTIONS[name].form is Form.OBJECT


def tabular(section: Any) -> bool:
    """Whether a section is a table: entries by id, or a list of entries."""
    entries = list(section.values()) if isinstance(section, Mapping) else section
    return isinstance(entries, list) and bool(entries) and all(isinstance(entry, Mapping) for entry in entries)


def columns_of(section: Any, name: str) -> list[str]:
    """The columns of a section's table that are not empty in all entries."""
    entries: Iterable[Mapping[str, Any]] = section.values() if isinstance(section, Mapping) else section
    held = [entry for entry in entries if isinstance(entry, Mapping)]
    declared = SECTIONS[name].columns if name in SECTIONS else PART_COLUMNS.get(name)
    named = declared or dict.fromkeys(
        column
        for entry in held
        for column in entry
        if not column.endswith("because") and column not in ("layer", "reported")
    )
    return [column for column in named if any(shown(entry.get(column)) and entry[column] != 0 for entry in held)]


def rest_of(entry: Mapping[str, Any], columns: Iterable[str]) -> dict[str, Any]:
    """The members of an entry beside its columns and its causes."""
    apart = {"because", "layer", "reported", *columns, *(f"{column}_because" for column in columns)}
    return {name: value for name, value in entry.items() if name not in apart and shown(value) and value is not False}


def deal_row(deal: Mapping[str, Any]) -> dict[str, Any]:
    """A deal in the list, with its next binding deadline, or else the next of any force."""
    nearest = deal["next_deadline"]
    binding = nearest["binding"]
    obligation = deal["next_obligation"] or binding or nearest["any"]
    return {**deal, "binding": bool(binding), "obligation": obligation}


def entries(section: Any) -> int:
    """The number of entries of a section, those of a party counted each."""
    if not isinstance(section, Mapping | list):
        return 1
    nested = section.values() if isinstance(section, Mapping) else ()
    inner = [
        each
        for each in nested
        if isinstance(each, Mapping) and each and all(isinstance(one, Mapping) for one in each.values())
    ]
    return sum(map(len, inner)) + len(section) - len(inner)


FILTERS: dict[str, Any] = {
    "columns_of": columns_of,
    "rest_of": rest_of,
    "entries": entries,
    "first_of": lambda found, long: found[:long],
    "year": lambda text: str(text).lstrip("[./")[:4],
}
TESTS: dict[str, Any] = {"one_entry": one_entry, "tabular": tabular}
