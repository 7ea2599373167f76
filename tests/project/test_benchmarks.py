"""Every measurement is run by `make bench`, under names of results that are published; a log is prepared soundly."""

import json
from datetime import date
from functools import partial
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import pytest

import benchmarks
from benchmarks import book
from benchmarks.loading import load
from benchmarks.run import MEASUREMENTS, RESULTS
from benchmarks.states import part
from ledger.ledger import Ledger
from ledger.tlog.transparency_log import TransparencyLog
from projections.audit import audit_all

CONTRIBUTING = Path(__file__).parents[2] / "CONTRIBUTING.md"


def test_each_module_that_measures_is_listed() -> None:
    modules = [
        import_module(f"benchmarks.{each.name}")
        for each in iter_modules(benchmarks.__path__)
        if each.name != "__main__"
    ]
    measuring = {each.measure for each in modules if hasattr(each, "GOALS")}
    assert measuring == {each.measure for each in MEASUREMENTS.values()}


def test_each_result_has_one_measurement_and_is_named_in_contributing() -> None:
    names = [name for each in MEASUREMENTS.values() for name in each.goals]
    assert len(names) == len(set(names))
    text = CONTRIBUTING.read_text(encoding="utf-8")
    assert [name for name in names if f"`{name}`" not in text] == []


def test_published_results_are_those_of_the_measurements() -> None:
    published = {each["name"] for each in json.loads(RESULTS.read_text(encoding="utf-8"))}
    assert published <= {name for each in MEASUREMENTS.values() for name in each.goals}


@pytest.mark.parametrize("by_day", [False, True])
def test_a_loaded_log_passes_the_audit(ledger: Ledger, by_day: bool) -> None:
    deals = [partial(book.submissions, number, number + 1, 20, date(2026, 3, 1), 1) for number in range(2)]
    loaded = load(
        ledger.conninfo, ledger, [*deals, partial(part, "d", 0, 20), partial(part, "d", 20, 40)], by_day=by_day
    )
    *findings, end = audit_all(ledger, TransparencyLog(ledger))
    assert loaded == ledger.head().position > 40
    assert [each for each in findings if each["kind"] == "finding"] == []
    assert end["ok"]
    assert len(set(deals_in_order(ledger))) == 3
    assert (deals_in_order(ledger) != sorted(deals_in_order(ledger))) == by_day


def deals_in_order(ledger: Ledger) -> list[str]:
    return [row.deal_id for row in ledger.read_log(0, 1_000)]


def test_a_book_is_the_same_for_a_seed_and_a_day_and_can_be_recorded() -> None:
    def ids(seed: int) -> list[tuple[str, str, str]]:
        made = book.submissions(0, 5, 60, date(2026, 3, 1), seed)
        return [(each.id, each.type, each.occurred.text) for each in made]

    assert len(ids(1)) > 5 * 30
    assert ids(1) == ids(1)
    assert ids(1) != ids(2)
