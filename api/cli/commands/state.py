"""The command state: a deal at a date, as known at a date."""

import typer

from api.cli import output
from api.cli.command import command
from api.cli.connection import Place
from api.cli.options import Basis, Deal, Ids, Json
from api.cli.state_view import show_state, with_ids

app = typer.Typer()


@command(app)
def state(deal: Deal, basis: Basis, place: Place, ids: Ids = False, json: Json = False) -> None:
    """Show the state of a deal at a date, as known at a date.

    Without dates: now, with the latest knowledge. With --at alone: that day, with the latest
    knowledge. With --known-at alone: that day as it was known then.
    """
    with place.client() as client:
        found = client.state(deal, **basis.asked())
    if json:
        output.write_json(found)
    else:
        show_state(output.stdout_console(), with_ids(found) if ids else found)
