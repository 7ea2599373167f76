"""Dates as people write them: what is read, how wide its window is, and what is refused."""

from datetime import UTC, date, datetime, timedelta

import pytest
from edtf import parse_edtf
from edtf.parser.edtf_exceptions import EDTFParseException
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.time.edtf import When, parse_day_or_moment, parse_moment
from domain.time.instants import FUTURE, PAST, iso, moment_of, zone

NEW_YORK = zone("America/New_York")

days = st.dates()
qualifiers = st.sampled_from(["", "~", "?", "%"])


@st.composite
def plain_dates(draw):
    day = draw(days)
    return day.isoformat()[: draw(st.sampled_from([4, 7, 10]))] + draw(qualifiers)


@st.composite
def spans(draw):
    first, last = sorted([draw(days), draw(days)])
    cut = draw(st.sampled_from([4, 7, 10]))
    ends = [first.isoformat()[:cut] + draw(qualifiers), last.isoformat()[:cut] + draw(qualifiers)]
    return draw(st.sampled_from(["/".join(ends), f"../{ends[1]}", f"{ends[0]}/.."]))


@st.composite
def sets(draw):
    first, last = sorted([draw(days), draw(days)])
    if draw(st.booleans()):
        return f"[{first}..{last}]"
    return "[" + ",".join(draw(st.lists(plain_dates(), min_size=2, max_size=4))) + "]"


@st.composite
def instants(draw):
    at = draw(st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30)))  # noqa: DTZ001 -- its offset is drawn apart
    digits = draw(st.sampled_from(["minutes", "seconds", "milliseconds", "microseconds"]))
    return at.isoformat(timespec=digits) + draw(st.sampled_from(["Z", "-04:00", "+05:30", "+00:00"]))


written = st.one_of(plain_dates(), spans(), sets(), instants())


@given(written)
def test_every_date_is_kept_to_the_letter_and_opens_before_it_closes(text):
    when = When.parse(text)
    assert (when.text, str(when)) == (text, text)
    for place in (UTC, NEW_YORK):
        assert PAST <= when.opens(place) <= when.opens(place, "latest") <= when.closes(place) <= FUTURE
        assert (when.day(place) is None) == (when.earliest is None)
    assert when == When.parse(text)
    assert hash(when) == hash(When.parse(text))


@given(st.text(max_size=40) | st.text(alphabet="0123456789-/.,[]T:Z+~?% ", max_size=40))
def test_any_other_text_is_refused_with_a_sentence_and_never_otherwise(text):
    refusals = []
    try:
        assert When.parse(text).text == text
    except ValueError as refusal:
        refusals.append(str(refusal))
    assert all(sentence.endswith(".") for sentence in refusals)


@settings(max_examples=60)
@given(
    st.one_of(plain_dates(), sets(), spans().filter(lambda text: ".." not in text)).filter(
        lambda text: "0000" not in text
    )
)
def test_windows_are_those_of_the_published_reader(text):
    theirs = parse_edtf(text)
    when = When.parse(text)
    assert when.earliest == date(*theirs.lower_strict()[:3])
    assert when.end == date(*theirs.upper_strict()[:3])


@pytest.mark.parametrize(
    "text",
    ["2020-02-30", "2020-13", "2020-09-31", "2020-9-1", "1/2", "", "202", "20200915x", "[2020", "2020]"],
)
def test_what_the_published_reader_refuses_is_refused(text):
    with pytest.raises(EDTFParseException):
        parse_edtf(text)
    with pytest.raises(ValueError, match=r"write|days|months"):
        When.parse(text)


@pytest.mark.parametrize(
    ("text", "earliest", "latest", "end"),
    [
        ("2020", "2020-01-01", "2020-12-31", "2020-12-31"),
        ("2020-02", "2020-02-01", "2020-02-29", "2020-02-29"),
        ("2020-08~", "2020-08-01", "2020-08-31", "2020-08-31"),
        ("2019/2020", "2019-01-01", "2019-12-31", "2020-12-31"),
        ("2020/2020-03", "2020-01-01", "2020-03-31", "2020-03-31"),
        ("../2020-09", None, "2020-09-30", "2020-09-30"),
        ("2020-09/..", "2020-09-01", "2020-09-30", None),
        ("[2020-09-11,2020-09-04]", "2020-09-04", "2020-09-11", "2020-09-11"),
        ("[2020-09-04..2020-09-14]", "2020-09-04", "2020-09-14", "2020-09-14"),
    ],
)
def test_a_window_is_where_a_date_may_start_and_its_end_where_it_stops(text, earliest, latest, end):
    when = When.parse(text)
    assert [bound and bound.isoformat() for bound in (when.earliest, when.latest, when.end)] == [earliest, latest, end]


