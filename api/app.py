"""The composition root of the server: the one place where settings, ledger, readers and routes meet."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import ExitStack, asynccontextmanager
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI
from starlette.routing import BaseRoute

import domain.events  # noqa: F401 - registers the vocabulary
from api import web
from api.house import House
from api.manners import Manners
from api.openapi import document
from api.problems import HANDLERS
from api.routes import audit, log, reading, time, types, writing
from api.routes import house as house_routes
from api.settings import Settings
from ledger.embedded import Embedded
from ledger.ledger import Ledger, open_ledger

ROUTERS = (
    writing.router,
    reading.hot,
    reading.router,
    time.router,
    log.router,
    audit.router,
    types.router,
    house_routes.router,
)


class Application(FastAPI):
    """FastAPI with the published document."""

    def openapi(self) -> dict[str, Any]:
        """OpenAPI 3.1, made once."""
        return document(self)


def create_app(settings: Settings | None = None, ledger: Ledger | None = None) -> FastAPI:
    """The application. It opens the ledger that the settings name; one that is given is open already and stays so."""
    house = House(settings or Settings())

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        with ExitStack() as stack:
            await asyncio.to_thread(_open, house, ledger, stack)
            try:
                yield
            finally:
                await asyncio.to_thread(stack.close)

    app = Application(
        title="Parley",
        version=version("parley-tracker"),
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        exception_handlers=HANDLERS,
    )
    app.state.house = house
    app.router.routes.extend(_flat(ROUTERS))
    web.mount(app)
    app.add_middleware(Manners)
    return app


def _flat(routers: Iterable[object]) -> Iterable[BaseRoute]:
    """The routes of all routers in one list, so that each is found by its path without going through its router."""
    return (route for router in routers for route in router.routes)  # type: ignore[attr-defined]  # every router has them


def _open(house: House, ledger: Ledger | None, stack: ExitStack) -> None:
    """Open the ledger of the settings, unless it is given, and serve it; the stack closes what was opened here."""
    settings = house.settings
    if ledger is None:
        url = settings.database
        if url is None:
            embedded = Embedded(settings.data).start()
            stack.callback(embedded.stop)
            url = embedded.url
        ledger = stack.enter_context(open_ledger(url, settings.tenant, origin=settings.origin))
    house.keep(ledger, stack)
