"""Worked examples of two clocks that others published, retold as terms of a deal: the facts are theirs."""

from typing import Any

import pytest

from domain.time.edtf import parse_moment
from domain.time.instants import Moment
from projections.temporal.diff import diff
from projections.temporal.first import first
from projections.temporal.history import history, revisions
from projections.temporal.recorded_deal import RecordedDeal
from tests.properties.event_strategies import on, past_of

Told = list[tuple[str | None, str | None, Any]]


def recorded(day: str) -> Moment:
    return parse_moment(f"{day}T12:00:00Z")


def term(event_id: str, name: str, to: Any, occurred: str, **members: Any) -> dict[str, Any]:
    return {"id": event_id, "type": "terms.changed", "occurred": occurred, "data": {"term": name, "to": to}, **members}


def corrected(event_id: str, target: str, occurred: str, changes: dict[str, Any], **members: Any) -> dict[str, Any]:
    data = {"event_id": target, "changes": changes, "cause": "source_corrected"}
    return {"id": event_id, "type": "record.corrected", "occurred": occurred, "data": data, **members}


def line_of(past: RecordedDeal, path: str, known: str | None = None, **more: Any) -> Told:
    """The values of a path, as known on a day."""
    told = history(past, path, on(past, "1998-01-31", known, **more))
    return [(each["from"], each["to"], each["value"]) for each in told]


def beliefs(past: RecordedDeal, path: str, day: str, **more: Any) -> Told:
    """What was believed of a day, by the day on which it was recorded."""
    told = revisions(past, path, on(past, day, **more))
    return [(_day(each["from"]), _day(each["to"]), each["value"]) for each in told]


def _day(text: str | None) -> str | None:
    return text and text[:10]


def value(past: RecordedDeal, name: str, valid: str, known: str | None, **more: Any) -> Any:
    return past.state(on(past, valid, known, **more)).sections["terms"].get(name, {"value": None})["value"]


@pytest.fixture
def property_7797() -> RecordedDeal:
    """Snodgrass, Developing Time-Oriented Database Applications in SQL (2000), chapter 10: who owned a flat in Aalborg,
    as a mortgage company learned it in January 1998."""
    void = {"event_id": "eva", "cause": "recording_error", "reason": "every record of exactly one week goes"}
    days = ("10", "15", "20", "23", "26", "28", "30")
    return past_of(
        [
            term("eva", "owner", "Eva Nielsen", "1998-01-10"),
            term("peter", "owner", "Peter Olsen", "1998-01-15"),
            term("sold", "owner", None, "1998-01-20"),
            corrected("the-third", "eva", "1998-01-23", {"occurred": "1998-01-03"}),
            corrected("the-fifth", "eva", "1998-01-26", {"occurred": "1998-01-05"}),
            corrected("the-twelfth", "peter", "1998-01-28", {"occurred": "1998-01-12"}),
            {"id": "one-week", "type": "record.voided", "occurred": "1998-01-30", "data": void},
        ],
        [recorded(f"1998-01-{day}") for day in days],
    )


EVA, PETER = "Eva Nielsen", "Peter Olsen"


@pytest.mark.parametrize(
    ("known", "owners"),
    [
        ("1998-01-14", [("1998-01-10", None, EVA)]),
        ("1998-01-18", [("1998-01-10", "1998-01-15", EVA), ("1998-01-15", None, PETER)]),
        ("1998-01-21", [("1998-01-10", "1998-01-15", EVA), ("1998-01-15", "1998-01-20", PETER)]),
        ("1998-01-24", [("1998-01-03", "1998-01-15", EVA), ("1998-01-15", "1998-01-20", PETER)]),
        ("1998-01-27", [("1998-01-05", "1998-01-15", EVA), ("1998-01-15", "1998-01-20", PETER)]),
        ("1998-01-29", [("1998-01-05", "1998-01-12", EVA), ("1998-01-12", "1998-01-20", PETER)]),
        (None, [("1998-01-12", "1998-01-20", PETER)]),
    ],
)
def test_the_owners_of_property_7797_as_stored_on_each_day(
    property_7797: RecordedDeal, known: str | None, owners: Told
) -> None:
    assert line_of(property_7797, "/terms/owner/value", known) == owners


