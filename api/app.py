"""The composition root of the server: routes, middleware and error handlers on a runtime (api.runtime.runtime)."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI
from starlette.routing import BaseRoute

import domain.events  # noqa: F401 - registers the vocabulary
from api import web
from api.api_keys import routes as api_key_routes
from api.audit import public_routes
from api.audit import routes as audit_routes
from api.deal_lists import routes as deal_list_routes
from api.deals import calendar_routes, digest_routes, temporal_routes
from api.deals import routes as deal_routes
from api.events import feed_routes, log_routes, stream_routes, type_routes
from api.events import routes as event_routes
from api.http.cors import admit_origins
from api.http.direct_routes import DirectRoutes
from api.http.middleware import RequestMiddleware
from api.http.problem_details import HANDLERS
from api.openapi.document import document
from api.runtime.runtime import Runtime
from api.settings import Settings
from api.system import routes as system_routes
from api.webhooks import routes as webhook_routes
from api.workers import start_workers
from ledger.ledger import Ledger

ROUTERS = (
    event_routes.posting,
    event_routes.router,
    deal_routes.cached,
    deal_routes.router,
    temporal_routes.router,
    digest_routes.router,
    log_routes.router,
    stream_routes.router,
    feed_routes.router,
    audit_routes.router,
    public_routes.router,
    calendar_routes.router,
    type_routes.router,
    api_key_routes.router,
    webhook_routes.router,
    deal_list_routes.router,
    system_routes.router,
)


class Application(FastAPI):
    """FastAPI with the published document."""

    def openapi(self) -> dict[str, Any]:
        """OpenAPI 3.1, made once."""
        return document(self)


def create_app(
    settings: Settings | None = None, ledger: Ledger | None = None, *, background: str | None = None
) -> FastAPI:
    """The application. It opens the ledger that the settings name, or uses an open one, which it does not close.

    The settings say whether it runs the workers, in threads of its own; with `background`, the id of a process, that
    process runs them.
    """
    runtime = Runtime(settings or Settings(), start_workers, ledger, background)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        try:
            await asyncio.to_thread(runtime.open)
            yield
        finally:
            await asyncio.to_thread(runtime.close)

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
    app.state.runtime = runtime
    app.router.routes.extend(_flat(ROUTERS))
    web.mount(app)
    admit_origins(app, runtime.settings)
    app.add_middleware(RequestMiddleware, runtime=runtime, direct=DirectRoutes(app, app.router.routes))
    return app


def _flat(routers: Iterable[object]) -> Iterable[BaseRoute]:
    """The routes of all routers in one list, so that each is found by its path without going through its router."""
    return (route for router in routers for route in router.routes)  # type: ignore[attr-defined]  # every router has them
