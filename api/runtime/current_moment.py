"""The moment of answers as of now: the same for a second while the log does not grow, and so the same bytes."""

from collections.abc import Callable

from domain.time.instants import SECOND, Moment


class CurrentMoment:
    """The current moment of one log. Safe to share between threads: two that read it at once may differ."""

    def __init__(self, now: Callable[[], Moment]) -> None:
        self._now = now
        self._held: tuple[int, Moment] = (-1, 0)

    def at(self, position: int) -> Moment:
        """The moment of an answer, where the log has come to a position."""
        now = self._now()
        held_position, held = self._held
        if held_position == position and 0 <= now - held < SECOND:
            return held
        self._held = (position, now)
        return now
