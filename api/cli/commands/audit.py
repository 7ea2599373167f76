"""The commands of proof: bundle, certify, verify."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli import output
from api.cli.command import REFUSED, command
from api.cli.connection import Place, Store, in_process_client
from api.cli.options import Basis, Deal, Json
from api.cli.output import cannot_be_read, styled
from api.cli.progress import progress_bars
from api.client.client import Client, QueryValue
from api.http.line_protocols import text_lines
from domain.errors import ParleyError
from ledger.merkle.note import Key

FAULTS_SHOWN = 20
"""Faults of one bundle or database that are printed; the rest are counted."""

File = Annotated[Path, typer.Argument(metavar="FILE", help="The file to write.", dir_okay=False)]
Complete = Annotated[bool, typer.Option("--complete", help="With every leaf of the log: nothing can be missing.")]
Withhold = Annotated[
    list[str] | None, typer.Option("--withhold", metavar="EVENT", help="Leave out what this event says; repeatable.")
]


class NoKey(ParleyError):
    """The given text is not a key."""

    code = "no-key"


app = typer.Typer()


@command(app)
def bundle(
    deal: Deal, file: File, basis: Basis, place: Place, complete: Complete = False, withhold: Withhold = None
) -> None:
    """Write an evidence bundle of a deal, which anyone can verify offline without trusting the server."""
    _seal(deal, file, place, {**basis.asked(), "complete": complete or None, "withhold": _joined(withhold)})


@command(app)
def certify(
    deal: Deal, file: File, basis: Basis, place: Place, complete: Complete = False, withhold: Withhold = None
) -> None:
    """Write a knowledge certificate: the bundle of a deal at --at as known at --known-at."""
    asked = {**basis.asked(), "complete": complete or None, "withhold": _joined(withhold)}
    if not any(basis.asked().values()):
        raise typer.BadParameter("Say which moment is certified: --at and --known-at, or --known-version.")
    _seal(deal, file, place, asked)


@command(app)
def verify(
    store: Store,
    file: Annotated[Path | None, typer.Argument(metavar="[BUNDLE]", help="A bundle; without it, the database.")] = None,
    key: Annotated[
        list[str] | None,
        typer.Option("--key", metavar="KEY", help="The log's public key, or a file with it; witnesses' too."),
    ] = None,
    checkpoint: Annotated[
        Path | None, typer.Option("--checkpoint", metavar="FILE", help="A checkpoint kept from earlier.")
    ] = None,
    authority: Annotated[
        list[Path] | None,
        typer.Option("--authority", metavar="FILE", help="Certificate (PEM) of an authority of time; repeatable."),
    ] = None,
    after: Annotated[int, typer.Option("--after", min=0, help="Resume an audit after this position.")] = 0,
    workers: Annotated[
        int, typer.Option("--workers", min=1, help="Audit a database in so many processes; one audits it here.")
    ] = 1,
    scheduler: Annotated[
        str | None,
        typer.Option(
            "--scheduler",
            metavar="ADDRESS",
            help="Audit a database on the workers of this Dask scheduler (tcp://...), which reach it by --database.",
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Verify a bundle offline, or audit the whole database. Exits 1 if a verification fails.

    A bundle needs --key, from a source that you trust: a key from the bundle itself would prove nothing.
    """
    keys = read_keys(key or ())
    kept = read(checkpoint) if checkpoint is not None else None
    if file is not None:
        if workers > 1 or scheduler is not None:
            raise typer.BadParameter("A bundle is verified here: --workers and --scheduler are for a database.")
        if not keys:
            raise typer.BadParameter(
                "Give the log's public key with --key. It must come from outside the bundle: parley log key prints it "
                "where the log is."
            )
        whole = _verify_bundle(file, keys, kept, authority or (), json=json)
    else:
        with audit_executor(store, workers, scheduler) as executor:
            whole = verify_database(store, keys, kept, after, executor, json=json)
    if not whole:
        raise typer.Exit(REFUSED)


def _joined(withhold: list[str] | None) -> str | None:
    return ",".join(withhold) if withhold else None


def _seal(deal: str, file: Path, place: Place, asked: dict[str, QueryValue]) -> None:
    with signed_client(place) as client:
        content = client.send("GET", client.path(deal, "bundle"), asked).content
    file.write_bytes(content)
    told = f"Written to {file} ({len(content)} bytes). Verify it with parley verify {file} --key KEY."
    output.stderr_console().print(styled(told))


@contextmanager
def signed_client(place: Place) -> Iterator[Client]:
    """The API of the store; a database without a server is signed up to now first."""
    if place.server:
        with place.client() as client:
            yield client
        return
    store = place.store
    with store.url() as url:
        _sign(url, store)
        with in_process_client(url, store) as client:
            yield client


def _sign(url: str, store: Store) -> None:
    from api.workers import signer_of
    from ledger.ledger import open_ledger
    from ledger.tlog.signing_keys import KeyMissing
    from ledger.tlog.transparency_log import TransparencyLog

    with open_ledger(url, store.log) as ledger:
        signer = signer_of(ledger, store.folders(ledger))
        try:
            signer.sign()
        except KeyMissing:
            # Signed by another process: events that are covered already have proofs.
            if TransparencyLog(ledger).levels().signed < ledger.head().position:
                raise
        finally:
            signer.close()


