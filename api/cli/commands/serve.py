"""The commands that run a server: serve, work, demo."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli import output
from api.cli.command import command
from api.cli.connection import Store
from api.cli.output import styled
from api.cli.state_view import show_state

PORTS_TRIED = 20
"""Ports after the default one that demo tries before it takes any free port."""

Port = Annotated[int | None, typer.Option("--port", min=0, max=65535, help="Port; 0: any that is free.")]

app = typer.Typer()


@command(app)
def demo(
    store: Store,
    port: Port = None,
    once: Annotated[bool, typer.Option("--once", help="Print and exit; do not serve.")] = False,
) -> None:
    """Load two real timelines, print the deal on three dates, and serve the page.

    Runs on its own PostgreSQL in ./.parley; running it again changes nothing.
    """
    from api import demo as timelines
    from ledger.ledger import open_ledger

    console = output.stdout_console()
    with store.url(new=True) as url, open_ledger(url, store.log) as ledger:
        console.print(styled(f"PostgreSQL runs {_where(store)}."))
        for timeline, told in timelines.load(ledger):
            done = f"{told['recorded']} events recorded" if told["recorded"] else "recorded already"
            console.print(styled(f"{timeline.file}, {timeline.told_by}: {done} in {timeline.deal_id}."))
        for day, timeline, state in timelines.states(ledger):
            console.print()
            console.rule(styled(f"On {day}, from {timeline.file}"), align="left", style="dim")
            show_state(console, state, brief=True)
        console.print()
        console.rule(style="dim")
        console.print(styled("The same and more:  parley state tiktok-2020 --at 2020-09-12"))
        if not once:
            _serve_demo(store, url, ledger, port)


@command(app)
def serve(
    store: Store,
    host: Annotated[str | None, typer.Option("--host", help="Address to listen on; 127.0.0.1 by default.")] = None,
    port: Port = None,
    workers: Annotated[
        int | None, typer.Option("--workers", min=1, max=64, help="Processes that answer requests; 1 by default.")
    ] = None,
) -> None:
    """Serve the API and the page until stopped.

    One more process runs the background: projections, signing, webhooks, timestamps.
    """
    from api.server import serve

    settings = _settings(
        database=store.database,
        data=store.data,
        tenant=store.log,
        keys=store.keys,
        host=host,
        port=port,
        workers=workers,
    )
    with _until_stopped():
        serve(settings, ready=_say_where)


@command(app)
def work(store: Store) -> None:
    """Run the background alone until stopped: projections, signing, webhooks, timestamps.

    For servers of the same database that run with PARLEY_RUN_WORKERS=false.
    """
    from api.background import run_background
    from api.logging import configure

    configure()
    settings = _settings(database=store.database, data=store.data, tenant=store.log, keys=store.keys)
    run_background(settings, lambda: _print(f"Parley works in the background {_where(store)}. Ctrl-C stops it."))
    _print("Stopped.")


def _print(sentence: str) -> None:
    output.stdout_console().print(styled(sentence))


def _settings(**given: Any) -> Any:
    """Settings from the options; the rest from the environment or the defaults."""
    from api.settings import Settings

    return Settings(**{name: value for name, value in given.items() if value is not None})


def _say_where(url: str) -> None:
    output.stdout_console().print(styled("Parley serves ", (url, "bold"), " (the API under /docs). Ctrl-C stops it."))


def _where(store: Store) -> str:
    return "where --database says" if store.database else f"in {_short(store.data)}"


def _short(path: Path) -> str:
    return str(path) if path.is_absolute() else f"./{path}"


def _serve_demo(store: Store, url: str, ledger: Any, port: int | None) -> None:
    from api.app import create_app
    from api.server import serve

    settings = _settings(database=url, data=store.data, tenant=store.log, keys=store.keys, port=_free_port(port))
    with _until_stopped():
        serve(settings, create_app(settings, ledger), ready=_say_where)


@contextmanager
def _until_stopped() -> Iterator[None]:
    """Stopping by Ctrl-C or SIGTERM is no failure: all is closed, and the exit code is 0.

    The server stops gracefully by itself and then raises the signal that it got.
    """
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    except KeyboardInterrupt:
        output.stdout_console().print(styled("Stopped."))
    finally:
        signal.signal(signal.SIGTERM, before)


def _free_port(wanted: int | None) -> int:
    """The given port; by default the default port, or the first free one after it."""
    from api.server import AddressTaken, listening_socket

    if wanted is not None:
        return wanted
    usual = _settings()
    for port in range(usual.port, usual.port + PORTS_TRIED):
        try:
            listening_socket(usual.host, port).close()
        except AddressTaken:
            continue
        if port != usual.port:
            output.stdout_console().print(styled(f"Port {usual.port} is taken by another program, so {port} it is."))
        return port
    return 0
