"""Where a request comes from, by what a browser says of it: the headers Origin and Sec-Fetch-Site.

No page can set or forge them. A program sends neither of them.
"""

from urllib.parse import urlsplit

from starlette.requests import Request

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
"""They change nothing (RFC 9110, section 9.2.1)."""

OPAQUE = "null"
"""The origin of a page whose origin the browser hides."""


def has_foreign_origin(request: Request) -> bool:
    """Whether the request names an origin, hidden or not, that is not the host which it asks."""
    origin = request.headers.get("origin")
    return origin is not None and [urlsplit(origin).netloc] != request.headers.getlist("host")


def is_cross_site(request: Request) -> bool:
    """Whether the browser says that a page of another origin made the request."""
    return request.headers.get("sec-fetch-site") not in (None, "same-origin", "none")


def is_visit(request: Request) -> bool:
    """Whether the request is a top-level navigation from another site, not an embed, a form or a fetch."""
    mode, place = request.headers.get("sec-fetch-mode"), request.headers.get("sec-fetch-dest")
    return request.method in SAFE_METHODS and mode == "navigate" and place in (None, "document")


def is_own_form(request: Request) -> bool:
    """Whether the browser says that a form was sent from a page of this server.

    It hides the origin of a page that says no-referrer; Sec-Fetch-Site then says where the form comes from.
    """
    if request.headers.get("origin") in (None, "", OPAQUE):
        return "sec-fetch-site" in request.headers and not is_cross_site(request)
    return not has_foreign_origin(request) and not is_cross_site(request)
