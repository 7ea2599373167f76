"""The composition root of the server: the one place where settings, ledger, readers and routes meet."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from functools import partial
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI
from starlette.routing import BaseRoute

import domain.events  # noqa: F401 - registers the vocabulary
from api import web
from api.api_keys import routes as api_key_routes
from api.audit import routes as audit_routes
from api.deals import calendar_routes, temporal_routes
from api.deals import routes as deal_routes
from api.events import log_routes, stream_routes, type_routes
from api.events import routes as event_routes
from api.http.cors import admit_origins
from api.http.middleware import RequestMiddleware
from api.http.problem_details import HANDLERS
from api.openapi.document import document
from api.runtime.tenants import Runtime
from api.settings import Settings
from api.system import routes as system_routes
from api.webhooks import routes as webhook_routes
from domain.errors import ParleyError
from ledger.ledger import Ledger, open_ledger
from ledger.postgres.embedded.server import Embedded

ROUTERS = (
    event_routes.router,
    deal_routes.hot,
    deal_routes.router,
    temporal_routes.router,
    log_routes.router,
    stream_routes.router,
    audit_routes.router,
    calendar_routes.router,
    type_routes.router,
    api_key_routes.router,
    webhook_routes.router,
    system_routes.router,
)


class Application(FastAPI):
    """FastAPI with the published document."""

    def openapi(self) -> dict[str, Any]:
        """OpenAPI 3.1, made once."""
        return document(self)


def create_app(settings: Settings | None = None, ledger: Ledger | None = None) -> FastAPI:
    """The application. It opens the ledger that the settings name; one that is given is open already and stays so."""
    house = Runtime(settings or Settings())

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        try:
            await asyncio.to_thread(app.state.begin)
            yield
        finally:
            await asyncio.to_thread(house.close)

    app = Application(
        title="Parley",
        version=version("parley-tracker"),
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,  # a path with a slash too many is unknown, as any other that the document does not name
        exception_handlers=HANDLERS,
    )
    app.state.house = house
    app.state.begin = partial(_open, house, ledger)
    app.router.routes.extend(_flat(ROUTERS))
    web.mount(app)
    admit_origins(app, house.settings)
    app.add_middleware(RequestMiddleware, house=house)
    return app


def _flat(routers: Iterable[object]) -> Iterable[BaseRoute]:
    """The routes of all routers in one list, so that each is found by its path without going through its router."""
    return (route for router in routers for route in router.routes)  # type: ignore[attr-defined]  # every router has them


def _open(house: Runtime, ledger: Ledger | None) -> None:
    """Open the ledger of the settings, unless it is given, and serve it; the house closes what was opened here."""
    settings = house.settings
    if house.logs:
        return
    if ledger is None:
        url = settings.database
        if url is None:
            embedded = Embedded(settings.data).start()
            house.stack.callback(embedded.stop)
            url = embedded.url
        ledger = house.stack.enter_context(open_ledger(url, settings.tenant, origin=settings.origin))
    house.keep(ledger)
    refuse_to_be_open(house)


def refuse_to_be_open(house: Runtime) -> None:
    """Raises WouldBeOpen where others than this machine could reach a server that asks for no key."""
    if not house.settings.local and not house.asks_for_keys():
        raise WouldBeOpen(
            f"Requests without an API key are served here, so {house.settings.host} is refused: "
            "listen on 127.0.0.1, or make a key first with parley keys."
        )


class WouldBeOpen(ParleyError):
    """The server would listen beyond this machine while it asks nobody for a key."""

    code = "would-be-open"
