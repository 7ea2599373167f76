"""Who asks, and whose log they work with."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends
from starlette.requests import Request

from api.house import House, Log
from ledger.ledger import Ledger
from projections.reader import Reader

LOCAL = "local"
"""The principal of a server that is open to its own machine alone and asks for no key."""


@dataclass(frozen=True, slots=True)
class Caller:
    """A principal at the door of a log."""

    principal: str
    """Becomes `recorded_by`."""

    log: Log

    @property
    def ledger(self) -> Ledger:
        return self.log.ledger

    @property
    def reader(self) -> Reader:
        return self.log.reader


async def admit(request: Request) -> None:
    """Find out who asks and leave it with the request."""
    house: House = request.app.state.house
    request.scope["caller"] = Caller(LOCAL, house.logs[house.settings.tenant])


async def _caller(request: Request) -> Caller:
    return caller(request)


def caller(request: Request) -> Caller:
    """Who asks, once admitted."""
    found: Caller = request.scope["caller"]
    return found


Asking = Annotated[Caller, Depends(_caller)]
"""Who asks, as a parameter of a route."""
