"""The log's private keys: Ed25519, each in its own file, readable by its owner alone.

A folder per log holds `key.pem` and, while keys overlap, `key-2.pem` and so on; all of them sign. To rotate, `create` a
key, let both sign until all verifiers have the new vkey, then `retire` the old one. Each host that signs has the same
keys: `export` them on one, `install` them on the others.
"""

import os
import re
import tempfile
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from ledger.file_fault import FileFault
from ledger.merkle.note import Key, Note, Signer
from ledger.postgres.embedded.cluster import sync_folder

_KEY_FILE = re.compile(r"key(?:-([0-9]+))?\.pem")
_PEM = re.compile(rb"-----BEGIN ([A-Z ]*PRIVATE KEY)-----.*?-----END \1-----", re.DOTALL)
_SET_ASIDE = re.compile(r"(?:retired-([0-9a-f]{8})\.pem)|(?:lost-([0-9a-f]{8}))")


class KeyUnusable(FileFault):
    """A file of the log's keys cannot be used as it is; the message says why and what to do."""

    code = "key-unusable"


class KeyMissing(KeyUnusable):
    """The log was signed by a key that is not here; the message says how to go on."""

    code = "key-missing"


def log_folder(data: Path, origin: str) -> Path:
    """The folder with the last checkpoint of a log's signer, and its keys unless they have a folder of their own."""
    return data / "logs" / quote(origin, safe="")


@dataclass(frozen=True, slots=True)
class LogFolders:
    """The folders of one log on this host."""

    keys: Path
    """Its keys."""
    state: Path
    """The last checkpoint that was signed."""

    @classmethod
    def find(cls, origin: str, data: Path, keys: Path | None) -> "LogFolders":
        """Those of a log; `keys` is the folder with the keys of all logs, where they are apart."""
        state = log_folder(data.expanduser(), origin)
        return cls(state if keys is None else keys.expanduser() / quote(origin, safe=""), state)


def signers(folder: Path, origin: str, named: Collection[bytes] = ()) -> tuple[Signer, ...]:
    """The keys that sign, oldest first. `named` are the ids of the keys by which the log is known to have signed.

    A log that names none gets its first key here. No key is made in place of one that is not here: it would sign what
    verifiers cannot distinguish from a forgery. Raises KeyUnusable, KeyMissing.
    """
    found = held(folder, origin)
    missing = set(named) - {key.key.id for key in found} - set_aside(folder)
    if missing:
        ids = ", ".join(sorted(key_id.hex() for key_id in missing))
        raise KeyMissing(
            f"This host lacks a key of the log ({ids}) and signs nothing: name its folder by --keys or PARLEY_KEYS, or "
            f"run parley log key --export FILE where it is and parley log key --install FILE here. If it is lost for "
            f"good, parley log add-key --lost begins to sign {origin} with another, whose public key everybody who "
            f"verifies has to be given.",
            folder,
        )
    return found or (create(folder, origin),)


def held(folder: Path, origin: str) -> tuple[Signer, ...]:
    """The keys of a folder that sign, oldest first. Raises KeyUnusable."""
    return tuple(Signer(origin, _read(path)) for _, path in _files(folder))


def ids_of(origin: str, notes: Iterable[bytes], vkeys: Iterable[str]) -> set[bytes]:
    """The ids of the keys by which a log is known: those that signed its newest heads, else those that it lists.

    Raises NotProven for bytes that are no signed note.
    """
    lines = [line for note in notes for line in Note.parse(note).signatures if line.name == origin]
    return {line.key_id for line in lines} or {Key.parse(vkey).id for vkey in vkeys}


def create(folder: Path, origin: str) -> Signer:
    """A new key, which signs beside the existing ones."""
    make_folder(folder)
    private = Ed25519PrivateKey.generate()
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    write_durably(folder / _next_name(_files(folder)), pem)
    return Signer(origin, private)


