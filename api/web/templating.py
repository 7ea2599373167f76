"""Rendering of pages: the Jinja environment and the route class of pages."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping
from functools import wraps
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api import navigation
from api.http.problem_details import refuse_framework
from api.web import filters, sections
from api.web.api_client import KEY_COOKIE, ApiError
from api.web.bidi_isolation import Isolation, isolate
from api.web.security import HEADERS

API_PATHS = ("/v1", "/openapi")
NO_PAGE = "There is no page at this address."
TRY_AGAIN = 500
"""From this status on the same request may be answered later."""

Page = Callable[[Request], Coroutine[Any, Any, Response]]

_templates = Environment(
    loader=PackageLoader("api.web"),
    autoescape=True,
    extensions=[Isolation],
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_templates.filters.update(filters.FILTERS | sections.FILTERS | {"isolate": isolate})
_templates.tests.update(filters.TESTS | sections.TESTS)


async def render(
    request: Request, template: str, status: int = 200, headers: dict[str, str] | None = None, **told: Any
) -> Response:
    """A page."""
    shown = _templates.get_template(template)
    told |= {"path": request.url.path, "signed_in": KEY_COOKIE in request.cookies, "navigation": navigation.PAGES}
    html = await asyncio.to_thread(shown.render, told)
    return HTMLResponse(html, status, {**HEADERS, **(headers or {})})


def redirect(path: str) -> Response:
    """Redirect to another page."""
    return RedirectResponse(path, 303, HEADERS)


def render_page(answer: Page) -> Page:
    """A route of the page: errors of the API are rendered as HTML with the same status."""

    @wraps(answer)
    async def told(request: Request) -> Response:
        try:
            return await answer(request)
        except ApiError as refusal:
            if refusal.status == 401:
                return await render(request, "sign_in.html", 401, back=str(request.url.path), wrong=None)
            return await _refused(request, refusal.status, refusal.body, _ways_on(request, refusal.status))

    return told


async def refuse_unknown_path(request: Request, error: Exception) -> Response:
    """The response to an unknown path: a page to a browser, problem details to others and under the API."""
    answer = await refuse_framework(request, error)
    if request.url.path.startswith(API_PATHS) or "text/html" not in request.headers.get("accept", ""):
        return answer
    return await _refused(request, answer.status_code, {"title": "No such page", "detail": NO_PAGE}, ways=())


async def _refused(
    request: Request, status: int, problem: Mapping[str, Any], ways: Iterable[tuple[str, str]]
) -> Response:
    """A page that says why nothing is shown, with links by which to go on: words and address of each."""
    return await render(request, "refused.html", status, refusal=problem, code=status, ways=ways)


def _ways_on(request: Request, status: int) -> Iterator[tuple[str, str]]:
    path, asked = request.url.path, request.url.query
    if status >= TRY_AGAIN and request.method == "GET":
        yield "Try again", f"{path}?{asked}" if asked else path
    elif asked:
        yield "The same page as of now", path
