"""Runs the measurements, prints them as a table and writes them to benchmarks/results.json.

Every measurement is a module with GOALS, by the names of its results, and `measure(url)`, which yields these results;
`url` is a durable server that was made for it. The desk (benchmarks/desk.py), the measurements of several processes
(`scale`) and of a deal of a million events (`million`) run only when they are named.
"""

import argparse
import json
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import (
    appends,
    audits,
    book_queries,
    derive,
    desk,
    doors,
    following,
    heavy,
    imports,
    many_logs,
    mariadb,
    memory,
    million,
    proof,
    replica,
    states,
    web_processes,
)
from benchmarks.measure import Goal, Missing, Result
from ledger.postgres.embedded.server import running


@dataclass(frozen=True, slots=True)
class Measurement:
    """One module of measurements: its results by name, and what yields them."""

    goals: Mapping[str, Goal]
    measure: Callable[..., Iterator[Result]]
    sized: bool = False
    """Whether it takes the number of deals, and of events in each."""
    group: str = ""
    """The name by which several are asked for together; these run only when they are named."""


SCALE = "scale"
"""The group of what is measured with several processes, logs or servers."""

MILLION = "million"
"""The group of what is measured on a deal of a million events, whose preparation takes minutes."""

MEASUREMENTS: dict[str, Measurement] = {
    "derive": Measurement(derive.GOALS, derive.measure),
    "appends": Measurement(appends.GOALS, appends.measure),
    "imports": Measurement(imports.GOALS, imports.measure),
    "doors": Measurement(doors.GOALS, doors.measure),
    "following": Measurement(following.GOALS, following.measure),
    "proof": Measurement(proof.GOALS, proof.measure),
    "heavy": Measurement(heavy.GOALS, heavy.measure),
    "memory": Measurement(memory.GOALS, memory.measure),
    "book": Measurement(book_queries.GOALS, book_queries.measure, sized=True),
    "states": Measurement(states.GOALS, states.measure),
    "long_states": Measurement(million.GOALS, million.measure, group=MILLION),
    "web_processes": Measurement(web_processes.GOALS, web_processes.measure, group=SCALE),
    "audits": Measurement(audits.GOALS, audits.measure, group=SCALE),
    "replica": Measurement(replica.GOALS, replica.measure, group=SCALE),
    "many_logs": Measurement(many_logs.GOALS, many_logs.measure, group=SCALE),
}
"""By name, in the order in which they run."""

DESK = "desk"
"""The name under which the desk is asked for, alone."""

RESULTS = Path(__file__).parent / "results.json"


def main(arguments: Sequence[str] = ()) -> int:
    """Run the measurements of these names, or all. Returns 0; a missed goal is reported, and is no error."""
    asked = _parser().parse_args(arguments)
    if asked.names == [DESK]:
        desk.run(asked.deals or desk.DEALS, minutes=asked.minutes)
        return 0
    groups = {each.group for each in MEASUREMENTS.values()} - {""}
    unknown = [name for name in asked.names if name not in {*MEASUREMENTS, *groups}]
    if unknown:
        known = ", ".join((*MEASUREMENTS, *sorted(groups), DESK))
        print(f"There is no measurement {', '.join(unknown)}; there are {known}.", file=sys.stderr)
        return 2
    wanted = set(asked.names or [""])  # those of no group
    names = [name for name, each in MEASUREMENTS.items() if wanted & {name, each.group}]
    if "states" in names:
        mariadb.install()
    print(f"{'measurement':<32}{'value':>9}{'goal':>10}{'min':>9}{'max':>9}  versus", flush=True)
    seconds: dict[str, float] = {}
    failed = []
    for name in names:
        started = time.monotonic()
        if not _run(name, MEASUREMENTS[name], {"deals": asked.deals, "events": asked.events}):
            failed.append(name)
        seconds[name] = time.monotonic() - started
        print(f"  ({name}: {seconds[name]:.0f} s)", flush=True)
    print("  ".join(f"{name} {spent:.0f} s" for name, spent in (*seconds.items(), ("total", sum(seconds.values())))))
    if failed:
        print(f"Failed: {', '.join(failed)}.", file=sys.stderr)
    return 1 if failed else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("benchmarks", description="Measure Parley; a ratio is of rivals that took turns.")
    parser.add_argument(
        "names",
        nargs="*",
        metavar="NAME",
        help=f"of {', '.join((*MEASUREMENTS, SCALE, MILLION, DESK))}; without one, all but those of these three",
    )
    parser.add_argument("--deals", type=int, help="the size of the desk or the book")
    parser.add_argument("--minutes", type=int, help="how long the whole desk may take")
    parser.add_argument("--events", type=int, help="events of a deal of the book, on average")
    return parser


def _run(name: str, measurement: Measurement, asked: Mapping[str, int | None]) -> bool:
    """Run one, of the size that is asked for, print and write its results. False where it failed: the others run
    nevertheless."""
    results: list[Result] = []
    try:
        with tempfile.TemporaryDirectory(prefix="parley-bench-") as folder, running(Path(folder) / "data") as server:
            size = {name: number for name, number in asked.items() if measurement.sized and number}
            for result in measurement.measure(server.url, **size):
                if measurement.goals.get(result.goal.name) != result.goal:
                    raise ValueError(f"{name} yields {result.goal.name}, which is not among its goals")
                results.append(result)
                _print(result)
    except Missing as reason:
        print(f"{name}: the rest is left out, {reason}", flush=True)
    except Exception:  # noqa: BLE001 - one that fails is reported, and must not cost the results of the others
        traceback.print_exc()
        return False
    finally:
        _write(results)
    return True


def _print(result: Result) -> None:
    goal = f"{'<=' if result.goal.at_most else '>='} {result.goal.value:g}"
    mark = "" if result.reached else "  (missed)"
    numbers = f"{result.value:>9.2f}{goal:>10}{result.min:>9.2f}{result.max:>9.2f}"
    print(f"{result.goal.name:<32}{numbers}  {result.versus}{mark}", flush=True)


def _write(results: Sequence[Result]) -> None:
    """Update the file of results; those that were not measured now stay as they are."""
    entries = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else []
    by_name = {each["name"]: each for each in entries} | {each.goal.name: each.entry() for each in results}
    RESULTS.write_text(json.dumps(list(by_name.values()), indent=2) + "\n", encoding="utf-8")