def test_when_it_was_recorded_who_owned_property_7797_on_a_day(property_7797: RecordedDeal) -> None:
    path = "/terms/owner/value"
    assert beliefs(property_7797, path, "1998-01-04") == [("1998-01-23", "1998-01-26", EVA)]
    assert beliefs(property_7797, path, "1998-01-13") == [
        ("1998-01-10", "1998-01-28", EVA),
        ("1998-01-28", None, PETER),
    ]
    assert value(property_7797, "owner", "1998-01-13", "1998-01-18") == EVA


def test_before_anything_was_recorded_of_property_7797_nothing_is_known(property_7797: RecordedDeal) -> None:
    assert property_7797.state(on(property_7797, "1998-01-13", "1998-01-09")).sections["exists"] is False


@pytest.fixture
def payroll() -> RecordedDeal:
    """Fowler, Bitemporal History (2021): a rise of 15 February that was heard of on 15 March."""
    return past_of(
        [term("start", "salary", 6000, "2021-01-01"), term("rise", "salary", 6500, "2021-02-15")],
        [recorded("2021-01-01"), recorded("2021-03-15")],
    )


@pytest.mark.parametrize(
    ("known", "actual", "salary"),
    [
        ("2021-01-25", "2021-01-25", 6000),
        ("2021-02-25", "2021-01-25", 6000),
        ("2021-03-25", "2021-01-25", 6000),
        ("2021-02-25", "2021-02-25", 6000),
        ("2021-03-25", "2021-02-25", 6500),
        ("2021-03-25", "2021-03-25", 6500),
    ],
)
def test_the_salary_of_a_payday_as_known_on_a_payday(
    payroll: RecordedDeal, known: str, actual: str, salary: int
) -> None:
    assert value(payroll, "salary", actual, known) == salary


def test_between_two_paydays_the_rise_is_learned_and_not_lived_through(payroll: RecordedDeal) -> None:
    start, end = (on(payroll, "2021-02-25", known) for known in ("2021-02-25", "2021-03-25"))
    told = diff(payroll, start, end)
    assert (told["happened"], told["lapsed"]) == ([], [])
    rise = next(each for each in told["learned"] if each["path"] == "/terms/salary/value")
    assert (rise["from"], rise["to"], rise["because"]) == (6000, 6500, ["rise"])


def test_the_rise_could_first_be_known_a_month_after_it_was_given(payroll: RecordedDeal) -> None:
    told = first(payroll, "/terms/salary/value", "gt", "6000", on(payroll, "2021-03-25"))
    assert (told["at"], told["because"]) == ("2021-02-15", ["rise"])
    assert told["first_known"] == "2021-03-15T12:00:00.000000Z"


DAY = [f"2019-01-{number + 1:02d}" for number in range(13)]


@pytest.fixture
def borders() -> RecordedDeal:
    """Goh, Lu, Tan, Ooi: Indexing temporal data using existing B+-trees (1996), section 7: who entered a country where,
    day 0 to day 12. A person's term is where they came in, null once they left."""
    rows = [
        (0, term("t1", "p2", "SFO", DAY[0])),
        (0, term("t2", "p3", "LA", DAY[0])),
        (2, term("t3", "p4", "NY", DAY[2])),
        (3, term("t4", "p4", None, DAY[3])),
        (4, term("t5", "p1", "NY", DAY[0])),
        (4, term("t6", "p1", None, DAY[3])),
        (4, term("t7", "p1", "LA", DAY[4])),
        (4, term("t8", "p3", None, DAY[4])),
        (5, term("t9", "p2", None, DAY[5])),
        (7, corrected("t10", "t8", DAY[7], {"occurred": DAY[7]})),
        (8, term("t11", "p3", "SFO", DAY[8])),
        (8, term("t12", "p4", "LA", DAY[8])),
        (10, term("t13", "p5", "LA", DAY[10])),
        (11, term("t14", "p7", "NY", DAY[11])),
        (12, term("t15", "p6", "NY", DAY[12])),
    ]
    moments = [recorded(DAY[day]) + index for index, (day, _) in enumerate(rows)]
    return past_of([row for _, row in rows], moments)


