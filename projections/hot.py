"""Answers about hot deals, encoded once and handed out until the deal gains an event.

What is asked about the running moment (no valid_at, or one that lies ahead) is answered anew each time.
"""

from collections import OrderedDict
from threading import Lock

import orjson

from ledger.hub import Hub
from projections.questions import Question
from projections.reader import Reader

BYTES_KEPT = 64 * 1024 * 1024
"""Encoded answers in memory over all deals."""

LARGEST_SHARE = 8
"""An answer larger than this part of the whole is not kept."""

Key = tuple[str, Question]


class HotAnswers:
    """States as bytes. Safe to share between threads; `peek` never waits for the database."""

    def __init__(self, reader: Reader, hub: Hub, bytes_kept: int = BYTES_KEPT) -> None:
        self._reader, self._hub, self._most = reader, hub, bytes_kept
        self._lock = Lock()
        self._kept: OrderedDict[Key, bytes] = OrderedDict()
        self._of_deal: dict[str, set[Key]] = {}
        self._size = 0
        self._seen = hub.position

    def peek(self, deal_id: str, question: Question) -> bytes | None:
        """The answer, where it is at hand and still holds."""
        with self._lock:
            self._look()
            content = self._kept.get((deal_id, question))
            if content is not None:
                self._kept.move_to_end((deal_id, question))
            return content

    def state(self, deal_id: str, question: Question) -> bytes:
        """The state of a deal as bytes of JSON. Raises what Reader.state raises."""
        held = self.peek(deal_id, question)
        if held is not None:
            return held
        before = self._hub.position
        answer = self._reader.state(deal_id, question)
        content = orjson.dumps(answer)
        if question.valid_at is not None and not answer["basis"]["projected"]:
            self._keep((deal_id, question), content, before)
        return content

    def forget(self, deal_id: str) -> None:
        """Drop what is held of a deal."""
        with self._lock:
            self._drop(deal_id)

    def _keep(self, key: Key, content: bytes, before: int) -> None:
        with self._lock:
            self._look()
            # What came in while the answer was made may be missing from it.
            if self._hub.position != before or len(content) * LARGEST_SHARE > self._most or key in self._kept:
                return
            self._kept[key] = content
            self._of_deal.setdefault(key[0], set()).add(key)
            self._size += len(content)
            while self._size > self._most:
                oldest, dropped = self._kept.popitem(last=False)
                self._of_deal[oldest[0]].discard(oldest)
                self._size -= len(dropped)

    def _look(self) -> None:
        """Drop the answers about deals that have gained events."""
        while self._seen < self._hub.position:
            rows = self._hub.recent(self._seen)
            if rows is None:
                self._kept.clear()
                self._of_deal.clear()
                self._size, self._seen = 0, self._hub.position
                return
            for row in rows:
                self._drop(row.deal_id)
            self._seen += len(rows)

    def _drop(self, deal_id: str) -> None:
        for key in self._of_deal.pop(deal_id, ()):
            self._size -= len(self._kept.pop(key, b""))
