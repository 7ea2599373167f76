"""The events of a deal as the sentences on its changes name them: what each says, and its date."""

import re
from collections.abc import Callable, Sequence

from domain.envelope import RecordedEvent
from domain.sentences.dates import date_text
from projections.narrator import Narrator

CAUSES_NAMED = 2
"""Events that a sentence names as causes; the rest are counted."""

EventText = Callable[[str], str | None]
"""What an event says, with its date; None for one that is not on record."""

_MOVE = re.compile(r" from [^()“”]+? to [^()“”]+? [0-9]{4}(?: \(([0-9,]+ days?)(?:; ([^()]*))?\))?")
"""A move of a date in the sentence of an event, with its length and the date of the event."""


class EventTexts:
    """The texts of the events of one deal, each made once."""

    def __init__(self, narrator: Narrator) -> None:
        self._narrator = narrator
        self._texts: dict[str, str] = {}

    def __call__(self, event_id: str) -> str | None:
        """What an event says, with its date; None for one that is not on record."""
        line = self._narrator.lines.get(event_id)
        if line is None:
            return None
        if event_id not in self._texts:
            self._texts[event_id] = _dated(self._narrator.text(line), line)
        return self._texts[event_id]


def _dated(text: str, line: RecordedEvent) -> str:
    """A sentence without its full stop, and its date in brackets, unless it says it itself."""
    told, day = text.removesuffix("."), date_text((line.effective or line.occurred).text)
    if day in told:
        return told
    return f"{told[:-1]}; {day})" if told.endswith(")") else f"{told} ({day})"


def because(events: Sequence[str], text_of: EventText) -> str:
    """The events behind a change as the end of its sentence; empty where there is none."""
    told: dict[str, None] = {}
    more = 0
    for event_id in events:
        if len(told) == CAUSES_NAMED:
            more += 1  # its sentence is not written: each needs the value that the event changed
        elif text := text_of(event_id):
            told[text] = None
    rest = [f"and {more} more {'event' if more == 1 else 'events'}"] if more else []
    return "; ".join([*told, *rest])


def shortened_cause(cause: str, sentence: str, phrase: str) -> str:
    """A cause after a sentence on the same entry: the entry is `it`, and a move that the sentence names is not said
    again, but how long it is."""
    if phrase not in cause or not phrase.startswith("the "):
        return cause
    told = cause.replace(phrase, "it")
    move = _MOVE.search(told)
    if move is None or move[0].partition(" (")[0].strip() not in sentence:
        return told
    length, day = f" by {move[1]}" if move[1] else "", f" ({move[2]})" if move[2] else ""
    return told.replace(move[0], length + day, 1)
