"""Preparation of a submission before its version is known: outside the lock, on the caller's thread."""

from collections.abc import Callable, Collection
from datetime import UTC, date
from typing import TypeVar

import msgspec

from domain.entities.base import Entity
from domain.envelope import Submission
from domain.errors import InvalidInput, Problem
from domain.event import Event
from domain.time.edtf import Bound
from domain.time.instants import civil_day
from ledger.encoding.leaf import ERASED_PAYLOAD, SALT_BYTES, LeafTemplate, commitment, payload_bytes
from ledger.random_bytes import RandomBytes

LARGEST_EVENT_BYTES = 60 * 1024
"""Of the canonical payload."""

OPENING = "deal.opened"
MERGING = "entity.merged"
OPENED = (OPENING, "")
"""Kind and id under which the registry stores that a deal was opened: an import may record earlier rows first."""

FREE_KINDS = frozenset(kind.KIND for kind in Entity.__subclasses__() if kind.UNCHECKED)
"""Entity kinds that events may reference without creating them: they are never looked up."""


def is_about_record(type_name: str) -> bool:
    """Whether events of a type say how others are to be read: as what, under which id, by days of which zone."""
    return type_name.startswith("record.") or type_name in (OPENING, MERGING)


class Staged(msgspec.Struct, array_like=True, gc=False):
    """A submission as recorded bytes and references: all but position, version, instant and previous leaf."""

    deal_id: str
    id: str
    type: str
    schema_version: int
    occurred: str
    """As written."""
    published: str | None
    by: str
    payload: bytes
    salt: bytes
    template: LeafTemplate
    earliest: date | None
    latest: date | None
    makes: tuple[tuple[str, str], ...]
    """Kind and id of each entity that the record holds afterwards."""
    needs: tuple[tuple[str, str], ...]
    """Kind and id of each thing that is asked of the record before."""
    target: str | None
    """The event that a record.* event is about."""

    @property
    def erased(self) -> bool:
        """Whether its payload was erased in the exporting log: type and dates are recorded, no payload."""
        return self.payload == ERASED_PAYLOAD

    @property
    def created_entities(self) -> Collection[tuple[str, str]]:
        """What it creates: what others of the same request may reference."""
        return set(self.makes).difference(self.needs) if self.needs else self.makes


class Prepared(Staged):
    """The same, with the submission itself, for deciding on it."""

    submission: Submission


Made = TypeVar("Made")


random_salt = RandomBytes(SALT_BYTES).draw


def bounded_payload(submission: Submission) -> bytes:
    """The bytes that are stored of an event. Raises InvalidInput where it has none, or too many."""
    payload = payload_bytes(submission)
    if len(payload) > LARGEST_EVENT_BYTES:
        raise InvalidInput(
            f"The event {submission.id} has {len(payload)} bytes; at most {LARGEST_EVENT_BYTES} are taken. "
            "Shorten it, or cite its source.",
            problems=(Problem("", "too-large", f"{len(payload)} bytes are more than {LARGEST_EVENT_BYTES}"),),
        )
    return payload


def prepare(origin: str, submission: Submission, by: str) -> Prepared:
    """Raises InvalidInput for a payload that has no canonical bytes, or too many."""
    return _made(Prepared, origin, submission, by, submission)


def stage(origin: str, submission: Submission, by: str) -> Staged:
    """`prepare` for an event that waits in memory: without the submission, which takes more than all the rest."""
    one = _made(Staged, origin, submission, by)
    one.payload = bytes(memoryview(one.payload))  # a block of its size; the encoder's own is of several kilobytes
    return one


def _made(make: Callable[..., Made], origin: str, submission: Submission, by: str, *more: object) -> Made:
    payload = bounded_payload(submission)
    salt = random_salt()
    when, published, data = submission.occurred, submission.published, submission.payload.data
    needs = [(kind, thing_id) for kind, thing_id, _ in data.needs()]
    if submission.type == OPENING:
        needs.append(OPENED)
    return make(
        submission.deal_id,
        submission.id,
        submission.type,
        submission.schema_version,
        when.text,
        None if published is None else published.text,
        by,
        payload,
        salt,
        LeafTemplate.cast(origin, submission, by, commitment(salt, payload)),
        _civil(when.earliest),
        _civil(when.latest),
        made_by(submission.type, submission.id, data),
        tuple(needs),
        getattr(data, "event_id", None) if is_about_record(submission.type) else None,
        *more,
    )


def made_by(type_name: str, event_id: str, data: Event) -> tuple[tuple[str, str], ...]:
    """Kind and id of each entity that the record holds once it has an event."""
    makes = tuple([made for made in data.makes(event_id) if made[0] not in FREE_KINDS])
    return (*makes, OPENED) if type_name == OPENING else makes


def _civil(bound: Bound) -> date | None:
    return civil_day(bound, UTC) if isinstance(bound, int) else bound
