"""Waiting, at the start of a process, for a database that is not available yet."""

import structlog
from psycopg import OperationalError

from domain.errors import Busy
from ledger.postgres.availability import may_become_available

log = structlog.get_logger()

ATTEMPT_SECONDS = 1.0
"""Interval of attempts."""

AWAITED = (OperationalError, Busy)
"""Errors after which there may be another attempt."""


class DatabaseWait:
    """Decides whether there is another attempt after an error; the first reason to wait is logged."""

    def __init__(self, conninfo: str | None) -> None:
        """`conninfo` is None for the embedded server, which is not waited for."""
        self._conninfo = conninfo
        self._logged = False

    def expects(self, error: Exception) -> bool:
        """Whether the database may become available without a change of the settings."""
        if self._conninfo is None or not isinstance(error, AWAITED):
            return False
        if isinstance(error, OperationalError) and not may_become_available(self._conninfo, error):
            return False
        if not self._logged:
            reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
            log.warning("database-awaited", reason=reason, attempts_every_seconds=ATTEMPT_SECONDS)
            self._logged = True
        return True
