"""The reference of the command line as Markdown, made from the commands themselves.

`python -m api.cli.manual FILE` writes it; a test holds the copy in docs/reference to what this makes.
"""

import inspect
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer.main

from api.cli import HELP, app
from api.cli.connection import PANEL as PLACE
from api.cli.options import PANEL as MOMENT

OFTEN = {PLACE: "WHERE", MOMENT: "BASIS"}
"""Groups of options that many commands share: explained once."""

ALONE = "DATABASE"
"""Where the record is, for commands that no server can be asked for."""


def page() -> str:
    """The whole reference."""
    return "\n".join(_lines()).rstrip() + "\n"


def _lines() -> Iterator[str]:
    commands = dict(_commands(typer.main.get_command(app), ""))
    yield "# Commands"
    yield ""
    yield HELP
    yield ""
    yield "Without `--server` or `--database` a command works on our own PostgreSQL in `./.parley`, which it starts and"
    yield "stops. Whatever a command asks goes through the same doors as a request over HTTP."
    for panel, name in OFTEN.items():
        yield ""
        alone = f" (`{ALONE}`: the last two of them)" if panel == PLACE else ""
        yield f"{panel}, written `{name}` below{alone}:"
        yield ""
        yield from _table(_shared(commands, panel))
    for name, command in commands.items():
        yield from _command(name, command)


def _commands(group: Any, prefix: str) -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            if command.invoke_without_command:
                yield f"{prefix}{name}", command
            yield from _commands(command, f"{prefix}{name} ")
        else:
            yield f"{prefix}{name}", command


def _shared(commands: dict[str, Any], panel: str) -> list[Any]:
    """The options of a group, from the command that has most of them."""
    found = ([each for each in command.params if _panel(each) == panel] for command in commands.values())
    return max(found, key=len)


def _command(name: str, command: Any) -> Iterator[str]:
    arguments = [each for each in command.params if each.param_type_name == "argument"]
    options = [each for each in command.params if each.param_type_name == "option" and _panel(each) not in OFTEN]
    shared = list(dict.fromkeys(filter(None, (_group(each, command) for each in command.params))))
    yield ""
    yield f"## parley {name}"
    yield ""
    yield inspect.cleandoc(command.help or "")
    yield ""
    shown = [*map(_written, arguments), *shared]
    yield f"    {' '.join(['parley', name, *shown])}"
    if arguments or options:
        yield ""
        yield from _table([*arguments, *options])


def _group(option: Any, command: Any) -> str | None:
    """The name of the group that an option belongs to; that of a record without its server is another."""
    name = OFTEN.get(_panel(option) or "")
    return ALONE if name == "WHERE" and "server" not in {each.name for each in command.params} else name


def _panel(parameter: Any) -> str | None:
    return getattr(parameter, "rich_help_panel", None)


def _written(argument: Any) -> str:
    """An argument as it stands in a line of use."""
    name = str(argument.metavar or argument.name.upper())
    return name if argument.required else f"[{name}]"


def _table(parameters: list[Any]) -> Iterator[str]:
    yield "| | |"
    yield "|---|---|"
    for each in parameters:
        if each.param_type_name == "argument":
            name = str(each.metavar or each.name.upper())
        else:
            value = "" if each.is_flag else f" {each.metavar or each.opts[0].strip('-').upper()}"
            name = f"{', '.join(each.opts)}{value}"
        required = " Required." if each.required and each.param_type_name == "option" else ""
        yield f"| `{_cell(name)}` | {_cell(each.help or '')}{required} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), encoding="utf-8")
