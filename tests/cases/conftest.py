"""Each case runs against the application on a log of its own."""

from tests.api.conftest import app, deal, http

__all__ = ["app", "deal", "http"]
