"""Routes for the public parts of every log of the database, by its origin: they need no API key."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.audit import tree
from api.audit.tree import CHECKPOINT, HASHES, KEYS
from api.errors import Forbidden, NotFound
from api.http.authentication import AuthenticatedCaller, Caller, hold_to
from api.http.openapi_responses import NOT_MODIFIED, problems
from api.http.replica import note_read
from api.http.routing import OF_ANY_LOG, ApiRoute
from ledger.api_keys import NoPrimary
from ledger.merkle.tiles import ENTRIES
from ledger.tlog.transparency_log import NotYetSealed, TransparencyLog

router = APIRouter(prefix="/v1/logs/{origin:path}", route_class=ApiRoute, tags=["Audit"])


@router.get(
    "/checkpoint",
    summary="Latest checkpoint of any log",
    responses={200: CHECKPOINT, 304: NOT_MODIFIED, **problems(NotFound, NotYetSealed)},
    openapi_extra=OF_ANY_LOG,
)
def read_checkpoint_of_log(request: Request, origin: str) -> Response:
    """The latest signed tree head of the log that bears this origin."""
    return tree.checkpoint(request, _public(request, origin))


@router.get(
    "/tile/{tile:path}",
    summary="Tile of the Merkle tree of any log",
    responses={200: HASHES, 304: NOT_MODIFIED, **problems(NotFound, NoPrimary)},
    openapi_extra=OF_ANY_LOG,
)
def read_tile_of_log(request: Request, who: AuthenticatedCaller, origin: str, tile: str) -> Response:
    """As of one's own log. `entries/N[.p/W]` takes a key of that log."""
    transparency_log, wanted = _public(request, origin), tree.tile_of(tile)
    if wanted.level == ENTRIES:
        _hold_to_log(who, origin)
        note_read(request, who, request.url.path)
    return tree.tile(request, transparency_log, wanted)


@router.get(
    "/key",
    summary="Public keys of any log",
    responses={200: KEYS, 304: NOT_MODIFIED, **problems(NotFound, NotYetSealed)},
    openapi_extra=OF_ANY_LOG,
)
def read_keys_of_log(request: Request, origin: str) -> Response:
    """The keys that sign its checkpoints."""
    return tree.keys(request, _public(request, origin))


def _public(request: Request, origin: str) -> TransparencyLog:
    found: TransparencyLog | None = request.app.state.runtime.public_logs.find(origin)
    if found is None:
        raise NotFound(f"There is no log of the origin {origin[:128]!r} here.")
    return found


def _hold_to_log(who: Caller, origin: str) -> None:
    hold_to(who, "reader")
    if who.ledger.origin != origin:
        raise Forbidden(f"The entries of {origin[:128]!r} take an API key of that log, not of {who.ledger.origin!r}.")
