"""Dates, names and amounts are written in one way wherever a sentence holds them."""

import pytest
from given_when_then import event, given, opened

from domain.entities.bid import Bid
from domain.entities.deadline import Deadline
from domain.entities.litigation import Case
from domain.sentences import amounts
from domain.sentences.dates import date_text, dated_text, range_text
from domain.sentences.names import Names
from domain.sentences.template import template


@pytest.mark.parametrize(
    ("written", "text", "dated"),
    [
        ("2025-03-15", "15 Mar 2025", "on 15 Mar 2025"),
        ("2025-03", "Mar 2025", "in Mar 2025"),
        ("2025", "2025", "in 2025"),
        ("2020-08~", "about Aug 2020", "about Aug 2020"),
        ("2020-08-14?", "14 Aug 2020, uncertain", "on 14 Aug 2020, uncertain"),
        ("[2020-09-04..2020-09-11]", "between 4 and 11 Sep 2020", "between 4 and 11 Sep 2020"),
        ("../2020-09", "until Sep 2020", "until Sep 2020"),
        ("2020-09-15T23:59-04:00", "15 Sep 2020, 23:59 UTC-04:00", "at 23:59 UTC-04:00 on 15 Sep 2020"),
        ("[erased]", "[erased]", "[erased]"),
    ],
)
def test_a_date_is_written_in_words_with_its_zone_where_it_has_an_hour(written: str, text: str, dated: str) -> None:
    assert date_text(written) == text
    assert dated_text(written) == dated


@pytest.mark.parametrize(
    ("first", "last", "text"),
    [
        ("2025-03-15", "2025-06-18", "15 Mar to 18 Jun 2025"),
        ("2020-11-12", "2021-01-04", "12 Nov 2020 to 4 Jan 2021"),
        ("2020-08~", "2020-11-12", "about Aug 2020 to 12 Nov 2020"),
    ],
)
def test_two_days_of_one_year_name_it_once(first: str, last: str, text: str) -> None:
    assert range_text(first, last) == text


def test_a_price_per_share_stays_with_its_unit() -> None:
    share = {"amount": "28.5", "currency": "USD", "per": "share"}
    assert amounts.money(share) == "USD 28.5 per share"
    low = {**share, "amount": "25"}
    assert amounts.money_range(low, share) == "USD 25 to 28.5 per share"
    many = {"amount": "25000000000", "currency": "USD"}
    assert amounts.money_range({**many, "amount": "20000000000"}, many) == "USD 20 to 25 billion"
    assert amounts.money_range({**many, "amount": "900000000"}, many) == "USD 900 million to 25 billion"
    assert amounts.money_range(None, share) == "up to USD 28.5 per share"
    assert amounts.money_range(low, None) == "USD 25 per share or more"
    assert amounts.consideration({"cash": share, "exchange_ratio": "0.8", "of": "acme", "per": "share"}) == (
        "USD 28.5 per share in cash and 0.8 shares of acme per share"
    )
    assert amounts.consideration({"percent": "25", "note": "over four years"}) == "25% (over four years)"


def test_ids_are_called_by_the_names_that_the_record_gives_them() -> None:
    state = given(
        opened("2025-01-01"),
        event("party.added", "2025-01-01", party_id="cfius", name="CFIUS", role="regulator"),
        event("deadline.set", "2025-01-02", deadline_id="dl", obligation="divest", set_by="cfius", force="statutory"),
        event("bid.submitted", "2025-01-03", bid_id="b", bidders=["cfius", "oracle"]),
        event("litigation.filed", "2025-01-03", case_id="c", court="SDNY", plaintiffs=["tiktok"], defendants=["cfius"]),
    ).on("2025-02-01")
    names = Names(state)
    assert names.of("cfius") == "CFIUS"
    assert names.of("dl") == "the deadline “divest”"
    assert names.phrase(Bid, "b") == "the bid of CFIUS and oracle"
    assert names.phrase(Case, "c") == "the case tiktok v. CFIUS"
    assert names.condition("assets_in includes cfius") == "only if CFIUS is included"


def test_an_id_without_a_name_is_shown_as_it_was_written() -> None:
    names = Names(given(opened("2025-01-01", parties=["us_president"])).on("2025-02-01"))
    assert names.of("us_president") == "us_president"
    assert names.of("US_Congress") == "US_Congress"
    assert names.phrase(Deadline, "dl-divest") == "the deadline dl-divest"


def test_a_party_that_was_merged_is_called_by_the_name_of_the_other() -> None:
    state = given(
        opened("2025-01-01"),
        event("party.added", "2025-01-01", party_id="tiktok", name="TikTok Inc.", role="target"),
        event("entity.merged", "2025-01-02", merged="musically", into="tiktok"),
    ).on("2025-02-01")
    assert Names(state).of("musically") == "TikTok Inc."


def test_a_part_of_a_template_is_left_out_where_a_value_is_absent() -> None:
    made = template("[{by} moved|moved:] {what}[ to {day}[ ({count})]]")
    given_two = {"by": "cfius", "what": "it"}
    assert made.fill(lambda name, _: given_two.get(name)) == "cfius moved it"
    given_all = {"what": "it", "day": "Monday", "count": "3 days"}
    assert made.fill(lambda name, _: given_all.get(name)) == "moved: it to Monday (3 days)"
    assert made.fill(lambda _name, _form: None) is None


@pytest.mark.parametrize("text", ["{by moved", "[{by} moved", "{by}] moved", "{by} | moved"])
def test_a_template_with_an_open_bracket_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"template '.*'"):
        template(text)


@pytest.mark.parametrize("written", ["NaN", "sNaN", "-Infinity", "1e999999", "1e-999999", "many", "1e25"])
def test_what_is_no_finite_number_of_usual_size_is_shown_as_it_is_written(written: str) -> None:
    assert amounts.amount(written) == written
    assert amounts.money({"amount": written, "currency": "USD"}) == f"USD {written}"
