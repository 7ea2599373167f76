"""One file of many, the same bytes for the same content: a zip without compression, with a manifest of all it holds."""

import json
import zipfile
from collections.abc import Mapping
from hashlib import sha256
from io import BytesIO
from typing import Any

from domain.errors import NotProven
from ledger.canonical import canonical

MANIFEST = "manifest.json"
LARGEST_BYTES = 4 << 30
"""Of all files together, when one is read."""
MOST_FILES = 1_000_000


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
    """Every file by its name. Raises NotProven for bytes that are no zip, or hold two files of one name."""
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            entries = archive.infolist()
            if len(entries) > MOST_FILES or sum(entry.file_size for entry in entries) > LARGEST_BYTES:
                raise NotProven(f"The file holds more than {MOST_FILES} files or {LARGEST_BYTES} bytes.")
            files = {entry.filename: archive.read(entry) for entry in entries}
    except (zipfile.BadZipFile, EOFError, RuntimeError, NotImplementedError, ValueError, OSError) as error:
        raise NotProven(f"The file is no whole zip: {error}.") from error
    if len(files) < len(entries):
        raise NotProven("The file holds two files of one name.")
    return files


def manifest_of(files: Mapping[str, bytes]) -> dict[str, Any]:
    """What the manifest says. Raises NotProven where there is none that can be read."""
    if MANIFEST not in files:
        raise NotProven(f"The file holds no {MANIFEST}.")
    manifest = read_json(files[MANIFEST], MANIFEST)
    if not isinstance(manifest, dict):
        raise NotProven(f"{MANIFEST} is no object.")
    return manifest


def read_json(data: bytes, name: str) -> Any:
    """The JSON value of a file. Raises NotProven."""
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise NotProven(f"{name} cannot be read as JSON.") from error
