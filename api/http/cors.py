"""Cross-origin requests: which pages of other sites may call the API from a browser. None, unless a setting names them.

They send an API key as any program does; the page's own cookie is never sent.
"""

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

from api.settings import Settings

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
SENT = (
    "Accept", "Accept-Datetime", "Authorization", "Content-Encoding", "Content-Type", "Idempotency-Key", "If-Match",
    "If-None-Match", "Last-Event-ID", "Prefer", "X-Request-Id",
)  # fmt: skip
"""Headers that a page may send."""

READ = (
    "Content-Disposition", "ETag", "Idempotency-Replayed", "Link", "Location", "Memento-Datetime", "Parley-Position",
    "Preference-Applied", "Retry-After", "X-Request-Id",
)  # fmt: skip
"""Headers that a page may read."""

ASKED_AGAIN_SECONDS = 600
"""How long a browser caches a preflight response."""


def admit_origins(app: FastAPI, settings: Settings) -> None:
    """Permit cross-origin requests from the configured origins."""
    if settings.origins_admitted:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=sorted(settings.origins_admitted),
            allow_methods=METHODS,
            allow_headers=SENT,
            expose_headers=READ,
            max_age=ASKED_AGAIN_SECONDS,
        )
