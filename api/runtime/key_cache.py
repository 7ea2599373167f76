"""API keys that were verified lately, so that a request costs no query of the database."""

from dataclasses import dataclass
from hashlib import sha256
from time import monotonic

from api.runtime.tenant_services import TenantServices
from api.runtime.tenants import Tenants
from ledger.api_keys import Access, Role, tenant_of
from ledger.event_reader import EventReader
from projections.state.state_reader import clock

CACHE_SECONDS = 5.0
"""How long a verified key is accepted without a query, where no notification says that another process revoked it."""

KEYS_CACHED = 10_000


@dataclass(frozen=True, slots=True)
class CachedKey:
    """A key that was verified."""

    principal: str
    role: Role
    log: TenantServices
    until: float
    cleared: int
    """How often the cache had been cleared when it was verified: after the next time it is verified again."""


class KeyCache:
    """Verifies API keys, and remembers for a short time which are valid and whether any is required."""

    def __init__(self, tenants: Tenants, *, disable_auth: bool) -> None:
        self._tenants = tenants
        tenants.on_close.append(self._forget)
        self._disable_auth = disable_auth
        self._keys: dict[bytes, CachedKey] = {}
        self._cleared = 0
        """How often it was cleared: what was read before is not valid after it."""
        self._required: bool | None = None
        """What was last read; None before the first time."""
        self._checked_until = 0.0

    @property
    def optional(self) -> bool:
        """Whether requests without a key are served, as far as is known without a query."""
        return self._disable_auth or (not self._required and monotonic() < self._checked_until)

    def required(self) -> bool:
        """Whether requests need a key: from the first key of the main log on. Raises Busy."""
        if not self._required and not self._disable_auth:
            cleared = self._cleared
            self._required = bool(self._tenants.main.access.all())
            if cleared == self._cleared:
                self._checked_until = monotonic() + CACHE_SECONDS
        return bool(self._required)

    def get(self, key: str) -> CachedKey | None:
        """A key that was verified lately, if its log is still open."""
        found = self.last_verified(key)
        return found if found is not None and found.cleared == self._cleared and monotonic() < found.until else None

    @property
    def last_required(self) -> bool:
        """Whether requests needed a key when that was last read; True if it never was."""
        return not self._disable_auth and self._required is not False

    def last_verified(self, key: str) -> CachedKey | None:
        """A key that was valid when it was last verified, however long ago, if its log is still open."""
        found = self._keys.get(_digest(key))
        return found if found is not None and self._tenants.is_open(found.log) else None

    def verify(self, key: str) -> CachedKey | None:
        """The owner of a key; None for one that is unknown, expired or revoked. Opens the key's log. Raises Busy."""
        tenant = tenant_of(key)
        if tenant is None:
            return None
        cleared = self._cleared
        access = Access(EventReader(self._tenants.databases.of(tenant).pool, tenant), tenant)
        found = access.of(key)
        if found is None or not found.holds(clock()):
            self._keys.pop(_digest(key), None)
            return None
        access.note_use(found.id)
        until = monotonic() + CACHE_SECONDS
        if found.expires_at is not None:
            until = min(until, monotonic() + (found.expires_at - clock()) / 1_000_000)
        verified = CachedKey(found.principal, found.role, self._tenants.open(tenant), until, cleared)
        if len(self._keys) >= KEYS_CACHED:
            self._keys.clear()
        self._keys[_digest(key)] = verified
        return verified

    def clear(self) -> None:
        """Query every key again: keys were made or revoked."""
        self._cleared += 1
        self._checked_until = 0.0

    def _forget(self, log: TenantServices) -> None:
        for digest, each in list(self._keys.items()):
            if each.log is log:
                self._keys.pop(digest, None)


def _digest(key: str) -> bytes:
    return sha256(key.encode("utf-8", "surrogatepass")).digest()
