"""One rule says what is a report; the page and the events of the API show it."""

import httpx
import pytest


@pytest.mark.parametrize(
    ("attribution", "actor", "reported"),
    [
        (None, None, False),
        ("on_record", None, False),
        ("party_claim", "oracle", False),
        ("party_claim", "walmart", True),
        ("party_claim", None, True),
        ("anonymous_single", "oracle", True),
    ],
)
def test_an_event_shows_its_layer_as_the_state_reads_it(
    http: httpx.Client, deal: str, attribution: str | None, actor: str | None, reported: bool
) -> None:
    sent = {
        "id": "b",
        "type": "bid.submitted",
        "occurred": "2020-09-01",
        "data": {"bid_id": "b", "bidders": ["oracle"]},
    }
    sent |= {"attribution": attribution} if attribution else {}
    sent |= {"actor": actor} if actor else {}
    assert http.post(f"{deal}/events", json=sent).status_code == 201
    expected = "reported" if reported else None
    assert http.get(f"{deal}/events/b").json().get("layer") == expected
    assert http.get(f"{deal}/events?type=bid.submitted&order=-version").json()["items"][0].get("layer") == expected
    assert http.get(f"{deal}/state").json()["bids"]["b"].get("layer") == expected
    timeline = http.get("/deals/tiktok").text.split('<li id="e-b"')[1].split("</li>")[0]
    assert ("is-reported" in timeline) is reported


def test_a_corrected_attribution_moves_an_event_to_the_other_layer(http: httpx.Client, deal: str) -> None:
    data = {"event_id": "first-bid", "cause": "source_corrected", "changes": {"attribution": "unattributed"}}
    sent = {"type": "record.corrected", "occurred": "2020-09-02", "data": data}
    assert http.post(f"{deal}/events", json=sent).status_code == 201
    assert http.get(f"{deal}/events/first-bid").json()["layer"] == "reported"
