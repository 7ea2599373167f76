"""The page at `/`: what the API tells, for people to read; works without scripts, by keyboard, offline, in the dark."""

from os import PathLike, stat_result
from pathlib import Path

from fastapi import FastAPI
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from api.web import record_views, session_views, views

STATIC = Path(__file__).parent / "static"
ROUTERS = (views.router, record_views.router, session_views.router)


class Kept(StaticFiles):
    """Files that a browser keeps, asking each time whether they are still the same."""

    def file_response(
        self, full_path: str | PathLike[str], stat_result: stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        answer = super().file_response(full_path, stat_result, scope, status_code)
        answer.headers["Cache-Control"] = "no-cache"
        return answer


def mount(app: FastAPI) -> None:
    """Add the page, and what it is made of, to an application that has the API's routes already."""
    app.router.routes.extend(route for router in ROUTERS for route in router.routes)
    app.mount("/static", Kept(directory=STATIC), name="static")
