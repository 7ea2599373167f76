"""An extension that names its day and counts days too shows the count in the trace, whether or not both agree."""

import pytest
from given_when_then import event, given, opened

SET = event(
    "deadline.set", "2020-01-02", deadline_id="dl", obligation="close", set_by="x", force="contractual",
    due="2020-06-01",
)  # fmt: skip


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (
            {"new_due": "2020-06-16", "by_days": 15},
            "15 days from the prior due date comes to 2020-06-16, the same day.",
        ),
        ({"new_due": "2020-06-17", "by_days": 15}, "15 days from the prior due date comes to 2020-06-16, another day."),
        (
            {"new_due": "2020-06-16", "by_days": 15, "counted_from": "2020-06-01"},
            "15 days from 2020-06-01 comes to 2020-06-16, the same day.",
        ),
        (
            {"new_due": "2020-06-16", "by_days": 15, "counted_from": "../2020-06-01"},
            "15 days from ../2020-06-01 has no date: ../2020-06-01 has no first day to count from.",
        ),
    ],
)
def test_the_count_of_an_extension_is_in_the_trace(data: dict[str, object], line: str) -> None:
    history = given(
        opened("2020-01-01"), SET, event("deadline.extended", "2020-05-01", deadline_id="dl", by="x", **data)
    )
    assert f"The count of {line}" in history.on("2020-05-02")["deadlines"]["dl"]["trace"]
