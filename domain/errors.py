"""Everything Parley refuses, as one tree.

    ParleyError
    |- InvalidInput            what was sent is wrong in itself; carries every problem found
    |- UnknownReference        an event acts on an entity that the record does not hold
    |- UnknownEvent            a record.* event names an event that is not in the log
    |- UnknownDeal             no such deal in this log
    |- UnreadableDeal          the deal's record cannot be folded by these rules; others can
    |- UnknownType             no such event type
    |- UnknownPath             no such place in a state
    |- DealExists              a second deal.opened
    |- DuplicateId             the id is taken by an event of other content
    |- IdempotencyMismatch     the same idempotency key with another body
    |- StaleVersion            the writer expects another version than the deal has
    |- UnderHold               erasure of an event of a deal under legal hold
    |- AlreadyErased           a second erasure of one event
    |- EventErased             an event that was erased is sent again
    |- BadQuestion             an invalid query: unknown, repeated or contradictory parameters
    |- BeyondTheEnd            a version or position that the record has not reached
    |- InTheFuture             a known_at in the future
    |- NotProven               a proof, a signature or the form of one that does not hold
    |- TooCostly               a query that would take longer than the server computes for one
    |- OutcomeUnknown          the connection was lost at commit: send again with the same id
    `- Busy                    a bounded queue is full, or the database is away: try again later

Each class has a stable `code`; the message is a sentence that holds the values and says what to do. What to do by
means of one interface only (a request, a command) is a `hint`: its code here, its words in each interface (api.hints).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

SUMMARIZED = 3
"""Problems whose sentences are quoted in the sentence of an error."""


Hint = Literal[
    "create-first",
    "create-or-correct",
    "list-deals",
    "list-event-types",
    "list-keys",
    "list-lists",
    "list-webhooks",
    "read-checkpoint",
    "read-events",
]
"""What to do about an error: record what creates the entity first, list what there is, read something else."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault in what was sent: `pointer` (RFC 6901, from the event), a stable `code`, a sentence."""

    pointer: str
    code: str
    detail: str
    nearest: tuple[str, ...] = ()
    """Names the record does hold that are spelt most like the one sent, best first."""
    sought: tuple[str, str, str] | None = None
    """Deal, kind and id of an entity that the record does not hold (see domain.unknown_references)."""
    hint: Hint | None = None
    stands_for: int = 1
    """Number of faults that this one represents: more than one where the others are counted and not listed."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "pointer", encodable(self.pointer))
        object.__setattr__(self, "detail", encodable(self.detail))


def total(problems: Iterable[Problem]) -> int:
    """Faults there are, those counted and not listed among them."""
    return sum(problem.stands_for for problem in problems)


def encodable(text: str) -> str:
    """The text with lone surrogates, which no encoding has, written as escapes: what was sent is quoted in errors."""
    return text if text.isascii() else text.encode(errors="backslashreplace").decode()


def summary(problems: Sequence[Problem]) -> str:
    """One text of the first few problems, and how many more there are."""
    text = " ".join(dict.fromkeys(problem.detail for problem in problems[:SUMMARIZED]))
    return text if len(problems) <= SUMMARIZED else f"{text} And {len(problems) - SUMMARIZED} more."


class ParleyError(Exception):
    """Base of the tree. `extra` holds further members for the answer (plain JSON values), and the hint."""

    code = "error"

    def __init__(
        self,
        detail: str,
        *,
        hint: Hint | None = None,
        problems: Iterable[Problem] = (),
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = encodable(detail)
        self.problems = tuple(problems)
        self.extra = {**(extra or {}), **({"hint": hint} if hint else {})}

    @property
    def hint(self) -> Hint | None:
        """What to do: its own hint, else that of the problems that its detail quotes."""
        own: Hint | None = self.extra.get("hint")
        return own or next((each.hint for each in self.problems[:SUMMARIZED] if each.hint), None)

    def __str__(self) -> str:
        return self.detail


class InvalidInput(ParleyError):
    code = "invalid-input"


class UnknownReference(ParleyError):
    code = "unknown-reference"


class UnknownEvent(ParleyError):
    code = "unknown-event"


class UnknownDeal(ParleyError):
    code = "unknown-deal"


class UnreadableDeal(ParleyError):
    code = "unreadable-deal"


class UnknownType(ParleyError):
    code = "unknown-type"


class UnknownPath(ParleyError):
    code = "unknown-path"


class DealExists(ParleyError):
    code = "deal-exists"


class DuplicateId(ParleyError):
    code = "duplicate-id"


class IdempotencyMismatch(ParleyError):
    code = "idempotency-mismatch"


class StaleVersion(ParleyError):
    code = "stale-version"


class UnderHold(ParleyError):
    code = "under-hold"


class AlreadyErased(ParleyError):
    code = "already-erased"


class EventErased(ParleyError):
    code = "erased"


class BadQuestion(ParleyError):
    code = "bad-question"


class BeyondTheEnd(ParleyError):
    code = "beyond-the-end"


class InTheFuture(ParleyError):
    code = "in-the-future"


class NotProven(ParleyError):
    code = "not-proven"


class OutcomeUnknown(ParleyError):
    code = "outcome-unknown"


class TooCostly(ParleyError):
    code = "too-costly"


class Busy(ParleyError):
    code = "busy"
