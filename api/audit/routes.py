"""Routes for auditors: the tree in C2SP form, proofs, evidence bundles."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from api import limits
from api.audit import proofs, tree
from api.audit.answers import Cosigned
from api.audit.tree import CHECKPOINT, HASHES, KEYS, PLAIN, TEXT
from api.errors import EventNotFound, NotFound, require_event
from api.http import responses
from api.http.authentication import AuthenticatedCaller, hold_to
from api.http.openapi_responses import NOT_MODIFIED, READING_BODY, content, problems, several
from api.http.parameters import BareIsTrue, DealId, EventId, TimeQueryParameters
from api.http.replica import note_read
from api.http.requests import read_body
from api.http.routing import AUDITED, OPEN_TO_ALL, ROLE, ApiRoute
from api.runtime.query_pool import QueryPool, costly
from api.runtime.query_processes import QueryProcesses
from api.runtime.tenant_services import TenantServices
from domain.errors import BeyondTheEnd, InTheFuture, InvalidInput, NotProven, TooCostly, UnknownDeal, UnknownEvent
from ledger.api_keys import NoPrimary
from ledger.merkle.tiles import ENTRIES
from ledger.tlog.transparency_log import NotYetSealed
from projections.bundle.builder import build_bundle
from projections.state.time_query import TimeQuery

router = APIRouter(prefix="/v1", route_class=ApiRoute, tags=["Audit"])


@router.get(
    "/deals/{deal_id}/events/{event_id}/proof",
    summary="Inclusion proof of an event",
    responses={
        200: several("Proof", "As JSON, or a C2SP tlog-proof.", (responses.JSON, "text/plain")),
        304: NOT_MODIFIED,
        **problems(UnknownDeal, EventNotFound, NotYetSealed, NoPrimary),
    },
    openapi_extra={AUDITED: True},
)
def read_proof(request: Request, who: AuthenticatedCaller, deal_id: DealId, event_id: EventId) -> Response:
    """The leaf of an event and its inclusion proof in the tree of a signed checkpoint."""
    who.reader.head(deal_id)
    row = who.ledger.event(event_id)
    row = require_event(row if row is not None and row.deal_id == deal_id else None, who.ledger, deal_id, event_id)
    proof = who.log.transparency_log.proof(row.position)
    if responses.accepts(request, responses.JSON, "text/plain") == "text/plain":
        return responses.conditional_response(request, bytes(proof), TEXT)
    seal = who.log.transparency_log.levels().of(row.position)
    return responses.conditional_json(request, proofs.proof_of(row, proof, seal))


@router.get(
    "/deals/{deal_id}/bundle",
    summary="Evidence bundle of a deal",
    responses={
        200: content(
            {"type": "string", "format": "binary"}, "A zip that anyone can verify offline.", "application/zip"
        ),
        304: NOT_MODIFIED,
        **problems(UnknownDeal, UnknownEvent, BeyondTheEnd, InTheFuture, NotYetSealed, NoPrimary, TooCostly),
    },
    openapi_extra={AUDITED: True, ROLE: "auditor"},
)
@costly("Seal an earlier version of the deal: known_version.", bundle=True)
def read_bundle(
    request: Request,
    who: AuthenticatedCaller,
    deal_id: DealId,
    question: TimeQueryParameters,
    complete: Annotated[bool, BareIsTrue, Query(description="With all leaves of the log.")] = False,
    withhold: Annotated[
        str | None, Query(max_length=4096, description="Events whose content is left out, by commas.")
    ] = None,
) -> Response:
    """Events, proofs, state and replay of a deal in one file. With a basis it is a knowledge certificate."""
    hidden = [each for each in (withhold or "").split(",") if each]
    processes: QueryProcesses = request.app.state.runtime.processes
    make = partial(_bundle, deal_id, question, complete, hidden)
    content = processes.about_deal(who.log, who.principal, deal_id, make)
    named = responses.attachment(f"{deal_id}.zip")
    return responses.conditional_response(request, content, "application/zip", named)


def _bundle(deal_id: str, question: TimeQuery, complete: bool, withhold: list[str], log: TenantServices) -> bytes:
    return build_bundle(log.reader, log.transparency_log, deal_id, question, complete=complete, withhold=withhold)


@router.get(
    "/log/checkpoint",
    summary="Latest checkpoint",
    responses={200: CHECKPOINT, 304: NOT_MODIFIED, **problems(NotYetSealed)},
    openapi_extra=OPEN_TO_ALL,
)
def read_checkpoint(request: Request, who: AuthenticatedCaller) -> Response:
    """The latest signed tree head, with the cosignatures of witnesses."""
    return tree.checkpoint(request, who.log.transparency_log)


@router.get(
    "/log/tile/{path:path}",
    summary="Tile of the Merkle tree",
    responses={200: HASHES, 304: NOT_MODIFIED, **problems(NotFound, NoPrimary)},
    openapi_extra=OPEN_TO_ALL,
)
def read_tile(request: Request, who: AuthenticatedCaller, path: str) -> Response:
    """`L/N[.p/W]` gives hashes of level L; `entries/N[.p/W]` the leaves themselves. Height 8."""
    tile = tree.tile_of(path)
    if tile.level == ENTRIES:
        hold_to(who, "reader")
        note_read(request, who, request.url.path)
    return tree.tile(request, who.log.transparency_log, tile)


@router.get(
    "/log/key",
    summary="Public keys of the log",
    responses={200: KEYS, 304: NOT_MODIFIED, **problems(NotYetSealed)},
    openapi_extra=OPEN_TO_ALL,
)
def read_log_keys(request: Request, who: AuthenticatedCaller) -> Response:
    """The keys that sign checkpoints. Obtain them by another channel too: keys that the log serves prove nothing."""
    return tree.keys(request, who.log.transparency_log)


@router.post(
    "/log/checkpoint/cosignature",
    summary="Add a cosignature",
    status_code=201,
    openapi_extra={ROLE: "auditor", "requestBody": {"required": True, "content": {"text/plain": {"schema": PLAIN}}}},
    responses={
        201: content("Cosigned", "The checkpoint holds it from now on."),
        **problems(InvalidInput, NotProven, *READING_BODY, NotYetSealed),
    },
)
async def cosign(
    request: Request, who: AuthenticatedCaller, key: Annotated[str, Query(max_length=512, description="Its vkey.")]
) -> Response:
    """Store a cosignature (C2SP tlog-cosignature): the checkpoint as a signed note with the witness's line."""
    note = await read_body(request, limits.NOTE_BYTES)
    verified = await run_in_threadpool(who.log.transparency_log.cosign, key, note)
    told: Cosigned = {"witness": verified.key.name, "time": verified.time, "key": str(verified.key)}
    return responses.json_response(told, 201)


