"""The scanner of time events for webhooks: transitions that time alone causes, and notices ahead of deadlines."""

from collections.abc import Sequence

from domain.time.instants import SECOND
from ledger.webhook_outbox import OutboxMessage, Webhook, Webhooks
from projections.state.state_reader import StateReader
from projections.temporal.time_event_watch import TransitionWatch
from projections.temporal.time_events import NOTICE, Transition, transition_json

UNMARKED_SECONDS = 60
"""Maximum interval of writing the moment up to which was scanned."""


class TimeEventScanner:
    """Scans the deals of one log whose next time event is due. For one thread."""

    def __init__(self, webhooks: Webhooks, reader: StateReader) -> None:
        self._webhooks = webhooks
        self._watch = TransitionWatch(reader)

    def enqueue_time_events(self, webhooks: Sequence[Webhook], head: int) -> bool:
        """Put the time events into the outboxes of these webhooks, and store up to when; whether there were any.

        Raises Busy.
        """
        to = self._watch.latest_moment()
        behind = [webhook for webhook in webhooks if webhook.looked_at < to]
        if not behind:
            return False
        days_ahead = tuple(sorted({days for webhook in webhooks for days in webhook.notice_days}))
        made = self._watch.transitions(min(webhook.looked_at for webhook in behind), to, days_ahead, head)
        queued = False
        for webhook in behind:
            messages = [_message_of(each) for each in made if _wants(webhook, each)]
            queued |= bool(messages)
            if made or to > webhook.looked_at + UNMARKED_SECONDS * SECOND:
                self._webhooks.enqueue_time_events(webhook, messages, to)
        return queued

    def seconds_to_next(self) -> float:
        """In how many seconds time does something next, as far as was scanned; infinite where it does nothing."""
        return self._watch.seconds_to_next()


def _wants(webhook: Webhook, made: Transition) -> bool:
    """Notices go to webhooks with that number of days, other time events by deal and type."""
    if made.at <= webhook.looked_at:
        return False
    if made.type == NOTICE:
        return made.days_ahead in webhook.notice_days and webhook.wants_deal(made.deal_id)
    return webhook.wants(made.deal_id, made.type)


def _message_of(made: Transition) -> OutboxMessage:
    return OutboxMessage(made.id.replace("-", "_"), made.position, transition_json(made))
