"""Real servers for the client, as the command line's tests start them."""

from collections.abc import Iterator

import pytest

from tests.cli.conftest import Parley, Serving, start
from tests.cli.conftest import fresh as fresh
from tests.cli.conftest import writing as writing


@pytest.fixture
def server(writing: Parley) -> Iterator[Serving]:
    """A server on a database in which the deal `d` is open."""
    yield from start("serve", "--database", writing.url, "--port", "0")
