"""Authentication of stored derivations: a keyed digest of each, checked on every read.

A user who can write to the database can alter derived data, which no signature covers. The key is a file of the
folder of the log's keys, outside the database; all hosts have the same one. What does not bear its digest is derived
again from the record.
"""

import hmac
import re
import secrets
from base64 import decodebytes, encodebytes
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from ledger.tlog.signing_keys import KeyUnusable, make_folder, read_private_file, write_durably, write_if_missing

FILE = "derivations.key"
KEY_BYTES = 32

LABEL = b"PARLEY DERIVATIONS KEY"
"""The label of the key as a PEM block."""

_BLOCK = re.compile(b"-----BEGIN %b-----([A-Za-z0-9+/=\\s]*)-----END %b-----" % (LABEL, LABEL))


class Authenticator:
    """Makes and checks the digests of one key (HMAC-SHA-256)."""

    def __init__(self, key: bytes) -> None:
        self._key = sha256(key + code_version()).digest()

    def digest(self, *parts: str | int | bytes | None) -> bytes:
        """The digest of a row: of its parts, each with its kind and length."""
        return hmac.digest(self._key, b"".join(map(_labelled, parts)), "sha256")

    def digester(self, *scope: str) -> Callable[[str | bytes], bytes]:
        """The function that makes the digest of what a row says, whose first parts are these."""
        key, first = self._key, b"".join(map(_labelled, scope))
        return lambda content: hmac.digest(key, first + _labelled(content), "sha256")

    def verify(self, digest: bytes | None, *parts: str | int | bytes | None) -> bool:
        """Whether the digest of a row is valid."""
        return digest is not None and hmac.compare_digest(digest, self.digest(*parts))


def _labelled(part: str | int | bytes | None) -> bytes:
    data = part if isinstance(part, bytes) else repr(part).encode()
    return b"%s %d %s" % (type(part).__name__.encode(), len(data), data)


@cache
def code_version() -> bytes:
    """A digest of the code that derives: what another version derived is derived again."""
    made = sha256()
    for package in ("domain", "projections.entity_versions"):
        for path, file in sorted(_sources(files(package), package)):
            made.update(path.encode() + b"\0" + sha256(file.read_bytes()).digest())
    return made.digest()


def _sources(folder: Traversable, path: str) -> list[tuple[str, Traversable]]:
    found: list[tuple[str, Traversable]] = []
    for each in folder.iterdir():
        name = f"{path}/{each.name}"
        if each.is_dir() and each.name != "__pycache__":
            found += _sources(each, name)
        elif each.name.endswith(".py"):
            found.append((name, each))
    return found


def load_authenticator(folder: Path, *, make: bool) -> Authenticator | None:
    """The authenticator of a log's folder; its key is made if there is none and it may be, else it is None.

    Processes that make it at the same time read the same one.

    Raises KeyUnusable, OSError.
    """
    path = folder / FILE
    if make and not path.exists():
        make_folder(folder)
        write_if_missing(path, secrets.token_bytes(KEY_BYTES))
    return Authenticator(_read(path)) if path.exists() else None


def export_key(folder: Path) -> bytes:
    """The key of derivations as a PEM block, for other hosts; empty where there is none. Raises KeyUnusable."""
    if not (folder / FILE).exists():
        return b""
    return b"-----BEGIN %b-----\n%b-----END %b-----\n" % (LABEL, encodebytes(_read(folder / FILE)), LABEL)


def install_key(folder: Path, data: bytes) -> None:
    """Install the key of derivations of another host, if there is a block of it among these. Raises KeyUnusable."""
    if (found := _BLOCK.search(data)) is None:
        return
    key = decodebytes(found[1])
    if len(key) != KEY_BYTES:
        raise KeyUnusable(f"The file holds a key of derivations of {len(key)} bytes; it has {KEY_BYTES}.")
    make_folder(folder)
    write_durably(folder / FILE, key)


def _read(path: Path) -> bytes:
    key = read_private_file(path)
    if len(key) != KEY_BYTES:
        raise KeyUnusable(
            f"{path} holds {len(key)} bytes, and a key of derivations has {KEY_BYTES}; delete the file: a new key is "
            "made, and what is stored is derived again."
        )
    return key
