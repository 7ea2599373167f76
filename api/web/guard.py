"""What the page allows a browser to do with it: nothing but what came from here, and no form filled in elsewhere."""

from urllib.parse import urlsplit

from starlette.requests import Request

from api.web.asking import Refused

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
"""No inline script or style, no other host: what a source's title smuggles in does not run."""

HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cache-Control": "private, no-cache",
}


def refuse_foreign(request: Request) -> None:
    """Refuse a form that another site sent in the visitor's name. Raises Refused.

    On the open default no key guards the record, so any page that the visitor has open could try.
    """
    origin = request.headers.get("origin")
    site = request.headers.get("sec-fetch-site")
    same = urlsplit(origin).netloc == request.headers.get("host") if origin and origin != "null" else site is not None
    if not same or site not in (None, "same-origin", "none"):
        detail = "This form was not sent from Parley's own page. Open the form here and send it again."
        raise Refused(403, {"title": "Not from here", "detail": detail})
