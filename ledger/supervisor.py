"""The process between Parley and its own PostgreSQL. Run as a script by `ledger.embedded`; standard library only.

Usage: python -I supervisor.py '{"data": DIR, "bin": DIR, "durable": BOOL, "throwaway": BOOL}'

It prepares the cluster where there is none, runs `postgres` as its child, writes one JSON line to standard output
(`{"ready": true}` or `{"code": ..., "detail": ...}`), restarts the server if it falls over, and stops it when nobody
uses it any more. Who uses it is known from locks that the kernel drops with their process, even after kill -9:

    users.lock       shared, one hold per use. The supervisor waits for it exclusively; getting it means: nobody is left.
    supervisor.lock  exclusive, held while a supervisor lives.

Should the supervisor itself be killed, the kernel passes an interrupt on to PostgreSQL (a fast stop).
"""

import contextlib
import fcntl
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any, NoReturn

CLUSTER = "postgres"
"""The PGDATA folder, inside the data folder."""
ANSWER = "server.json"
"""Where a running server is found: `{"socket": DIR, "version": "18.1", "pid": N}`."""
LOG = "postgres.log"
SOCKET = ".s.PGSQL.5432"
SOCKET_PATH_LIMIT_BYTES = 103
"""The shortest sun_path limit of the systems we run on (macOS 103, Linux 107)."""
LOG_LIMIT_BYTES = 16 * 2**20
"""A log beyond this size is set aside (one generation) at the next start."""
RESTARTS_PER_MINUTE = 5
FAST_STOP_SECONDS = 60.0
POLL_SECONDS = 0.01

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


