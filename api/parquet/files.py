"""Writes Parquet files in row groups, so that memory does not grow with their length."""

import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import IO, Any

from api.errors import ExtraMissing
from api.parquet.columns import Column, Form

MEDIA = "application/vnd.apache.parquet"

GROUP_ROWS = 10_000
GROUP_CHARACTERS = 16 * 1024 * 1024
"""A row group ends at so many rows or so many characters of text, whichever is first."""

PREFIX = "parley."
"""Of the keys in the metadata of a file."""


def require() -> Any:
    """The library of Parquet files. Raises ExtraMissing where it is not installed."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ModuleNotFoundError as missing:
        raise ExtraMissing(
            "Parquet files need the extra analytics: pip install 'parley-tracker[analytics]'."
        ) from missing
    return pyarrow


def write(
    file: IO[bytes], columns: Sequence[Column], rows: Iterable[Mapping[str, Any]], said: Mapping[str, Any]
) -> None:
    """Write a file of rows, with metadata. Raises ExtraMissing."""
    for part in parts(columns, rows, lambda: said):
        file.write(part)


def parts(
    columns: Sequence[Column], rows: Iterable[Mapping[str, Any]], said: Callable[[], Mapping[str, Any]]
) -> Iterator[bytes]:
    """The bytes of a file of rows, one row group after the other; `said` gives its metadata after the last row.

    Raises ExtraMissing. A file that was cut off has no footer, and no reader takes it.
    """
    arrow = require()
    schema = arrow.schema([(each.name, _type(arrow, each.form)) for each in columns])
    sink = _Sink()
    with arrow.parquet.ParquetWriter(sink, schema, compression="zstd") as writer:
        for group in _groups(columns, rows):
            arrays = [
                arrow.array(values, type=field.type)
                for values, field in zip(zip(*group, strict=True), schema, strict=True)
            ]
            writer.write_table(arrow.Table.from_arrays(arrays, schema=schema))
            yield sink.taken()
        writer.add_key_value_metadata({f"{PREFIX}{name}": str(value) for name, value in said().items()})
    yield sink.taken()


def metadata(file: str) -> dict[str, str]:
    """The metadata of a file that was written here. Raises ExtraMissing."""
    found = require().parquet.read_metadata(file).metadata or {}
    return {name.decode().removeprefix(PREFIX): value.decode() for name, value in found.items()}


def _type(arrow: Any, form: Form) -> Any:
    match form:
        case "whole number":
            return arrow.int64()
        case "truth":
            return arrow.bool_()
        case "instant":
            return arrow.timestamp("us", tz="UTC")
        case "day":
            return arrow.date32()
        case "texts":
            return arrow.list_(arrow.string())
        case "text" | "json":
            return arrow.string()


def _groups(columns: Sequence[Column], rows: Iterable[Mapping[str, Any]]) -> Iterator[list[list[Any]]]:
    """Rows in groups of bounded size."""
    group: list[list[Any]] = []
    characters = 0
    for row in rows:
        values = [each.value(row) for each in columns]
        group.append(values)
        characters += sum(len(value) for value in values if isinstance(value, str))
        if len(group) >= GROUP_ROWS or characters >= GROUP_CHARACTERS:
            yield group
            group, characters = [], 0
    if group:
        yield group


class _Sink(io.RawIOBase):
    """What was written since it was last taken."""

    def __init__(self) -> None:
        self._written: list[bytes] = []
        self._position = 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def write(self, content: Any) -> int:
        part = bytes(content)
        self._written.append(part)
        self._position += len(part)
        return len(part)

    def taken(self) -> bytes:
        """The bytes that were written, once."""
        part, self._written = b"".join(self._written), []
        return part
