"""The error of a file or folder of the server."""

from pathlib import Path

from domain.errors import ParleyError


class FileFault(ParleyError):
    """A fault of a file or folder of the server: `fault` is its sentence without the path, `detail` with it."""

    def __init__(self, fault: str, path: Path | None = None) -> None:
        super().__init__(fault if path is None else f"{fault} See {path}.")
        self.fault = fault
