"""The tasks of many logs on few threads: in turn, woken by news, and seldom without it."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial

import pytest

from ledger.task_threads import AT_ONCE, IDLE_SECONDS, IDLE_STEPS_A_SECOND, Pause, TaskThreads
from tests.waiting import LONGEST_SECONDS, until

FOREVER = Pause(LONGEST_SECONDS)


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    """Closes the tasks of a test."""
    with ExitStack() as opened:
        yield opened


def test_idle_tasks_are_run_less_often_the_more_they_are(stack: ExitStack) -> None:
    threads, many = TaskThreads("tasks"), 40
    added, seen = threading.Event(), []

    def step() -> Pause:
        added.wait(LONGEST_SECONDS)
        seen.append(time.monotonic())
        return Pause()

    tasks = [threads.add(step) for _ in range(many)]
    for task in tasks:
        stack.callback(task.close)
    started = time.monotonic()
    added.set()
    until(lambda: len(seen) >= many)
    until(lambda: not any(task.running for task in tasks))
    assert many / IDLE_STEPS_A_SECOND > IDLE_SECONDS
    assert min(task.due for task in tasks) >= started + many / IDLE_STEPS_A_SECOND


def test_news_wake_a_task_but_not_before_it_may_run_again(stack: ExitStack) -> None:
    ran: list[str] = []

    def step(name: str, pause: Pause) -> Pause:
        ran.append(name)
        return pause

    threads = TaskThreads("tasks")
    resting = threads.add(lambda: step("resting", FOREVER))
    ready = threads.add(lambda: step("ready", Pause()))
    for task in (resting, ready):
        stack.callback(task.close)
    until(lambda: {"resting", "ready"} <= set(ran))
    before = ran.count("ready")
    resting.wake()
    ready.wake()
    until(lambda: ran.count("ready") > before)
    assert ran.count("resting") == 1


def test_a_task_that_always_has_more_to_do_leaves_the_others_their_turn(stack: ExitStack) -> None:
    threads, ran = TaskThreads("tasks"), threading.Event()

    def other() -> Pause:
        ran.set()
        return FOREVER

    stack.callback(threads.add(lambda: AT_ONCE).close)
    stack.callback(threads.add(other).close)
    assert ran.wait(LONGEST_SECONDS)


def test_a_task_that_raises_an_error_is_run_again_and_stops_no_other(
    stack: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger.task_threads.FAULT_SECONDS", 0.001)
    attempts: list[int] = []

    def failing() -> Pause:
        attempts.append(1)
        raise ValueError("a fault")

    threads = TaskThreads("tasks")
    stack.callback(threads.add(failing).close)
    until(lambda: len(attempts) > 2)


def order_when_closed_in(threads: TaskThreads, rest_of_step: Callable[[list[str]], Pause]) -> list[str]:
    """What a task has done, in order, that is closed while it takes a step: the rest of the step, and its end."""
    order: list[str] = []
    begun, go = threading.Event(), threading.Event()

    def step() -> Pause:
        begun.set()
        go.wait(LONGEST_SECONDS)
        return rest_of_step(order)

    task = threads.add(step, lambda: order.append("end"))
    begun.wait(LONGEST_SECONDS)
    closing = threading.Thread(target=task.close)
    closing.start()
    until(lambda: task.closing)
    go.set()
    closing.join()
    return order


def test_a_closed_task_ends_after_its_step_and_with_the_last_one_the_thread() -> None:
    def work(order: list[str]) -> Pause:
        order.append("step")
        return Pause()

    assert order_when_closed_in(TaskThreads("tasks-of-this-test"), work) == ["step", "end"]
    until(lambda: not any(thread.name == "tasks-of-this-test" for thread in threading.enumerate()))


def test_a_task_that_fails_while_it_is_closed_still_gives_up_what_it_holds() -> None:
    def fail(_order: list[str]) -> Pause:
        raise ValueError("a fault")

    assert order_when_closed_in(TaskThreads("tasks"), fail) == ["end"]


def test_several_threads_run_several_tasks_but_none_twice_at_once(stack: ExitStack) -> None:
    threads, most, running = TaskThreads("tasks", most=2), 0, [0, 0]
    both = threading.Barrier(2, timeout=LONGEST_SECONDS)
    met = threading.Event()

    def step(number: int) -> Pause:
        nonlocal most
        running[number] += 1
        most = max(most, running[number])
        if not met.is_set():
            both.wait()
            met.set()
        running[number] -= 1
        return AT_ONCE

    for number in range(2):
        stack.callback(threads.add(partial(step, number)).close)
    assert met.wait(LONGEST_SECONDS)
    assert most == 1
