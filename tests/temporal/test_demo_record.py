"""The questions about time, asked of the real record over HTTP."""

from typing import Any

import httpx
import orjson
import pytest

from tests.api.conftest import refused

SEEDS, SAGA = "/v1/deals/tiktok-2020", "/v1/deals/tiktok"


def asked(saga: httpx.Client, where: str, /, **params: Any) -> Any:
    answer = saga.get(where, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def stretches(told: Any) -> list[tuple[str | None, str | None, Any, list[str]]]:
    return [(each["from"], each["to"], each["value"], each["because"]) for each in told["items"]]


def test_what_became_public_on_one_day_was_learned_and_did_not_happen(saga: httpx.Client) -> None:
    told = asked(
        saga, f"{SEEDS}/diff", known_by="published",
        from_valid="2020-08-30", from_known="2020-08-30", to_valid="2020-08-30", to_known="2020-08-31",
    )  # fmt: skip
    assert (told["happened"], told["lapsed"]) == ([], [])
    learned = {each["path"]: each["because"] for each in told["learned"]}
    assert learned["/bids/bid-msft"] == ["seed-011", "seed-012"]
    assert learned["/bids/bid-orcl"] == ["seed-013"]
    assert all(learned.values())
    assert told["net"] == told["learned"]


def test_a_deadline_passes_by_time_alone(saga: httpx.Client) -> None:
    told = asked(
        saga, f"{SEEDS}/diff", known_by="published",
        from_valid="2020-09-20", from_known="2020-09-12", to_valid="2020-09-21", to_known="2020-09-12",
    )  # fmt: skip
    assert (told["happened"], told["learned"]) == ([], [])
    passed = next(each for each in told["lapsed"] if each["path"] == "/deadlines/dl-transactions/status")
    assert (passed["from"], passed["to"], passed["because"]) == ("pending", "past_due", [])
    assert not any("days_left" in each["path"] for each in told["net"])


def _turned(change: dict[str, Any]) -> dict[str, Any]:
    """A change, and the changes of the entries of a list, in the other direction."""
    members = {"members": [_turned(each) for each in change["members"]]} if "members" in change else {}
    return {**_without_text(change), "from": change["to"], "to": change["from"], **members}


def _without_text(change: dict[str, Any]) -> dict[str, Any]:
    """A change, and the changes of the entries of a list, without their sentences."""
    members = {"members": [_without_text(each) for each in change["members"]]} if "members" in change else {}
    return {**{name: value for name, value in change.items() if name != "text"}, **members}


def test_a_difference_runs_backwards_too(saga: httpx.Client) -> None:
    there, back = (
        asked(saga, f"{SAGA}/diff", from_valid=one, to_valid=other)
        for one, other in (("2020-09-12", "2020-12-10"), ("2020-12-10", "2020-09-12"))
    )
    for name in ("happened", "lapsed", "net"):
        turned = [_turned(each) for each in back[name]]
        assert turned == [_without_text(each) for each in there[name]]
    assert there["lapsed"]


def test_each_day_of_a_deadline_with_the_date_from_which_it_held(saga: httpx.Client) -> None:
    assert stretches(asked(saga, f"{SAGA}/history", path="/deadlines/dl-divest/due")) == [
        ("2020-08-14", "2020-11-13", "2020-11-12", ["tiktok-010"]),
        ("2020-11-13", "2020-11-25", "2020-11-27", ["tiktok-034"]),
        ("2020-11-25", None, "2020-12-04", ["tiktok-035"]),
    ]


def test_what_time_does_by_itself_stands_in_a_history(saga: httpx.Client) -> None:
    told = stretches(asked(saga, f"{SEEDS}/history", path="/deadlines/dl-transactions/status"))
    assert [each[:3] for each in told] == [("2020-08-06", "2020-09-21", "pending"), ("2020-09-21", None, "past_due")]
    order = stretches(asked(saga, f"{SAGA}/history", path="/orders/commerce-rule-2020/status"))
    assert order[0][:3] == ("2020-09-18", "2020-09-20", "scheduled")
    pauses = [each[:3] for each in stretches(asked(saga, f"{SAGA}/history", path="/orders/pafaca/status"))]
    assert ("2024-04-24", "2025-01-19", "scheduled") in pauses
    assert ("2025-01-20", "2026-01-24", "not_enforced") in pauses


def test_a_history_is_cut_where_a_date_is_asked_for(saga: httpx.Client) -> None:
    told = asked(saga, f"{SAGA}/history", path="/deadlines/dl-divest/due", valid_at="2020-11-20")
    assert [each["value"] for each in told["items"]] == ["2020-11-12", "2020-11-27"]


def test_when_a_belief_about_a_day_was_held(saga: httpx.Client) -> None:
    told = asked(saga, f"{SEEDS}/revisions", path="/bids/bid-msft/bidders", valid_at="2020-08-30", known_by="published")
    assert stretches(told) == [("2020-08-31", None, ["microsoft", "walmart"], ["seed-011", "seed-012"])]


def test_the_first_day_on_which_a_condition_holds(saga: httpx.Client) -> None:
    path = "/deadlines/dl-divest/due"
    told = asked(saga, f"{SAGA}/first", path=path, op="gt", value='"2020-11-12"', known_by="published")
    assert (told["at"], told["because"], told["first_known"]) == ("2020-11-13", ["tiktok-034"], "2020-11-13")
    never = asked(saga, f"{SAGA}/first", path=path, op="eq", value="2021-01-01")
    assert (never["at"], never["because"], never["first_known"]) == (None, [], None)
    exists = asked(saga, f"{SAGA}/first", path="/agreements/agr-jv", op="exists")
    assert exists["at"] == "2025-12-18"


def test_a_digest_tells_what_changed_in_sentences(saga: httpx.Client) -> None:
    told = asked(saga, f"{SAGA}/digest", since="2020-09-12", known_by="published")
    items = {each["path"]: each for each in told["items"]}
    moved = items["/deadlines/dl-divest/due"]
    assert moved["kind"] == "deadline"
    assert moved["text"].startswith("The deadline “divest TikTok US assets and data” moved from 12 Nov to 4 Dec 2020: ")
    assert moved["text"].endswith(": cfius extended it from 27 Nov to 4 Dec 2020 (7 days; 25 Nov 2020).")
    assert moved["because"] == ["tiktok-035"]
    assert items["/ended"]["text"].startswith(
        "The deal was closed on 22 Jan 2026, by tiktok, as TikTok USDS Joint Venture LLC: "
    )
    assert "/phase" not in items  # that the phase is closed follows
    assert all(each["text"].endswith(".") for each in told["items"])


def test_each_step_of_a_replay_says_what_its_event_changed(saga: httpx.Client) -> None:
    steps = [orjson.loads(line) for line in saga.get(f"{SAGA}/replay").text.splitlines()[:-1]]
    moved = next(step for step in steps if step["event"]["id"] == "tiktok-034")
    first = moved["sentences"][0]
    assert first["text"] == "The deadline “divest TikTok US assets and data” moved from 12 Nov to 27 Nov 2020."
    assert (first["group"], first["path"]) == ("dates", "/deadlines/dl-divest/due")
    page = saga.get(f"{SAGA}/replay", headers={"Accept": "text/html"}).text
    assert "“divest TikTok US assets and data” moved from <del>12 Nov</del> to <ins>27 Nov 2020</ins>.</li>" in page
    assert "/deadlines/dl-divest" not in page


def test_nothing_has_changed_since_the_last_version(saga: httpx.Client) -> None:
    state = asked(saga, f"{SAGA}/state")
    told = asked(saga, f"{SAGA}/digest", since_version=state["basis"]["known_version"])
    assert told["items"] == []


def test_what_would_be_if_a_licence_were_granted(saga: httpx.Client) -> None:
    event = {"type": "approval.granted", "occurred": "2020-09-12", "data": {"approval_id": "cn-export-licence"}}
    body = {"valid_at": "2020-09-12", "events": [{**event, "id": "if-granted"}]}
    told = saga.post(f"{SEEDS}/what-if", json=body).json()
    assert told["state"]["approvals"]["cn-export-licence"]["status"] == "granted"
    assert told["state"]["basis"]["hypothetical"] == ["if-granted"]
    change = next(each for each in told["diff"]["learned"] if each["path"] == "/approvals/cn-export-licence/status")
    assert (change["from"], change["to"], change["because"]) == ("required", "granted", ["if-granted"])
    assert told["diff"]["happened"] == told["diff"]["lapsed"] == []
    assert saga.get(f"{SEEDS}/events/if-granted").status_code == 404
    assert (
        asked(saga, f"{SEEDS}/state", valid_at="2020-09-12")["approvals"]["cn-export-licence"]["status"] == "required"
    )


def test_what_is_supposed_is_held_to_what_is_posted(saga: httpx.Client) -> None:
    event = {"type": "approval.granted", "occurred": "2020-09-12", "data": {"approval_id": "cn-export-license"}}
    told = refused(saga.post(f"{SEEDS}/what-if", json={"events": [event]}), 422, "unknown-reference")
    assert told["errors"][0]["pointer"] == "/events/0/data/approval_id"
    assert "cn-export-licence" in told["errors"][0]["nearest"]
    spoilt = {**event, "occurred": "2020-02-30"}
    told = refused(saga.post(f"{SEEDS}/what-if", json={"events": [event, spoilt]}), 422, "invalid-input")
    assert told["errors"][0]["pointer"] == "/events/1/occurred"


@pytest.mark.parametrize(
    ("question", "status", "code"),
    [
        ("history?path=/deadlines/dl-divest/days_left", 400, "bad-question"),
        ("history?path=deadlines", 400, "bad-question"),
        ("history?path=/deadlines/~2", 400, "bad-question"),
        ("history", 400, "bad-question"),
        ("history?path=/deadlines/dl-divst/due", 404, "unknown-path"),
        ("revisions?path=/nothing&valid_at=2020-09-12", 404, "unknown-path"),
        ("first?path=/status/value&op=is&value=1", 400, "bad-question"),
        ("first?path=/status/value&op=eq", 400, "bad-question"),
        ("first?path=/status/value&op=exists&value=1", 400, "bad-question"),
        ("first?path=/status/value&op=eq&value=[1", 400, "bad-question"),
        ("diff?from_known=2999-01-01", 400, "in-the-future"),
        ("diff?from_valid=2020-09", 400, "bad-question"),
        ("diff?from_valid=2020-09-31", 400, "bad-question"),
        ("diff?from_valid=2020-09-12T10:00:00", 400, "bad-question"),
        ("diff?knwon_by=published", 400, "bad-question"),
        ("diff?known_by=guessed", 400, "bad-question"),
        ("digest", 400, "bad-question"),
        ("digest?since_version=1&since=2020-09-12", 400, "bad-question"),
        ("digest?since_version=9999", 404, "beyond-the-end"),
        ("history?path=/phase&known_version=9999", 404, "beyond-the-end"),
        ("timemap?after=-1", 400, "bad-question"),
    ],
)
def test_a_question_that_cannot_be_meant_is_refused(saga: httpx.Client, question: str, status: int, code: str) -> None:
    refused(saga.get(f"{SAGA}/{question}"), status, code)


def test_a_misspelt_path_is_told_its_nearest_places(saga: httpx.Client) -> None:
    told = refused(saga.get(f"{SAGA}/history", params={"path": "/deadlines/dl-divst/due"}), 404, "unknown-path")
    assert told["nearest"][0] == "/deadlines/dl-divest/due"


def test_a_fault_in_one_side_of_a_difference_names_its_parameter(saga: httpx.Client) -> None:
    told = refused(saga.get(f"{SAGA}/diff", params={"to_valid": "2020-09-31"}), 400, "bad-question")
    assert told["detail"].startswith("to_valid")


def test_a_place_that_is_not_known_yet_has_an_empty_history(saga: httpx.Client) -> None:
    assert asked(saga, f"{SAGA}/history", path="/deadlines/dl-divest/due", known_version=3)["items"] == []


PINNED = (
    "state?known_version=9",
    "history?path=/phase&known_version=9",
    "diff?from_valid=2020-09-12&to_valid=2020-09-13&from_known=2026-01-01&to_known=2026-01-01",
)


@pytest.mark.parametrize("question", PINNED)
def test_an_answer_that_is_held_already_is_not_sent_again(saga: httpx.Client, question: str) -> None:
    answer = saga.get(f"{SAGA}/{question}")
    assert answer.headers["cache-control"] == "private, no-cache"
    assert answer.headers["etag"].startswith('"')
    again = saga.get(f"{SAGA}/{question}", headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == answer.headers["etag"]
