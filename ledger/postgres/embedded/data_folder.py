"""The data folder of an embedded server: its claim for Parley, and the version that made its cluster."""

import os
from pathlib import Path

from ledger.postgres.embedded import cluster
from ledger.postgres.embedded.errors import FolderNotOurs, FolderReadOnly, named

MARK = "PARLEY"
"""The file that marks a data folder of Parley."""

ALLOWED = frozenset({"lost+found", "logs"})
"""What a data folder may hold before its cluster is made: the keys of logs in another database lie in `logs`."""


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
