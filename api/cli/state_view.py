"""A state as plain text: its sections in the order of what is asked first, and its basis."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.text import Text

from api import formatting
from api.cli import agreement_view as contents
from api.cli.agreement_view import WITH_IDS, id_of
from api.cli.deadline_view import by_due, deadline_table, with_names
from api.cli.output import heading, indented, styled
from domain.entities.approval import Approval
from domain.entities.deadline import Deadline
from domain.fields.types import ANY_ENTITY, PARTY, Reference
from domain.sections.deadline_status import overdue_words
from domain.sentences import amounts
from domain.sentences.names import Names
from domain.sentences.words import capitalized, plain
from domain.state import SECTIONS
from domain.state_paths import members
from projections.sentences.member_references import reference_in
from projections.sentences.rule_texts import clearing_text, rule_text

State = Mapping[str, Any]

DEADLINE = Reference((Deadline.KIND,))

MOST = 12
"""Entries of a list that are printed; the rest are counted."""


def show_state(console: Console, state: State, *, brief: bool = False) -> None:
    """Print a state. Sections that are absent or empty are not printed; `brief` prints only
    deadlines, bids and blockers."""
    for part in parts(state, brief):
        console.print(part)


def parts(state: State, brief: bool = False) -> Iterable[RenderableType]:
    """The sections, in the order printed."""
    yield title(state)
    if not state["exists"]:
        yield styled("The record holds nothing of this deal by then.")
        yield basis(state)
        return
    yield summary(state)
    for section in FIRST if brief else (*FIRST, *FURTHER):
        yield from section(state)
    yield basis(state)


def title(state: State) -> Text:
    deal = state["deal"]
    return styled((str(deal.get("title") or deal["id"]), "bold"), f"  ({deal['id']})")


def summary(state: State) -> Text:
    """Status and phase in a sentence, and the next binding date."""
    status = state.get("status") or {}
    value = status.get("value")
    told = f"{value.capitalize()} since {status['since']}" if value else "Not opened yet"
    phase = f", phase: {plain(state['phase'])}" if state.get("phase") else ""
    held, following = state.get("deadlines") or {}, state.get("next_deadline") or {}
    late = [(held[name], overdue_words(held[name])) for name in members(following.get("overdue")) if name in held]
    due = held.get(following.get("binding"), {}).get("due")
    return styled(
        f"{told}{phase}.",
        *((f" {words.capitalize()}: {each['obligation']} ({each['due']}).", "bold red") for each, words in late[:1]),
        f" {len(late) - 1} more overdue." if len(late) > 1 else "",
        f" Next binding date: {due}." if due else "",
    )


def deadlines(state: State) -> Iterable[RenderableType]:
    held = state.get("deadlines") or {}
    if not held:
        return
    yield Group(heading("Deadlines"), deadline_table(with_names(by_due(state), state)))


def _binding(state: State, conflict: State) -> str:
    """Which of the dates in conflict binds, by its name."""
    binds = conflict["binds"]
    name = Names(state).known(binds, DEADLINE) if binds else None
    return f" {capitalized(name) if name else binds}{id_of(state, binds)} binds." if binds else ""


def conflicts(state: State) -> Iterable[RenderableType]:
    lines = [
        styled((f"{each['rule']} ", "yellow"), rule_text(each["why"], state), _binding(state, each))
        for each in state.get("conflicts") or ()
    ]
    yield from _section(SECTIONS["conflicts"].title, lines)


def bids(state: State) -> Iterable[RenderableType]:
    held = state.get("bids") or {}
    names = Names(state)
    lines = []
    for name, bid in sorted(held.items(), key=lambda item: item[1]["status"] in SECTIONS["bids"].over):
        who = names.all_of(members(bid["bidders"]), PARTY) or f"the bid {name}"
        parts = [plain(bid["status"] or "status unknown")]
        if bid.get("price"):
            parts.append(amounts.money(bid["price"]))
        if bid.get("territories"):
            parts.append("for " + ", ".join(members(bid["territories"])))
        if bid.get("days_silent"):
            parts.append(f"no news for {amounts.days(bid['days_silent'])}")
        lines.append(styled((who, "bold"), f"{id_of(state, name)}: {', '.join(parts)}"))
    yield from _section(SECTIONS["bids"].title, lines)


def approvals(state: State) -> Iterable[RenderableType]:
    """Blockers: each approval with its condition in words, then the others."""
    names = Names(state)
    blockers = state.get("blockers") or ()
    blocking = {each["id"]: each for each in blockers if each["kind"] == Approval.KIND}
    held = state.get("approvals") or {}
    lines = [_approval(state, name, each, blocking.get(name)) for name, each in held.items()]
    lines += [
        styled(
            (f"{each['severity']} ", _hardness(each)),
            names.of(each["id"], reference_in(each, "id") or ANY_ENTITY),
            f"{id_of(state, each['id'])}: clears when {clearing_text(each, state)}",
        )
        for each in blockers
        if each["kind"] != Approval.KIND or each["id"] not in held
    ]
    yield from _section("Approvals and blockers", lines)


def _approval(state: State, name: str, approval: State, blocker: State | None) -> Text:
    names = Names(state)
    subject = f", for {approval['subject']}" if approval.get("subject") else ""
    when = f", needed {names.condition(approval['only_if'])}" if approval.get("only_if") else ""
    due = f", due {approval['due']}" if approval.get("due") else ""
    bars = ("; bars closing" if blocker["severity"] == "hard" else "; outstanding condition") if blocker else ""
    by = approval.get("authority")
    called = f"approval by {names.party(by) or by}{id_of(state, name)}" if by else f"approval {name}"
    return styled((f"{plain(approval['status'])} ", _hardness(blocker)), f"{called}{subject}{when}{due}{bars}")


def _hardness(blocker: State | None) -> str:
    return "dim" if blocker is None else "red" if blocker["severity"] == "hard" else "yellow"


def structures(state: State) -> Iterable[RenderableType]:
    names, lines = Names(state), []
    for name, variant in (state.get("variants") or {}).items():
        goes = f"; includes: {names.all_of(members(variant['assets_in']), PARTY)}" if variant.get("assets_in") else ""
        stays = (
            f"; excludes: {names.all_of(members(variant['assets_out']), PARTY)}" if variant.get("assets_out") else ""
        )
        lines.append(
            styled((f"{variant['status']} ", "dim"), f"{variant.get('label') or name}{id_of(state, name)}{goes}{stays}")
        )
    yield from _section(SECTIONS["variants"].title, lines)


def orders(state: State) -> Iterable[RenderableType]:
    lines = [
        styled(
            (f"{plain(order['status'])} ", "dim"),
            f"{order.get('title') or name}{id_of(state, name)}",
            f", from {order['effective']}" if order.get("effective") else "",
            f", until {order['until']}" if order.get("until") else "",
        )
        for name, order in (state.get("orders") or {}).items()
    ]
    yield from _section(SECTIONS["orders"].title, lines)


def cases(state: State) -> Iterable[RenderableType]:
    names, lines = Names(state), []
    for name, case in (state.get("litigation") or {}).items():
        parties = " v. ".join(
            names.all_of(members(case[side]), PARTY) for side in ("plaintiffs", "defendants") if case.get(side)
        )
        granted = dict.fromkeys(
            plain(each["relief"]) for each in case.get("relief") or () if each["status"] == "granted"
        )
        about = [
            told for told in (parties or case.get("court"), granted and f"{amounts.listed(granted)} granted") if told
        ]
        lines.append(styled((f"{case['status']} ", "dim"), f"{'; '.join(about) or name}{id_of(state, name)}"))
    yield from _section(SECTIONS["litigation"].title, lines)


def coming(state: State) -> Iterable[RenderableType]:
    yield from _section(
        SECTIONS["scheduled"].title,
        [styled(f"{each['on']}  {each['what']}{id_of(state, each['id'])}") for each in state.get("scheduled") or ()],
    )


def possible(state: State) -> Iterable[RenderableType]:
    """Events whose imprecise date includes valid_at: applied, but not certain."""
    lines = [
        styled(
            f"{each['id']} {each['type']}, {formatting.day_of(each['earliest'])} to {formatting.day_of(each['latest'])}"
        )
        for each in state.get("possible_events") or ()
    ]
    yield from _section(SECTIONS["possible_events"].title, lines)


def odd(state: State) -> Iterable[RenderableType]:
    yield from _section(
        SECTIONS["anomalies"].title,
        [
            styled((f"{each['rule']} ", "yellow"), rule_text(each["why"], state))
            for each in state.get("anomalies") or ()
        ],
    )


def with_ids(state: State) -> State:
    """A state that is printed with the ids behind its names."""
    parties = {
        name: {**each, "name": f"{each['name']} ({name})"} if each.get("name") else each
        for name, each in (state.get("parties") or {}).items()
    }
    given = {name: f"{told} ({name})" for name, told in (state["deal"].get("names") or {}).items()}
    return {**state, "parties": parties, "deal": {**state["deal"], "names": given}, WITH_IDS: True}


def _section(name: str, lines: list[Text]) -> Iterable[RenderableType]:
    if not lines:
        return
    more = [styled((f"and {len(lines) - MOST} more: --json has them all", "dim"))] if len(lines) > MOST else []
    yield Group(heading(name), *(indented(line) for line in [*lines[:MOST], *more]))


def _titled(name: str, lines: Callable[[State], Iterable[Text]]) -> Callable[[State], Iterable[RenderableType]]:
    """A section of these lines, under the title of the section of a state of that name, else under the name."""
    title = SECTIONS[name].title if name in SECTIONS else name
    return lambda state: _section(title, list(lines(state)))


def basis(state: State) -> Text:
    """The basis of the state: valid time and known time, to the microsecond."""
    asked = state["basis"]
    flags = [
        told
        for flag, told in (
            ("hindsight", "With hindsight: knowledge is later than the date."),
            ("projected", "Projected: the date has not come yet."),
        )
        if asked.get(flag)
    ]
    facts = ["Facts only: reports are left out."] if asked.get("layer") == "facts" else []
    latest = ["Imprecise dates are read at their latest."] if asked.get("reading") == "latest" else []
    told = (
        f"\nValid at {asked['valid_at']}. Known at {asked['known_at']} by what was {asked['known_by']}, "
        f"version {asked['known_version']} of the deal, position {asked['known_position']} of the log."
    )
    return styled((" ".join((told, *flags, *facts, *latest)), "dim"))


FIRST = (_titled("ended", contents.ended), deadlines, conflicts, bids, approvals)
FURTHER = (
    _titled("agreements", contents.agreements), _titled("terms", contents.terms),
    _titled("valuation", contents.valuation), _titled("votes", contents.votes), _titled("stances", contents.stances),
    _titled("feasibility", contents.feasibility), structures, orders, cases,
    _titled("Pressures, penalties and remedies", contents.other_acts),
    _titled("links", contents.links), coming, possible,
    _titled("unknowns", contents.unknowns), odd,
)  # fmt: skip
