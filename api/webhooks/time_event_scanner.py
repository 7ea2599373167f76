"""What webhooks are told of time: transitions that it alone makes, and notices ahead of deadlines."""

from collections.abc import Sequence

import orjson

from domain.time.instants import SECOND, iso
from ledger.webhook_outbox import Told, Webhook, Webhooks
from projections.state.state_reader import StateReader
from projections.temporal.time_events import NOTICE, Transition
from projections.temporal.transition_watch import TransitionWatch

UNMARKED_SECONDS = 60
"""The mark of how far time was looked at is written at least so often."""


class TimeEventScanner:
    """Looks at the deals of one log in which time does something next. For one thread."""

    def __init__(self, webhooks: Webhooks, reader: StateReader) -> None:
        self._webhooks = webhooks
        self._watch = TransitionWatch(reader)

    def fan_out(self, webhooks: Sequence[Webhook], head: int) -> bool:
        """Put what time made into the outboxes of these webhooks, and note up to when; whether there was anything.

        Raises Busy.
        """
        to = self._watch.settled()
        behind = [webhook for webhook in webhooks if webhook.looked_at < to]
        if not behind:
            return False
        days_ahead = tuple(sorted({days for webhook in webhooks for days in webhook.notice_days}))
        made = self._watch.made(min(webhook.looked_at for webhook in behind), to, days_ahead, head)
        queued = False
        for webhook in behind:
            told = [_told(each) for each in made if _wants(webhook, each)]
            queued |= bool(told)
            if made or to > webhook.looked_at + UNMARKED_SECONDS * SECOND:
                self._webhooks.tell_of_time(webhook, told, to)
        return queued


def _wants(webhook: Webhook, made: Transition) -> bool:
    """Notices go to those who asked for that many days, the rest by deal and type."""
    if made.at <= webhook.looked_at:
        return False
    if made.type == NOTICE:
        return made.days_ahead in webhook.notice_days and webhook.wants_deal(made.deal_id)
    return webhook.wants(made.deal_id, made.type)


def _told(made: Transition) -> Told:
    return Told(made.id.replace("-", "_"), made.position, message(made))


def message(made: Transition) -> bytes:
    """What is told of a transition, to webhooks and on streams."""
    return orjson.dumps({"type": made.type, "timestamp": iso(made.at), "position": made.position, "data": made.data})
