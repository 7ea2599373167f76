"""Each rule of conflict on a case in which it holds and one in which it does not."""

import pytest
from given_when_then import History, event, given

from domain.rulebook import RULES_BY_ID
from domain.rules.conflicts import FINDERS
from tests.scenarios.conflict_cases import FAILS, HOLDS
from tests.scenarios.conflict_events import BANNED, OPENED

DAY = "2020-08-31"


def rules(history: History, day: str) -> list[str]:
    return [each["rule"] for each in history.on(day)["conflicts"]]


@pytest.mark.parametrize("rule", HOLDS)
def test_it_holds(rule: str) -> None:
    for history in HOLDS[rule]:
        found = history.conflicts(DAY, rule)
        assert found, history.rows[1:]
        assert all(each["because"] and each["why"] and each["members"] for each in found)
        assert found[0]["severity"] in ("hard", "soft")


@pytest.mark.parametrize("rule", FAILS)
def test_it_does_not_hold(rule: str) -> None:
    for history in FAILS[rule]:
        assert history.conflicts(DAY, rule) == [], history.rows[1:]


@pytest.mark.parametrize("rule", HOLDS)
def test_it_ends_with_the_deal(rule: str) -> None:
    for history in HOLDS[rule]:
        left = rules(history.when(event("deal.terminated", DAY, reason="no agreement")), DAY)
        assert left == (["C12"] if rule == "C12" else []), "what was closed over a bar stays so"


def test_every_rule_is_tried_and_published() -> None:
    assert list(FINDERS) == list(HOLDS) == list(FAILS) == [f"C{number}" for number in range(1, 13)]
    assert all(RULES_BY_ID[rule].text and RULES_BY_ID[rule].example for rule in FINDERS)


@pytest.mark.parametrize(
    ("rule", "binds"),
    [("C1", "dl"), ("C2", "dl"), ("C3", None), ("C4", None), ("C5", "dl"), ("C8", None), ("C9", None), ("C11", "dl")],
)
def test_it_says_which_binds(rule: str, binds: str | None) -> None:
    assert HOLDS[rule][0].conflicts(DAY, rule)[0]["binds"] == binds


def test_infeasible_and_at_risk_are_told_apart() -> None:
    at_risk, infeasible = HOLDS["C5"]
    assert [each["verdict"] for each in at_risk.conflicts(DAY, "C5")] == ["at_risk"]
    assert [each["verdict"] for each in infeasible.conflicts(DAY, "C5")] == ["infeasible"]


def test_a_deadline_enjoined_by_itself_names_no_order() -> None:
    history = given(
        OPENED, *BANNED, event("litigation.relief_granted", "2020-08-27", case_id="ddc", relief="stay", targets=["dl"])
    )
    assert [each["members"] for each in history.conflicts(DAY, "C6")] == [["dl"]]
