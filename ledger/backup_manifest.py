"""The manifest of a backup, validated strictly, as the file may come from anywhere."""

import zipfile
from typing import NotRequired, TypedDict

import msgspec

MANIFEST = "backup.json"
FORM = "parley backup 2"
ONE_LOG = "parley backup 1"
MANIFEST_BYTES = 64 * 1024 * 1024


class TableCopy(TypedDict):
    """The rows of a table."""

    columns: list[str]
    rows: int
    sha256: str


class LogCopy(TypedDict):
    """A log. `folder`, before the names of its tables, is absent where the file holds one log."""

    tenant: str
    origin: str
    position: int
    tables: dict[str, TableCopy]
    folder: NotRequired[str]


class _Form(TypedDict):
    form: str


class _Manifest(TypedDict):
    logs: list[LogCopy]


def logs_of(archive: zipfile.ZipFile) -> list[LogCopy]:
    """The logs of a backup. Raises ValueError for an invalid manifest, with the reason."""
    try:
        if archive.getinfo(MANIFEST).file_size > MANIFEST_BYTES:
            raise ValueError(f"{MANIFEST} has more than {MANIFEST_BYTES} bytes")
        data = archive.read(MANIFEST)
        form = msgspec.json.decode(data, type=_Form)["form"]
        if form == FORM:
            return msgspec.json.decode(data, type=_Manifest)["logs"]
        if form == ONE_LOG:
            return [msgspec.json.decode(data, type=LogCopy)]
    except (KeyError, RecursionError, NotImplementedError, RuntimeError, EOFError, zipfile.BadZipFile) as error:
        raise ValueError(str(error)) from error
    raise ValueError(f"its form is {form!r}, and this version reads {FORM!r} and {ONE_LOG!r}")
