"""Sign-in on a server with API keys: the key is stored in an HttpOnly cookie."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.web.api_client import KEY_COOKIE, Api, key_in
from api.web.security import refuse_foreign, same_origin_form
from api.web.templating import redirect, render, render_page

router = APIRouter(include_in_schema=False)

STAY_SECONDS = 12 * 60 * 60
"""Lifetime of the cookie."""


@router.get("/sign-in")
@render_page
async def ask_for_key(request: Request) -> Response:
    """The sign-in form."""
    return await render(request, "sign_in.html", back="/", wrong=None)


@router.post("/sign-in")
@render_page
async def take_key(request: Request) -> Response:
    """Store a valid API key in the cookie, and redirect back."""
    form = await same_origin_form(request)
    key, back = form.get("key", "").strip(), _inside(form.get("back", "/"))
    request.cookies[KEY_COOKIE] = key
    tried = await Api(request).send("GET", "/v1/deals", {"limit": "1"}) if key_in(request.cookies) else None
    if tried is None or not tried.ok:
        return await render(request, "sign_in.html", 401, back=back, wrong="That key does not open this server.")
    answer = redirect(back)
    answer.set_cookie(KEY_COOKIE, key, STAY_SECONDS, httponly=True, samesite="strict", secure=_is_encrypted(request))
    return answer


@router.post("/sign-out")
@render_page
async def drop_key(request: Request) -> Response:
    """Sign out: delete the cookie."""
    refuse_foreign(request)
    answer = redirect("/")
    answer.delete_cookie(KEY_COOKIE, httponly=True, samesite="strict", secure=_is_encrypted(request))
    return answer


def _is_encrypted(request: Request) -> bool:
    """Whether the browser uses TLS, here or to a proxy before this server: then the cookie is Secure."""
    return request.url.scheme == "https" or request.headers.get("origin", "").startswith("https://")


def _inside(path: str) -> str:
    """A path of this server; for anything else, that of the front page."""
    return path if path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable() else "/"
