"""What an anomaly is owed to: its own event first, then the others, each once."""

from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from domain.rules.anomalies import LedBy

EVENTS = st.sampled_from("abcdef")


@given(others=st.lists(EVENTS).map(tuple), firsts=st.lists(EVENTS, max_size=4))
def test_anomalies_of_one_history_are_each_owed_to_their_event_and_then_to_the_others_once(
    others: tuple[str, ...], firsts: list[str]
) -> None:
    led_by = LedBy()
    assert [led_by(first, others) for first in firsts] == [list(dict.fromkeys((first, *others))) for first in firsts]


class Counted(tuple[str, ...]):
    """A sequence that counts how often it is gone through."""

    times = 0

    def __iter__(self) -> Iterator[str]:
        self.times += 1
        return super().__iter__()


def test_a_history_is_gone_through_once_for_all_its_anomalies() -> None:
    history, led_by = Counted("abcdef"), LedBy()
    for event in history[:]:
        led_by(event, history)
    assert history.times == 1
