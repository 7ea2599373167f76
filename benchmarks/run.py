"""Runs the measurements, prints them as a table and writes them to benchmarks/results.json.

Every measurement is a module with `measure(url)`, which yields results; `url` is a durable server that was made for it.
"""

import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from benchmarks import appends, derive, doors, following, imports, proof, states
from benchmarks.measure import Missing, Result
from ledger.postgres.embedded.server import running

MEASURES: dict[str, Callable[[str], Iterator[Result]]] = {
    "derive": derive.measure,
    "appends": appends.measure,
    "imports": imports.measure,
    "doors": doors.measure,
    "following": following.measure,
    "states": states.measure,
    "proof": proof.measure,
}
"""By name, in the order in which they run."""

RESULTS = Path(__file__).parent / "results.json"


def main(asked: Sequence[str] = ()) -> int:
    """Run the measurements of these names, or all. Returns 0; a missed goal is reported, and is no error."""
    unknown = [name for name in asked if name not in MEASURES]
    if unknown:
        print(f"There is no measurement {', '.join(unknown)}; there are {', '.join(MEASURES)}.", file=sys.stderr)
        return 2
    results: list[Result] = []
    print(f"{'measurement':<32}{'value':>9}{'goal':>10}{'min':>9}{'max':>9}  versus", flush=True)
    for name, measure in MEASURES.items():
        if asked and name not in asked:
            continue
        started = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="parley-bench-") as folder, running(Path(folder) / "data") as server:
            try:
                for result in measure(server.url):
                    results.append(result)
                    _print(result)
            except Missing as reason:
                print(f"{name}: left out, {reason}", flush=True)
        print(f"  ({name}: {time.monotonic() - started:.0f} s)", flush=True)
    _write(results)
    return 0


def _print(result: Result) -> None:
    goal = f"{'<=' if result.at_most else '>='} {result.goal:g}"
    mark = "" if result.reached else "  (missed)"
    numbers = f"{result.value:>9.2f}{goal:>10}{result.min:>9.2f}{result.max:>9.2f}"
    print(f"{result.name:<32}{numbers}  {result.versus}{mark}", flush=True)


def _write(results: Sequence[Result]) -> None:
    """Keep what was measured before and not now."""
    kept = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else []
    by_name = {each["name"]: each for each in kept} | {each.name: each.told() for each in results}
    RESULTS.write_text(json.dumps(list(by_name.values()), indent=2) + "\n", encoding="utf-8")
