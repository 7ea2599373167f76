"""The page at `/`: what the API tells, for people to read; works without scripts, by keyboard, offline, in the dark."""

from pathlib import Path

from fastapi import FastAPI
from starlette.staticfiles import StaticFiles

from api.web import pages, recording, signing

STATIC = Path(__file__).parent / "static"
ROUTERS = (pages.router, recording.router, signing.router)


def mount(app: FastAPI) -> None:
    """Add the page, and what it is made of, to an application that has the API's routes already."""
    app.router.routes.extend(route for router in ROUTERS for route in router.routes)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
