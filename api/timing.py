"""What webhooks are told of time: transitions that it alone makes, and notices ahead of deadlines."""

from collections.abc import Sequence

import orjson

from domain.errors import UnreadableDeal
from domain.moments import SECOND, Moment, iso
from ledger.webhooks import Told, Webhook, Webhooks
from projections.isolation import isolated
from projections.reader import Reader
from projections.transitions import NOTICE, Look, Transition, look

SETTLED_SECONDS = 1
"""Time is looked at so long afterwards, when everything that was recorded before can be seen."""

NOTHING = Look((), None)
"""What is found in a deal that cannot be read."""

UNMARKED_SECONDS = 60
"""The mark of how far time was looked at is written at least so often."""


class Times:
    """Looks at the deals of one log in which time does something next. For one thread."""

    def __init__(self, webhooks: Webhooks, reader: Reader) -> None:
        self._webhooks, self._reader = webhooks, reader
        self._next: dict[str, tuple[int, Moment | None]] = {}
        """By deal: the version that was looked at, and when time will next do something."""
        self._next_of_all: tuple[int, Moment | None] = (-1, None)
        """The same for the log: its head, and the soonest moment."""
        self._days_ahead: tuple[int, ...] = ()
        self._since: Moment = 0
        """From here on what is remembered holds."""

    def fan_out(self, webhooks: Sequence[Webhook], head: int) -> bool:
        """Put what time made into the outboxes of these webhooks, and note up to when; whether there was anything.

        Raises Busy.
        """
        to = self._reader.now() - SETTLED_SECONDS * SECOND
        behind = [webhook for webhook in webhooks if webhook.looked_at < to]
        if not behind:
            return False
        days_ahead = tuple(sorted({days for webhook in webhooks for days in webhook.notice_days}))
        made = self._made(min(webhook.looked_at for webhook in behind), to, days_ahead, head)
        queued = False
        for webhook in behind:
            told = [_message(each) for each in made if _wants(webhook, each)]
            queued |= bool(told)
            if made or to > webhook.looked_at + UNMARKED_SECONDS * SECOND:
                self._webhooks.tell_of_time(webhook, told, to)
        return queued

    def _made(self, after: Moment, to: Moment, days_ahead: tuple[int, ...], head: int) -> list[Transition]:
        """A deal in which time does nothing before `to`, and nothing was recorded, is not looked at again."""
        if days_ahead != self._days_ahead or after < self._since or not self._next:
            self._next.clear()
            self._next_of_all, self._days_ahead, self._since = (-1, None), days_ahead, after
        known, soonest = self._next_of_all
        if known == head and (soonest is None or soonest > to):
            return []
        found: list[Transition] = []
        settled = True
        for deal in self._reader.ledger.deals():
            version, next_at = self._next.get(deal.deal_id, (0, None))
            if version == deal.version and (next_at is None or next_at > to):
                continue
            try:
                with isolated(self._reader.ledger, deal.deal_id, deal.version):
                    looked = look(self._reader, deal.deal_id, after, to, days_ahead)
            except UnreadableDeal:
                looked = NOTHING  # it is looked at again when it moves
            found += looked.found
            # Remembered once all that counts is known, and nothing was found that could still be lost.
            if not looked.found and deal.recorded_at <= to - SECOND:
                self._next[deal.deal_id] = (deal.version, looked.next_at)
            else:
                settled = False
        moments = [next_at for _, next_at in self._next.values() if next_at is not None]
        self._next_of_all = (head if settled else -1, min(moments, default=None))
        return sorted(found, key=lambda each: (each.at, each.id))


def _wants(webhook: Webhook, made: Transition) -> bool:
    """Notices go to those who asked for that many days, the rest by deal and type."""
    if made.at <= webhook.looked_at:
        return False
    if made.type == NOTICE:
        return made.days_ahead in webhook.notice_days and webhook.wants_deal(made.deal_id)
    return webhook.wants(made.deal_id, made.type)


def _message(made: Transition) -> Told:
    told = {"type": made.type, "timestamp": iso(made.at), "position": made.position, "data": made.data}
    return Told(made.id.replace("-", "_"), made.position, orjson.dumps(told))
