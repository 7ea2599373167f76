"""The status of a background worker: whether its last attempt failed, and why. A change is logged once."""

from dataclasses import dataclass

import psycopg
import structlog

from domain.errors import ParleyError
from ledger.file_fault import FileFault

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Failure:
    """Why the last attempt failed: a stable code, and a sentence without paths of the server."""

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
        failure = Failure(error.code if isinstance(error, ParleyError) else "worker-failed", _without_paths(error))
        if failure != self.failure:
            log.error("worker-failed", worker=self.worker, log=self._tenant, code=failure.code, reason=_whole(error))
        self.failure = failure

    def succeeded(self) -> None:
        """The last attempt succeeded."""
        if self.failure is not None:
            log.warning("worker-recovered", worker=self.worker, log=self._tenant)
        self.failure = None


def _without_paths(error: Exception) -> str:
    """Why it failed, for everybody who asks whether the server is ready."""
    if isinstance(error, ParleyError):
        return error.fault if isinstance(error, FileFault) else error.detail
    reason = error.strerror if isinstance(error, OSError) else None
    if isinstance(error, psycopg.Error):
        reason = error.diag.message_primary
    return f"{type(error).__name__}: {reason}" if reason else type(error).__name__


def _whole(error: Exception) -> str:
    """Why it failed, for the server's own log."""
    return error.detail if isinstance(error, ParleyError) else f"{type(error).__name__}: {str(error).strip()}"
