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
    """What is measured, or its rival, is not there; the message is the reason to print."""


@dataclass(frozen=True, slots=True)
class Goal:
    """The name of a ratio, and the value that it should have at least, or at most."""

    name: str
    value: float
    at_most: bool = False


def at_least(**values: float) -> dict[str, Goal]:
    """Goals of ratios of which greater is better."""
    return {name: Goal(name, value) for name, value in values.items()}


def at_most(**values: float) -> dict[str, Goal]:
    """Goals of ratios of which smaller is better."""
    return {name: Goal(name, value, at_most=True) for name, value in values.items()}


@dataclass(frozen=True, slots=True)
class Result:
    """One measured ratio: the median of its rounds, with the least and the greatest."""

    goal: Goal
    value: float
    versus: str
    min: float
    max: float

    @property
    def reached(self) -> bool:
        return self.value <= self.goal.value if self.goal.at_most else self.value >= self.goal.value

    def entry(self) -> dict[str, object]:
        """Its entry in the file of results."""
        values = {name: value for name, value in asdict(self).items() if name != "goal"}
        return {"name": self.goal.name, "goal": self.goal.value, "at_most": self.goal.at_most, **values}


def ratio(
    goal: Goal,
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
    return result(goal, versus, values)


def result(goal: Goal, versus: str, values: list[float]) -> Result:
    """The median of the rounds' ratios."""
    low, middle, high = min(values), statistics.median(values), max(values)
    return Result(goal, round(middle, 3), versus, round(low, 3), round(high, 3))


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