class Failure(Exception):
    """Why there is no server: a stable `code` and a sentence, told to whoever asked for it."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


class Supervisor:
    """One cluster and the server on it. `run` returns when the server has stopped."""

    def __init__(self, data: Path, binaries: Path, *, durable: bool, throwaway: bool) -> None:
        self.data = data
        self.cluster = data / CLUSTER
        self.binaries = binaries
        self.durable = durable
        self.throwaway = throwaway
        self.socket = data / "run"
        self.stopping = threading.Event()
        self.stopped = threading.Event()
        self.server: subprocess.Popen[bytes] | None = None

    def run(self) -> None:
        own = lock_file(self.data / "supervisor.lock")
        fcntl.flock(own, fcntl.LOCK_EX | fcntl.LOCK_NB)
        users = lock_file(self.data / "users.lock")
        try:
            self.prepare()
            self.launch()
        except Failure as failure:
            report({"code": failure.code, "detail": failure.detail})
            self.leave()
            return
        signal.signal(signal.SIGTERM, lambda *_: self.stop())
        signal.signal(signal.SIGINT, lambda *_: self.stop())
        self.publish()
        report({"ready": True})
        threading.Thread(target=self.outlast, args=(users,), daemon=True).start()
        try:
            self.watch()
        finally:
            self.leave()
            # In this order: whoever gets users.lock then finds no supervisor, and starts one.
            os.close(own)
            os.close(users)

    def prepare(self) -> None:
        """Clear what a crash left behind, and make the cluster if there is none."""
        evict(self.cluster)
        if (self.cluster / "PG_VERSION").exists():
            return
        half_made = self.data / f"{CLUSTER}.new"
        shutil.rmtree(half_made, ignore_errors=True)
        command = [
            str(self.binaries / "initdb"),
            "-D",
            str(half_made),
            "-U",
            "postgres",
            "-A",
            "trust",
            "--data-checksums",
        ]
        command += ["--encoding=UTF8", "--no-instructions", "--locale=C"]
        if major(self.binaries) >= 17:
            command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        if not self.durable:
            command += ["--no-sync"]
        self.call(command, "initdb could not make the cluster")
        single = [
            str(self.binaries / "postgres"),
            "--single",
            "-D",
            str(half_made),
            "-c",
            "log_checkpoints=off",
            "postgres",
        ]
        self.call(single, "the database could not be created", stdin=b"CREATE DATABASE parley\n")
        half_made.rename(self.cluster)
        if self.durable:
            sync_folder(self.data)

    def call(self, command: list[str], what: str, stdin: bytes = b"") -> None:
        done = subprocess.run(  # noqa: S603 - our own binaries, no shell
            [*unprivileged(), *command], input=stdin, capture_output=True, env=environment(), check=False, cwd="/"
        )
        if done.returncode != 0 or b"ERROR:" in done.stderr:
            raise failure_from((done.stderr + done.stdout).decode(errors="replace"), what, self.data)

    def launch(self) -> None:
        """Start `postgres` and wait until it accepts connections; recovery after a crash may take its time."""
        self.socket = socket_folder(self.data)
        log = self.data / LOG
        if log.exists() and log.stat().st_size > LOG_LIMIT_BYTES:
            log.replace(log.with_suffix(".log.1"))
        told = log.stat().st_size if log.exists() else 0
        settings = SETTINGS | (DURABLE if self.durable else THROWAWAY) | {"unix_socket_directories": str(self.socket)}
        command = [*unprivileged(), *dying_with_us(), str(self.binaries / "postgres"), "-D", str(self.cluster)]
        command += [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        try:
            with log.open("ab") as output:
                self.server = subprocess.Popen(  # noqa: S603 - our own binaries, no shell
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

    def ready(self) -> bool:
        """Whether the server has written its readiness into postmaster.pid, as pg_ctl reads it."""
        lines = pid_file(self.cluster)
        return self.server is not None and lines[:1] == [str(self.server.pid)] and lines[7:8] == ["ready"]

    def publish(self) -> None:
        assert self.server is not None
        answer = {"socket": str(self.socket), "version": version(self.binaries), "pid": self.server.pid}
        fresh = self.data / f"{ANSWER}.new"
        fresh.write_text(json.dumps(answer), encoding="utf-8")
        fresh.replace(self.data / ANSWER)

    def watch(self) -> None:
        """Wait for the server to end; while somebody uses it, start it again."""
        falls: list[float] = []
        while True:
            assert self.server is not None
            code = self.server.wait()
            self.stopped.set()
            if self.stopping.is_set():
                return
            now = time.monotonic()
            falls = [*(fall for fall in falls if now - fall < 60), now]
            self.note(f"PostgreSQL ended by itself ({code}); fall {len(falls)} within a minute")
            if len(falls) > RESTARTS_PER_MINUTE:
                return
            try:
                evict(self.cluster)
                self.launch()
            except Failure as failure:
                self.note(f"{failure.code}: {failure.detail}")
                return
            self.stopped.clear()
            self.publish()
            if self.stopping.is_set():
                self.server.send_signal(signal.SIGINT)

    def outlast(self, users: int) -> None:
        """Wait until the last user has gone, then stop the server."""
        fcntl.flock(users, fcntl.LOCK_EX)
        self.stop()
        if not self.stopped.wait(FAST_STOP_SECONDS) and self.server is not None:
            self.server.send_signal(signal.SIGQUIT)

    def stop(self) -> None:
        """Ask for a fast stop: open transactions roll back, everything acknowledged is on disk."""
        self.stopping.set()
        if self.server is not None:
            self.server.send_signal(signal.SIGINT)

    def leave(self) -> None:
        """Take back what points at a server that is no more."""
        (self.data / ANSWER).unlink(missing_ok=True)
        if self.socket.parent != self.data:
            shutil.rmtree(self.socket, ignore_errors=True)
        if self.throwaway:
            shutil.rmtree(self.data, ignore_errors=True)

    def note(self, sentence: str) -> None:
        with (self.data / LOG).open("a", encoding="utf-8") as log:
            log.write(f"supervisor: {sentence}\n")


def lock_file(path: Path) -> int:
    """A descriptor of `path`, made if absent, that no child inherits."""
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def version(binaries: Path) -> str:
    """What the binaries say they are, such as "18.1"."""
    told = subprocess.run([str(binaries / "postgres"), "--version"], capture_output=True, text=True, check=False)  # noqa: S603 - no shell
    found = re.search(r"(\d+(?:\.\d+)*)\S*", told.stdout)
    return found.group(1) if found else ""


def major(binaries: Path) -> int:
    """The major version of the binaries; 0 when they cannot be run."""
    return int(version(binaries).split(".")[0] or 0)


def pid_file(cluster: Path) -> list[str]:
    try:
        return [line.strip() for line in (cluster / "postmaster.pid").read_text(encoding="utf-8").splitlines()]
    except OSError:
        return []


def occupants(cluster: Path) -> list[int]:
    """Processes that work inside `cluster`: PostgreSQL's processes have it as their working folder (Linux only)."""
    found: list[int] = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").readlink() == cluster:
                found.append(int(process.name))
        except OSError:
            continue
    return found


