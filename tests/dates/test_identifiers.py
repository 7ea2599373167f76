"""Ids, codes and conditions: what is taken and what is refused."""

import re
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.fields import conditions, identifiers
from domain.fields.iso_codes import COUNTRIES, CURRENCIES

LETTERS_AND_DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


@pytest.mark.parametrize("code", ["5493001KJTIIGC8Y1R12", "HWUPKR0MPOU8FGXBT394", "7LTWFZYICNSX8D621K86"])
def test_published_legal_entity_identifiers_are_taken(code):
    assert identifiers.lei(code) == code


@given(st.text(LETTERS_AND_DIGITS, min_size=18, max_size=18), st.integers(0, 17), st.sampled_from(LETTERS_AND_DIGITS))
def test_a_letter_for_a_letter_or_a_digit_for_a_digit_never_passes_the_check_digits(base, at, other):
    code = base + identifiers.check_digits(base)
    assert identifiers.lei(code) == code
    assert int("".join(str(int(each, 36)) for each in code)) % 97 == 1
    slip = code[:at] + other + code[at + 1 :]
    if slip != code and other.isdigit() == code[at].isdigit():
        with pytest.raises(ValueError, match="check digits"):
            identifiers.lei(slip)


@given(st.from_regex(identifiers.REF, fullmatch=True))
def test_a_ref_of_the_form_is_taken_and_is_an_event_id_too(text):
    assert identifiers.ref(text) == text
    assert identifiers.event_id(text) == text


@given(st.text(max_size=140))
def test_any_text_is_taken_or_refused_by_its_form_alone(text):
    for check, form in (
        (identifiers.ref, identifiers.REF),
        (identifiers.event_id, identifiers.EVENT_ID),
        (identifiers.decimal, identifiers.DECIMAL),
        (identifiers.grade, identifiers.GRADE),
        (conditions.parse, conditions.EXPRESSION),
    ):
        if re.fullmatch(form, text) is None:
            with pytest.raises(ValueError, match=r"\.$"):
                check(text)
        else:
            check(text)


@pytest.mark.parametrize(
    ("check", "text", "advice"),
    [
        (identifiers.ref, "", "empty"),
        (identifiers.ref, "a b", "without spaces"),
        (identifiers.ref, "a:b", "without spaces"),
        (identifiers.ref, "_a", "must start with"),
        (identifiers.ref, "a\n", "without spaces"),
        (identifiers.ref, "é", "must start with"),
        (identifiers.ref, "a" * 129, "the maximum is 128"),
        (identifiers.event_id, "a/b", "_ . : -"),
        (identifiers.country, "us", "write US"),
        (identifiers.country, "UK", "write GB"),
        (identifiers.country, "ZZ", "alpha-2"),
        (identifiers.currency, "usd", "write USD"),
        (identifiers.currency, "RMB", "write CNY"),
        (identifiers.currency, "ABC", "ISO 4217"),
        (identifiers.currency, "$", ": write USD."),
        (identifiers.currency, "US$", ": write USD."),
        (identifiers.currency, "U.S.$", ": write USD."),
        (identifiers.currency, "€", ": write EUR."),
        (identifiers.currency, "US", ": write USD or "),
        (identifiers.currency, "UDS", ": write USD or "),
        (identifiers.currency, "GPB", ": write GBP or "),
        (identifiers.country, "U.S.", ": write US."),
        (identifiers.country, "Germany", ": write DE."),
        (identifiers.decimal, "1e9", "not a decimal"),
        (identifiers.decimal, "1,000", "not a decimal"),
        (identifiers.decimal, "+1", "not a decimal"),
        (identifiers.decimal, ".5", "not a decimal"),
        (identifiers.decimal, "NaN", "not a decimal"),
        (identifiers.decimal, "٣", "not a decimal"),
        (identifiers.grade, "G1", "A to F"),
        (identifiers.grade, "a1", "A to F"),
        (identifiers.lei, "HWUPKR0MPOU8FGXBT395", "should be 94"),
        (identifiers.lei, "HWUPKR0MPOU8FGXBT3", "18 capital letters"),
        (identifiers.zone, "America/NewYork", "America/New_York"),
    ],
)
def test_a_refusal_says_what_to_write(check, text, advice):
    with pytest.raises(ValueError, match=r"\.$") as refusal:
        check(text)
    assert advice in str(refusal.value)


def test_countries_and_currencies_are_those_of_the_standards():
    assert len(COUNTRIES) == 249 + 1
    assert {"US", "CN", "GB", "EU", "TW", "SS"} <= COUNTRIES
    assert {"USD", "EUR", "CNY", "GBP", "DEM"} <= CURRENCIES
    for code in COUNTRIES:
        assert identifiers.country(code) == code
    for code in CURRENCIES:
        assert identifiers.currency(code) == code


refs = st.from_regex(r"[a-z][a-z0-9_]{0,10}", fullmatch=True)


@given(st.sampled_from(["assets_in", "assets_out"]), refs, st.lists(refs), st.lists(refs))
def test_a_condition_holds_where_the_list_has_the_id_and_nowhere_else(section, ref, inside, outside):
    text = f"{section} includes {ref}"
    condition = conditions.parse(text)
    variant = SimpleNamespace(assets_in=tuple(inside), assets_out=tuple(outside), territories=("US",))
    assert str(condition) == text
    assert condition.holds(variant) == (ref in (inside if section == "assets_in" else outside))


def test_a_condition_may_be_read_on_countries():
    condition = conditions.parse("territories includes US")
    assert condition.holds(SimpleNamespace(assets_in=(), assets_out=(), territories=("CA", "US")))


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("", "not a valid condition"),
        ("assets_in", "not a valid condition"),
        ("assets_in excludes x", "not a valid condition"),
        ("assets_in  includes x", "one space"),
        ("asset_in includes x", "nearest is assets_in"),
        ("assets_in includes a:b", "not a valid id"),
        ("territories includes UK", "write GB"),
    ],
)
def test_what_is_no_condition_is_refused_with_the_way_to_write_one(text, advice):
    with pytest.raises(ValueError, match=r"\.$") as refusal:
        conditions.parse(text)
    assert advice in str(refusal.value)
