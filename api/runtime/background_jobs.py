"""Jobs that run after the request that began them was answered, until their reports expire. Of one process."""

import asyncio
from contextlib import suppress
from time import monotonic
from typing import Generic, Protocol, TypeVar

from starlette.concurrency import run_in_threadpool

from api import limits
from api.errors import TooManyRequests

RETRY_SECONDS = 10
"""Retry-After of a refusal: a job takes longer than most requests."""


class Job(Protocol):
    """What runs in the background."""

    id: str
    ended: float | None
    """When it ended, on the monotonic clock; None while it waits or runs."""
    size: int
    """Bytes that it holds until it has ended."""

    @property
    def waiting(self) -> bool:
        """Whether it has not begun: it then ends when its task is cancelled."""

    @property
    def tenant(self) -> str:
        """Its log."""

    @property
    def principal(self) -> str:
        """Who began it."""

    async def run(self) -> None:
        """Run it to its end."""

    def cancel(self) -> None:
        """End it soon."""

    def close(self) -> None:
        """Cancel it, and remove its report."""


J = TypeVar("J", bound=Job)


class BackgroundJobs(Generic[J]):
    """The jobs of one server. Used on its event loop, apart from `cancel` and `close`."""

    def __init__(self) -> None:
        self._jobs: dict[str, J] = {}
        self._tasks: dict[asyncio.Task[None], J] = {}
        """Jobs that have not ended, also those that were removed."""

    def admit(self, tenant: str, principal: str, size: int = 0) -> None:
        """Check that a principal may begin a job of so many bytes. Raises TooManyRequests.

        What is admitted is to be started before anything else runs on the event loop.
        """
        open_ones = [job for job in self._tasks.values() if job.tenant == tenant and job.ended is None]
        if sum(job.principal == principal for job in open_ones) >= limits.JOBS_OPEN:
            reached = f"{limits.JOBS_OPEN} imports of {principal} wait or run"
        elif sum(job.size for job in open_ones) + size > limits.JOBS_OPEN_BYTES:
            reached = f"This import and those of the log that wait or run have over {limits.JOBS_OPEN_BYTES} bytes"
        else:
            return
        told = "send the file again once one has ended, as GET /v1/imports shows, or was ended with DELETE."
        raise TooManyRequests(f"{reached}: {told}", extra={"retry_after": RETRY_SECONDS})

    def start(self, job: J) -> None:
        """Run a job in the background."""
        self._expire()
        self._jobs[job.id] = job
        task = asyncio.create_task(job.run())
        self._tasks[task] = job
        task.add_done_callback(self._tasks.pop)

    def of(self, tenant: str, principal: str | None) -> list[J]:
        """The jobs of a log that a principal began, or anyone, newest first."""
        self._expire()
        found = (job for job in reversed(self._jobs.values()) if job.tenant == tenant)
        return [job for job in found if principal is None or job.principal == principal]

    async def remove(self, job: J) -> None:
        """Cancel a job and forget it; one that waits gives up at once what it holds."""
        self._jobs.pop(job.id, None)
        for task, each in self._tasks.items():
            if each is job and job.waiting:
                task.cancel()
        await run_in_threadpool(job.close)

    def cancel(self) -> None:
        """Cancel every job: the server stops."""
        for job in list(self._jobs.values()):
            job.cancel()

    def close(self) -> None:
        """Cancel every job, and remove the reports."""
        for job in list(self._jobs.values()):
            with suppress(Exception):
                job.close()
        self._jobs.clear()

    def _expire(self) -> None:
        """Forget the jobs that ended long ago, and the oldest beyond JOB_REPORTS."""
        ended = [(job.ended, job) for job in self._jobs.values() if job.ended is not None]
        surplus = max(0, len(ended) - limits.JOB_REPORTS)
        for number, (at, job) in enumerate(ended):
            if number < surplus or monotonic() - at > limits.JOB_REPORT_SECONDS:
                del self._jobs[job.id]
                job.close()
