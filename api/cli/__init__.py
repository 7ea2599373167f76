"""The command line: `parley`."""

import typer

from api.cli import output
from api.cli.commands import api_keys, audit, backup, deals, events, maintenance, replay, serve, signing_keys, temporal

HELP = """The record of negotiations under pressure: what is the date, who set it, can it move, what did we know.

Without --server or --database a command works on its own PostgreSQL in ./.parley, which it starts and stops.

Dates are days such as 2020-09-12, or instants with an offset. Exit codes: 0 fine, 1 refused or tampered, 2 usage."""

app = typer.Typer(name="parley", help=HELP, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)

for each in (serve, deals, replay, temporal, events, audit, signing_keys, backup, api_keys, maintenance):
    each.add(app)


def main() -> None:
    """Run the command line."""
    output.escape_unencodable()
    app(prog_name="parley")
