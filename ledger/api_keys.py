"""The API keys of one log, and its access log of audited reads.

A key reads `parley.<tenant in base64url>.<secret>`: it names its log, so that its hash is looked up
there alone. The secret has 256 random bits; only the SHA-256 of the key is stored.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from hashlib import sha256
from secrets import token_hex, token_urlsafe
from typing import Literal

from domain.errors import ParleyError
from domain.fields import text
from domain.time.instants import Moment
from ledger.event_reader import EventReader

Role = Literal["reader", "recorder", "auditor", "admin"]
ROLES: tuple[Role, ...] = ("reader", "recorder", "auditor", "admin")

REACH: dict[Role, frozenset[Role]] = {
    "reader": frozenset({"reader"}),
    "recorder": frozenset({"reader", "recorder"}),
    "auditor": frozenset({"reader", "auditor"}),
    "admin": frozenset(ROLES),
}
"""The roles that each role includes."""

PREFIX = "parley"
SECRET_BYTES = 32


class UnknownKey(ParleyError):
    """No such API key in this log."""

    code = "unknown-key"


class NoPrimary(ParleyError):
    """What is asked has to be noted, and a standby without a known primary cannot do that."""

    code = "not-here"


@dataclass(frozen=True, slots=True)
class ApiKey:
    """An API key as stored: without the secret."""

    id: str
    principal: str
    role: Role
    created_at: Moment
    created_by: str
    expires_at: Moment | None
    revoked_at: Moment | None = None
    used_at: Moment | None = None
    """Time of the first use on the last day of use."""

    def holds(self, now: Moment) -> bool:
        """Whether it is valid at a moment."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


def tenant_of(key: str) -> str | None:
    """The tenant that a key names; None for an invalid key."""
    parts = key.split(".")
    if len(parts) != 3 or parts[0] != PREFIX or len(key) > 512 or not key.isascii():
        return None
    try:
        tenant = urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)).decode()
    except ValueError:
        return None
    return tenant if tenant and text.fault(tenant) is None else None


class Access:
    """The keys of the log of `tenant`. Safe to share between threads. Methods raise Busy without a database."""

    def __init__(self, record: EventReader, tenant: str) -> None:
        self.record = record
        self.tenant = tenant

    def make(self, principal: str, role: Role, *, by: str, expires_at: Moment | None = None) -> tuple[ApiKey, str]:
        """A new key: its row, and the secret, of which only the hash is stored."""
        tenant = urlsafe_b64encode(self.tenant.encode()).decode().rstrip("=")
        key = f"{PREFIX}.{tenant}.{token_urlsafe(SECRET_BYTES)}"
        key_id = f"key-{token_hex(6)}"
        [(created_at,)] = self.record.rows(
            "insert_api_key", id=key_id, hash=_hash(key), principal=principal, role=role, by=by, expires=expires_at
        )
        return ApiKey(key_id, principal, role, created_at, by, expires_at), key

    def all(self) -> list[ApiKey]:
        """All keys, also revoked and expired ones, oldest first."""
        return [ApiKey(*row) for row in self.record.rows("api_keys", id=None, hash=None)]

    def one(self, key_id: str) -> ApiKey:
        """A key by its id. Raises UnknownKey."""
        found = self.record.rows("api_keys", id=key_id, hash=None)
        if not found:
            raise UnknownKey(f"There is no key {key_id!r}.", hint="list-keys")
        return ApiKey(*found[0])

    def of(self, key: str) -> ApiKey | None:
        """The stored row of a presented key; None for an unknown key."""
        found = self.record.rows("api_keys", id=None, hash=_hash(key))
        return ApiKey(*found[0]) if found else None

    def revoke(self, key_id: str, *, by: str) -> ApiKey:
        """Revoke a key. Raises UnknownKey."""
        self.one(key_id)
        self.record.rows("revoke_api_key", id=key_id, by=by)
        return self.one(key_id)

    def note_use(self, key_id: str) -> None:
        """Record the use of the key today; on a standby that is left out."""
        if not self.record.standby:
            self.record.rows("insert_api_key_use", id=key_id)

    def note_read(self, principal: str, path: str) -> None:
        """Record a read of evidence, on a standby by its primary. Raises NoPrimary where that is not known,
        and Busy."""
        record = self.record.primary
        if record is None:
            self.record.refuse_switching()
            raise NoPrimary("This server is a replica, and has no primary on which to note who reads evidence.")
        while not record.rows("insert_audit_read", principal=principal, path=path):
            pass  # another read took the number; each round lets at least one of them through

    def reads(self, after: int, limit: int) -> list[tuple[int, Moment, str, str]]:
        """The reads of evidence: number, moment, principal, path."""
        rows = self.record.rows("audit_reads", after=after, limit=limit)
        return [(number, read_at, principal, path) for number, read_at, principal, path in rows]


def _hash(key: str) -> bytes:
    return sha256(key.encode()).digest()
