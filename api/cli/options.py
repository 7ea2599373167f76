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
        typer.Option("--at", metavar="DATE", help="The world on this day, or at this instant.", rich_help_panel=PANEL),
    ] = None
    known_at: Annotated[
        str | None,
        typer.Option("--known-at", metavar="DATE", help="As it was known then.", rich_help_panel=PANEL),
    ] = None
    known_by: Annotated[
        str | None,
        typer.Option(
            "--known-by", metavar="recorded|published", help="Known to the record, or public.", rich_help_panel=PANEL
        ),
    ] = None
    known_version: Annotated[
        int | None,
        typer.Option("--known-version", help="Exactly so many events of the deal known.", rich_help_panel=PANEL),
    ] = None
    known_position: Annotated[
        int | None,
        typer.Option("--known-position", help="Exactly so many events of the log known.", rich_help_panel=PANEL),
    ] = None
    reading: Annotated[
        str | None,
        typer.Option(
            "--reading", metavar="earliest|latest", help="How imprecise dates are read.", rich_help_panel=PANEL
        ),
    ] = None
    layer: Annotated[
        str | None,
        typer.Option("--layer", metavar="all|facts", help="Facts leaves reports out.", rich_help_panel=PANEL),
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


Json = Annotated[bool, typer.Option("--json", help="The answer as JSON, for programs.")]
Deal = Annotated[str, typer.Argument(metavar="DEAL", help="The deal's id.")]