def read_keys(given: Iterable[str]) -> list[Key]:
    """The keys of vkeys and of files with vkeys, a line each. Raises NoKey."""
    keys = []
    for each in given:
        found = [each]
        if "+" not in each and not Path(each).exists():
            raise typer.BadParameter(f"{each[:128]!r} is neither a key, as parley log key prints it, nor a file.")
        if "+" not in each or Path(each).is_file():
            found = text_lines(read(Path(each)).decode(errors="replace"))
        for line in filter(None, map(str.strip, found)):
            try:
                keys.append(Key.parse(line))
            except ValueError as error:
                raise NoKey(f"{str(error)[0].upper()}{str(error)[1:]}.") from error
    return keys


def read(path: Path) -> bytes:
    """The bytes of a file. Raises typer.BadParameter if it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise typer.BadParameter(f"{path} cannot be read: {error.strerror or error}.") from error


def _verify_bundle(file: Path, keys: list[Key], kept: bytes | None, authorities: Iterable[Path], *, json: bool) -> bool:
    import domain.events  # noqa: F401 - registers the vocabulary
    from ledger.tlog.timestamping import certificates
    from projections.bundle.builder import verify_bundle

    known = [certificate for path in authorities for certificate in certificates(read(path))]
    content = read(file)
    report = verify_bundle(content, keys, kept, known)
    if json:
        faults = [{"event": each.event, "where": each.where, "why": each.why} for each in report.faults]
        told = {"ok": not faults, "first_bad_event": report.first_bad_event, "faults": faults}
        if report.other_version:
            told["other_version"] = True
        output.write_json({**told, "proven": list(report.proven), "not_proven": list(report.not_proven)})
        return not faults
    console = output.stdout_console()
    if report.faults:
        named = f"; the first bad event is {report.first_bad_event}" if report.first_bad_event else ""
        heading = f"Tampered: {file} does not hold{named}."
        if not content.startswith(b"PK"):
            heading = f"Not verified: {file} is no bundle: it does not begin as a zip file does."
        if report.other_version:
            heading = (
                f"Not decided: the record in {file}, its signatures and proofs hold; the rest is of another version."
            )
        console.print(styled((heading, "bold red")))
        _list(console, [str(fault) for fault in report.faults])
        return False
    console.print(styled((f"{file} holds.", "bold green")))
    _list(console, report.proven)
    console.print(styled("\nNot proven:"))
    _list(console, report.not_proven)
    return True


def _list(console: Any, sentences: Iterable[str]) -> None:
    held = list(sentences)
    for sentence in held[:FAULTS_SHOWN]:
        console.print(output.hanging(styled("  -"), styled(sentence), 4))
    if len(held) > FAULTS_SHOWN:
        console.print(styled(f"    and {len(held) - FAULTS_SHOWN} more"))


@contextmanager
def audit_executor(store: Store, workers: int, scheduler: str | None) -> Iterator[Executor | None]:
    """What runs the parts of an audit; None for this process. Raises SchedulerRefused."""
    from projections.audit_tasks import dask_workers, processes

    if scheduler is not None:
        if not store.database:
            raise typer.BadParameter("The workers need the address of a database: give --database with --scheduler.")
        with dask_workers(scheduler) as executor:
            yield executor
    elif workers > 1:
        with processes(workers) as executor:
            yield executor
    else:
        yield None


def verify_database(
    store: Store, keys: list[Key], kept: bytes | None, after: int, executor: Executor | None = None, *, json: bool
) -> bool:
    import domain.events  # noqa: F401 - registers the vocabulary
    from ledger.tlog.transparency_log import TransparencyLog
    from projections.audit import audit_all

    console, found = output.stdout_console(), 0
    with store.ledger() as ledger, _audit_progress(disable=json) as update:
        folders = store.folders(ledger)
        for told in audit_all(
            ledger, TransparencyLog(ledger), keys=keys, kept=kept, after=after, folders=folders, executor=executor
        ):
            if json:
                output.write_line(told)
            elif told["kind"] == "notice":
                console.print(styled((f"{told['code']} ", "yellow"), told["why"]))
            elif told["kind"] == "finding":
                found += 1
                if found <= FAULTS_SHOWN:
                    event = f"event {told['event']}" if told["event"] else f"position {told['position']}"
                    console.print(styled((f"{told['code']} ", "bold red"), f"{event}: {told['why']}"))
            elif told["kind"] == "unreadable":
                console.print(cannot_be_read(told["deal"], told["why"]))
            update(told)
    if not json:
        _say_end(console, told, compared=kept is not None)
    return bool(told["ok"])


def _say_end(console: Any, end: dict[str, Any], *, compared: bool) -> None:
    reach = f"{end['position']} events of {end['deals']} deals, {end['signed']} of them signed"
    if end["unreadable"]:
        reach += f"; {end['unreadable']} deals cannot be read, though their events are as recorded"
    if end["ok"]:
        console.print(styled(("The record holds", "bold green"), f": {reach}."))
        if not compared:
            told = "Only a checkpoint that was kept elsewhere (--checkpoint) shows whether all of it was rewritten."
            console.print(styled((told, "dim")))
    else:
        console.print(styled(("The record does not hold", "bold red"), f": {end['findings']} findings in {reach}."))


@contextmanager
def _audit_progress(*, disable: bool) -> Iterator[Callable[[dict[str, Any]], None]]:
    """Bars of the events and the deals that were audited, updated by what the audit reports."""
    with progress_bars(disable=disable) as progress:
        events, deals = progress.add_task("events", total=None), progress.add_task("deals", total=None)

        def update(told: dict[str, Any]) -> None:
            if "head" in told:
                progress.update(events, completed=told["position"], total=told["head"])
            elif "of" in told:
                progress.update(deals, completed=told["deals"], total=told["of"])

        yield update
