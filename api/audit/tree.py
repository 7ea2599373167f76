"""The public parts of a transparency log as responses: its checkpoint, its keys, its tiles."""

from starlette.requests import Request
from starlette.responses import Response

from api.errors import NotFound
from api.http import responses
from api.http.openapi_responses import content
from ledger.merkle.tiles import Tile
from ledger.tlog.transparency_log import TransparencyLog

TEXT = "text/plain; charset=utf-8"
PLAIN = {"type": "string"}
FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}

CHECKPOINT = content(PLAIN, "A signed note (C2SP tlog-checkpoint).", "text/plain")
KEYS = content(PLAIN, "A C2SP vkey a line.", "text/plain")
HASHES = content(
    {"type": "string", "format": "binary"}, "Hashes, or leaves (C2SP tlog-tiles).", "application/octet-stream"
)


def checkpoint(request: Request, transparency_log: TransparencyLog) -> Response:
    """The latest signed tree head, with the cosignatures of witnesses. Raises NotYetSealed."""
    head = transparency_log.head() or transparency_log.covering(1)
    return responses.conditional_response(request, transparency_log.served(head), TEXT)


def keys(request: Request, transparency_log: TransparencyLog) -> Response:
    """The public keys in use. Raises NotYetSealed."""
    found = transparency_log.public_keys()
    if not found:
        transparency_log.covering(1)
    return responses.conditional_response(request, "".join(f"{key}\n" for key in found).encode(), TEXT)


def tile(request: Request, transparency_log: TransparencyLog, wanted: Tile) -> Response:
    """The bytes of a tile. Raises NotFound."""
    found = transparency_log.tile(wanted)
    if found is None:
        raise NotFound(f"No signed checkpoint covers the tile {wanted.path.removeprefix('tile/')!r}.")
    return responses.conditional_response(request, found, "application/octet-stream", FOR_EVER)


def tile_of(path: str) -> Tile:
    """Raises NotFound for a path that names no tile."""
    try:
        return Tile.parse(f"tile/{path}")
    except ValueError as fault:
        raise NotFound(f"There is no such tile: {fault}.") from None
