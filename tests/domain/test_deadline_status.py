"""The statuses of a deadline: declared in the domain alone, and each either open or over."""

import re
from pathlib import Path
from typing import Any

import pytest

from domain.sections import deadline_status
from domain.sections.deadline_status import DEMANDED, OPEN, OVER, RUNNING, standing
from domain.state_paths import ERASED

ROOT = Path(__file__).parents[2]


def test_a_status_is_either_open_or_over() -> None:
    assert not OPEN & OVER
    assert RUNNING < DEMANDED < OPEN


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        *(({"status": status}, "open") for status in sorted(OPEN)),
        ({"status": "past_due"}, "overdue"),
        *(({"status": status}, "over") for status in ("met", "lapsed", "withdrawn")),
        ({"status": ERASED}, "open"),
        ({"status": "pending", "frozen": True}, "over"),
        ({"status": "past_due", "past_due_at_end": True}, "over"),
    ],
)
def test_the_standing_of_a_deadline(entry: dict[str, Any], expected: str) -> None:
    assert standing(entry) == expected


def test_no_other_module_lists_the_open_statuses() -> None:
    listed = re.compile(r"[\"']pending[\"'], *[\"']extended[\"']|[\"']met[\"'], *[\"'](lapsed|past_due)[\"']")
    modules = {
        str(path.relative_to(ROOT))
        for package in ("domain", "projections", "api")
        for pattern in ("*.py", "*.html")
        for path in (ROOT / package).rglob(pattern)
        if listed.search(path.read_text())
    }
    assert modules <= {str(Path(deadline_status.__file__).relative_to(ROOT))}
