"""The supervisor process of the embedded PostgreSQL. Started by `server.py`; standard library only.

It prepares the cluster where there is none, runs `postgres` as its child, writes one JSON line to standard output
(`{"ready": true}` or `{"code": ..., "detail": ...}`), restarts the server whenever it ends while it is in use, waiting
longer each time it ends soon, and stops it after its last user has left. Who uses it is known from locks that the
kernel drops with their process, even after kill -9:

    users.lock       shared, one hold per use. The supervisor waits to have it alone: then no user is left.
    supervisor.lock  exclusive, held while a supervisor runs.

Should the supervisor itself be killed, the kernel passes an interrupt on to PostgreSQL (a fast stop), and a process
that uses the server starts another supervisor.
"""

import contextlib
import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, NoReturn

from ledger.postgres.embedded.cluster import (
    CLUSTER,
    FAST_STOP_SECONDS,
    LOG,
    POLL_SECONDS,
    Failure,
    die_with_parent,
    environment,
    evict,
    failure_from,
    lock_file,
    pid_file,
    socket_folder,
    unprivileged,
    version,
)
from ledger.postgres.embedded.initdb import create_cluster

ANSWER = "server.json"
"""The file with the address of a running server: `{"socket": DIR, "version": "18.1", "pid": N}`."""
LOG_LIMIT_BYTES = 16 * 2**20
"""A log beyond this size is set aside (one generation) at the next start."""
FIRST_PAUSE_SECONDS = 0.05
"""Before a server that ended is started again; doubled each time it ends again before it has run for STABLE_SECONDS."""
LONGEST_PAUSE_SECONDS = 5.0
STABLE_SECONDS = 60.0

SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] ",
    "log_checkpoints": "off",
    "jit": "off",
}
DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
THROWAWAY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_wal_size": "512MB"}


