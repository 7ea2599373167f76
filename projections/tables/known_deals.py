"""The deals that were written last, as known at their last version: the next batch goes on from there.

What is held rests on the record alone, not on the rows: after a batch that is rolled back it is of another version than
they are, and is not used.
"""

from collections import OrderedDict
from threading import Lock

from projections.state.state_reader import StateReader
from projections.tables.known_deal import KnownDeal

HELD_EVENTS = 10_000
"""Events of the deals that are held, in sum; of one deal more, where it alone is held."""


class KnownDeals:
    """Deals by id. One that is written is taken out, so that no two threads go on from it."""

    def __init__(self) -> None:
        self._held: OrderedDict[str, KnownDeal] = OrderedDict()
        self._lock = Lock()

    def take(self, deal_id: str) -> KnownDeal | None:
        """Take a deal out; None where it is not held."""
        with self._lock:
            return self._held.pop(deal_id, None)

    def put(self, known: KnownDeal) -> None:
        """Hold a deal; those that were written the longest ago give way."""
        with self._lock:
            self._held[known.past.deal_id] = known
            while len(self._held) > 1 and sum(each.version for each in self._held.values()) > HELD_EVENTS:
                self._held.popitem(last=False)


def known_deals(reader: StateReader) -> KnownDeals:
    """The deals that are held of the log of a reader."""
    held: KnownDeals = reader.held.setdefault("known_deals", KnownDeals())
    return held
