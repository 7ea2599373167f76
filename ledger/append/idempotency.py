"""Idempotency keys: each stands for the events of one request, for ever.

What is kept of a request are its event ids; whether their content is the same is seen by the events themselves.
"""

from collections.abc import Iterable
from hashlib import sha256

from domain.errors import DuplicateId, IdempotencyMismatch
from ledger.append.batch import BatchView
from ledger.models import Request


def key_hash(key: str) -> bytes:
    """Under which a key is kept."""
    return sha256(key.encode()).digest()


def key_hashes(requests: Iterable[Request]) -> list[bytes]:
    """Of the keys that these requests bring."""
    return list(dict.fromkeys(key_hash(each.key) for each in requests if each.key is not None))


def hold_to_key(view: BatchView, request: Request) -> bool:
    """Whether the request's key was used before. Raises IdempotencyMismatch where it was, for other events."""
    if request.key is None:
        return False
    known = view.keys.get(key_hash(request.key))
    if known is not None and known != _events_hash(request):
        raise other_body(request.key)
    return known is not None


def note_key(view: BatchView, request: Request) -> None:
    """Keep the key of a request that is recorded, or was before."""
    if request.key is not None and not request.dry_run and (name := key_hash(request.key)) not in view.keys:
        view.keys[name] = view.new_keys[name] = _events_hash(request)


def of_taken(request: Request, taken: DuplicateId) -> DuplicateId | IdempotencyMismatch:
    """The refusal of an id that is taken by other content, under a key that was used for these ids before."""
    return taken if taken.extra.get("erased") else other_body(str(request.key))


def other_body(key: str) -> IdempotencyMismatch:
    """The refusal of a used key with another body."""
    told = f"The Idempotency-Key {key!r} came with another body before: use a new key for new content."
    return IdempotencyMismatch(told, extra={"key": key})


def _events_hash(request: Request) -> bytes:
    return sha256("\n".join(each.id for each in request.submissions).encode()).digest()
