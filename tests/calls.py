"""The calls of a function while a test runs: it does what it did, and the arguments of each call are noted."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest


@contextmanager
def noted_calls(owner: object, name: str) -> Iterator[list[tuple[Any, ...]]]:
    """The positional arguments of each call of a function or method, by its owner and name."""
    calls: list[tuple[Any, ...]] = []
    call = getattr(owner, name)

    def noting(*given: Any, **named: Any) -> Any:
        calls.append(given)
        return call(*given, **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(owner, name, noting)
        yield calls
