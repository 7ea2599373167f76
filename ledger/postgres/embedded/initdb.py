"""Creation of a database cluster: `initdb`, and in it the database `parley`. Standard library only, as `cluster.py`."""

import shutil
import subprocess
from pathlib import Path

from ledger.postgres.embedded.cluster import CLUSTER, environment, failure_from, major, sync_folder, unprivileged


def create_cluster(data: Path, binaries: Path, *, durable: bool) -> None:
    """Create the cluster of a data folder; one that is interrupted leaves none. Raises Failure."""
    half_made = data / f"{CLUSTER}.new"
    shutil.rmtree(half_made, ignore_errors=True)
    command = [str(binaries / "initdb"), "-D", str(half_made), "-U", "postgres", "-A", "trust", "--data-checksums"]
    command += ["--encoding=UTF8", "--no-instructions", "--locale=C"]
    if major(binaries) >= 17:
        command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    if not durable:
        command += ["--no-sync"]
    _run(command, "initdb could not make the cluster", data)
    single = [str(binaries / "postgres"), "--single", "-D", str(half_made), "-c", "log_checkpoints=off", "postgres"]
    _run(single, "the database could not be created", data, stdin=b"CREATE DATABASE parley\n")
    half_made.rename(data / CLUSTER)
    if durable:
        sync_folder(data)


def _run(command: list[str], what: str, data: Path, stdin: bytes = b"") -> None:
    done = subprocess.run(
        [*unprivileged(), *command], input=stdin, capture_output=True, env=environment(), check=False, cwd="/"
    )
    if done.returncode != 0 or b"ERROR:" in done.stderr:
        raise failure_from((done.stderr + done.stdout).decode(errors="replace"), what, data)
