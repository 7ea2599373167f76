"""API keys, and the log of audited reads."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from api import limits
from api.api_keys import schemas
from api.api_keys.answers import audit_read_of, key_of
from api.http import responses
from api.http.authentication import AuthenticatedCaller, caller
from api.http.openapi_responses import WRITING, body, content, listed, problems
from api.http.parameters import Limit
from api.http.routing import ROLE, ApiRoute
from api.runtime.runtime import Runtime
from domain.errors import InvalidInput
from ledger.api_keys import UnknownKey

router = APIRouter(prefix="/v1", route_class=ApiRoute, tags=["Keys"])

KeyId = Annotated[str, Path(max_length=64, description="The id of the key.", examples=["key-0123456789ab"])]
FOR_ADMINS = {ROLE: "admin"}


@router.post(
    "/keys",
    status_code=201,
    summary="Create an API key",
    responses={201: content("NewKey", "The key, shown this once."), **problems(*WRITING, InvalidInput)},
    openapi_extra={**FOR_ADMINS, "requestBody": body("WantedKey")},
)
async def post_key(request: Request) -> Response:
    """Create a key for a principal with a role. Once a key exists, every request needs one."""
    made = await schemas.create_key(request, caller(request))
    return responses.json_response(made, 201, {"Location": f"/v1/keys/{made.id}"})


@router.get(
    "/keys",
    summary="API keys",
    responses={200: listed("Key", "All keys that were ever made, in one page."), **problems()},
    openapi_extra=FOR_ADMINS,
)
def read_keys(request: Request, who: AuthenticatedCaller) -> Response:
    """All keys of the log, with revoked and expired ones, without the secrets."""
    return responses.page_response(request, [key_of(each) for each in who.log.access.all()], None)


@router.get(
    "/keys/{key_id}",
    summary="API key",
    responses={200: content("Key", "The key, without itself."), **problems(UnknownKey)},
    openapi_extra=FOR_ADMINS,
)
def read_key(request: Request, who: AuthenticatedCaller, key_id: KeyId) -> Response:
    """One key: principal, role, last use (the first of that day)."""
    return responses.conditional_json(request, key_of(who.log.access.one(key_id)))


@router.delete(
    "/keys/{key_id}",
    summary="Revoke an API key",
    responses={200: content("Key", "The key, revoked."), **problems(UnknownKey)},
    openapi_extra=FOR_ADMINS,
)
def revoke_key(request: Request, who: AuthenticatedCaller, key_id: KeyId) -> Response:
    """Revoke a key. It remains in the list."""
    runtime: Runtime = request.app.state.runtime
    revoked = who.log.access.revoke(key_id, by=who.principal)
    runtime.keys.clear()
    return responses.json_response(key_of(revoked))


@router.get(
    "/audit/reads",
    summary="Access log of evidence",
    responses={200: listed("AuditRead", "A page, in the order of reading."), **problems()},
    openapi_extra={ROLE: "auditor"},
)
def read_audit_reads(
    request: Request,
    who: AuthenticatedCaller,
    after: Annotated[int, Query(ge=0, le=2**63 - 1)] = 0,
    limit: Limit = limits.PAGE_ITEMS,
) -> Response:
    """Every read of a proof, a bundle, a replay or the leaves: principal, time, request."""
    rows = who.log.access.reads(after, limit + 1)
    items = [audit_read_of(row) for row in rows]
    return responses.page_response(
        request, items[:limit], str(rows[limit - 1][0]) if len(rows) > limit else None, "after"
    )
