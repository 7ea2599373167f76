"""The server as a process of its own: started, asked over one kept connection, weighed with its children, ended."""

import http.client
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import orjson

START_SECONDS = 300.0
READY_POLL_SECONDS = 0.005
STOP_SECONDS = 20.0
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
PARLEY = (sys.executable, "-c", "from api.cli import main; main()")
"""The command line, by the interpreter that measures."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server."""

    port: int
    pid: int
    """Of its first process, which leads the group of all its processes."""
    ready_seconds: float
    """From its start until it answered that it is ready."""

    def connect(self, timeout: float = 30.0) -> "Connection":
        """A kept connection."""
        return Connection(self.port, timeout)


@contextmanager
def serving(url: str, data: Path, **settings: str) -> Iterator[Server]:
    """`parley serve` on a database, with these settings (`run_workers="false"`), once it is ready."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PARLEY_")}
    environment |= {f"PARLEY_{name.upper()}": value for name, value in settings.items()}
    command = [*PARLEY, "serve", "--database", url, "--data", str(data), "--port", "0"]
    started = time.monotonic()
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        assert process.stdout is not None
        port = _announced(process)
        _wait_until_ready(port, started + START_SECONDS)
        yield Server(port, process.pid, time.monotonic() - started)
    finally:
        _end(process)


def _announced(process: "subprocess.Popen[bytes]") -> int:
    """The port that a server says it listens on."""
    assert process.stdout is not None
    said = b""
    ends = time.monotonic() + START_SECONDS
    while b"http://" not in said or b"\n" not in said.partition(b"http://")[2]:
        ready, _, _ = select.select([process.stdout], [], [], max(0.0, ends - time.monotonic()))
        part = os.read(process.stdout.fileno(), 4096) if ready else b""
        if not part:
            raise RuntimeError(f"the server did not start; it said {said!r}")
        said += part
    address = said.partition(b"http://")[2].split()[0]
    return int(address.rpartition(b":")[2].rstrip(b"/."))


def _wait_until_ready(port: int, ends: float) -> None:
    while True:
        with suppress(OSError, http.client.HTTPException), Connection(port, 5.0) as connection:
            if connection.ask("GET", "/readyz").status == 200:
                return
        if time.monotonic() > ends:
            raise RuntimeError("the server is not ready")
        time.sleep(READY_POLL_SECONDS)


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Stop a group of processes: gracefully, then by force."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGCONT)
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        pass
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@dataclass(frozen=True, slots=True)
class Answer:
    """A response, with the seconds from the request to its last byte."""

    status: int
    body: bytes
    seconds: float

    @property
    def json(self) -> Any:
        return orjson.loads(self.body)


class Connection:
    """One kept connection to a server of this machine. An answer that takes too long raises TimeoutError."""

    def __init__(self, port: int, timeout: float) -> None:
        self._timeout = timeout
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)

    def ask(
        self,
        method: str,
        path: str,
        body: bytes | Iterable[bytes] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """The response to one request."""
        started = time.perf_counter()
        self._connection.request(
            method,
            path,
            body,
            {"Content-Type": "application/json", **(headers or {})} if body is not None else (headers or {}),
        )
        response = self._connection.getresponse()
        parts = []
        while part := response.read1():
            parts.append(part)
            if time.perf_counter() > started + self._timeout:
                raise TimeoutError(f"{method} {path} was not answered in {self._timeout:.0f} s")
        response.read()  # read1 does not end a response
        return Answer(response.status, b"".join(parts), time.perf_counter() - started)

    def get(self, path: str) -> Answer:
        """The response to a GET. Raises RuntimeError for any status but 200."""
        answer = self.ask("GET", path)
        if answer.status != 200:
            raise RuntimeError(f"GET {path} answered {answer.status}: {answer.body[:300]!r}")
        return answer

    def close(self) -> None:
        self._connection.close()

    def __enter__(self) -> "Connection":
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.close()


def cpu_seconds(pid: int) -> float:
    """User and system time of a process with its threads, so far. Raises OSError where it has ended."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_A_SECOND


def cpu_seconds_of_all(pid: int) -> float:
    """That of a process and of those that it started, as long as they live."""
    total = 0.0
    for each in processes(pid):
        with suppress(OSError):
            total += cpu_seconds(each)
    return total


def processes(pid: int) -> list[int]:
    """A process and all that it started, as far as they live."""
    found = [pid]
    for each in found:
        for children in Path(f"/proc/{each}/task").glob("*/children"):
            with suppress(OSError):
                found.extend(map(int, children.read_text(encoding="ascii").split()))
    return found


def resident_bytes(pid: int) -> int:
    """Resident memory of a process and of all that it started."""
    total = 0
    for each in processes(pid):
        with suppress(OSError):
            total += int(Path(f"/proc/{each}/statm").read_text(encoding="ascii").split()[1]) * PAGE_BYTES
    return total
