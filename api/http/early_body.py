"""The body of a request that came together with its head, read without waiting for it."""

from starlette.types import Message, Receive

from api.http.eager_awaitable import EagerAwaitable


class EarlyBody:
    """The body of a request as far as it has come; `receive` then gives the application all messages of the request."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._begun: EagerAwaitable[Message] | None = None

    def take(self) -> bytes | None:
        """The whole body; None where it has not come, or in parts."""
        self._begun = EagerAwaitable(self._receive())
        if not self._begun.done:
            return None
        message = self._begun.result
        whole = message["type"] == "http.request" and not message.get("more_body")
        return message.get("body", b"") if whole else None

    async def receive(self) -> Message:
        """The next message of the request, the one included that was read to take the body."""
        begun, self._begun = self._begun, None
        return await (begun if begun is not None else self._receive())
