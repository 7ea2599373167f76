"""The log's private keys: Ed25519, each in a file of its own that nobody else may read.

A folder per log holds `key.pem` and, while keys overlap, `key-2.pem` and so on; all of them sign. To rotate, `add` a
key, let both sign until whoever verifies has taken the new vkey, then `retire` the old one.
"""

import os
import re
from pathlib import Path
from urllib.parse import quote

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from domain.errors import ParleyError
from ledger.cluster import sync_folder
from ledger.merkle.note import Signer

_KEY_FILE = re.compile(r"key(?:-([0-9]+))?\.pem")


class KeyUnusable(ParleyError):
    """A file of the log's keys cannot be used as it is; the message says why and what to do."""

    code = "key-unusable"


def log_folder(data: Path, origin: str) -> Path:
    """Where the signer of a log keeps its keys and its last checkpoint."""
    return data / "logs" / quote(origin, safe="")


def signers(folder: Path, origin: str) -> tuple[Signer, ...]:
    """The keys that sign, oldest first; the first one is made if there is none. Raises KeyUnusable."""
    make_folder(folder)
    found = _files(folder)
    if not found:
        add(folder, origin)
        found = _files(folder)
    return tuple(Signer(origin, _read(path)) for _, path in found)


def add(folder: Path, origin: str) -> Signer:
    """A new key, which signs beside those that there are."""
    make_folder(folder)
    last = max((number for number, _ in _files(folder)), default=0)
    private = Ed25519PrivateKey.generate()
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    write_durably(folder / ("key.pem" if last == 0 else f"key-{last + 1}.pem"), pem)
    return Signer(origin, private)


def retire(folder: Path, origin: str) -> Signer:
    """Let the oldest of several keys sign no more; its file stays, renamed. Raises KeyUnusable for an only one."""
    found = _files(folder)
    if len(found) < 2:
        raise KeyUnusable("The log's only key cannot be retired; add another first, and let both sign for a while.")
    retired = Signer(origin, _read(found[0][1]))
    found[0][1].rename(folder / f"retired-{retired.key.id.hex()}.pem")
    return retired


def _files(folder: Path) -> list[tuple[int, Path]]:
    matches = ((_KEY_FILE.fullmatch(path.name), path) for path in folder.iterdir())
    return sorted((int(match[1] or 1), path) for match, path in matches if match)


def read_private_file(path: Path) -> bytes:
    """The bytes of a key's file that its owner alone may read. Raises KeyUnusable."""
    try:
        if os.name == "posix" and path.stat().st_mode & 0o077:
            raise KeyUnusable(f"Others may read the key {path}; make it your own with chmod 600, or replace it.")
        return path.read_bytes()
    except OSError as error:
        raise KeyUnusable(
            f"The key {path} cannot be read: {error.strerror or error}; give it to the user that runs Parley."
        ) from error


def _read(path: Path) -> Ed25519PrivateKey:
    data = read_private_file(path)
    try:
        private = load_pem_private_key(data, password=None)
    except (ValueError, TypeError) as error:
        raise KeyUnusable(f"{path} holds no PEM private key without a password: {error}.") from error
    if not isinstance(private, Ed25519PrivateKey):
        raise KeyUnusable(f"{path} holds a key that is not of Ed25519.")
    return private


def make_folder(folder: Path) -> None:
    """The folder, closed to others."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def write_durably(path: Path, data: bytes) -> None:
    """Replace a file as a whole, readable by its owner alone, and on disk when this returns."""
    fresh = path.with_name(f".{path.name}.new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    sync_folder(path.parent)
