"""A denial contradicts a report until it is withdrawn."""

from typing import Any

from given_when_then import event, given, opened

REPORT = event(
    "report.published", "2020-01-02", claim_id="c", statement="a sale is near", about="seller", origin="o",
    attribution_="anonymous_single",
)  # fmt: skip


def word(kind: str, occurred: str, by: str, **members: Any) -> dict[str, Any]:
    return event(f"claim.{kind}", occurred, claim_id="c", by=by, **members)


def deniers(*rows: dict[str, Any]) -> list[list[str]]:
    found = given(opened("2020-01-01"), REPORT, *rows).on("2020-02-01")["contradictions"]
    return [[name for side in each["sides"][1:] for name in side["by"]] for each in found]


def test_a_denial_that_stands_contradicts_the_report() -> None:
    assert deniers(word("denied", "2020-01-03", "seller")) == [["seller"]]
    assert deniers(word("denied", "2020-01-03", "seller"), word("confirmed", "2020-01-04", "buyer")) == [["seller"]]
    assert deniers(word("denied", "2020-01-03", "a"), word("denied", "2020-01-04", "b")) == [["a", "b"]]


def test_a_denial_that_was_withdrawn_contradicts_nothing() -> None:
    assert deniers(word("denied", "2020-01-03", "seller"), word("confirmed", "2020-01-04", "seller")) == []
    both = (word("denied", "2020-01-03", "a"), word("denied", "2020-01-04", "b"))
    assert deniers(*both, word("confirmed", "2020-01-05", "b")) == [["a"]]
    again = word("denied", "2020-01-06", "seller")
    assert deniers(word("confirmed", "2020-01-05", "seller"), again) == [["seller"]]


def test_a_denial_that_was_voided_contradicts_nothing() -> None:
    voided = event("record.voided", "2020-01-04", event_id="d", cause="source_retracted", reason="never said")
    assert deniers(word("denied", "2020-01-03", "seller", id_="d"), voided) == []
