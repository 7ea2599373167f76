"""What can be done for a submission before its place is known: off the lock, on the caller's own thread."""

import os
from dataclasses import dataclass
from datetime import UTC, date

from domain.dates import Bound
from domain.envelope import Submission
from domain.errors import InvalidInput, Problem
from domain.moments import civil_day
from domain.things import Thing
from ledger.codec import ERASED
from ledger.leaf import ERASED_PAYLOAD, SALT_BYTES, LeafMould, commitment, payload_bytes

LARGEST_EVENT_BYTES = 60 * 1024
"""Of the canonical payload."""

OPENING = "deal.opened"
OPENED = (OPENING, "")
"""Kind and id under which the registry keeps that a deal was opened: an import may record earlier rows first."""

FREE_KINDS = frozenset(kind.KIND for kind in Thing.__subclasses__() if kind.FREE)
"""Kinds that events may act on unannounced: nothing ever asks whether the record holds one."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A submission with its bytes: everything but position, version, instant and the previous leaf."""

    submission: Submission
    by: str
    payload: bytes
    salt: bytes
    mould: LeafMould
    earliest: date | None
    latest: date | None
    makes: tuple[tuple[str, str], ...]
    """Kind and id of each thing that the record holds afterwards."""
    needs: tuple[tuple[str, str], ...]
    """Kind and id of each thing that is asked of the record before."""

    @property
    def erased(self) -> bool:
        """Whether its payload was erased in the log that it comes from: type and dates are recorded, no payload."""
        return self.payload == ERASED_PAYLOAD

    @property
    def brings(self) -> set[tuple[str, str]]:
        """What it makes and does not need: what others of the same request may rest on."""
        return set(self.makes).difference(self.needs)


_SALTS_DRAWN = 256
"""At once: each call to the system hands the interpreter to another thread, which costs more than the bytes."""

_salts: list[bytes] = []
os.register_at_fork(after_in_child=_salts.clear)


def drawn_salt() -> bytes:
    """Bytes that nobody can guess and that are never drawn again, in a forked process neither."""
    try:
        return _salts.pop()
    except IndexError:
        block = os.urandom(SALT_BYTES * _SALTS_DRAWN)
        first, *others = (block[at : at + SALT_BYTES] for at in range(0, len(block), SALT_BYTES))
        _salts.extend(others)
        return first


def prepare(origin: str, submission: Submission, by: str, *, thin: bool = False) -> Prepared:
    """Raises InvalidInput for a payload that has no canonical bytes, or too many.

    `thin` lets the decoded payload go: what waits in great numbers is kept as bytes alone.
    """
    payload = payload_bytes(submission)
    if len(payload) > LARGEST_EVENT_BYTES:
        raise InvalidInput(
            f"The event {submission.id} has {len(payload)} bytes; at most {LARGEST_EVENT_BYTES} are taken. "
            "Shorten it, or cite its source.",
            problems=(Problem("", "too-large", f"{len(payload)} bytes are more than {LARGEST_EVENT_BYTES}"),),
        )
    salt = drawn_salt()
    when, data = submission.occurred, submission.payload.data
    makes = [made for made in data.makes(submission.id) if made[0] not in FREE_KINDS]
    needs = [(kind, thing_id) for kind, thing_id, _ in data.needs()]
    if submission.type == OPENING:
        makes.append(OPENED)
        needs.append(OPENED)
    return Prepared(
        _thinned(submission) if thin else submission,
        by,
        payload,
        salt,
        LeafMould(origin, submission, by, commitment(salt, payload)),
        _civil(when.earliest),
        _civil(when.latest),
        tuple(makes),
        tuple(needs),
    )


def _thinned(submission: Submission) -> Submission:
    return Submission(
        deal_id=submission.deal_id,
        id=submission.id,
        type=submission.type,
        schema_version=submission.schema_version,
        occurred=submission.occurred,
        published=submission.published,
        payload=ERASED,
        sent={},
    )


def _civil(bound: Bound) -> date | None:
    return civil_day(bound, UTC) if isinstance(bound, int) else bound
