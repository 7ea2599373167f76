"""The status of a background worker: whether its last attempt failed, and why. A change is logged once."""

from dataclasses import dataclass

import structlog

from domain.errors import ParleyError

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Failure:
    """Why the last attempt failed: a stable code, and a sentence."""

    code: str
    detail: str


class WorkerStatus:
    """The status of one worker of one log. Written by the worker, read by other threads."""

    def __init__(self, worker: str, tenant: str) -> None:
        self.worker = worker
        self._tenant = tenant
        self.failure: Failure | None = None
        """None if the last attempt succeeded."""

    def failed(self, error: Exception) -> None:
        """The last attempt failed."""
        if isinstance(error, ParleyError):
            failure = Failure(error.code, error.detail)
        else:
            failure = Failure("worker-failed", f"{type(error).__name__}: {str(error).strip()}")
        if failure != self.failure:
            log.error("worker-failed", worker=self.worker, log=self._tenant, code=failure.code, reason=failure.detail)
        self.failure = failure

    def succeeded(self) -> None:
        """The last attempt succeeded."""
        if self.failure is not None:
            log.warning("worker-recovered", worker=self.worker, log=self._tenant)
        self.failure = None
