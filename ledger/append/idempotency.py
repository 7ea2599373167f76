"""Idempotency keys: each identifies the events of one request, without expiry.

The event ids of a request are stored with its key; their content is compared by the events themselves.
"""

from collections.abc import Iterable
from hashlib import sha256

from domain.errors import DuplicateId, IdempotencyMismatch
from ledger.append.batch import BatchView
from ledger.models import Request


def key_hash(key: str) -> bytes:
    """The hash under which a key is stored."""
    return sha256(key.encode()).digest()


def key_hashes(requests: Iterable[Request]) -> list[bytes]:
    """The hashes of the keys of these requests."""
    return list(dict.fromkeys(key_hash(each.key) for each in requests if each.key is not None))


def check_key(view: BatchView, request: Request) -> bool:
    """Whether the request's key was used before. Raises IdempotencyMismatch if it was used for other events."""
    if request.key is None:
        return False
    known = view.keys.get(key_hash(request.key))
    if known is not None and known != _events_hash(request):
        raise other_body(request.key)
    return known is not None


def note_key(view: BatchView, request: Request) -> None:
    """Store the key of a recorded or duplicate request."""
    if request.key is not None and not request.dry_run and (name := key_hash(request.key)) not in view.keys:
        view.keys[name] = view.new_keys[name] = _events_hash(request)


def idempotency_mismatch(request: Request, taken: DuplicateId) -> DuplicateId | IdempotencyMismatch:
    """The error of an id with other content under a key that was used for these ids before."""
    return taken if taken.extra.get("erased") else other_body(str(request.key))


def other_body(key: str) -> IdempotencyMismatch:
    """The error of a used key with another body."""
    told = f"The Idempotency-Key {key!r} came with another body before: use a new key for new content."
    return IdempotencyMismatch(told, extra={"key": key})


def _events_hash(request: Request) -> bytes:
    return sha256("\n".join(each.id for each in request.submissions).encode()).digest()
