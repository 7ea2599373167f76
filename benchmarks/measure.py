"""How a ratio is measured: the rivals take turns, round by round, and each round gives one ratio.

A machine speeds up and slows down; two rivals a moment apart meet the same machine. The value is the median of the
rounds, with the least and the greatest beside it.
"""

import gc
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass

ROUNDS = 5


class Missing(Exception):
    """A rival that is not installed; the message is the reason to print."""


@dataclass(frozen=True, slots=True)
class Result:
    """One measured ratio: greater is better where the goal is a least, smaller where it is a most."""

    name: str
    value: float
    goal: float
    versus: str
    min: float
    max: float
    at_most: bool = False

    @property
    def reached(self) -> bool:
        return self.value <= self.goal if self.at_most else self.value >= self.goal

    def told(self) -> dict[str, object]:
        return {name: value for name, value in asdict(self).items() if name != "at_most"}


def ratio(
    name: str,
    goal: float,
    versus: str,
    ours: Callable[[int], float],
    rival: Callable[[int], float],
    rounds: int = ROUNDS,
) -> Result:
    """The rate of Parley divided by that of its rival; each is called once a round, with the round."""
    values = []
    for number in range(rounds):
        first, second = (ours, rival) if number % 2 else (rival, ours)
        rates = {first: first(number), second: second(number)}
        values.append(rates[ours] / rates[rival])
    return result(name, goal, versus, values)


def result(name: str, goal: float, versus: str, values: list[float], *, at_most: bool = False) -> Result:
    """The median of the rounds' ratios."""
    low, middle, high = min(values), statistics.median(values), max(values)
    return Result(name, round(middle, 3), goal, versus, round(low, 3), round(high, 3), at_most)


@contextmanager
def timed() -> Iterator[Callable[[], float]]:
    """Seconds spent in the block, without a collection of garbage that others left."""
    gc.collect()
    gc.freeze()  # what was made ready is not looked through again and again, for neither rival
    started = time.perf_counter()
    ended: list[float] = []
    yield lambda: ended[0]
    ended.append(time.perf_counter() - started)
    gc.unfreeze()