def evict(cluster: Path) -> None:
    """End a server that lost its supervisor, and drop a postmaster.pid that no server stands behind.

    PostgreSQL itself refuses to start when the number in a stale file has since gone to some other process. Only once
    nothing works inside the cluster any more is the file taken away: that is what makes it safe.
    """
    if not Path("/proc/self/cwd").exists():
        return
    asked = time.monotonic()
    sent: dict[int, signal.Signals] = {}
    while remaining := occupants(cluster):
        leader = next((int(number) for number in pid_file(cluster)[:1] if number.isdigit()), 0)
        waited = time.monotonic() - asked
        if waited > 2 * FAST_STOP_SECONDS:
            raise Failure(
                "postgres-start-failed", f"processes {remaining} still work in {cluster}; end them and try again"
            )
        wanted = signal.SIGQUIT if waited > FAST_STOP_SECONDS else signal.SIGINT
        if leader in remaining and sent.get(leader) is not wanted:
            os.kill(leader, wanted)
            sent[leader] = wanted
        time.sleep(POLL_SECONDS)
    (cluster / "postmaster.pid").unlink(missing_ok=True)


def socket_folder(data: Path) -> Path:
    """A private folder for the socket: inside the data folder, or elsewhere when that path is too long for a socket."""
    inside = data / "run"
    if len(os.fsencode(inside / SOCKET)) <= SOCKET_PATH_LIMIT_BYTES:
        inside.mkdir(mode=0o700, exist_ok=True)
        return inside
    record = data / "socket-folder"
    if record.exists():
        former = Path(record.read_text(encoding="utf-8"))
        if former.is_dir() and former.stat().st_uid == os.geteuid():
            shutil.rmtree(former, ignore_errors=True)
    base = tempfile.gettempdir()
    outside = Path(tempfile.mkdtemp(prefix="parley-", dir=base if len(os.fsencode(base)) < 60 else "/tmp"))  # noqa: S108 - mkdtemp makes it private
    record.write_text(str(outside), encoding="utf-8")
    return outside


def unprivileged() -> list[str]:
    """The words in front of a command that PostgreSQL refuses to run as root: a user namespace in which we are not."""
    if os.geteuid() != 0:
        return []
    unshare = shutil.which("unshare")
    words = [unshare or "unshare", "-U", "--map-user=1000", "--map-group=1000"]
    if unshare is None or subprocess.run([*words, "true"], capture_output=True, check=False).returncode != 0:  # noqa: S603 - no shell
        raise Failure(
            "no-unprivileged-user",
            "PostgreSQL refuses to run as root, and this machine allows no user namespace (unshare -U): run parley as"
            " an ordinary user, or give it a server with --database URL",
        )
    return words


def dying_with_us() -> list[str]:
    """The words in front of a command that the kernel interrupts when this process dies."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "INT"] if setpriv else []


def environment() -> dict[str, str]:
    """What PostgreSQL may see of our environment: none of its own variables, no locale."""
    kept = {name: value for name in ("PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH") if (value := os.environ.get(name))}
    return kept | {"LC_ALL": "C", "TZ": "UTC"}


def failure_from(text: str, what: str, data: Path) -> Failure:
    """Turn what PostgreSQL printed into a code and a sentence."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    telling = [line for line in lines if re.search(r"(FATAL|PANIC|error|ERROR):", line)] or lines
    said = re.sub(r"^.*?(FATAL|PANIC|ERROR|error):\s*", "", telling[-1]) if telling else "it gave no reason"
    if "No space left on device" in text or "Disk quota exceeded" in text:
        return Failure(
            "disk-full",
            f"{what}: the disk that holds {data} is full. Free some space and start again; nothing recorded is lost.",
        )
    if "incompatible with server" in text:
        return Failure(
            "data-folder-other-version", f"{what}: {said}. Use the PostgreSQL that made {data}, or dump and restore it."
        )
    return Failure("postgres-start-failed", f"{what}: {said}. The whole story is in {data / LOG}.")


def sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def report(answer: dict[str, Any]) -> None:
    """Tell the waiting starter, who may have gone, and let go of its pipe."""
    # A starter that died waiting is no error: then nobody holds users.lock, and the server will stop.
    with contextlib.suppress(OSError):
        os.write(1, json.dumps(answer).encode() + b"\n")
    quiet = os.open(os.devnull, os.O_RDWR)
    os.dup2(quiet, 1)
    os.close(quiet)


def main(argument: str) -> NoReturn:
    """Leave the starter's process tree, then supervise."""
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


if __name__ == "__main__":
    main(sys.argv[1])
