"""Errors of the embedded PostgreSQL.

All are `ParleyError` with a stable code and a sentence:

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

from domain.errors import ParleyError


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


def named(code: str, detail: str) -> EmbeddedError:
    """The error class of a supervisor's code."""
    return next((kind for kind in KINDS if kind.code == code), StartFailed)(detail)