def test_an_open_start_has_acted_for_ever_and_an_open_end_never_closes():
    assert When.parse("../2020").opens(UTC) == PAST
    assert When.parse("2020/..").closes(UTC) == FUTURE


def test_a_qualifier_is_kept_and_widens_nothing():
    about, plain = When.parse("2020-08-14~"), When.parse("2020-08-14")
    assert (about.qualifier, about.earliest, about.latest) == ("~", plain.earliest, plain.latest)
    assert plain.precise
    assert not about.precise
    assert about != plain


def test_an_instant_is_the_same_moment_under_every_offset():
    assert parse_moment("2020-09-15T23:59-04:00") == parse_moment("2020-09-16T03:59:00.000000Z")
    assert iso(parse_moment("2020-09-15T23:59:00.5-04:00")) == "2020-09-16T03:59:00.500000Z"
    assert When.parse("2020-09-16T03:59:00Z").last_day(NEW_YORK) == date(2020, 9, 15)


@given(st.datetimes(timezones=st.timezones()).filter(lambda at: 2 <= at.year <= 9997))
def test_a_moment_told_in_utc_is_read_back_exactly(at):
    moment = moment_of(at)
    assert parse_moment(iso(moment)) == moment


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("2020-09-15T10:00:00", "without an offset"),
        ("2020-09-15T10:00:00 04:00", "%2B"),
        ("2020-09-15T24:00:00Z", "time of day"),
        ("2020-09-15T23:59:60Z", "time of day"),
        ("2020-09-15T10:00+24:00", "offset"),
        ("2020-09-15T10:00:00.Z", "no instant"),
        ("2020-09-15t10:00z", "no date"),
        ("2020-02-30T10:00Z", "days 01 to 29"),
        ("0001-01-01T00:00+01:00", "0001 to 9999"),
        ("9999-12-31T23:59-01:00", "0001 to 9999"),
        ("0000", "0001 to 9999"),
        ("2020-22", "season"),
        ("202X", "unspecified"),
        ("20200915", "write 2020-09-15"),
        ("~2020", "at the end"),
        ("2020~~", "no date"),
        ("2020-09/2020-08", "reversed"),
        ("[2020-09..2020-08]", "reversed"),
        ("../..", "both ends"),
        ("2020/", "open end"),
        ("2020/2021/2022", "slashes"),
        ("[..2020]", "../2020-09"),
        ("[2020,]", "give a date"),
        ("[]", "no set"),
        ("[2020]", "no set"),
        ("{2020,2021}", "no date"),
        (" 2020", "characters"),
        ("2020\n", "characters"),
        ("٢٠٢٠", "characters"),
        ("[" + ",".join(["2020-01-01"] * 40) + "]", "at most 256"),
        ("2020-09-15T10:00Z/2020-09-16", "no instant"),
    ],
)
def test_a_refusal_says_what_is_wrong_and_what_to_write(text, advice):
    with pytest.raises(ValueError, match=r"\.$") as refusal:
        When.parse(text)
    assert advice in str(refusal.value)


@pytest.mark.parametrize("thing", [None, 20200915, date(2020, 9, 15), ["2020"]])
def test_only_a_text_is_a_date(thing):
    with pytest.raises(ValueError, match="is a text"):
        When.parse(thing)


def test_a_question_names_one_day_or_one_instant():
    assert parse_day_or_moment("2020-09-15") == date(2020, 9, 15)
    assert parse_day_or_moment("2020-09-15T00:00Z") == parse_moment("2020-09-15T00:00Z")
    for vague in ("2020-09", "2020-09-15~", "2020-09-15/2020-09-15", "[2020-09-15,2020-09-15]", "../2020-09-15"):
        with pytest.raises(ValueError, match="not one moment"):
            parse_day_or_moment(vague)


@given(days.filter(lambda day: day < date.max))
def test_days_follow_each_other_without_gap_in_utc(day):
    when, after = When.parse(day.isoformat()), When.parse((day + timedelta(days=1)).isoformat())
    assert when.closes(UTC) + 1 == after.opens(UTC)
