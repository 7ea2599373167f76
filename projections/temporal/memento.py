"""Mementos of a deal's states (RFC 7089): one for each version, by recorded time."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from urllib.parse import quote

from domain.envelope import RecordedEvent
from domain.errors import BadQuestion, Problem
from domain.time.instants import SECOND, Moment, moment_of

PAGE = 5_000
"""Mementos of one page of a time map."""


def accept_datetime(header: str | None) -> Moment | None:
    """The moment that a reader wants; None for the latest. HTTP dates name a second, and its last moment is meant.

    Raises BadQuestion for what is no HTTP date.
    """
    if header is None:
        return None
    try:
        wanted = parsedate_to_datetime(header)
        if header.strip().endswith("GMT"):
            return moment_of(wanted.replace(tzinfo=UTC)) + SECOND - 1
    except (ValueError, TypeError, OverflowError):
        pass
    told = f"Accept-Datetime {header[:64]!r} is no HTTP date: write one such as Tue, 15 Sep 2020 12:00:00 GMT."
    raise BadQuestion(told, problems=(Problem("/Accept-Datetime", "bad-header", told),))


def nearest(lines: Sequence[RecordedEvent], wanted: Moment | None) -> RecordedEvent:
    """The version at a moment; beyond either end the nearest."""
    if wanted is None:
        return lines[-1]
    known = [line for line in lines if line.recorded_at <= wanted]
    return known[-1] if known else lines[0]


class Links:
    """The addresses of a deal's original, time gate, time map and mementos."""

    def __init__(self, base: str, deal_id: str) -> None:
        self.deal = f"{base.rstrip('/')}/v1/deals/{quote(deal_id)}"

    @property
    def original(self) -> str:
        return f"{self.deal}/state"

    @property
    def timegate(self) -> str:
        return f"{self.deal}/timegate"

    def timemap(self, after: int = 0) -> str:
        return f"{self.deal}/timemap" + (f"?after={after}" if after else "")

    def memento(self, version: int) -> str:
        return f"{self.original}?known_version={version}"

    def timegate_header(self, lines: Sequence[RecordedEvent], chosen: RecordedEvent) -> str:
        """The Link header of the time gate's answer."""
        first, last = lines[0], lines[-1]
        told = [
            f'<{self.original}>; rel="original"',
            f'<{self.timemap()}>; rel="timemap"; type="application/link-format"',
        ]
        shown = dict.fromkeys((first.version, chosen.version, last.version))
        return ", ".join([*told, *(self._memento(lines[version - 1], len(lines)) for version in shown)])

    def memento_header(self) -> str:
        """The Link header of a memento."""
        return (
            f'<{self.original}>; rel="original", <{self.timegate}>; rel="timegate", '
            f'<{self.timemap()}>; rel="timemap"; type="application/link-format"'
        )

    def _memento(self, line: RecordedEvent, count: int) -> str:
        ends = (("first", line.version == 1), ("last", line.version == count), ("memento", True))
        rel = " ".join(word for word, on in ends if on)
        return f'<{self.memento(line.version)}>; rel="{rel}"; datetime="{http_date(line.recorded_at)}"'

    def timemap_lines(self, lines: Sequence[RecordedEvent], after: int) -> Iterator[str]:
        """The lines of a time map, a page of mementos after a version."""
        shown = lines[after : after + PAGE]
        span = (
            f'; from="{http_date(shown[0].recorded_at)}"; until="{http_date(shown[-1].recorded_at)}"' if shown else ""
        )
        told = [
            f'<{self.original}>; rel="original"',
            f'<{self.timegate}>; rel="timegate"',
            f'<{self.timemap(after)}>; rel="self"; type="application/link-format"{span}',
        ]
        if after + PAGE < len(lines):
            told.append(f'<{self.timemap(after + PAGE)}>; rel="timemap"; type="application/link-format"')
        told += [self._memento(line, len(lines)) for line in shown]
        for index, each in enumerate(told):
            yield each + (",\n" if index + 1 < len(told) else "\n")


def http_date(moment: Moment) -> str:
    """A moment as HTTP writes it, to the second below."""
    return format_datetime(datetime.fromtimestamp(moment // SECOND, UTC), usegmt=True)
