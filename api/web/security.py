"""Content-Security-Policy and protection of forms against cross-site requests."""

from urllib.parse import parse_qsl

from starlette.requests import Request

from api.http.requests import read_body
from api.http.same_origin import is_own_form
from api.web.api_client import ApiError

INPUTS_AT_MOST = 1000
"""Of one form."""

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
"""No inline script or style and no other host, so that injected text does not run."""

HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cache-Control": "private, no-cache",
}


async def same_origin_form(request: Request) -> dict[str, str]:
    """The inputs of a same-origin form, by name. Raises ApiError."""
    refuse_foreign(request)
    body = await read_body(request)
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=INPUTS_AT_MOST, errors="strict"))
    except ValueError as fault:
        told = "The form cannot be read: it is not URL-encoded UTF-8, or has too many inputs."
        raise ApiError(400, {"title": "Not a form", "detail": told}) from fault


def refuse_foreign(request: Request) -> None:
    """Refuse a cross-site form. Raises ApiError.

    Without API keys any page that the visitor has open could send one.
    """
    if not is_own_form(request):
        detail = "This form was not sent from Parley's own page. Open the form here and send it again."
        raise ApiError(403, {"title": "Not from here", "detail": detail})
