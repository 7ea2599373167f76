"""An awaitable that is run up to its first wait at once, also outside of a task, and is awaited only if it waits."""

from collections.abc import Awaitable, Generator
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class EagerAwaitable(Generic[T]):
    """An awaitable that has been started: its result, or a wait, which `await` of it resumes, once, in one task."""

    def __init__(self, awaitable: Awaitable[T]) -> None:
        """Run it up to its first wait. Raises what it raises until then."""
        self._steps: Generator[Any, Any, T] = awaitable.__await__()
        self._waiting: object = None
        """What it waits for, which the event loop is to be handed."""
        self._result: list[T] = []
        try:
            self._waiting = next(self._steps)
        except StopIteration as ended:
            self._result.append(ended.value)

    @property
    def done(self) -> bool:
        """Whether it ended without waiting."""
        return bool(self._result)

    @property
    def result(self) -> T:
        """What it returned; only where it is done."""
        return self._result[0]

    def __await__(self) -> Generator[Any, Any, T]:
        while not self._result:
            try:
                try:
                    answer = yield self._waiting
                except BaseException as error:  # noqa: BLE001 - what ends this wait ends that of the awaitable
                    self._waiting = self._steps.throw(error)
                else:
                    self._waiting = self._steps.send(answer)
            except StopIteration as ended:
                self._result.append(ended.value)
        return self._result[0]
