"""API keys and audited reads as answers show them: each class is what is encoded and what is published of it."""

from dataclasses import dataclass

from domain.time.instants import Moment, iso
from ledger.api_keys import ApiKey
from ledger.encoding.answer_fields import Instant, instant_or_none


@dataclass(frozen=True, slots=True)
class Key:
    """An API key, without its secret."""

    id: str
    principal: str
    role: str
    created_at: Instant
    created_by: str
    expires_at: Instant | None
    revoked_at: Instant | None
    last_used_at: Instant | None


@dataclass(frozen=True, slots=True)
class NewKey(Key):
    """An API key with its secret, shown this once."""

    key: str


@dataclass(frozen=True, slots=True)
class AuditRead:
    """A read of evidence: who read what, and when."""

    number: int
    read_at: Instant
    principal: str
    path: str


def key_of(stored: ApiKey) -> Key:
    """The answer about a key."""
    return Key(*_members(stored))


def new_key_of(stored: ApiKey, key: str) -> NewKey:
    """The answer that shows a new key."""
    return NewKey(*_members(stored), key)


def audit_read_of(row: tuple[int, Moment, str, str]) -> AuditRead:
    """The answer about an audited read."""
    number, read_at, principal, path = row
    return AuditRead(number, iso(read_at), principal, path)


def _members(stored: ApiKey) -> tuple[str, str, str, str, str, str | None, str | None, str | None]:
    return (
        stored.id,
        stored.principal,
        stored.role,
        iso(stored.created_at),
        stored.created_by,
        instant_or_none(stored.expires_at),
        instant_or_none(stored.revoked_at),
        instant_or_none(stored.used_at),
    )
