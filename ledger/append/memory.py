"""What an appender remembers of its log, so that a batch of plain requests needs one round trip instead of two.

Positions are dense and unique: where events can be inserted right after the remembered last event of the log, nothing
was appended since, and all that is remembered still holds. Where that is not so, nothing was written: the memory is
stale, and the batch is decided on what two round trips read (see ledger.append.writer).
"""

from collections.abc import Iterable

from ledger.append.batch import BatchView, Entity
from ledger.append.preparation import Prepared, is_about_record
from ledger.models import Recorded, Request

MOST_ENTRIES = 200_000
"""Deals and entities that are remembered; beyond it the memory is emptied."""

LONGEST_PAUSE_BATCHES = 64
"""Batches in two round trips after the memory was stale; the pause doubles while other processes append."""


class LogMemory:
    """The end of a log, the last event of its deals, and their entities. Used by one thread."""

    def __init__(self) -> None:
        self._head = -1
        """Position of the last event; -1: nothing is remembered."""
        self._recorded = 0
        self._tip = b""
        self._heads: dict[str, tuple[int, bytes]] = {}
        self._held: dict[Entity, bool] = {}
        self._pause = 0
        self._next_pause = 1

    def view(self, batch: Iterable[tuple[Request, tuple[Prepared, ...]]]) -> BatchView | None:
        """A view on which these requests can be decided, undated; None where two round trips are needed.

        The view changes the memory: `forget` it, or `remember` the view once it is written.
        """
        if self._pause:
            self._pause -= 1
            return None
        if self._head < 0:
            return None
        tips: dict[str, bytes] = {}
        for request, prepared in batch:
            if not _is_plain(request):
                return None
            for one in prepared:
                head = self._heads.get(one.deal_id)
                if head is None or one.deal_id in tips or one.erased or is_about_record(one.type):
                    return None  # one statement cannot chain two events of a deal: the server dates the first
                for kind, name in one.needs:
                    if (one.deal_id, kind, name) not in self._held:
                        return None
                tips[one.deal_id] = head[1]
        return BatchView(
            head=self._head, first_recorded=0, heads=self._heads, known={}, held=self._held,
            recorded=self._recorded, tip=self._tip, tips=tips,
        )  # fmt: skip

    def remember(self, view: BatchView) -> None:
        """Remember what a batch knew, now that it is committed."""
        if view.head != self._head or len(self._heads) + len(self._held) > MOST_ENTRIES:
            self.forget()
        last: Recorded = view.rows[-1]
        self._head, self._recorded, self._tip = last.position, last.recorded_at, last.leaf_hash
        if view.tips is None:
            self._heads |= view.heads
            self._held |= {entity: True for entity, held in view.held.items() if held}
        else:
            self._next_pause = 1
        for row in view.rows:
            self._heads[row.deal_id] = (row.version, row.leaf_hash)

    def forget(self) -> None:
        """Forget everything."""
        self._head, self._heads, self._held = -1, {}, {}

    def was_stale(self) -> None:
        """Another process has appended: forget everything, and write the next batches in two round trips."""
        self.forget()
        self._pause = self._next_pause
        self._next_pause = min(2 * self._next_pause, LONGEST_PAUSE_BATCHES)


def _is_plain(request: Request) -> bool:
    """Whether it asks nothing of the record but its deal and the entities that it names."""
    return not (request.dry_run or request.must_be_new or request.key) and request.expected_version is None