class Supervisor:
    """One cluster and the server on it. `run` returns when the server has stopped."""

    def __init__(self, data: Path, binaries: Path, *, durable: bool, throwaway: bool) -> None:
        self.data = data
        self.cluster = data / CLUSTER
        self.binaries = binaries
        self.durable = durable
        self.throwaway = throwaway
        self.socket: Path | None = None
        self.stopping = threading.Event()
        self.stopped = threading.Event()
        self.server: subprocess.Popen[bytes] | None = None
        self.failures = 0
        """How often in a row the server ended soon, or did not start."""

    def run(self) -> None:
        own = lock_file(self.data / "supervisor.lock")
        hold(own)
        users = lock_file(self.data / "users.lock")
        try:
            self.prepare()
            self.launch()
        except Failure as failure:
            self.clean_up()
            self.remove_throwaway()
            os.close(own)
            report({"code": failure.code, "detail": failure.detail})
            return
        signal.signal(signal.SIGTERM, lambda *_: self.stop())
        signal.signal(signal.SIGINT, lambda *_: self.stop())
        self.publish()
        report({"ready": True})
        threading.Thread(target=self.stop_when_unused, args=(users,), daemon=True).start()
        try:
            self.watch()
        finally:
            self.clean_up()
            redirect_to_null(2)  # our own words go to the server's log, and the folder may be about to go
            # In this order: the next process that gets users.lock finds no supervisor, and starts one.
            os.close(own)
            os.close(users)
            self.remove_throwaway()  # last: a disk may take minutes for it, and no user should wait

    def prepare(self) -> None:
        """Clean up after a crash, and create the cluster if there is none."""
        evict(self.cluster)
        if not (self.cluster / "PG_VERSION").exists():
            create_cluster(self.data, self.binaries, durable=self.durable)

    def launch(self) -> None:
        """Start `postgres` and wait until it accepts connections; recovery after a crash may take its time."""
        # Connection strings hold this folder: a server that is started again listens where it listened before.
        self.socket = self.socket or socket_folder(self.data)
        log = self.data / LOG
        told = self.rotate(log)
        settings = SETTINGS | (DURABLE if self.durable else THROWAWAY) | {"unix_socket_directories": str(self.socket)}
        command = [*unprivileged(), *die_with_parent(), str(self.binaries / "postgres"), "-D", str(self.cluster)]
        command += [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        try:
            with log.open("ab") as output:
                self.server = subprocess.Popen(
                    command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=environment(), cwd="/"
                )
        except OSError as error:
            raise failure_from(str(error), "postgres could not be run", self.data) from error
        while not self.ready():
            if self.server.poll() is not None:
                with log.open("rb") as written:
                    written.seek(told)
                    raise failure_from(written.read().decode(errors="replace"), "PostgreSQL did not start", self.data)
            time.sleep(POLL_SECONDS)

    def rotate(self, log: Path) -> int:
        """Set a long log aside; the length in bytes of what the log holds before this start."""
        size = log.stat().st_size if log.exists() else 0
        if size <= LOG_LIMIT_BYTES:
            return size
        with contextlib.suppress(OSError):  # a log that cannot be moved grows on
            log.replace(log.with_suffix(".log.1"))
            return 0
        return size

    def ready(self) -> bool:
        """Whether the server has written its readiness into postmaster.pid, as pg_ctl reads it; a standby writes so."""
        lines = pid_file(self.cluster)
        written = lines[7:8] in (["ready"], ["standby"])
        return self.server is not None and lines[:1] == [str(self.server.pid)] and written

    def publish(self) -> None:
        assert self.server is not None
        answer = {"socket": str(self.socket), "version": version(self.binaries), "pid": self.server.pid}
        fresh = self.data / f"{ANSWER}.new"
        fresh.write_text(json.dumps(answer), encoding="utf-8")
        fresh.replace(self.data / ANSWER)

    def watch(self) -> None:
        """Wait for the server to end, and start it again for as long as it is in use."""
        while self.server is not None:
            began = time.monotonic()
            code = self.server.wait()
            self.stopped.set()
            if self.stopping.is_set():
                return
            if time.monotonic() - began > STABLE_SECONDS:
                self.failures = 0
            self.note(f"PostgreSQL ended by itself ({code})")
            with contextlib.suppress(OSError):
                (self.data / ANSWER).unlink(missing_ok=True)  # joining processes wait until it is back
            if not self.restart():
                return

    def restart(self) -> bool:
        """Retry until the server runs again; False if its last user has left meanwhile."""
        while True:
            pause = min(FIRST_PAUSE_SECONDS * 2**self.failures, LONGEST_PAUSE_SECONDS)
            self.failures += 1
            if self.stopping.wait(pause):
                return False
            try:
                evict(self.cluster)
                self.launch()
                self.publish()
            except Failure as failure:
                self.note(f"{failure.code}: {failure.detail} The next attempt follows.")
                continue
            except OSError as error:  # a full disk that holds no answer; the server itself may have come up
                self.note(f"the restart failed: {error}. The next attempt follows.")
                continue
            self.stopped.clear()
            if self.stopping.is_set():
                self.stop()
            return True

    def stop_when_unused(self, users: int) -> None:
        """Wait until the last user has left, then stop the server."""
        fcntl.flock(users, fcntl.LOCK_EX)
        self.stop()
        if not self.stopped.wait(FAST_STOP_SECONDS) and self.server is not None:
            self.server.send_signal(signal.SIGQUIT)

    def stop(self) -> None:
        """Ask for a fast stop: open transactions roll back, everything acknowledged is on disk."""
        self.stopping.set()
        if self.server is not None:
            self.server.send_signal(signal.SIGINT)

    def clean_up(self) -> None:
        """Remove the address file of a stopped server."""
        (self.data / ANSWER).unlink(missing_ok=True)
        if self.socket is not None and self.socket.parent != self.data:
            shutil.rmtree(self.socket, ignore_errors=True)

    def remove_throwaway(self) -> None:
        """Remove the data of a throwaway server."""
        if self.throwaway:
            shutil.rmtree(self.data, ignore_errors=True)

    def note(self, sentence: str) -> None:
        with contextlib.suppress(OSError), (self.data / LOG).open("a", encoding="utf-8") as log:
            log.write(f"supervisor: {sentence}\n")


def hold(descriptor: int) -> None:
    """Take a lock that only a living supervisor holds for long; others take it for an instant, to see if one runs."""
    for _ in range(100):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(POLL_SECONDS)
        else:
            return
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def report(answer: dict[str, Any]) -> None:
    """Report to the waiting starter, which may have exited, and close its pipe."""
    # A starter that died waiting is no error: then no process holds users.lock, and the server will stop.
    with contextlib.suppress(OSError):
        os.write(1, json.dumps(answer).encode() + b"\n")
    redirect_to_null(1)


def redirect_to_null(stream: int) -> None:
    """Redirect an output to /dev/null, so that it holds no pipe and no file open."""
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, stream)
    os.close(nothing)


def main(argument: str) -> NoReturn:
    """Leave the starter's process tree, then supervise as asked: `{data, bin, durable, throwaway}` in JSON."""
    if os.fork():
        os._exit(0)
    os.umask(0o077)
    asked = json.loads(argument)
    supervisor = Supervisor(
        Path(asked["data"]), Path(asked["bin"]), durable=asked["durable"], throwaway=asked["throwaway"]
    )
    try:
        supervisor.run()
    except Exception as error:
        report({"code": "postgres-start-failed", "detail": f"the supervisor failed: {type(error).__name__}: {error}"})
        raise
    sys.exit(0)
