"""The moment of answers as of now: the same for a second, unless the log grows."""

from api.runtime.current_moment import CurrentMoment
from domain.time.instants import SECOND


def test_it_stays_for_a_second_while_the_log_does_not_grow() -> None:
    clock = [10 * SECOND]
    current = CurrentMoment(lambda: clock[0])
    assert current.at(5) == 10 * SECOND
    clock[0] += SECOND - 1
    assert current.at(5) == 10 * SECOND
    clock[0] += 1
    assert current.at(5) == 11 * SECOND


def test_it_is_another_when_the_log_grows_or_the_clock_is_set_back() -> None:
    clock = [10 * SECOND]
    current = CurrentMoment(lambda: clock[0])
    current.at(5)
    clock[0] += 1
    assert current.at(6) == 10 * SECOND + 1
    clock[0] -= SECOND
    assert current.at(6) == 9 * SECOND + 1
