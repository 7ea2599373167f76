"""A database as one process uses it: what its open logs share, however many they are."""

from types import TracebackType

from ledger.append.append_threads import AppendThreads
from ledger.postgres.connection import POOL_SIZE, Role, open_pool
from ledger.subscription.listener import Listener


class Database:
    """The pool of connections, the threads that append and the listener. Close it after the last of its logs."""

    def __init__(self, conninfo: str, size: int = POOL_SIZE, role: Role = "read") -> None:
        """`size` and `role` are of the pool."""
        self.conninfo = conninfo
        self.pool = open_pool(conninfo, size, role)
        self.append_threads = AppendThreads(conninfo)
        self.listener = Listener(conninfo, self.pool.server)

    def close(self) -> None:
        """Close the connections."""
        self.append_threads.close()
        self.pool.close()

    def __enter__(self) -> "Database":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