@router.post(
    "/audit/verify",
    summary="Audit the log",
    openapi_extra={
        ROLE: "auditor",
        AUDITED: True,
        "requestBody": {"required": False, "content": {"text/plain": {"schema": PLAIN}}},
    },
    responses={
        200: content({"type": "object"}, "JSON Lines: progress, findings, the end.", responses.NDJSON),
        **problems(*READING_BODY, InvalidInput, NotProven, NoPrimary, BeyondTheEnd, TooCostly),
    },
)
async def audit(
    request: Request,
    who: AuthenticatedCaller,
    after: Annotated[int, Query(ge=0, le=2**63 - 1, description="Go on after this position.")] = 0,
) -> Response:
    """Recompute every leaf hash, fold every deal and compare every projection. The log must be consistent with
    an earlier checkpoint that is sent as the body."""
    kept = await read_body(request, limits.NOTE_BYTES)
    pool: QueryPool = request.app.state.runtime.pool
    question = partial(proofs.audit_lines, after, kept or None)
    processes: QueryProcesses = request.app.state.runtime.processes
    lines = partial(processes.stream_about_log, who.log, who.principal, question)
    advice = "Go on after a later position: after."
    return await pool.stream(request, who.principal, lines, responses.NDJSON, advice, limits.AUDIT_SECONDS)
