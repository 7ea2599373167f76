"""What to do after an error is said by each interface in its own words."""

from typing import Any

import httpx
import pytest

from api import hints
from api.client.errors import ApiError
from domain.errors import UnknownDeal, UnknownReference, UnreadableDeal
from domain.unknown_references import unknown_reference, with_nearest

INTERFACES = {
    "http": hints.HTTP,
    "python": hints.PYTHON,
    "cli": hints.COMMAND_LINE,
    "page": hints.PAGE,
    "assistant": hints.ASSISTANT,
}


@pytest.mark.parametrize("interface", INTERFACES)
def test_each_interface_has_words_for_each_hint(interface: str) -> None:
    assert set(INTERFACES[interface]) == set(hints.CODES)


def test_http_says_it_in_the_detail_and_sends_the_hint_beside_it(http: httpx.Client) -> None:
    told: dict[str, Any] = http.get("/v1/deals/none/state").json()
    assert told["detail"] == "There is no deal 'none' in this log. GET /v1/deals lists them all."
    assert told["hint"] == {"code": "list-deals", "text": "GET /v1/deals lists them all."}


def test_each_fault_has_its_hint(http: httpx.Client) -> None:
    told: dict[str, Any] = http.post("/v1/deals/d/events", json={"type": "deal.opend", "occurred": "2020"}).json()
    [fault] = [each for each in told["errors"] if each["code"] == "unknown-type"]
    assert fault["detail"].endswith("GET /v1/event-types lists them all.")
    assert fault["hint"]["code"] == "list-event-types"


def test_the_python_client_names_its_own_method() -> None:
    body = {"code": "unknown-deal", "detail": "There is no deal 'x'. GET /v1/deals lists them all.",
            "hint": {"code": "list-deals", "text": "GET /v1/deals lists them all."}}  # fmt: skip
    refused = ApiError(404, body)
    assert str(refused) == "There is no deal 'x'. Client.deals() lists them all."
    assert hints.text_of(refused, hints.COMMAND_LINE) == "There is no deal 'x'. parley deals lists them all."


def test_a_hint_of_a_newer_server_stays_as_it_was_sent() -> None:
    body = {"code": "new", "detail": "No. Call the desk.", "hint": {"code": "call", "text": "Call the desk."}}
    assert str(ApiError(400, body)) == "No. Call the desk."


def test_the_words_hold_the_values_of_the_error() -> None:
    error = UnreadableDeal("It cannot be read.", hint="read-events", extra={"deal_id": "d"})
    assert "GET /v1/deals/d/events" in hints.text_of(error, hints.HTTP)
    assert "parley events d" in hints.text_of(error, hints.COMMAND_LINE)


def test_an_error_has_the_hint_of_its_faults() -> None:
    [fault] = with_nearest([unknown_reference("/data/id", "bid.raised", ("d", "bid", "b1"))], lambda *_: ["b2"])
    error = UnknownReference(fault.detail, problems=[fault])
    assert hints.text_of(error, hints.HTTP) == (
        "bid.raised acts on a bid 'b1', which the record does not hold; nearest: b2. "
        "Record the event that creates it first, or send 'Prefer: handling=lenient'."
    )
    assert hints.text_of(error, hints.COMMAND_LINE).endswith("or add --lenient.")


def test_an_error_without_a_hint_is_its_sentence() -> None:
    assert hints.as_members(UnknownDeal("There is none.")) == {"detail": "There is none."}
