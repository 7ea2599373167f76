"""The web page at `/`: HTML views of the API, usable without scripts, by keyboard and offline."""

from http import HTTPStatus
from os import PathLike, stat_result
from pathlib import Path

from fastapi import FastAPI
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from api.web import book_views, compare, deal_views, download_views, event_views, record_views, session_views
from api.web.templating import refuse_unknown_path

STATIC = Path(__file__).parent / "static"
ROUTERS = tuple(
    each.router for each in (book_views, deal_views, compare, event_views, record_views, session_views, download_views)
)


class ImmutableStaticFiles(StaticFiles):
    """Static files that a browser caches and revalidates each time."""

    def file_response(
        self, full_path: str | PathLike[str], stat_result: stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        answer = super().file_response(full_path, stat_result, scope, status_code)
        answer.headers["Cache-Control"] = "no-cache"
        return answer


def mount(app: FastAPI) -> None:
    """Add the routes of the page to an application that has those of the API."""
    app.router.routes.extend(route for router in ROUTERS for route in router.routes)
    app.add_exception_handler(HTTPStatus.NOT_FOUND, refuse_unknown_path)
    app.mount("/static", ImmutableStaticFiles(directory=STATIC), name="static")
