"""The decorator of commands: groups of options declared once, and one handling of errors."""

import inspect
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from functools import wraps
from typing import Any

import psycopg
import typer

from api.cli import output
from domain.errors import BadQuestion, ParleyError
from domain.fields.text import unstorable

REFUSED = 1
"""Exit code: the request was refused, or a verification failed."""

USAGE = 2
"""Exit code: usage error."""


def command(
    app: typer.Typer, name: str | None = None, *, alone: bool = False, other_options: bool = False
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register a command. A parameter whose type is a dataclass becomes one option for each of its fields.

    `alone`: it runs when a group is called without a subcommand. `other_options`: options that are not declared are
    among its arguments, as they were typed.
    """

    def register(function: Callable[..., None]) -> Callable[..., None]:
        signature = inspect.signature(function, eval_str=True)
        groups: dict[str, Any] = {
            each.name: each.annotation for each in signature.parameters.values() if is_dataclass(each.annotation)
        }
        plain = [each for each in signature.parameters.values() if each.name not in groups]
        options = [option for group in groups.values() for option in _options(group)]

        @wraps(function)
        def run(**given: Any) -> None:
            for given_name, value in given.items():
                _check_text(given_name, value)
            made = {
                name: group(**{each.name: given.pop(each.name) for each in fields(group)})
                for name, group in groups.items()
            }
            try:
                function(**given, **made)
            except ParleyError as error:
                raise typer.Exit(refuse(error)) from error
            except OSError as error:
                if error.filename is None:
                    raise
                raise typer.Exit(refuse(FileRefused(f"{error.filename} cannot be used: {error.strerror}."))) from error
            except psycopg.Error as error:
                raise typer.Exit(refuse(_no_database(error))) from error
            except KeyboardInterrupt:
                raise typer.Exit(130) from None

        keyword = [each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in (*plain, *options)]
        run.__signature__ = signature.replace(parameters=keyword)  # type: ignore[attr-defined]  # read by inspect
        taken = {"ignore_unknown_options": other_options}
        register_as = app.callback(invoke_without_command=True) if alone else app.command(name, context_settings=taken)
        register_as(run)
        return run

    return register


def _check_text(name: str, value: Any) -> None:
    """Raises typer.BadParameter for a text that no request can contain: bytes that are not UTF-8, or NUL."""
    for text in value if isinstance(value, list) else [value]:
        found = unstorable(text) if isinstance(text, str) else None
        if found is None:
            continue
        option = name.replace("_", "-")
        if found[0] == "\0":
            raise typer.BadParameter(f"{option} holds a NUL character: leave it out.")
        raise typer.BadParameter(f"{option} is not UTF-8: {text!r}. Type it in a UTF-8 terminal.")


def _options(group: Any) -> list[inspect.Parameter]:
    parameters = inspect.signature(group).parameters.values()
    return [each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in parameters]


def refuse(error: ParleyError) -> int:
    """Print an error; returns its exit code."""
    output.refuse(error)
    return USAGE if isinstance(error, BadQuestion) or error.code == BadQuestion.code else REFUSED


def _no_database(error: psycopg.Error) -> ParleyError:
    said = (str(error).strip().splitlines() or [type(error).__name__])[0]
    if isinstance(error, psycopg.OperationalError):
        return NoDatabase(f"The database cannot be used: {said}")
    return DatabaseRefused(f"The database refused it: {said}")


class FileRefused(ParleyError):
    """A file cannot be read or written."""

    code = "file-refused"


class NoDatabase(ParleyError):
    """The database cannot be reached, or refuses the connection."""

    code = "database-away"


class DatabaseRefused(ParleyError):
    """The database refused a statement, such as for a missing privilege."""

    code = "database-refused"
