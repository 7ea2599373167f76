"""Responses to HTTP/1.0 clients, which lacks chunked encoding (RFC 9112, section 6.1)."""

from typing import Any

from uvicorn._types import ASGI3Application, ASGIReceiveCallable, ASGISendCallable, Scope
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle


def close_delimited(app: ASGI3Application, cycle: RequestResponseCycle) -> ASGI3Application:
    """Middleware: responses of unknown length end with their connection."""

    async def answer(scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        undelimited = False

        async def send_plain(message: Any) -> None:
            nonlocal undelimited
            if message["type"] == "http.response.start":
                undelimited = all(name.lower() != b"content-length" for name, _ in message.get("headers", ()))
                if undelimited:
                    cycle.chunked_encoding = False
            elif undelimited:
                cycle.expected_content_length = len(message.get("body", b""))
            await send(message)

        await app(scope, receive, send_plain)

    return answer
