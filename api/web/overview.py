"""The first screen of a deal: whether its next date can move, and what closing depends on."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from domain.fields.types import PARTY, Reference
from domain.sentences import amounts
from domain.sentences.dates import date_text
from domain.sentences.names import Names
from domain.sentences.words import plain
from domain.state import SECTIONS
from domain.state_paths import members
from projections.sentences.member_references import KINDS
from projections.sentences.rule_texts import clearing_text

Entry = Mapping[str, Any]

SECTION_OF = {"approval": "approvals", "order": "orders", "case": "litigation"}
"""Kind of a condition -> the section whose declaration says in which statuses it is over."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One row of the conditions to close."""

    kind: str
    """approval, order, case or vote."""

    id: str
    name: str
    by: str
    """Who decides: an authority, a court, an issuer or a body."""

    status: str
    expected: str | None
    """The day by which it is expected, as written."""

    expected_as: str
    """What that day is: `due`, `guaranteed by`, `at the earliest`; empty without one."""

    blocks: str | None
    """`hard` or `soft` where it stands in the way of closing."""

    note: str
    because: tuple[str, ...]

    @property
    def outstanding(self) -> bool:
        """Whether closing still waits for it: what the state names as a blocker, of a deal that has not ended."""
        return self.blocks is not None


def is_over(kind: str, status: object) -> bool:
    """Whether nothing more is expected of an approval, order or case with this status."""
    return status in SECTIONS[SECTION_OF[kind]].over


def movability(deadline: Entry) -> str:
    """Whether a deadline can move, in a sentence: what was used, what is left, and the latest possible day."""
    extension = deadline.get("extension") or {}
    used, left, latest = extension.get("used"), extension.get("left"), extension.get("latest_possible")
    times = extension.get("times") or 0
    said = [f"Extended {amounts.count(times, 'time')} by {used} days in all" if times and used else _moved(times)]
    if extension.get("extendable") == "refused":
        said.append("a further extension was refused")
    elif isinstance(left, int) and latest:
        said.append(f"{amounts.count(left, 'day')} left, at the latest {date_text(latest)}" if left else "no days left")
    elif extension.get("extendable") == "yes":
        said.append("can be extended; no limit is on record")
    elif extension.get("rule") is None:
        said.append("no rule for an extension is on record")
    waiting = [each for each in members(extension.get("requests")) if _field(each, "status") == "pending"]
    if waiting:
        said.append(f"{amounts.count(len(waiting), 'request')} for an extension undecided")
    return "; ".join(said) + "."


def _moved(times: int) -> str:
    return f"Moved {amounts.count(times, 'time')}" if times else "Not extended"


def _field(entry: object, name: str) -> Any:
    return entry.get(name) if isinstance(entry, Mapping) else None


def conditions(state: Entry) -> list[Condition]:
    """What closing depends on: bars first, then outstanding conditions, then what is settled."""
    found = list(_conditions(state, Names(state)))
    places = {"hard": 0, "soft": 1, None: 2}
    return sorted(found, key=lambda each: (places.get(each.blocks, 2), not each.outstanding, each.kind, each.name))


def _conditions(state: Entry, names: Names) -> Iterator[Condition]:
    listed = (each for each in members(state.get("blockers")) if isinstance(each, Mapping))
    blockers = {(KINDS[each["kind"]], each["id"]): each for each in listed}
    feasible = (state.get("feasibility") or {}).get("approvals") or {}

    def condition(kind: str, name: str, entry: Entry, by: str, expected: tuple[str | None, str]) -> Condition:
        blocker = blockers.get((kind, name)) or {}
        clears = kind != "approval" and blocker.get("clears_when")
        note = f"clears when {clearing_text(blocker, state)}" if clears else ""
        if entry.get("only_if"):
            note = f"needed only if {plain(entry['only_if'])}"
        title = entry.get("title") or entry.get("subject") or names.known(name, Reference((kind,))) or name
        causes = (*members(entry.get("status_because")), *members(entry.get("because")))
        return Condition(
            kind, name, str(title), by, str(entry.get("status") or "unknown"), *expected, blocker.get("severity"), note,
            tuple(dict.fromkeys(causes)),
        )  # fmt: skip

    for name, entry in _entries(state, "approvals"):
        by = names.of(entry["authority"], PARTY) if entry.get("authority") else ""
        yield condition("approval", name, entry, by, _expected(entry, feasible.get(name) or {}))
    for name, entry in _entries(state, "orders"):
        if ("order", name) in blockers or "closing" in members(entry.get("bars")):
            by = names.of(entry["issuer"], PARTY) if entry.get("issuer") else ""
            yield condition("order", name, entry, by, (entry.get("until"), "until"))
    for name, entry in _entries(state, "litigation"):
        if ("case", name) in blockers or not is_over("case", entry.get("status")):
            yield condition("case", name, entry, str(entry.get("court") or ""), (None, ""))
    for entry in members(state.get("votes")):
        if isinstance(entry, Mapping):
            body = names.of(entry["body"], PARTY) if entry.get("body") else ""
            yield Condition(
                "vote", "", str(entry.get("question") or "the deal"), body, str(entry.get("outcome") or "unknown"),
                entry.get("on"), "on", None, "", tuple(members(entry.get("because"))),
            )  # fmt: skip


def _entries(state: Entry, section: str) -> Iterator[tuple[str, Entry]]:
    yield from ((name, entry) for name, entry in (state.get(section) or {}).items() if isinstance(entry, Mapping))


def _expected(approval: Entry, feasible: Entry) -> tuple[str | None, str]:
    """The day by which an approval is expected, and what that day is."""
    if is_over("approval", approval.get("status")):
        return None, ""
    for day, words in ((approval.get("due"), "due"), (feasible.get("guaranteed_by"), "guaranteed by"),
                       (feasible.get("earliest"), "at the earliest")):  # fmt: skip
        if day:
            return str(day), words
    return None, ""
