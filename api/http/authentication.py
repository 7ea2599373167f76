"""Authentication and authorisation: the principal of a request, its role, and its log.

While no key was ever made, a server that only its own machine can reach asks for none. From the first key on everybody
shows one, and works with the log that it belongs to.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address
from typing import Annotated

from fastapi import Depends
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from api.errors import Forbidden, NotAuthenticated, UnsupportedMedia
from api.http.same_origin import SAFE_METHODS, has_foreign_origin, is_cross_site, is_visit
from api.runtime.runtime import Runtime
from api.runtime.tenant_services import TenantServices
from domain.errors import Busy
from ledger.api_keys import PREFIX, REACH, Role
from ledger.ledger import Ledger
from projections.state.state_reader import StateReader

LOCAL = "local"
"""The principal of a server without API keys, which is open to its own machine alone."""

PUBLIC = "public"
"""The principal of an anonymous request to a public route."""

BEARER = f"bearer {PREFIX}."
"""The form of an API key; a key that is sent is checked even where none is required."""

ADMIN_TYPES = frozenset({"record.erased", "record.held", "record.released"})
"""Event types that only the role admin may record: they destroy evidence, or decide whether it may be destroyed."""

OF_FORMS = frozenset({"text/plain", "application/x-www-form-urlencoded", "multipart/form-data"})
"""Content types that a browser sends cross-site without a CORS preflight."""

HOST = re.compile(r"([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")


@dataclass(frozen=True, slots=True)
class Caller:
    """An authenticated principal and its log."""

    principal: str
    """Becomes `recorded_by`."""

    log: TenantServices
    role: Role | None = "admin"
    """None: may see what is public, and nothing else."""

    @classmethod
    def local(cls, ledger: Ledger) -> "Caller":
        """This process itself, on a log that it has opened."""
        return cls(LOCAL, TenantServices(ledger, StateReader(ledger)))

    @property
    def ledger(self) -> Ledger:
        return self.log.ledger

    @property
    def reader(self) -> StateReader:
        return self.log.reader

    def may(self, needed: Role) -> bool:
        """Whether the principal has this role."""
        return self.role is not None and needed in REACH[self.role]


async def admit(
    request: Request, needed: Role | None, taken: Collection[str] = (), *, in_outages: bool = False
) -> Caller:
    """Authenticate a request and store its principal. `needed`: the role that the route requires; None: none.
    `taken`: the content types that it accepts. `in_outages`: while the database cannot be reached, a caller who was
    last admitted still is.

    Raises Busy, NotAuthenticated, Forbidden, UnsupportedMedia.
    """
    runtime: Runtime = request.app.state.runtime
    try:
        found = await _who(request, runtime)
    except Busy:
        known = _last_known(request, runtime) if in_outages else None
        if known is None:
            raise
        found = known
    while not runtime.tenants.enter(found.log):  # it was closed meanwhile: open it again
        found = await _who(request, runtime)
    request.scope["caller"] = found
    if found.principal == LOCAL and not runtime.settings.disable_auth:
        refuse_form(request, taken)
    if needed is not None:
        hold_to(found, needed)
    return found


def hold_to(found: Caller, needed: Role) -> None:
    """Raises NotAuthenticated for an anonymous request, Forbidden for a role that does not permit it."""
    if found.role is None:
        raise NotAuthenticated(
            "Send an API key: Authorization: Bearer parley....", extra={"headers": {"WWW-Authenticate": "Bearer"}}
        )
    if not found.may(needed):
        raise Forbidden(f"This takes the role {needed}, and {found.principal} has the role {found.role}.")


def hold_to_types(found: Caller, types: Iterable[str]) -> None:
    """Raises Forbidden if the principal may not record one of these types."""
    guarded = sorted(ADMIN_TYPES.intersection(types))
    if guarded and not found.may("admin"):
        raise Forbidden(f"{guarded[0]} takes the role admin, and {found.principal} has the role {found.role}.")


async def still_admitted(request: Request, needed: Role) -> bool:
    """Whether who was admitted would be again now: their key may have been revoked, have expired, or be asked for at
    last. While the database cannot be reached they stay as they are."""
    before = caller(request)
    try:
        found = await _who(request, request.app.state.runtime, counting=False)
        hold_to(found, needed)
    except (NotAuthenticated, Forbidden):
        return False
    except Busy:
        return True
    return (found.principal, found.log) == (before.principal, before.log)


async def _who(request: Request, runtime: Runtime, *, counting: bool = True) -> Caller:
    keys, said = runtime.keys, request.headers.get("authorization")
    if not (said or "").lower().startswith(BEARER) and (keys.optional or not await run_in_threadpool(keys.required)):
        refuse_foreign(request, runtime)
        return Caller(LOCAL, runtime.main)
    if said is None:
        return Caller(PUBLIC, runtime.main, None)
    scheme, _, key = said.partition(" ")
    verified = keys.get(key) or await run_in_threadpool(keys.verify, key)
    if scheme.lower() != "bearer" or verified is None:
        raise NotAuthenticated(
            "The key is not valid: it is unknown, expired or revoked.",
            extra={"headers": {"WWW-Authenticate": 'Bearer error="invalid_token"'}},
        )
    if counting:
        runtime.rate.take(verified.log.ledger.tenant, verified.principal)
    return Caller(verified.principal, verified.log, verified.role)


def _last_known(request: Request, runtime: Runtime) -> Caller | None:
    """Who sends a request, by what was last read of the keys."""
    scheme, _, key = (request.headers.get("authorization") or "").partition(" ")
    if scheme.lower() != "bearer":
        if runtime.keys.last_required:
            return None
        refuse_foreign(request, runtime)
        return Caller(LOCAL, runtime.main)
    known = runtime.keys.last_verified(key)
    return None if known is None else Caller(known.principal, known.log, known.role)


def refuse_foreign(request: Request, runtime: Runtime) -> None:
    """On a server without API keys, refuse cross-site requests.

    Raises Forbidden for a host that is not this machine (a name that was made to point here), for what a page of
    another site embeds or fetches, and for a request that changes something and comes from elsewhere.
    """
    hosts = request.headers.getlist("host")
    if not runtime.settings.disable_auth and not (
        len(hosts) == 1 and _names_this_machine(hosts[0], runtime.settings.host)
    ):
        raise Forbidden(f"This server answers as 127.0.0.1 or localhost, not as {', '.join(hosts)[:128]!r}.")
    origin = request.headers.get("origin")
    if origin is not None and origin in runtime.settings.origins_admitted:
        return
    if request.method not in SAFE_METHODS and has_foreign_origin(request):
        raise Forbidden(f"A page of {str(origin)[:128]} may not write here.")
    if is_cross_site(request) and not is_visit(request):
        raise Forbidden("Cross-site requests are refused: a page of another site can only link to this server.")


def refuse_form(request: Request, taken: Collection[str]) -> None:
    """Refuse a body of the types that a page of any site may send without asking, unless the route takes that type.

    Raises UnsupportedMedia. It is asked where no key guards the record.
    """
    media = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if request.method not in SAFE_METHODS and media in OF_FORMS and media not in taken:
        wanted = " or ".join(taken) or "application/json"
        raise UnsupportedMedia(f"The body is said to be {media}: send it with Content-Type: {wanted}.")


@lru_cache(maxsize=64)
def _names_this_machine(host: str, ours: str) -> bool:
    """Whether a Host header names this machine, in the form that RFC 9110 gives it, port or none."""
    found = HOST.fullmatch(host)
    if found is None:
        return False
    name = found[1].lower()
    if name in ("localhost", ours.lower()):
        return True
    try:
        return ip_address(name.strip("[]")).is_loopback
    except ValueError:
        return False


async def _caller(request: Request) -> Caller:
    return caller(request)


def caller(request: Request) -> Caller:
    """The authenticated caller of a request."""
    found: Caller = request.scope["caller"]
    return found


AuthenticatedCaller = Annotated[Caller, Depends(_caller)]
"""The authenticated caller as a parameter of a route."""
