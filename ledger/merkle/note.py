"""Signed notes, checkpoints, cosignatures: C2SP signed-note, tlog-checkpoint, tlog-cosignature (https://c2sp.org).

A note is text, a blank line, and lines `— name base64(key id || signature)`. A checkpoint is a note whose text says how
many leaves a log has and their root; the log signs it as Ed25519, witnesses add timestamped Ed25519 cosignatures.
"""

import base64
import binascii
import re
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from domain.errors import NotProven
from ledger.merkle.tree import HASH_BYTES, MAX_TREE_SIZE

ED25519 = 0x01
COSIGNATURE = 0x04
MAX_TIME = (1 << 63) - 1
MAX_NOTE_BYTES = 1_000_000
MAX_SIGNATURES = 100

_SIGNATURE_LINE = re.compile(r"— (\S+) (\S+)")
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")
_VKEY = re.compile(r"([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)")


@dataclass(frozen=True, slots=True)
class Key:
    """A verifier key. `kind` is ED25519 (a log) or COSIGNATURE (a witness); `public` the 32 bytes of RFC 8032."""

    name: str
    kind: int
    public: bytes

    def __post_init__(self) -> None:
        if not self.name or "+" in self.name or any(letter.isspace() or letter < " " for letter in self.name):
            raise ValueError(f"{self.name!r} cannot name a key: it is empty or has a space or a plus sign in it")
        if self.kind not in (ED25519, COSIGNATURE) or len(self.public) != 32:
            raise ValueError(f"the key {self.name} is neither an Ed25519 key nor an Ed25519 cosignature key")

    @property
    def id(self) -> bytes:
        """SHA-256(name || newline || kind || public)[:4]."""
        return sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:4]

    def __str__(self) -> str:
        """The vkey, `name+id+base64(kind || public)`."""
        return f"{self.name}+{self.id.hex()}+{encode_base64(bytes([self.kind]) + self.public)}"

    @staticmethod
    def parse(vkey: str) -> "Key":
        """The key of a vkey; raises ValueError for another text, an unknown kind or an id that is not the key's."""
        match = _VKEY.fullmatch(vkey)
        if not match:
            raise ValueError(f"{vkey!r} is no verifier key: write name+id+base64, as the log shows it at /log/key")
        try:
            material = decode_base64(match[3])
        except NotProven as error:
            raise ValueError(f"the verifier key {vkey!r} does not end in base64") from error
        key = Key(match[1], material[0], material[1:])
        if key.id.hex() != match[2]:
            raise ValueError(f"the verifier key of {key.name} carries the id {match[2]}, but its id is {key.id.hex()}")
        return key

    def verify(self, text: bytes, signature: bytes) -> int | None:
        """The time that a cosignature states, in seconds since 1970, else None; raises NotProven if it is wrong."""
        time = None
        if self.kind == COSIGNATURE:
            time, signature = int.from_bytes(signature[:8], "big"), signature[8:]
            if time > MAX_TIME:
                raise NotProven(f"The cosignature by {self.name} states a time beyond all clocks.")
            text = _cosigned(text, time)
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text)
        except (InvalidSignature, ValueError) as error:
            raise NotProven(f"The signature by {self.name} ({self.id.hex()}) is wrong.") from error
        return time


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line: who, with which key, and the bytes after the key's id."""

    name: str
    key_id: bytes
    signature: bytes

    def __str__(self) -> str:
        return f"— {self.name} {encode_base64(self.key_id + self.signature)}\n"


class Signer:
    """A private key with its public key, `key`."""

    def __init__(self, name: str, private: Ed25519PrivateKey, kind: int = ED25519) -> None:
        self.key = Key(name, kind, private.public_key().public_bytes_raw())
        self._private = private

    def sign(self, text: bytes, time: int | None = None) -> Signature:
        """Sign a note's text; a cosignature key needs the `time`, in seconds since 1970, and no other takes one."""
        if (time is None) == (self.key.kind == COSIGNATURE):
            raise ValueError("a cosignature states its time, and another signature has none")
        stamp = b"" if time is None else time.to_bytes(8, "big")
        signed = self._private.sign(text if time is None else _cosigned(text, time))
        return Signature(self.key.name, self.key.id, stamp + signed)


@dataclass(frozen=True, slots=True)
class Verified:
    """A verified signature: its key, and for a cosignature its time in seconds since 1970."""

    key: Key
    time: int | None


