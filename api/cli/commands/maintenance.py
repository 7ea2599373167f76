"""The commands rebuild and doctor."""

import shutil
import sys
from collections.abc import Iterator
from dataclasses import asdict
from functools import partial
from importlib.metadata import version
from typing import Annotated

import typer
from rich.progress import Progress, TaskID

from api.cli import output
from api.cli.command import REFUSED, command
from api.cli.connection import NoRecord, Store
from api.cli.options import Json
from api.cli.output import cannot_be_read, styled
from api.cli.progress import progress_bars
from domain.errors import ParleyError
from ledger.ledger import Ledger
from ledger.maintenance.health_check import HealthCheck

LITTLE_BYTES = 1024**3
"""Free space below which doctor warns."""

DEALS_NAMED = 10
"""Deals that cannot be read, named by doctor; the others are counted."""

COLOURS = {"fine": "green", "doubtful": "yellow", "broken": "bold red"}

app = typer.Typer()


@command(app)
def rebuild(
    store: Store,
    name: Annotated[str | None, typer.Argument(metavar="PROJECTION", help="One; without it, all.")] = None,
) -> None:
    """Derive all stored derivations again: the registry of entities, projections.

    Projections are filled beside the live ones, and swapped: readers notice nothing.
    """
    from projections import keyed_digest
    from projections.state.state_reader import StateReader
    from projections.stored_derivations import DERIVATIONS, FORMER_NAMES

    chosen = [each for each in DERIVATIONS if name is None or each == FORMER_NAMES.get(name, name)]
    if not chosen:
        raise typer.BadParameter(f"There is no projection {name!r}; there are {', '.join(DERIVATIONS)}.")
    with store.ledger() as ledger:
        keys = store.folders(ledger).keys
        reader = StateReader(ledger, authenticator=keyed_digest.load_authenticator(keys, make=False))
        for each in chosen:
            with progress_bars() as progress:
                drawn = partial(_draw, progress, progress.add_task(each, total=None))
                told = DERIVATIONS[each](ledger, reader, drawn)
            output.stdout_console().print(styled(f"{each}: {told}."))
        name_unreadable(ledger)


@command(app)
def doctor(store: Store, json: Json = False) -> None:
    """Check the installation and the record, and print what to repair."""
    found = []
    for finding in findings(store):
        found.append(finding)
        if not json:
            told = styled((f"{finding.name}: ", "bold"), finding.told)
            output.stdout_console().print(output.hanging(styled((finding.level, COLOURS[finding.level])), told, 9))
    if json:
        output.write_json({"items": [asdict(each) for each in found]})
    if any(each.level == "broken" for each in found):
        raise typer.Exit(REFUSED)


def name_unreadable(ledger: Ledger) -> None:
    """Name the deals that cannot be read, with the reason of each."""
    from projections.tables.deals import unreadable_deals

    for deal_id, reason in unreadable_deals(ledger):
        output.stderr_console().print(cannot_be_read(deal_id, reason))


def _draw(progress: Progress, task: TaskID, done: int, total: int) -> None:
    progress.update(task, completed=done, total=total)


def findings(store: Store) -> Iterator[HealthCheck]:
    """All health checks, each after those that it depends on."""
    yield HealthCheck("parley", "fine", f"Version {version('parley-tracker')}, Python {sys.version.split()[0]}.")
    if not store.database:
        yield from _own_server(store)
    try:
        with store.url() as url:
            yield from _database(url, store)
    except ParleyError as error:
        yield HealthCheck("database", "doubtful" if isinstance(error, NoRecord) else "broken", error.detail)


def _own_server(store: Store) -> Iterator[HealthCheck]:
    from ledger.postgres.embedded.data_folder import made_by
    from ledger.postgres.embedded.errors import EmbeddedError
    from ledger.postgres.embedded.server import find_binaries

    data = store.data.expanduser().absolute()
    try:
        yield HealthCheck("binaries", "fine", f"PostgreSQL's programs are in {find_binaries(None, made_by(data))}.")
    except EmbeddedError as error:
        yield HealthCheck("binaries", "broken", error.detail)
    place = next(each for each in (data, *data.parents) if each.exists())
    free = shutil.disk_usage(place).free
    told = f"{free / 1024**3:.1f} GiB are free at {place}."
    yield (
        HealthCheck("disk", "fine", told)
        if free > LITTLE_BYTES
        else HealthCheck("disk", "doubtful", f"{told} Make room.")
    )


def _database(url: str, store: Store) -> Iterator[HealthCheck]:
    from ledger.ledger import open_ledger
    from ledger.maintenance.health_checks import check_database, check_record, has_log
    from ledger.tlog.signer_inspection import inspect
    from ledger.tlog.transparency_log import TransparencyLog

    sound = True
    for finding in check_database(url):
        # A warning does not stop further checks; a schema that lacks migrations does.
        sound = sound and finding.level != "broken" and (finding.name != "schema" or finding.level == "fine")
        yield finding
    if not sound:
        return
    if not has_log(url, store.log):
        yield HealthCheck("record", "fine", "No log is begun yet.")
        return
    with open_ledger(url, store.log, migrating=False) as ledger:
        yield check_record(ledger)
        yield from _catalog(ledger)
        yield from inspect(ledger, TransparencyLog(ledger), store.folders(ledger))
        yield from _projections(ledger)
        yield _unreadable(ledger)


def _unreadable(ledger: Ledger) -> HealthCheck:
    from projections.tables.deals import unreadable_count, unreadable_deals

    count = unreadable_count(ledger)
    if not count:
        return HealthCheck("deals", "fine", "All deals in the projections are readable.")
    named = "; ".join(f"{deal_id} ({reason})" for deal_id, reason in unreadable_deals(ledger, DEALS_NAMED))
    more = f", and {count - DEALS_NAMED} more" if count > DEALS_NAMED else ""
    what = "1 deal cannot" if count == 1 else f"{count} deals cannot"
    told = (
        f"{what} be read, the others are served: {named}{more}. Correct the event at fault, or install a newer Parley."
    )
    return HealthCheck("deals", "doubtful", told)


def _catalog(ledger: Ledger) -> Iterator[HealthCheck]:
    from ledger.verification.catalog_audit import compare

    differing = list(compare(ledger.conninfo))
    for each in differing:
        yield HealthCheck("tables", "doubtful" if each.notice else "broken", f"{each.why[0].upper()}{each.why[1:]}")
    if not differing:
        yield HealthCheck("tables", "fine", "They are those of the migrations, with no trigger, rule or right beside.")


def _projections(ledger: Ledger) -> Iterator[HealthCheck]:
    from projections.batch_update import position_of
    from projections.registry import PROJECTIONS

    head = ledger.head().position
    for projection in PROJECTIONS:
        behind = head - position_of(ledger, projection)
        told = "covers the whole record." if not behind else f"is {behind} events behind; parley serve updates it."
        yield HealthCheck("projection", "fine" if not behind else "doubtful", f"{projection.name} {told}")
