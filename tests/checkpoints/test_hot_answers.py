"""A kept answer is handed out until its deal gains an event, and not a moment longer."""

from collections.abc import Callable

import orjson

from domain.envelope import Submission
from ledger.ledger import Ledger
from ledger.receipt import Request
from projections.hot import HotAnswers
from projections.questions import Question
from projections.reader import Reader

Make = Callable[..., Submission]
ON_A_DAY = Question(valid_at="2020-09-01")


def opened(ledger: Ledger, submission: Make, deal_id: str) -> None:
    event = submission(deal_id, f"{deal_id}-0", "deal.opened", title="T", kind="merger", subject="s")
    ledger.append(Request((event,), by="test")).result()


def test_an_answer_is_at_hand_once_it_was_given(ledger: Ledger, submission: Make) -> None:
    opened(ledger, submission, "one")
    hot = HotAnswers(Reader(ledger), ledger.hub)
    assert hot.peek("one", ON_A_DAY) is None
    given = hot.state("one", ON_A_DAY)
    assert hot.peek("one", ON_A_DAY) == given
    assert orjson.loads(given)["deal"]["title"] == "T"


def test_a_write_is_seen_by_the_next_question_of_its_own_deal_alone(ledger: Ledger, submission: Make) -> None:
    opened(ledger, submission, "one")
    opened(ledger, submission, "other")
    hot = HotAnswers(Reader(ledger), ledger.hub)
    hot.state("one", ON_A_DAY)
    other = hot.state("other", ON_A_DAY)
    term = submission("one", "t1", "terms.changed", term="price", to=7)
    ledger.append(Request((term,), by="test")).result()
    assert hot.peek("one", ON_A_DAY) is None
    assert orjson.loads(hot.state("one", ON_A_DAY))["terms"]["price"]["value"] == 7
    assert hot.peek("other", ON_A_DAY) == other


def test_the_running_moment_and_the_future_are_answered_anew(ledger: Ledger, submission: Make) -> None:
    opened(ledger, submission, "one")
    hot = HotAnswers(Reader(ledger), ledger.hub)
    for question in (Question(), Question(valid_at="2999-01-01")):
        hot.state("one", question)
        assert hot.peek("one", question) is None


def test_no_more_is_kept_than_there_is_room_for(ledger: Ledger, submission: Make) -> None:
    opened(ledger, submission, "one")
    size = len(HotAnswers(Reader(ledger), ledger.hub).state("one", ON_A_DAY))
    hot = HotAnswers(Reader(ledger), ledger.hub, bytes_kept=size * 10)
    days = [Question(valid_at=f"2020-09-{day:02}") for day in range(1, 21)]
    for day in days:
        hot.state("one", day)
    assert hot.peek("one", days[0]) is None
    assert hot.peek("one", days[-1]) is not None
