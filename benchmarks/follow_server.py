"""The server that following is measured on: Parley's own, which notes besides when each batch was committed.

`python -m benchmarks.follow_server DATABASE` serves on a free port of 127.0.0.1, writes its URL and waits to be ended.
"""

import sys
import time
from collections import deque
from collections.abc import Sequence

from fastapi import FastAPI

from api.app import create_app
from api.server import serve
from api.settings import Settings
from ledger.models import Recorded
from ledger.subscription.hub import Hub

COMMITS_KEPT = 10_000


def noting(app: FastAPI) -> deque[int]:
    """The nanoseconds at which batches were committed, served under `/rivals/commits`."""
    commits: deque[int] = deque(maxlen=COMMITS_KEPT)

    @app.get("/rivals/commits")
    async def read_commits(last: int) -> list[int]:
        return list(commits)[-last:]

    return commits


def note(hub: Hub, commits: deque[int]) -> None:
    """Note each batch before the hub hands it on."""
    publish = hub.publish

    def noted(rows: Sequence[Recorded]) -> None:
        commits.append(time.monotonic_ns())
        publish(rows)

    hub.publish = noted  # type: ignore[method-assign]  # what is measured begins here


if __name__ == "__main__":
    settings = Settings(database=sys.argv[1], port=0, run_workers=False)  # they run in another process
    served = create_app(settings)
    kept = noting(served)

    def ready(url: str) -> None:
        note(served.state.runtime.main.ledger.hub, kept)
        print(url, flush=True)

    serve(settings, served, ready)
