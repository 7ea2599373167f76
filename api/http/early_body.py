"""The body of a request that came together with its head, read without waiting for it."""

from collections.abc import Generator
from typing import Any, cast

from starlette.types import Message, Receive


class EarlyBody:
    """The body of a request as far as it has come; `receive` then gives the application all messages of the request."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._message: Message | None = None
        self._begun: _Begun | None = None

    def take(self) -> bytes | None:
        """The whole body; None where it has not come, or in parts."""
        steps = self._receive().__await__()
        try:
            waiting = next(steps)
        except StopIteration as received:
            message: Message = received.value
            self._message = message
            whole = message["type"] == "http.request" and not message.get("more_body")
            return message.get("body", b"") if whole else None
        self._begun = _Begun(steps, waiting)
        return None

    async def receive(self) -> Message:
        """The next message of the request, the one included that was read to take the body."""
        message, begun = self._message, self._begun
        self._message = self._begun = None
        if message is not None:
            return message
        return await (begun if begun is not None else self._receive())


class _Begun:
    """A call of `receive` that has begun to wait: to be awaited in the same task."""

    def __init__(self, steps: Generator[Any, Any, Message], waiting: object) -> None:
        self._steps = steps
        self._waiting = waiting
        """What it waits for, which the task is to be handed."""

    def __await__(self) -> Generator[Any, Any, Message]:
        try:
            answer = yield self._waiting
        except BaseException as error:  # noqa: BLE001 - what ends this wait ends that of `receive`
            try:
                self._waiting = self._steps.throw(error)
            except StopIteration as received:
                return cast(Message, received.value)
        else:
            try:
                self._waiting = self._steps.send(answer)
            except StopIteration as received:
                return cast(Message, received.value)
        return (yield from self.__await__())
