"""Isolation of unreadable deals: an error while a deal is decoded, folded or derived becomes an UnreadableDeal.

It has the reason, and is logged once with its trace. Code that processes many deals
catches it, names the deal and continues with the next.
"""

import logging
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from threading import Lock
from typing import Any, Concatenate, ParamSpec, TypeVar

import psycopg

from domain.errors import InvalidInput, ParleyError, UnknownType, UnreadableDeal
from ledger.ledger import Ledger

log = logging.getLogger("parley.deals")
log.addHandler(logging.NullHandler())  # a command that logs nothing names the deal by itself

REASON_CHARACTERS = 300
LOGGED_FAULTS = 10_000
"""Faults that are remembered as logged."""

Fault = tuple[str, str, int, str]
"""Tenant, deal, version, reason."""

_logged: OrderedDict[Fault, None] = OrderedDict()
_lock = Lock()


@contextmanager
def isolated(ledger: Ledger, deal_id: str, version: int | None = None, *, decoding: bool = False) -> Iterator[None]:
    """Convert errors inside the block to UnreadableDeal of this deal.

    Errors of the query, and an unreachable database or full disk, are raised unchanged. `decoding` says
    that the content of events is read here, so that a refusal of it is the record's own. Where no version is given,
    it is the newest.
    """
    try:
        yield
    except ParleyError as error:
        if not (decoding and isinstance(error, InvalidInput | UnknownType)):
            raise
        raise _unreadable(ledger, deal_id, version, error) from error
    except (psycopg.Error, OSError):
        raise
    except Exception as error:
        raise _unreadable(ledger, deal_id, version, error) from error


def _unreadable(ledger: Ledger, deal_id: str, version: int | None, error: Exception) -> UnreadableDeal:
    if version is None:
        head = ledger.deal_head(deal_id)
        version = head.version if head else 0
    reason = log_fault(ledger.tenant, deal_id, version, error)
    return UnreadableDeal(
        f"The deal {deal_id!r} cannot be read at version {version} ({reason}).",
        hint="read-events",
        extra={"deal_id": deal_id, "reason": reason},
    )


def log_fault(tenant: str, deal_id: str, version: int, error: Exception) -> str:
    """Log a fault of a deal, the first time with its trace; the reason."""
    reason = reason_of(error)
    if _first_time((tenant, deal_id, version, reason)):
        told = {"tenant": tenant, "deal": deal_id, "version": version, "reason": reason}
        log.error("a deal cannot be read", exc_info=error, extra=told)
    return reason


def reason_of(error: Exception) -> str:
    """The error, in one line."""
    if isinstance(error, UnreadableDeal):
        return str(error.extra["reason"])
    said = " ".join(str(error).split())
    return f"{type(error).__name__}: {said}"[:REASON_CHARACTERS] if said else type(error).__name__


def _first_time(fault: Fault) -> bool:
    with _lock:
        if fault in _logged:
            return False
        _logged[fault] = None
        while len(_logged) > LOGGED_FAULTS:
            _logged.popitem(last=False)
        return True


P = ParamSpec("P")
T = TypeVar("T")


def isolated_steps(ledger: Ledger, deal_id: str, steps: Iterator[T]) -> Iterator[T]:
    """The same steps; errors while they are computed become UnreadableDeal."""
    with isolated(ledger, deal_id):
        yield from steps


def isolates(method: Callable[Concatenate[Any, str, P], T]) -> Callable[Concatenate[Any, str, P], T]:
    """Decorates a method about one deal, of an object with a `reader`: errors in it become UnreadableDeal."""

    @wraps(method)
    def asked(self: Any, deal_id: str, /, *given: P.args, **named: P.kwargs) -> T:
        with isolated(self.reader.ledger, deal_id):
            return method(self, deal_id, *given, **named)

    return asked
