"""Who may come in: the API keys of one log, and the note of who took away evidence.

A key reads `parley.<tenant in base64url>.<secret>`: it says which log it belongs to, so that its hash is looked for
there alone. The secret has 256 random bits; of the key only the SHA-256 is kept.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from hashlib import sha256
from secrets import token_hex, token_urlsafe
from typing import Literal

from domain.errors import ParleyError
from domain.fields import text
from domain.time.instants import Moment
from ledger.event_reader import Reader

Role = Literal["reader", "recorder", "auditor", "admin"]
ROLES: tuple[Role, ...] = ("reader", "recorder", "auditor", "admin")

REACH: dict[Role, frozenset[Role]] = {
    "reader": frozenset({"reader"}),
    "recorder": frozenset({"reader", "recorder"}),
    "auditor": frozenset({"reader", "auditor"}),
    "admin": frozenset(ROLES),
}
"""What each role may do: all that is open to these."""

PREFIX = "parley"
SECRET_BYTES = 32


class UnknownKey(ParleyError):
    """No such API key in this log."""

    code = "unknown-key"


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as it is kept: everything but the key."""

    id: str
    principal: str
    role: Role
    created_at: Moment
    created_by: str
    expires_at: Moment | None
    revoked_at: Moment | None = None
    used_at: Moment | None = None
    """The first use of the last day on which it was used."""

    def holds(self, now: Moment) -> bool:
        """Whether it opens anything at a moment."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


def tenant_of(key: str) -> str | None:
    """The log that a key names; None for what is no key."""
    parts = key.split(".")
    if len(parts) != 3 or parts[0] != PREFIX or len(key) > 512 or not key.isascii():
        return None
    try:
        tenant = urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)).decode()
    except ValueError:
        return None
    return tenant if tenant and text.fault(tenant) is None else None


class Access:
    """The keys of the log of `tenant`. Safe to share between threads. Methods raise Busy: the database is away."""

    def __init__(self, record: Reader, tenant: str) -> None:
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
        """Every key that was ever made, oldest first."""
        return [ApiKey(*row) for row in self.record.rows("api_keys", id=None, hash=None)]

    def one(self, key_id: str) -> ApiKey:
        """A key by its id. Raises UnknownKey."""
        found = self.record.rows("api_keys", id=key_id, hash=None)
        if not found:
            raise UnknownKey(f"There is no key {key_id!r}.", hint="list-keys")
        return ApiKey(*found[0])

    def of(self, key: str) -> ApiKey | None:
        """What is kept of a key that somebody shows; None for one that was never made here."""
        found = self.record.rows("api_keys", id=None, hash=_hash(key))
        return ApiKey(*found[0]) if found else None

    def revoke(self, key_id: str, *, by: str) -> ApiKey:
        """Take a key back. Raises UnknownKey."""
        self.one(key_id)
        self.record.rows("revoke_api_key", id=key_id, by=by)
        return self.one(key_id)

    def note_use(self, key_id: str) -> None:
        """The key was used today."""
        self.record.rows("insert_api_key_use", id=key_id)

    def note_read(self, principal: str, path: str) -> None:
        """Somebody took away evidence."""
        while not self.record.rows("insert_audit_read", principal=principal, path=path):
            pass  # another read took the number; each round lets at least one of them through

    def reads(self, after: int, limit: int) -> list[tuple[int, Moment, str, str]]:
        """Who took away evidence: number, moment, principal, path."""
        rows = self.record.rows("audit_reads", after=after, limit=limit)
        return [(number, read_at, principal, path) for number, read_at, principal, path in rows]


def _hash(key: str) -> bytes:
    return sha256(key.encode()).digest()
