"""The snapshot worker: makes due snapshots in the background, one deal after another.

Queries are correct without snapshots, but cost more.
"""

from collections import OrderedDict
from threading import Condition, Thread

import structlog

from domain.errors import ParleyError, UnreadableDeal
from projections.isolation import isolated
from projections.snapshots.snapshot_reader import SnapshotReader

log = structlog.get_logger()


class SnapshotWorker:
    """One background thread, begun when first needed."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._due: OrderedDict[str, SnapshotReader] = OrderedDict()
        self._thread: Thread | None = None
        self._closed = False

    def enqueue(self, deal: SnapshotReader) -> None:
        """Schedule the due snapshots of a deal."""
        if deal.store.authenticator is None or not (deal.due or deal.stale):
            return  # without a key nothing that is made would outlast the process
        with self._changed:
            if self._closed:
                return
            self._due[deal.deal_id] = deal
            if self._thread is None:
                self._thread = Thread(target=self._run, name="parley-checkpoints", daemon=True)
                self._thread.start()
            self._changed.notify()

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._due.clear()
            self._changed.notify()
        if self._thread is not None:
            self._thread.join(timeout=10.0)

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._due and not self._closed:
                    self._changed.wait()
                if self._closed:
                    return
                _, deal = self._due.popitem(last=False)
            try:
                with isolated(deal.store.ledger, deal.deal_id, deal.index.version):
                    self.make_due(deal)
            except UnreadableDeal:
                continue  # logged already; the others are looked after
            except ParleyError as error:
                # The database is unreachable. The caller about the deal next has it looked after again.
                log.warning("checkpoints-postponed", deal=deal.deal_id, reason=error.detail)

    def make_due(self, deal: SnapshotReader) -> None:
        """Make what is due for a deal. Queries about it are answered meanwhile: a twin of it is busy."""
        twin = deal.copy()
        while not self._closed and twin.grow():
            deal.adopt(twin)
        if not self._closed and twin.stale:
            twin.refresh()
            deal.adopt(twin)
