"""The server of the HTTP benchmark: Parley's own application, and two rivals on the same server. As with `parley serve`
one process answers requests, and another runs the background.

`python -m benchmarks.door_server DATABASE` serves on a free port of 127.0.0.1, writes its URL and waits to be ended.
"""

import os
import sys
from secrets import token_hex
from typing import Annotated, Any, Literal

from fastapi import Body, FastAPI
from pydantic import BaseModel, ConfigDict, Field

from api.app import create_app
from api.server import serve
from api.settings import Settings

Ref = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Price(Strict):
    amount: Annotated[str, Field(pattern=r"^-?[0-9]+(\.[0-9]+)?$")]
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")]


class Bid(Strict):
    bid_id: Ref
    bidders: list[Ref]
    territories: list[Annotated[str, Field(pattern="^[A-Z]{2}$")]]
    price: Price


class Source(Strict):
    title: str
    publisher: str
    url: str


class Event(Strict):
    type: Literal["bid.submitted"]
    occurred: Annotated[str, Field(pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
    actor: Ref
    summary: str
    sources: list[Source]
    data: Bid


def with_rivals(app: FastAPI) -> FastAPI:
    """The application, and beside it a handler that does nothing and one that validates and stores nothing."""

    @app.get("/rivals/process")
    async def process() -> int:
        return os.getpid()

    @app.get("/rivals/trivial")
    async def trivial() -> dict[str, str]:
        return {"status": "ok"}

    @app.post("/rivals/validate", status_code=201)
    async def validate(event: Annotated[Event, Body()]) -> dict[str, Any]:
        return {"events": [{"type": event.type}], "version": 1, "position": 1, "warnings": []}

    # They are found as quickly as the application's own: first in the list.
    app.router.routes[:0] = [app.router.routes.pop(), app.router.routes.pop()]
    return app


if __name__ == "__main__":
    settings = Settings(database=sys.argv[1], port=0)
    serve(settings, with_rivals(create_app(settings, background=token_hex(8))), lambda url: print(url, flush=True))
