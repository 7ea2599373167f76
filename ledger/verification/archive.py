"""Deterministic archives: a zip without compression, with a manifest of its files."""

import zipfile
from collections.abc import Mapping
from hashlib import sha256
from io import BytesIO
from typing import Any

from domain.errors import InvalidInput, NotProven
from ledger.encoding.canonical_json import canonical, decode
from ledger.verification import zip_container

MANIFEST = "manifest.json"

MEMBERS = frozenset({"form", "deal", "log", "basis", "payload_domain", "checkpoint", "complete", "files"})
"""Of the manifest."""


def pack(files: Mapping[str, bytes], about: Mapping[str, Any]) -> bytes:
    """The zip: the manifest first, which says `about` and lists every other file, then these by name."""
    listed = [
        {"path": path, "sha256": sha256(data).hexdigest(), "length": len(data)} for path, data in sorted(files.items())
    ]
    manifest = canonical({**about, "files": listed}) + b"\n"
    room = BytesIO()
    with zipfile.ZipFile(room, "w", zipfile.ZIP_STORED) as archive:
        for path, data in ((MANIFEST, manifest), *sorted(files.items())):
            entry = zipfile.ZipInfo(path, (1980, 1, 1, 0, 0, 0))
            entry.create_system = 3
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, data)
    return room.getvalue()


def unpack(data: bytes) -> dict[str, bytes]:
    """Every file by its name. Raises NotProven for bytes that are no zip that can be read as a bundle."""
    return zip_container.members(data)


def manifest_of(files: Mapping[str, bytes]) -> dict[str, Any]:
    """What the manifest says. Raises NotProven where there is none that can be read."""
    if MANIFEST not in files:
        raise NotProven(f"The file holds no {MANIFEST}.")
    manifest = read_json(files[MANIFEST], MANIFEST)
    if not isinstance(manifest, dict):
        raise NotProven(f"{MANIFEST} is no object.")
    return manifest


def is_canonical(value: Any, data: bytes) -> bool:
    """Whether these bytes are the canonical form of their JSON value: no member twice, no space, no other spelling."""
    try:
        return canonical(value) == data
    except InvalidInput:
        return False


def read_json(data: bytes, name: str) -> Any:
    """The JSON value of a file. Raises NotProven."""
    try:
        return decode(data)
    except (ValueError, RecursionError) as error:
        raise NotProven(f"{name} cannot be read as JSON.") from error
