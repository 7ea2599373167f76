"""Options that several commands have: the basis (valid time, known time), filters across deals, forms of output."""

from dataclasses import dataclass, fields
from typing import Annotated

import typer

from api.client.client import QueryValue

PANEL = "Which moment"
ACROSS = "Across deals"
"""The panel of the options of a list across deals."""


@dataclass(frozen=True, slots=True)
class Basis:
    """The basis of the answer; dates are parsed as the API parses them."""

    at: Annotated[
        str | None,
        typer.Option("--at", metavar="DATE", help="Valid time: a day (its end) or an instant.", rich_help_panel=PANEL),
    ] = None
    known_at: Annotated[
        str | None,
        typer.Option(
            "--known-at", metavar="DATE", help="Known time: a day (its end) or an instant.", rich_help_panel=PANEL
        ),
    ] = None
    known_by: Annotated[
        str | None,
        typer.Option(
            "--known-by",
            metavar="recorded|published",
            help="Known time by recording or by publication.",
            rich_help_panel=PANEL,
        ),
    ] = None
    known_version: Annotated[
        int | None,
        typer.Option("--known-version", help="Known version of the deal.", rich_help_panel=PANEL),
    ] = None
    known_position: Annotated[
        int | None,
        typer.Option("--known-position", help="Known position of the log.", rich_help_panel=PANEL),
    ] = None
    reading: Annotated[
        str | None,
        typer.Option("--reading", metavar="earliest|latest", help="Reading of imprecise dates.", rich_help_panel=PANEL),
    ] = None
    layer: Annotated[
        str | None,
        typer.Option("--layer", metavar="all|facts", help="facts: without reports.", rich_help_panel=PANEL),
    ] = None

    def asked(self) -> dict[str, QueryValue]:
        """The query parameters, as the API names them."""
        return {
            "valid_at": self.at,
            "known_at": self.known_at,
            "known_by": self.known_by,
            "known_version": self.known_version,
            "known_position": self.known_position,
            "reading": self.reading,
            "layer": self.layer,
        }


@dataclass(frozen=True, slots=True)
class DeadlineFilters:
    """Which deadlines of all deals are listed."""

    within: Annotated[
        str | None,
        typer.Option("--within", metavar="DAYS", help="Due within so many days, such as 30d.", rich_help_panel=ACROSS),
    ] = None
    overdue: Annotated[
        bool | None,
        typer.Option(
            "--overdue/--to-come", help="Only past due without an outcome, or only to come.", rich_help_panel=ACROSS
        ),
    ] = None
    binding: Annotated[
        bool | None,
        typer.Option("--binding/--not-binding", help="Only those that bind, or not.", rich_help_panel=ACROSS),
    ] = None
    force: Annotated[
        str | None, typer.Option("--force", help="Of this force, such as statutory.", rich_help_panel=ACROSS)
    ] = None
    party: Annotated[
        str | None, typer.Option("--party", help="Of deals with this party, or set by it.", rich_help_panel=ACROSS)
    ] = None
    kind: Annotated[
        str | None, typer.Option("--kind", help="Of deals of this kind, such as merger.", rich_help_panel=ACROSS)
    ] = None
    jurisdiction: Annotated[
        str | None, typer.Option("--jurisdiction", help="Of deals in this jurisdiction.", rich_help_panel=ACROSS)
    ] = None
    named: Annotated[
        str | None,
        typer.Option("--list", metavar="LIST", help="Only the deals of this list.", rich_help_panel=ACROSS),
    ] = None

    def asked(self) -> dict[str, QueryValue]:
        """The query parameters, as the API names them."""
        given = {each.name: getattr(self, each.name) for each in fields(self)}
        return {"list" if name == "named" else name: value for name, value in given.items() if value is not None}


Ids = Annotated[bool, typer.Option("--ids", help="Print the ids behind the names, too.")]
Json = Annotated[bool, typer.Option("--json", help="The answer as JSON, for programs.")]
ListName = Annotated[str | None, typer.Option("--list", metavar="LIST", help="Only the deals of this list.")]
Deal = Annotated[str, typer.Argument(metavar="DEAL", help="The deal's id.")]
