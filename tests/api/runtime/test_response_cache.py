"""Answers that are kept: made once for all who ask at the same time, and for as long as the deal does not move."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from api.http.responses import validators
from api.runtime.response_cache import CachedResponse, ResponseCache
from ledger.ledger import Ledger
from projections.state.state_reader import StateReader
from tests.api.conftest import bid
from tests.waiting import until

CLIENTS = 8


def test_a_question_that_many_ask_at_once_is_answered_once(ledger: Ledger) -> None:
    cache = ResponseCache()
    made: list[int] = []

    def ask(number: int) -> bytes:
        with cache.computed_once(ledger, "d", b"") as kept:
            if kept is None:
                made.append(number)
                until(lambda: cache.waiting(ledger, "d", b"") == CLIENTS)
                kept = CachedResponse(b"%d" % number, validators(b""), ledger.hub.position, None)
                cache.store(ledger, "d", b"", kept)
        return kept.content

    with ThreadPoolExecutor(CLIENTS) as threads:
        answers = set(threads.map(ask, range(CLIENTS)))
    assert len(made) == len(answers) == 1
    assert cache.waiting(ledger, "d", b"") == 0


def test_who_waited_for_an_answer_that_failed_makes_their_own(ledger: Ledger) -> None:
    cache = ResponseCache()
    with pytest.raises(ZeroDivisionError), cache.computed_once(ledger, "d", b""):
        _ = 1 // 0
    with cache.computed_once(ledger, "d", b"") as kept:
        assert kept is None


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Each question about a state that reaches the reader."""
    questions: list[Any] = []
    state = StateReader.state_on_query

    def noting(self: StateReader, deal_id: str, question: Any) -> Any:
        questions.append(question)
        return state(self, deal_id, question)

    monkeypatch.setattr(StateReader, "state_on_query", noting)
    return questions


def test_a_state_at_a_past_moment_is_kept_until_the_deal_moves(
    app: FastAPI, http: httpx.Client, deal: str, asked: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.deals.state.SECONDS_KEPT", -1.0)
    first = http.get(f"{deal}/state?valid_at=2020-12-31")
    assert http.get(f"{deal}/state?valid_at=2020-12-31").content == first.content
    assert len(asked) == 1
    assert http.post(f"{deal}/events", json=bid("b2")).status_code == 201
    assert http.get(f"{deal}/state?valid_at=2020-12-31").json()["basis"]["known_version"] == 3
    assert len(asked) == 2
    for question in ("", "?valid_at=2999-12-31"):
        http.get(f"{deal}/state{question}")
        before = len(asked)
        http.get(f"{deal}/state{question}")
        assert len(asked) == before + 1


def test_a_state_asks_the_database_for_one_head(ledger: Ledger, http: httpx.Client, deal: str) -> None:
    heads = 0
    looked = ledger.deal_head

    def counting(deal_id: str) -> Any:
        nonlocal heads
        heads += 1
        return looked(deal_id)

    ledger.deal_head = counting  # type: ignore[method-assign]  # counted, and asked all the same
    assert http.get(f"{deal}/state").status_code == 200
    assert heads == 1
