"""Deadlines as a table: due day, days left, obligation, obligor and status."""

from collections.abc import Iterable, Mapping
from typing import Any

from rich.console import RenderableType

from api import formatting
from api.cli.agreement_view import WITH_IDS
from api.cli.output import styled, table
from domain.sections.deadline_status import rank, standing
from domain.sentences import amounts
from domain.sentences.names import Names
from domain.sentences.words import plain
from domain.state_paths import members
from domain.time.edtf import closing
from domain.time.instants import zone
from projections.tables.deadlines import member_names, names_by_id

State = Mapping[str, Any]

DUE_STYLES = {"overdue": "bold red", "open": "bold", "over": "dim"}


def by_due(state: State) -> list[tuple[str, State]]:
    """The deadlines of a deal: overdue ones that bind, others past due, open ones, those that are over; each by the
    moment that closes them."""
    here = zone(state["deal"]["tz"])
    held = state.get("deadlines") or {}
    return sorted(
        held.items(), key=lambda item: (rank(item[0], item[1], state), closing(item[1]["due"], here), item[0])
    )


def with_names(rows: Iterable[tuple[str, State]], state: State) -> list[tuple[str, State]]:
    """Deadlines of a state with the names of those who set them, as the list across deals has them."""
    names = Names(state)
    shown = bool(state.get(WITH_IDS))
    told: list[tuple[str, State]] = []
    for name, each in rows:
        called = member_names(each, names)
        label = {"label": f"({name})"} if shown else {}
        told.append((name, {**each, "names": names_by_id(each, called), "member_names": called, **label}))
    return told


def deadline_table(rows: Iterable[tuple[str, State]]) -> RenderableType:
    """Due day, days left, obligation, obligor and status; below, how the day was computed and how far it can move.

    A member `label` is printed above a deadline.
    """
    made = table("Due", "Left", "What, and who set it", "Force and status", wide="What, and who set it")
    for name, deadline in rows:
        due_style = DUE_STYLES[standing(deadline)]
        label = f"{deadline['label']}\n" if deadline.get("label") else ""
        what = styled((label, "dim"), (deadline.get("obligation") or name) + "\n", (_setter(deadline), "dim"))
        for line in (*_count(deadline), *_moves(deadline)):
            what.append("\n")
            what.append(styled((line, "dim")))
        made.add_row(
            styled((deadline["due"] or "no date", due_style)),
            styled((_left(deadline), due_style)),
            what,
            styled(plain(deadline["force"]), "\n", (_status(deadline), _colour(deadline["status"]))),
        )
    return made


def _setter(deadline: State) -> str:
    said = deadline["force"] in formatting.SAID
    names, order, setter = deadline.get("member_names") or {}, deadline.get("order_id"), deadline.get("set_by")
    under = f" under {names.get('order_id', order)}" if order else ""
    again = deadline.get("reaffirmed_count") or 0
    times = "once" if again == 1 else f"{again} times"
    repeated = f", reaffirmed {times}, last on {deadline['last_reaffirmed']}" if again else ""
    return f"{'said' if said else 'set'} by {names.get('set_by', setter) or 'an unnamed party'}{under}{repeated}"


def _count(deadline: State) -> Iterable[str]:
    """How the day was computed, and whether it is a working day; nothing for a deadline that is over."""
    if standing(deadline) == "over":
        return
    steps = [step for step in members(deadline.get("trace")) if not step.startswith("The instrument names")]
    if steps:
        yield " ".join(steps)
    day = formatting.weekend(deadline["due"])
    if day:
        yield f"{deadline['due']} is a {day}, not rolled"


def _moves(deadline: State) -> Iterable[str]:
    ledger = deadline.get("extension") or {}
    used, more, latest = ledger.get("used"), ledger.get("left"), ledger.get("latest_possible")
    if latest is not None and more is not None:
        yield f"extension: {amounts.days(used or 0)} used, up to {more} more, latest {latest}"
    elif used:
        yield f"extension: {amounts.days(used)} used, first due {deadline['first_due']}, no cap known"
    for branch in deadline.get("alternatives") or ():
        yield f"{branch.get('condition') or 'otherwise'}: {branch.get('due')} ({branch.get('status')})"


def _status(deadline: State) -> str:
    return "open when the deal ended" if deadline.get("frozen") else plain(deadline["status"])


def _left(deadline: State) -> str:
    """The days left; none of a deadline without a date, nor of one that the end of the deal froze."""
    return "" if deadline["due"] is None or deadline.get("frozen") else formatting.time_left(deadline)


def _colour(status: str) -> str:
    return {"past_due": "red", "lapsed": "red", "extended": "yellow", "pending": "green"}.get(status, "dim")
