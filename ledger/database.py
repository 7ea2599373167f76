"""A database as one process uses it: what its open logs share, however many they are."""

from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from types import TracebackType

from ledger.append.append_threads import AppendThreads
from ledger.postgres.connection import POOL_SIZE, Role, open_pool
from ledger.postgres.leadership import LeaderConnection
from ledger.subscription.listener import Listener
from ledger.task_threads import TaskThreads


class Database:
    """The pool of connections, the threads that append, the listener, and what the workers of logs ask for. Close it
    after the last of its logs."""

    def __init__(self, conninfo: str, size: int = POOL_SIZE, role: Role = "read") -> None:
        """`size` and `role` are of the pool."""
        self.conninfo = conninfo
        self.pool = open_pool(conninfo, size, role)
        self.append_threads = AppendThreads(conninfo, self.pool.server)
        self.listener = Listener(conninfo, self.pool.server)
        self._lock = Lock()
        self._threads: dict[str, TaskThreads] = {}
        self._leaders: dict[Role, LeaderConnection] = {}
        self._executors: dict[str, ThreadPoolExecutor] = {}

    def threads(self, name: str, most: int = 1) -> TaskThreads:
        """The threads for the tasks of one kind."""
        with self._lock:
            return self._threads.setdefault(name, TaskThreads(name, most))

    def leader(self, role: Role, become: str | None = None) -> LeaderConnection:
        """The connection by which the workers of one kind lead."""
        with self._lock:
            return self._leaders.setdefault(role, LeaderConnection(self.conninfo, role, become, self.pool.server))

    def executor(self, name: str, most: int) -> ThreadPoolExecutor:
        """Threads for what takes long, such as waiting for others; each starts when it is first needed."""
        with self._lock:
            return self._executors.setdefault(name, ThreadPoolExecutor(most, name))

    def close(self) -> None:
        """Close the connections."""
        for executor in self._executors.values():
            executor.shutdown()
        for leader in self._leaders.values():
            leader.drop()
        self.append_threads.close()
        self.pool.close()

    def __enter__(self) -> "Database":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
