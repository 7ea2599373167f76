"""A state that is derived otherwise than before has another version of its rules.

Stored derivations and bundles are compared by that version, so each change of a derived value or text raises it.
"""

import os
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from given_when_then import event, opened, shipped

from domain.event import REGISTRY
from ledger.encoding.canonical_json import canonical
from projections.replay.narration import ReplayNarration
from projections.replay.step_sentences import StepSentences
from projections.state.holiday_calendars import VERSION as CALENDARS
from projections.state.state_json import RULES
from projections.temporal.recorded_deal import RecordedDeal
from tests.properties.event_strategies import on, past_of

GOLDEN = Path(__file__).with_name("states.golden.txt")
"""The versions, and below them the digest of each section of the states, as those versions derive it."""
WRITE = "PARLEY_WRITE_GOLDEN"

VERSIONS = f"rules {RULES}, calendars {CALENDARS}"
DATES = ("2020-08-20", "2020-09-12", "2020-11-20", "2025-01-19", "2026-06-30")
DAY, DATE_AFTER = "2020-09-15", "2020-12-31"


def present() -> dict[str, str]:
    """The digest of each section: of the shipped records at some dates, and after the example of each event type."""
    found: dict[str, str] = {}
    for name in ("seeds", "tiktok"):
        past = past_of(shipped(name).rows)
        for date in DATES:
            found.update(_digests(f"{name} {date}", past.state(on(past, date)).sections))
        found[f"{name} replay"] = _digest(_sentences(past))
    for kind, cls in REGISTRY.items():
        if kind.startswith("record."):
            continue  # what these are about is not in a record of one example
        opening = {**opened("2020-01-01", parties=["bytedance"]), "id": "opening"}
        rows = [opening] if kind == "deal.opened" else [opening, {**event(kind, DAY, **cls.EXAMPLE), "id": "example"}]
        past = past_of(rows)
        found[kind] = _digest(past.state(on(past, DATE_AFTER)).sections)
    return found


def _sentences(past: RecordedDeal) -> list[Any]:
    """The sentences of a replay, which a bundle holds."""
    basis = on(past, DATES[-1])
    narration, changed = ReplayNarration(past, basis), StepSentences(past, basis)
    return [[narration.event_text(line.id), changed.of(line)] for line in past.lines]


def _digests(name: str, sections: dict[str, Any]) -> Iterator[tuple[str, str]]:
    return ((f"{name} {section}", _digest(value)) for section, value in sections.items())


def _digest(value: Any) -> str:
    return sha256(canonical(value)).hexdigest()[:16]


def test_what_is_derived_changes_with_the_version_of_the_rules_only() -> None:
    # given the digests that were noted for a version
    versions, *lines = GOLDEN.read_text("utf-8").splitlines()
    noted = dict(line.split(": ") for line in lines)
    # when the same states are derived
    now = present()
    # then they are the same under the same version, and noted under this one
    changed = sorted(name for name, digest in noted.items() if now.get(name) != digest)
    if versions == VERSIONS and changed:
        pytest.fail(
            f"Derived otherwise under the same rules: raise RULES in projections/state/state_json.py, for {changed}"
        )
    if os.environ.get(WRITE):
        GOLDEN.write_text(
            "\n".join([VERSIONS, *(f"{name}: {digest}" for name, digest in sorted(now.items()))]) + "\n", "utf-8"
        )
    elif versions != VERSIONS or now != noted:
        pytest.fail(f"Not noted under {VERSIONS}; note the digests: {WRITE}=1 pytest {Path(__file__).name}")
