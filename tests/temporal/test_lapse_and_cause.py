"""What an event did before time alone would have done it has happened, by that event; only the rest has lapsed."""

from typing import Any

from given_when_then import event, opened

from projections.temporal.diff import diff
from tests.properties.event_strategies import on, past_of

OPENED = {**opened("2024-01-01", parties=["buyer"]), "id": "opened"}


def due(name: str, day: str) -> dict[str, Any]:
    return event("deadline.set", "2024-01-02", id_=name, deadline_id=name, obligation="close the merger", due=day,
                 set_by="ftc", force="contractual")  # fmt: skip


def parts(*rows: dict[str, Any]) -> dict[str, dict[str, list[str]]]:
    past = past_of([OPENED, *rows])
    found = diff(past, on(past, "2024-01-03"), on(past, "2024-03-01"))
    return {part: {each["path"]: each["because"] for each in found[part]} for part in ("happened", "lapsed")}


def test_a_deadline_that_was_met_before_its_day_gives_way_to_the_next_by_that_event() -> None:
    dates = (due("dl-1", "2024-02-01"), due("dl-2", "2024-06-01"))
    met = event("deadline.met", "2024-01-20", id_="met", deadline_id="dl-1")
    assert parts(*dates, met)["happened"]["/next_deadline/binding"] == ["met"]
    assert parts(*dates)["lapsed"]["/next_deadline/binding"] == []


def test_relief_that_was_lifted_before_its_last_day_no_longer_blocks_by_that_event() -> None:
    case = event(
        "litigation.filed", "2024-01-02", id_="case", case_id="c", court="x", plaintiffs=["h"], defendants=["y"]
    )
    stay = event("litigation.relief_granted", "2024-01-03", id_="stay", case_id="c", relief="stay", targets=["closing"],
                 until="2024-02-10")  # fmt: skip
    lifted = event("litigation.relief_ended", "2024-01-20", id_="lifted", case_id="c", relief="stay")
    assert parts(case, stay, lifted)["happened"]["/blockers"] == ["lifted"]
    assert "/blockers" in parts(case, stay)["lapsed"]


def test_an_entry_that_went_names_the_event_that_took_it_away_and_not_what_encloses_it() -> None:
    required = event("approval.required", "2024-01-02", id_="required", approval_id="ec", authority="ec",
                     jurisdiction="EU", subject="the merger", max_days=30)  # fmt: skip
    denied = event("approval.denied", "2024-01-20", id_="denied", approval_id="ec")
    later = {**due("dl", "2024-06-01"), "occurred": "2024-02-01"}
    assert parts(required, denied, later)["happened"]["/feasibility/approvals/ec"] == ["denied"]
