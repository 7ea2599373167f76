"""A server and an application of the test's own, as hostile clients meet them."""

from collections.abc import Iterator

import pytest
from fastapi import FastAPI

from tests.api.conftest import app, deal, http
from tests.api.running import Running
from tests.audit.conftest import bids, folder, record, seals, signer

__all__ = ["app", "bids", "deal", "folder", "http", "record", "running", "seals", "signer"]


@pytest.fixture
def running(app: FastAPI) -> Iterator[Running]:
    """The application behind the server, on a free port."""
    server = Running(app)
    yield server
    server.stop()
