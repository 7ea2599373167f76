"""The strict form of a bundle's zip: members one after the other from the first byte, then their directory, then
its end, and nothing else. What a lenient reader would pass over can hide a second content, so it is refused by name.
"""

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO

from domain.errors import NotProven

LARGEST_BYTES = 4 << 30
"""Of all files together, when one is read."""
MOST_FILES = 1_000_000
LARGEST_RATIO = 100
"""How much larger than packed a member may be."""

METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})

ENCRYPTED, DESCRIBED_LATER = 0x1, 0x8
"""Bits of a member's flags."""

ZIP64 = 0x0001
"""The one extra field that has its use here: sizes beyond four gigabytes."""

UNREADABLE = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, RuntimeError, NotImplementedError, ValueError, OSError,
)  # fmt: skip
"""What reading a zip raises that is none, or a broken one."""

_LOCAL = struct.Struct("<4s5H3L2H")
_END = struct.Struct("<4s4H2LH")
_DESCRIPTOR = b"PK\x07\x08"
_NAME = re.compile(r"[A-Za-z0-9._-]+(?:/[A-Za-z0-9._-]+)*")


def members(data: bytes) -> dict[str, bytes]:
    """Every file by its name. Raises NotProven for bytes that are no zip, hold two files of one name, or would need
    more room than a bundle takes."""
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            entries = archive.infolist()
            if len(entries) > MOST_FILES or sum(entry.file_size for entry in entries) > LARGEST_BYTES:
                raise NotProven(f"The file holds more than {MOST_FILES} files or {LARGEST_BYTES} bytes.")
            _refuse_unreadable(entries)
            return {entry.filename: archive.read(entry) for entry in entries}
    except UNREADABLE as error:
        raise NotProven(f"The file is no whole zip: {error}.") from error


def _refuse_unreadable(entries: list[zipfile.ZipInfo]) -> None:
    names: set[str] = set()
    packed = 0
    for entry in entries:
        name = entry.filename
        if name in names:
            raise NotProven(f"The file holds two files of one name, {name!r}.")
        names.add(name)
        if entry.flag_bits & ENCRYPTED:
            raise NotProven(f"{name!r} is encrypted; a bundle is readable by everybody.")
        if entry.compress_type not in METHODS:
            raise NotProven(f"{name!r} is packed by a method that no bundle uses ({entry.compress_type}).")
        if entry.file_size > LARGEST_RATIO * max(entry.compress_size, 1):
            raise NotProven(f"{name!r} would grow from {entry.compress_size} to {entry.file_size} bytes.")
        packed += entry.compress_size
    if entries and packed > _end_of_members(entries):
        raise NotProven("Members of the file lie one over the other.")


def _end_of_members(entries: list[zipfile.ZipInfo]) -> int:
    return max(entry.header_offset + entry.compress_size for entry in entries) + len(entries) * _LOCAL.size


def irregularities(data: bytes) -> Iterator[str]:
    """The violations of the strict form, in sentences, of a zip that was read."""
    with zipfile.ZipFile(BytesIO(data)) as archive:
        entries, directory, comment = archive.infolist(), archive.start_dir, archive.comment
    for entry in entries:
        yield from _oddities(entry)
    if comment:
        yield "The zip carries a comment, which no manifest covers."
    position = 0
    for entry in sorted(entries, key=lambda each: each.header_offset):
        if entry.header_offset != position:
            where = "before the first file" if position == 0 else f"before {entry.filename!r}"
            yield f"{entry.header_offset - position} bytes {where} belong to no file."
        position = _after(data, entry)
    if position != directory:
        yield f"{directory - position} bytes after the last file belong to none."
    end = data.rfind(b"PK\x05\x06")
    if end + _END.size + len(comment) != len(data):
        yield f"{len(data) - end - _END.size - len(comment)} bytes are after the end of the zip."


def _oddities(entry: zipfile.ZipInfo) -> Iterator[str]:
    name = entry.filename
    if not _NAME.fullmatch(name) or any(part in (".", "..") for part in name.split("/")):
        yield f"{name!r} is no name of a file in a bundle."
    if entry.comment:
        yield f"{name!r} carries a comment, which no manifest covers."
    if set(_extra_fields(entry.extra)) - {ZIP64}:
        yield f"{name!r} carries extra fields, which no manifest covers."
    kind = entry.external_attr >> 28
    if kind not in (0, 0o10):
        yield f"{name!r} is no plain file."


def _extra_fields(extra: bytes) -> Iterator[int]:
    while len(extra) >= 4:
        kind, length = struct.unpack_from("<HH", extra)
        yield kind
        extra = extra[4 + length :]
    if extra:
        yield -1


def _after(data: bytes, entry: zipfile.ZipInfo) -> int:
    """Where a member ends: its header, name, extra fields and content, and the data descriptor with its sizes."""
    header = _LOCAL.unpack_from(data, entry.header_offset)
    flags, name_length, extra_length = header[2], header[9], header[10]
    end = entry.header_offset + _LOCAL.size + name_length + extra_length + entry.compress_size
    if flags & DESCRIBED_LATER:
        wide = any(
            kind == ZIP64 for kind in _extra_fields(data[end - entry.compress_size - extra_length :][:extra_length])
        )
        end += (20 if wide else 12) + (4 if data[end : end + 4] == _DESCRIPTOR else 0)
    return int(end)