def present(past: RecordedDeal, valid: int, known: int) -> dict[str, str]:
    terms = past.state(on(past, DAY[valid], DAY[known])).sections["terms"]
    return {person: entry["value"] for person, entry in terms.items()}


def test_who_was_known_on_day_3_to_be_in_the_country_on_day_2(borders: RecordedDeal) -> None:
    assert present(borders, 2, 3) == {"p2": "SFO", "p3": "LA", "p4": "NY"}


def test_who_had_been_there_on_day_2_was_known_better_on_day_4(borders: RecordedDeal) -> None:
    assert present(borders, 2, 4) == {"p1": "NY", "p2": "SFO", "p3": "LA", "p4": "NY"}


def test_a_departure_that_was_first_dated_too_early_shows_both_ways(borders: RecordedDeal) -> None:
    assert "p3" not in present(borders, 5, 6)
    assert present(borders, 5, 7)["p3"] == "LA"
    assert present(borders, 8, 8) == {"p1": "LA", "p3": "SFO", "p4": "LA"}
    assert present(borders, 12, 12) == {"p1": "LA", "p3": "SFO", "p4": "LA", "p5": "LA", "p6": "NY", "p7": "NY"}


@pytest.fixture
def gross_domestic_product() -> RecordedDeal:
    """ALFRED (Federal Reserve Bank of St. Louis): what was published in 2014 for the first quarter of that year. Our
    record was made long after; only the day of publication says who could know what."""
    return past_of(
        [
            term("advance", "GDP-2014-Q1", "17149.6", "2014-01-01", published="2014-04-30"),
            corrected("second", "advance", "2014-05-29", {"to": "17101.3"}, published="2014-05-29"),
            corrected("third", "advance", "2014-06-25", {"to": "17016.0"}, published="2014-06-25"),
        ]
    )


def test_each_vintage_stands_from_the_day_on_which_it_was_published(gross_domestic_product: RecordedDeal) -> None:
    assert beliefs(gross_domestic_product, "/terms/GDP-2014-Q1/value", "2014-03-31", known_by="published") == [
        ("2014-04-30", "2014-05-29", "17149.6"),
        ("2014-05-29", "2014-06-25", "17101.3"),
        ("2014-06-25", None, "17016.0"),
    ]


@pytest.mark.parametrize(
    ("known", "figure"),
    [
        ("2014-04-29", None), ("2014-04-30", "17149.6"), ("2014-05-28", "17149.6"), ("2014-05-29", "17101.3"),
        ("2014-06-24", "17101.3"), ("2014-06-25", "17016.0"), ("2020-01-01", "17016.0"),
    ],
)  # fmt: skip
def test_the_figure_that_was_public_on_a_day(
    gross_domestic_product: RecordedDeal, known: str, figure: str | None
) -> None:
    assert value(gross_domestic_product, "GDP-2014-Q1", "2014-03-31", known, known_by="published") == figure


def test_the_causes_of_a_vintage_are_the_release_and_its_revision(gross_domestic_product: RecordedDeal) -> None:
    basis = on(gross_domestic_product, "2014-03-31", known_by="published")
    told = revisions(gross_domestic_product, "/terms/GDP-2014-Q1/value", basis)
    assert [each["because"] for each in told] == [["advance"], ["advance", "second"], ["advance", "third"]]