def retire(folder: Path, origin: str) -> Signer:
    """Retire the oldest of several keys; its file is renamed. Raises KeyUnusable for the only key."""
    found = _files(folder)
    if len(found) < 2:
        raise KeyUnusable("The log's only key cannot be retired; add another first, and let both sign for a while.")
    retired = Signer(origin, _read(found[0][1]))
    found[0][1].rename(folder / f"retired-{retired.key.id.hex()}.pem")
    return retired


def export(folder: Path, origin: str) -> bytes:
    """The private keys that sign, oldest first, PEM. Raises KeyUnusable."""
    held(folder, origin)
    return b"".join(read_private_file(path).rstrip() + b"\n" for _, path in _files(folder))


def install(folder: Path, origin: str, data: bytes, named: Collection[bytes]) -> tuple[Signer, ...]:
    """Put private keys (PEM) among those that sign: keys by which the log is known, or any if it was never signed.

    Raises KeyUnusable, with nothing installed.
    """
    found = [match[0] for match in _PEM.finditer(data)] or [data]
    installed = tuple(Signer(origin, _parse(each)) for each in found)
    for each in installed:
        if named and each.key.id not in named:
            raise KeyUnusable(f"The file holds the key {each.key.id.hex()}, by which {origin} was never signed.")
    make_folder(folder)
    here = {key.key.id for key in held(folder, origin)}
    for pem, each in zip(found, installed, strict=True):
        if each.key.id not in here:
            write_durably(folder / _next_name(_files(folder)), pem.rstrip() + b"\n")
            here.add(each.key.id)
    return installed


def declare_lost(folder: Path, origin: str, named: Collection[bytes]) -> tuple[bytes, ...]:
    """Declare the missing ones of these keys lost; returns their ids."""
    make_folder(folder)
    here = {key.key.id for key in held(folder, origin)} | set_aside(folder)
    lost = tuple(sorted(set(named) - here))
    for key_id in lost:
        write_durably(folder / f"lost-{key_id.hex()}", b"")
    return lost


def set_aside(folder: Path) -> set[bytes]:
    """Ids of the keys that are retired or declared lost."""
    matches = (_SET_ASIDE.fullmatch(path.name) for path in folder.iterdir()) if folder.is_dir() else ()
    return {bytes.fromhex(match[1] or match[2]) for match in matches if match}


def _next_name(files: Sequence[tuple[int, Path]]) -> str:
    last = max((number for number, _ in files), default=0)
    return "key.pem" if last == 0 else f"key-{last + 1}.pem"


def _files(folder: Path) -> list[tuple[int, Path]]:
    matches = ((_KEY_FILE.fullmatch(path.name), path) for path in (folder.iterdir() if folder.is_dir() else ()))
    return sorted((int(match[1] or 1), path) for match, path in matches if match)


def read_private_file(path: Path) -> bytes:
    """The bytes of a key's file that its owner alone may read; one of root, such as a mounted secret, its group too.

    Raises KeyUnusable.
    """
    try:
        found = path.stat()
        if os.name == "posix" and found.st_mode & (0o037 if found.st_uid == 0 else 0o077):
            raise KeyUnusable("Others may read a key of the log; make it your own with chmod 600, or replace it.", path)
        return path.read_bytes()
    except OSError as error:
        raise KeyUnusable(
            f"A key of the log cannot be read: {error.strerror or error}; give it to the user that runs Parley.", path
        ) from error


def _read(path: Path) -> Ed25519PrivateKey:
    return _parse(read_private_file(path), path)


def _parse(data: bytes, path: Path | None = None) -> Ed25519PrivateKey:
    try:
        private = load_pem_private_key(data, password=None)
    except (ValueError, TypeError) as error:
        raise KeyUnusable(f"The file holds no PEM private key without a password: {error}.", path) from error
    if not isinstance(private, Ed25519PrivateKey):
        raise KeyUnusable("The file holds a key that is not of Ed25519.", path)
    return private


def make_folder(folder: Path) -> None:
    """The folder, private to its owner."""
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


def write_if_missing(path: Path, data: bytes) -> None:
    """Write a file that is not there, as `write_durably` does; of several processes that do so, one has its way."""
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(name, path)
    finally:
        Path(name).unlink()
    sync_folder(path.parent)
