"""Progress bars on standard error; none where that is no terminal."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

from rich.progress import BarColumn, DownloadColumn, Progress, ProgressColumn, TaskID, TextColumn, TimeElapsedColumn

from api.cli import output

STEPS = 200
"""Updates of a bar of bytes."""


@contextmanager
def progress_bars(*columns: ProgressColumn, disable: bool = False) -> Iterator[Progress]:
    """A display of progress bars, which vanishes at the end."""
    console = output.stderr_console()
    with Progress(*columns, console=console, transient=True, disable=disable or not console.is_terminal) as progress:
        yield progress


class ByteProgress:
    """A bar of bytes. It is drawn some 200 times, however often it is advanced."""

    def __init__(self, progress: Progress, task: TaskID, total: int) -> None:
        self.progress, self.task, self.step, self.waiting = progress, task, max(total // STEPS, 1), 0

    def advance(self, amount: int) -> None:
        """Advance by a number of bytes."""
        self.waiting += amount
        if self.waiting >= self.step:
            self.flush()

    def flush(self) -> None:
        """Draw the bar."""
        self.progress.advance(self.task, self.waiting)
        self.waiting = 0


@contextmanager
def byte_progress(what: str, total: int) -> Iterator[ByteProgress]:
    """The progress bar of a file of so many bytes."""
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeElapsedColumn())
    with progress_bars(*columns) as progress:
        bar = ByteProgress(progress, progress.add_task(what, total=total), total)
        yield bar
        bar.flush()


class CountedFile(io.RawIOBase):
    """A file whose reading advances a bar."""

    def __init__(self, file: IO[bytes], bar: ByteProgress) -> None:
        self.file, self.bar = file, bar

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        return self.file.seek(offset, whence)

    def tell(self) -> int:
        return self.file.tell()

    def read(self, size: int = -1) -> bytes:
        part = self.file.read(size)
        self.bar.advance(len(part))
        return part

    def readinto(self, buffer: Any) -> int:
        part = self.read(len(buffer))
        buffer[: len(part)] = part
        return len(part)

    def readline(self, size: int | None = -1) -> bytes:
        line = self.file.readline(-1 if size is None else size)
        self.bar.advance(len(line))
        return line
