"""The command line: `parley`."""

import typer

from api.cli import output
from api.cli.commands import (
    api_keys,
    assistant,
    audit,
    backup,
    deal_lists,
    deals,
    events,
    logs,
    maintenance,
    replay,
    serve,
    signing_keys,
    state,
    tables,
    temporal,
)

HELP = """Event-sourced, bitemporal record of negotiations: deadlines, conditions, bids, and what was known when.

Without --server or --database a command uses the embedded PostgreSQL in ./.parley, which it starts and stops.

Dates are days such as 2020-09-12, or instants with an offset.
Exit codes: 0 success, 1 refused or tampered, 2 usage error."""

app = typer.Typer(name="parley", help=HELP, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)

TOPICS = (
    serve, state, deals, deal_lists, replay, temporal, events, audit, backup, maintenance, logs, signing_keys, api_keys,
    assistant, tables,
)  # fmt: skip
"""The modules of the commands, in the order of the help."""

for each in TOPICS:
    app.add_typer(each.app)


def main() -> None:
    """Run the command line."""
    output.escape_unencodable()
    app(prog_name="parley")
