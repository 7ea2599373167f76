"""A form makes the rows that were filled in, however high the number is that the name of an input says."""

import re

import httpx
import pytest

from tests.api.conftest import app, deal, http

__all__ = ["app", "deal", "http"]

FORM = "/deals/tiktok/record/bid.submitted"
ROWS = re.compile(r'name="/data/stakes/([0-9]+)/holder"')
HIGH = ["3000", "99999999", "9" * 30, "\u00b2", "\u0663", "007", "-1", "1_0", " 1"]


@pytest.mark.parametrize("row", HIGH)
def test_a_link_with_the_number_of_a_row_makes_no_rows(http: httpx.Client, deal: str, row: str) -> None:
    answer = http.get(FORM, params={f"/data/stakes/{row}/holder": "oracle"})
    assert answer.status_code == 200
    assert ROWS.findall(answer.text) == ["0"]


@pytest.mark.parametrize("row", HIGH)
def test_a_form_with_the_number_of_a_row_makes_no_rows(http: httpx.Client, deal: str, row: str) -> None:
    filled = {f"/data/stakes/{row}/holder": "oracle", "/data/bid_id": "b9", "act": "more"}
    answer = http.post(FORM, data=filled, headers={"Origin": "http://127.0.0.1"})
    assert answer.status_code == 200
    assert ROWS.findall(answer.text) == ["0"]


def test_rows_that_are_filled_in_are_there_and_one_more(http: httpx.Client, deal: str) -> None:
    answer = http.get(FORM, params={"/data/stakes/2/holder": "oracle"})
    assert ROWS.findall(answer.text) == ["0", "1", "2", "3"]
