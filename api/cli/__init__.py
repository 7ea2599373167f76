"""The command line: `parley`."""

import typer

from api.cli import care, comparing, keys, log_keys, reading, replaying, running, saving, sealing, terminal, writing

HELP = """The record of negotiations under pressure: what is the date, who set it, can it move, what did we know.

Dates are days such as 2020-09-12, or instants with an offset. Exit codes: 0 fine, 1 refused or tampered, 2 usage."""

app = typer.Typer(name="parley", help=HELP, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)

for each in (running, reading, replaying, comparing, writing, sealing, log_keys, saving, keys, care):
    each.add(app)


def main() -> None:
    """Run the command line."""
    terminal.escape_unencodable()
    app(prog_name="parley")