@dataclass(frozen=True, slots=True)
class Note:
    """A parsed note, unverified until `verify`."""

    text: bytes
    signatures: tuple[Signature, ...]

    def __bytes__(self) -> bytes:
        return self.text + b"\n" + "".join(map(str, self.signatures)).encode()

    @staticmethod
    def parse(note: bytes) -> "Note":
        """Parse a note; raises NotProven for bytes that are not a note, or too many."""
        try:
            whole = note.decode()
        except UnicodeDecodeError as error:
            raise NotProven("The signed note is not valid UTF-8.") from error
        text, blank, tail = whole.rpartition("\n\n")
        lines = tail.split("\n")
        if not blank or len(lines) < 2 or lines.pop() or any(letter < " " and letter != "\n" for letter in whole):
            raise NotProven("A signed note is a text, a blank line and signature lines, each ended by a newline.")
        if len(note) > MAX_NOTE_BYTES or len(lines) > MAX_SIGNATURES:
            raise NotProven(f"The signed note has more than {MAX_NOTE_BYTES} bytes or {MAX_SIGNATURES} signatures.")
        return Note(f"{text}\n".encode(), tuple(map(_signature, lines)))

    def verify(self, keys: Iterable[Key]) -> tuple[Verified, ...]:
        """The signatures by `keys`, others are passed over. Raises NotProven if one is wrong or none is there."""
        known = {(key.name, key.id): key for key in keys}
        verified: dict[tuple[str, bytes], Verified] = {}
        for line in self.signatures:
            who = (line.name, line.key_id)
            if who in known and who not in verified:
                verified[who] = Verified(known[who], known[who].verify(self.text, line.signature))
        if not verified:
            raise NotProven("The signed note carries no signature by a known key.")
        return tuple(verified.values())


def without_surplus(note: bytes, names: Iterable[str]) -> bytes:
    """A note of more signatures than are read, with those under these names alone; any other note as it is.

    Third parties may add signatures to a note, so too many of them are no fault of its log.
    """
    text, blank, tail = note.rpartition(b"\n\n")
    lines = tail.split(b"\n")
    if len(note) > MAX_NOTE_BYTES or len(lines) <= MAX_SIGNATURES + 1:
        return note
    wanted = tuple(f"— {name} ".encode() for name in names)
    kept = [line for line in lines if line.startswith(wanted)]
    return text + blank + b"".join(line + b"\n" for line in kept[:MAX_SIGNATURES])


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A tree head: the log's origin, its number of leaves, their root, and lines that no monitor can check."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def text(self) -> bytes:
        """The note text that is signed."""
        return "\n".join((self.origin, str(self.size), encode_base64(self.root), *self.extensions, "")).encode()

    @staticmethod
    def parse(text: bytes) -> "Checkpoint":
        """The checkpoint of a note's text; raises NotProven for any other text."""
        lines = text.decode().split("\n")[:-1]
        if len(lines) < 3 or not all(lines) or not _SIZE.fullmatch(lines[1]) or int(lines[1]) > MAX_TREE_SIZE:
            raise NotProven("A checkpoint's text is an origin, a number of leaves and a root, a line each, none empty.")
        checkpoint = Checkpoint(lines[0], int(lines[1]), decode_base64(lines[2]), tuple(lines[3:]))
        if len(checkpoint.root) != HASH_BYTES:
            raise NotProven(f"The checkpoint's root has {len(checkpoint.root)} bytes instead of {HASH_BYTES}.")
        return checkpoint


@dataclass(frozen=True, slots=True)
class SignedCheckpoint:
    """A verified checkpoint, with the known witnesses that cosigned it and when."""

    checkpoint: Checkpoint
    signed_by: tuple[Key, ...]
    witnesses: tuple[Verified, ...]
    unknown: tuple[Signature, ...]
    """Signatures by keys that were not given: worth showing, worth nothing as proof."""


def open_checkpoint(note: bytes, keys: Iterable[Key]) -> SignedCheckpoint:
    """Verify a checkpoint by the keys of its log, which bear its origin as their name, and of witnesses.

    Raises NotProven unless one of `keys` is its log's and has signed, and if a signature by any of them is wrong.
    """
    known = tuple(keys)
    parsed = Note.parse(without_surplus(note, {key.name for key in known}))
    verified = parsed.verify(known)
    checkpoint = Checkpoint.parse(parsed.text)
    signed_by = tuple(one.key for one in verified if one.key.kind == ED25519 and one.key.name == checkpoint.origin)
    if not signed_by:
        raise NotProven(f"The checkpoint of {checkpoint.origin} is not signed by a known key of that name.")
    ids = {(key.name, key.id) for key in known}
    return SignedCheckpoint(
        checkpoint,
        signed_by,
        tuple(one for one in verified if one.key.kind == COSIGNATURE),
        tuple(line for line in parsed.signatures if (line.name, line.key_id) not in ids),
    )


def encode_base64(data: bytes) -> str:
    """RFC 4648, section 4, with padding."""
    return base64.b64encode(data).decode()


def decode_base64(text: str) -> bytes:
    """The bytes of a text that `encode_base64` could have written; raises NotProven for any other."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise NotProven(f"{text!r} is not base64.") from error
    if encode_base64(data) != text:
        raise NotProven(f"{text!r} is not base64 as it is written by RFC 4648.")
    return data


def _cosigned(text: bytes, time: int) -> bytes:
    return b"cosignature/v1\ntime %d\n" % time + text


def _signature(line: str) -> Signature:
    match = _SIGNATURE_LINE.fullmatch(line)
    blob = decode_base64(match[2]) if match else b""
    if match is None or "+" in match[1] or len(blob) < 5:
        raise NotProven(f"{line!r} is no signature line.")
    return Signature(match[1], blob[:4], blob[4:])
