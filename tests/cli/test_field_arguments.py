"""The fields of an event as they are typed: parts of a value by name, as options too, and every misspelling named."""

import re

import pytest

from tests.cli.conftest import Parley


@pytest.mark.parametrize(
    "typed",
    [
        ["price.amount=5", "price.currency=USD"],
        ["--price.amount", "5", "--price.currency=USD"],
        ['price={"amount": "5"}', "price.currency=USD"],
    ],
)
def test_a_part_of_a_value_is_typed_by_its_name(writing: Parley, typed: list[str]) -> None:
    stakes = ["--stakes[0].holder", "oracle", "stakes[0].pct=51"]
    told = writing("record", "d", "bid.submitted", "bid_id=b", "bidders=oracle", *typed, *stakes, "--id", "bid",
                   "--occurred", "2020-02-01")  # fmt: skip
    assert told.code == 0, told.err
    data = next(each for each in writing("events", "d", "--json").json["items"] if each["id"] == "bid")["data"]
    assert data["price"] == {"amount": "5", "currency": "USD"}
    assert data["stakes"] == [{"holder": "oracle", "pct": 51}]


def test_every_misspelt_argument_is_named_with_the_nearest(writing: Parley) -> None:
    ended = writing("record", "d", "bid.submitted", "bid_idd=b", "biders=oracle", "price.amout=5", "bidders.x=1",
                    "nonsense", "stakes[0].share=5", "--ocurred", "2020-01-01")  # fmt: skip
    assert ended.code == 2
    told = " ".join(re.sub("[│╭╮╰╯─]", " ", ended.err).split())
    for each in (
        "no field 'bid_idd'; nearest: bid_id",
        "no field 'biders'; nearest: bidders",
        "no field 'price.amout'; nearest: price.amount",
        "'nonsense' is no field=value",
        "no field 'stakes[0].share'; the fields are: stakes[0].",
        "no field 'ocurred'; nearest: --occurred",
    ):
        assert each in told


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        (["price=5", "price.amount=5"], "price.amount: the whole of it is given too"),
        (["bid_id=b", "bid_id=c"], "bid_id: it is given twice"),
        (["bid_id.x=b"], "bid_id of bid.submitted has no parts: write bid_id=..."),
        (["--dry-rn"], "nearest: --dry-run"),
        (["--bid_id"], "--bid_id is without its value: write for example bid_id=..."),
    ],
)
def test_an_argument_that_does_not_fit_the_others_is_named(writing: Parley, typed: list[str], told: str) -> None:
    ended = writing("record", "d", "bid.submitted", *typed)
    assert ended.code == 2
    assert told in " ".join(re.sub("[│╭╮╰╯─]", " ", ended.err).split())
