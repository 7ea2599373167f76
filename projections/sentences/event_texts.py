"""The events of a deal as the sentences on its changes name them: what each says, and its date."""

from collections.abc import Callable, Iterable, Sequence

from domain.envelope import RecordedEvent
from domain.sentences.dates import date_text
from domain.sentences.words import plain, shortened
from domain.state_paths import ERASED

CAUSES_NAMED = 2
"""Events that a sentence names as causes; the rest are counted."""

EventText = Callable[[str], str | None]
"""What an event says, with its date; None for one that is not on record."""


class EventTexts:
    """The texts of the events of one deal, each made once."""

    def __init__(self, lines: Iterable[RecordedEvent]) -> None:
        self._lines = {line.id: line for line in lines}
        self._texts: dict[str, str] = {}

    def __call__(self, event_id: str) -> str | None:
        """What an event says, with its date; None for one that is not on record."""
        line = self._lines.get(event_id)
        if line is None:
            return None
        if event_id not in self._texts:
            self._texts[event_id] = f"{_told(line)} ({date_text((line.effective or line.occurred).text)})"
        return self._texts[event_id]


def _told(line: RecordedEvent) -> str:
    if line.erased:
        return ERASED
    return shortened(line.payload.summary or plain(line.type.replace(".", " ")))


def because(events: Sequence[str], text_of: EventText) -> str:
    """The events behind a change as the end of its sentence; empty where there is none."""
    told = list(dict.fromkeys(filter(None, map(text_of, events))))
    more = len(told) - CAUSES_NAMED
    if more > 0:
        told = [*told[:CAUSES_NAMED], f"and {more} more {'event' if more == 1 else 'events'}"]
    return "; ".join(told)
