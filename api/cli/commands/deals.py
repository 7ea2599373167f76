"""The commands deals, deadlines, events and types. Each takes --json, and a server or a database."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

import domain.events  # noqa: F401 - registers the vocabulary
from api.cli import output
from api.cli.command import command
from api.cli.connection import Place
from api.cli.deadline_view import by_due, deadline_table, with_names
from api.cli.options import Basis, DeadlineFilters, Deal, Ids, Json, ListName
from api.cli.output import cannot_be_read, indented, styled, table
from api.cli.state_view import with_ids
from api.client.client import QueryValue
from domain.event import REGISTRY
from domain.fields.description import describe
from domain.sections.deadline_status import PAST_DUE, overdue_words, standing
from domain.sentences import amounts
from domain.sentences.words import plain

SHOWN_EVENTS = 50
"""Default number of events printed."""

NO_DEALS = "There are no deals yet: parley demo loads two, parley import takes a file."
NO_DEALS_FOUND = (
    "No deal was found for these options. With --known-at, only what had been recorded by then is known; "
    "--known-by published takes what had been published."
)

app = typer.Typer()


@command(app)
def deals(
    basis: Basis,
    place: Place,
    status: Annotated[str | None, typer.Option("--status", help="Only deals of this status.")] = None,
    phase: Annotated[str | None, typer.Option("--phase", help="Only deals in this phase.")] = None,
    party: Annotated[str | None, typer.Option("--party", help="Only deals with this party.")] = None,
    find: Annotated[
        str | None,
        typer.Option(
            "--find",
            metavar="TEXT",
            help="Text in the title, subject or parties, or words in obligations and summaries.",
        ),
    ] = None,
    named: ListName = None,
    order: Annotated[
        str | None,
        typer.Option(
            "--order", metavar="due|[-]title|[-]status|[-]changed", help="By default by id; due: past due first."
        ),
    ] = None,
    json: Json = False,
) -> None:
    """List the deals of the record: now, or at a date as known at a date."""
    asked = {"status": status, "phase": phase, "party": party, "q": find, "list": named}
    with place.client() as client:
        found = list(client.deals(**asked, **_across(basis), order=order))
    if json:
        output.write_json({"items": found, "next": None})
        return
    rows = table("Deal", "Title", "Status", "Phase", wide="Title")
    for each in found:
        status = "cannot be read" if each.get("unreadable") else _said(each.get("status"))
        rows.add_row(
            styled(_said(each.get("deal_id"))),
            Text("\n").join((styled(_said(each.get("title"))), *_next_deadlines(each))),
            styled(status),
            styled(_said(each.get("phase"))),
        )
    narrowed = any((*basis.asked().values(), *asked.values()))
    _print(rows if found else styled(NO_DEALS_FOUND if narrowed else NO_DEALS))


@command(app)
def deadlines(
    basis: Basis,
    place: Place,
    filters: DeadlineFilters,
    deal: Annotated[str | None, typer.Argument(metavar="DEAL", help="One deal; without it, all of them.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Those that are over, too.")] = False,
    ids: Ids = False,
    json: Json = False,
) -> None:
    """List deadlines, overdue ones first, by the day they fall on: who set each, how it was counted, how far it can
    move."""
    asked = filters.asked()
    if deal is not None and asked:
        raise typer.BadParameter(f"{_option(next(iter(asked)))} is asked of all deals; leave out {deal}.")
    with place.client() as client:
        if deal is None:
            across = {**asked, **_across(basis, everything=everything)}
            found: list[Mapping[str, Any]] = list(client.deadlines(**across))
            for each in client.deals(unreadable=True, list=filters.named):
                output.stderr_console().print(cannot_be_read(each["deal_id"], each["reason"]))
        else:
            state = client.state(deal, **basis.asked())
            found = [
                {"deal_id": deal, "deadline_id": name, **each}
                for name, each in with_names(by_due(state), with_ids(state) if ids else state)
                if everything or standing(each) != "over"
            ]
    if json:
        output.write_json({"items": found, "next": None})
    elif found:
        _print(deadline_table((each["deadline_id"], {**each, "label": _label(each, deal, ids=ids)}) for each in found))
    else:
        _print(styled(_no_deadlines(everything=everything, narrowed=bool(asked))))


def _option(name: str) -> str:
    return "--overdue or --to-come" if name == "overdue" else f"--{name}"


def _no_deadlines(*, everything: bool, narrowed: bool) -> str:
    if narrowed:
        return "No open deadline was found for these options."
    return (
        "No deadline is known." if everything else "No deadline is open; --all with a DEAL shows those that are over."
    )


def _label(row: Mapping[str, Any], deal: str | None, *, ids: bool) -> str:
    """What is printed above a deadline: in a list across deals its deal, and its id where ids were asked for."""
    title = "" if deal else (row.get("member_names") or {}).get("deal_id", row["deal_id"])
    own = row["deadline_id"] if deal else f"{row['deal_id']}: {row['deadline_id']}"
    return " ".join(filter(None, (title, f"({own})" if ids else "")))


@command(app)
def events(
    deal: Deal,
    place: Place,
    kind: Annotated[
        str | None, typer.Option("--type", help="Of this type, or group such as bid.*; several by commas.")
    ] = None,
    actor: Annotated[str | None, typer.Option("--actor", help="Of this actor.")] = None,
    since: Annotated[str | None, typer.Option("--from", metavar="DATE", help="Occurred then or later.")] = None,
    until: Annotated[str | None, typer.Option("--to", metavar="DATE", help="Occurred before then.")] = None,
    order: Annotated[
        str | None, typer.Option("--order", metavar="[-]version|[-]occurred", help="By default, as recorded.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=0, help="Maximum number of events; 0: all.")] = SHOWN_EVENTS,
    voided: Annotated[bool, typer.Option("--voided", help="Voided ones, too.")] = False,
    ids: Ids = False,
    json: Json = False,
) -> None:
    """List a deal's events, oldest first."""
    asked = {
        "type": kind,
        "actor": actor,
        "occurred_from": since,
        "occurred_to": until,
        "order": order,
        "include": "voided" if voided else None,
    }
    with place.client() as client:
        # One more than wanted, to know whether there are more.
        found = list(client.events(deal, **asked, limit=limit + 1 if limit else None))
    more = bool(limit) and len(found) > limit
    found = found[:limit] if more else found
    if json:
        output.write_json({"items": found, "more": more})
    else:
        show_events(output.stdout_console(), found, more, ids=ids)


