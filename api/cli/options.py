"""The parameters of the basis (valid time, known time) as options."""

from dataclasses import dataclass
from typing import Annotated

import typer

from api.client.client import QueryValue

PANEL = "Which moment"


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


Ids = Annotated[bool, typer.Option("--ids", help="Print the ids behind the names, too.")]
Json = Annotated[bool, typer.Option("--json", help="The answer as JSON, for programs.")]
Deal = Annotated[str, typer.Argument(metavar="DEAL", help="The deal's id.")]
