"""Commands of the command line as entries of the table of the desk."""

import os
import resource
import signal
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress

from benchmarks.desk_table import NOTE, Entry, late


def timed(what: str, command: Sequence[str], bound_seconds: float) -> Entry:
    """Run a command, ended after its bound; its time and CPU."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    status, said = "done", b""
    with subprocess.Popen(
        command, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as process:
        try:
            _, said = process.communicate(timeout=bound_seconds)
        except subprocess.TimeoutExpired:
            status = late(bound_seconds)
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
    if process.returncode and status == "done":
        status = f"exit {process.returncode}"
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    note = said.decode(errors="replace").strip()[-NOTE:] if process.returncode > 0 else ""
    return Entry(what, status, ms=(time.perf_counter() - started) * 1_000, cpu_ms=spent * 1_000, note=note)