@command(app)
def types(
    place: Place,
    name: Annotated[str | None, typer.Argument(metavar="TYPE", help="One type, in full.")] = None,
    json: Json = False,
) -> None:
    """List the vocabulary of events, or explain one type: its fields, an example, what it does.

    Without --server it is this program's own.
    """
    from api.cli import event_type_view

    if name is None:
        every = list(_every_type(place, in_full=json))
        if json:
            output.write_json({"items": every, "next": None})
        else:
            event_type_view.show_all(output.stdout_console(), every)
        return
    one = _one_type(place, name)
    if json:
        output.write_json(one)
    else:
        event_type_view.show_one(output.stdout_console(), one)


def _every_type(place: Place, *, in_full: bool) -> Iterator[Mapping[str, Any]]:
    """The event types of the server, or of this program; in full with their schemas, which take a moment to build."""
    if place.server:
        with place.client() as client:
            yield from client.event_types()
    elif in_full:
        from api.events.type_routes import described

        yield from map(described, REGISTRY)
    else:
        for name, cls in REGISTRY.items():
            yield {"type": name, "description": (cls.__doc__ or "").strip()}


def _one_type(place: Place, name: str) -> Mapping[str, Any]:
    from api.events.type_routes import described

    if not place.server:
        return described(name)
    with place.client() as client:
        return client.event_type(name)


def _across(basis: Basis, *, everything: bool = False) -> dict[str, QueryValue]:
    """The query for all deals. Raises typer.BadParameter for what only one deal can be asked."""
    asked = basis.asked()
    alone = {
        "--known-version": asked.pop("known_version"),
        "--reading": asked.pop("reading"),
        "--all": everything or None,
    }
    for option, value in alone.items():
        if value is not None:
            raise typer.BadParameter(f"{option} is asked of one deal; name a DEAL.")
    return asked


def show_events(console: Console, found: Iterable[Mapping[str, Any]], more: bool = False, *, ids: bool = False) -> None:
    """One event per row: its version, when it occurred, what it says; with the ids that it names, if asked for."""
    rows = table("Version", "Occurred", "Event", wide="Event")
    for each in found:
        rows.add_row(
            styled(str(each["version"])),
            styled(short_date(each["occurred"])),
            styled(
                (each["type"], "bold"),
                (f"  {each['id']}", "dim"),
                (f"  {became}" if (became := _became(each)) else "", "yellow"),
                "\n" + str(each.get("text") or each.get("summary") or ""),
                (f"\n{', '.join(_ids_of(each))}" if ids else "", "dim"),
            ),
        )
    console.print(rows if rows.row_count else styled("No event answers to that."))
    if more:
        console.print(indented(styled(("There are more: --limit 0 lists all.", "dim"))))


def _ids_of(event: Mapping[str, Any]) -> Iterator[str]:
    """The ids that an event names, each once."""
    data, cls = event.get("data") or {}, REGISTRY.get(event["type"])
    fields = describe(cls).values() if cls is not None else ()
    given = (data.get(field.name) for field in fields if field.names_entities)
    values = (each for value in given for each in (value if isinstance(value, list) else [value]))
    yield from dict.fromkeys(each for each in values if isinstance(each, str))


def _became(event: Mapping[str, Any]) -> str:
    """The status of an event in a word (corrected, voided, erased); empty for an event as recorded."""
    if event.get("erased"):
        return "erased"
    return "voided" if event.get("voided_by") else "corrected" if event.get("corrected_by") else ""


def short_date(text: str) -> str:
    """A date as written; a long set over two lines."""
    return text if len(text) <= 20 else text.replace("..", "..\n").replace(",", ",\n").replace("/", "/\n")


def _said(value: Any) -> str:
    """A plain cell: of a value with its causes, the value."""
    if isinstance(value, Mapping):
        value = value.get("value")
    return plain(str(value)) if value is not None else ""


def _next_deadlines(deal: Mapping[str, Any]) -> Iterator[Text]:
    """The deadline that has been overdue for the longest time, then the next one."""
    worst = deal.get("most_overdue")
    if worst:
        more = f", and {deal['overdue'] - 1} more" if deal["overdue"] > 1 else ""
        words = overdue_words({"status": PAST_DUE, **worst})
        yield styled((f"{words}: {worst['obligation'] or worst['deadline_id']}{more}", "red"))
    if deal.get("next_due"):
        left = amounts.left(deal.get("days_left"))
        what = deal.get("next_obligation") or "the next deadline"
        yield styled((f"{deal['next_due']}{f' ({left})' if left else ''}: {what}", "dim"))


def _print(what: Any) -> None:
    output.stdout_console().print(what)
