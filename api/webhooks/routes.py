"""Routes of webhooks: create, update, delete, test, replay; and the log of deliveries."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from api import limits
from api.http import responses
from api.http.authentication import AuthenticatedCaller, Caller
from api.http.openapi_responses import WRITING, body, content, listed, problems
from api.http.parameters import Limit
from api.http.routing import ROLE, ApiRoute
from api.http.text_validation import read_json
from api.runtime.runtime import Runtime
from api.webhooks import schemas
from api.webhooks.answers import Accepted, delivery_of, new_webhook_of, webhook_of
from domain.errors import BeyondTheEnd, InvalidInput
from ledger.webhook_outbox import TooManyWebhooks, UnknownWebhook

router = APIRouter(prefix="/v1", route_class=ApiRoute, tags=["Webhooks"])

WebhookId = Annotated[str, Path(pattern="^wh-[0-9a-f]{12}$", examples=["wh-0123456789ab"])]
MessageId = Annotated[str, Path(pattern="^[a-z]+_[0-9a-z_-]{1,80}$", examples=["msg_1_wh-0123456789ab"])]
FOR_ADMINS = {ROLE: "admin"}
MISSING = problems(UnknownWebhook)
BODY = problems(*WRITING, InvalidInput, UnknownWebhook, BeyondTheEnd)


@router.post(
    "/webhooks",
    status_code=201,
    summary="Create a webhook",
    responses={
        201: content("NewWebhook", "The webhook with its secret, shown this once."),
        **problems(*WRITING, InvalidInput, TooManyWebhooks, BeyondTheEnd),
    },
    openapi_extra={**FOR_ADMINS, "requestBody": body("WantedWebhook")},
)
async def post_webhook(request: Request, who: AuthenticatedCaller) -> Response:
    """Post every event that is recorded from now on (or after a position) to a URL, signed as Standard Webhooks say;
    also time events (`time.deadline.past_due`, `time.order.in_force`), and notices ahead of deadlines."""
    asked = await _wanted(request, who)
    head = await run_in_threadpool(who.ledger.head)
    if asked.after is not None and asked.after > head.position:
        raise BeyondTheEnd(f"The log has {head.position} positions, and {asked.after} lies beyond them.")
    after = head.position if asked.after is None else asked.after
    made = await run_in_threadpool(who.log.webhooks.register_webhook, asked.spec, by=who.principal, after=after)
    return responses.json_response(new_webhook_of(made), 201, {"Location": f"/v1/webhooks/{made.id}"})


@router.get(
    "/webhooks",
    summary="Webhooks",
    responses={200: listed("Webhook", "All of them, in one page."), **problems()},
    openapi_extra=FOR_ADMINS,
)
def read_webhooks(request: Request, who: AuthenticatedCaller) -> Response:
    """All webhooks, without their secrets."""
    return responses.page_response(request, [webhook_of(each) for each in who.log.webhooks.list_webhooks()], None)


@router.get(
    "/webhooks/{webhook_id}",
    summary="Webhook",
    responses={200: content("Webhook", "The webhook."), **MISSING},
    openapi_extra=FOR_ADMINS,
)
def read_webhook(request: Request, who: AuthenticatedCaller, webhook_id: WebhookId) -> Response:
    """One webhook, without its secret."""
    return responses.conditional_json(request, webhook_of(who.log.webhooks.get_webhook(webhook_id)))


@router.put(
    "/webhooks/{webhook_id}",
    summary="Replace a webhook",
    responses={200: content("Webhook", "The webhook as it is now."), **BODY},
    openapi_extra={**FOR_ADMINS, "requestBody": body("WantedWebhook")},
)
async def put_webhook(request: Request, who: AuthenticatedCaller, webhook_id: WebhookId) -> Response:
    """Replace URL, types, deals, list and notices, or deactivate it. Queued messages go to the new URL."""
    asked = await _wanted(request, who)
    return responses.json_response(
        webhook_of(await run_in_threadpool(who.log.webhooks.update_webhook, webhook_id, asked.spec))
    )


async def _wanted(request: Request, who: Caller) -> schemas.WantedWebhook:
    runtime: Runtime = request.app.state.runtime
    asked = schemas.parse_webhook(await read_json(request), private=runtime.settings.webhooks_allow_private)
    await run_in_threadpool(schemas.check_list, asked.list, who.log.deal_lists)
    return asked


@router.delete(
    "/webhooks/{webhook_id}",
    summary="Delete a webhook",
    responses={200: content("Webhook", "The webhook that was."), **MISSING},
    openapi_extra=FOR_ADMINS,
)
def delete_webhook(request: Request, who: AuthenticatedCaller, webhook_id: WebhookId) -> Response:
    """Delete the webhook. Nothing more is sent to it."""
    return responses.json_response(webhook_of(who.log.webhooks.delete_webhook(webhook_id)))


@router.post(
    "/webhooks/{webhook_id}:rotate",
    summary="Rotate the secret",
    responses={200: content("NewWebhook", "With the new secret, shown this once."), **MISSING},
    openapi_extra=FOR_ADMINS,
)
def rotate_webhook(request: Request, who: AuthenticatedCaller, webhook_id: WebhookId) -> Response:
    """Messages are signed with both secrets for one day."""
    return responses.json_response(new_webhook_of(who.log.webhooks.rotate_secret(webhook_id)))


@router.post(
    "/webhooks/{webhook_id}:replay",
    summary="Resend from a position",
    responses={200: content("Webhook", "The webhook."), **BODY},
    openapi_extra={**FOR_ADMINS, "requestBody": body("ReplayRequest")},
)
async def replay_webhook(request: Request, who: AuthenticatedCaller, webhook_id: WebhookId) -> Response:
    """Send again everything after a position, under the same message ids."""
    after = schemas.parse_replay(await read_json(request))
    return responses.json_response(
        webhook_of(await run_in_threadpool(who.log.webhooks.replay_events, webhook_id, after))
    )


@router.post(
    "/webhooks/{webhook_id}:ping",
    status_code=202,
    summary="Send a test message",
    responses={202: content("Accepted", "A message of type `ping` is on its way."), **MISSING},
    openapi_extra=FOR_ADMINS,
)
def ping_webhook(request: Request, who: AuthenticatedCaller, webhook_id: WebhookId) -> Response:
    """Send a signed ping without an event."""
    return responses.json_response(Accepted(who.log.webhooks.send_ping(webhook_id)), 202)


@router.get(
    "/webhooks/{webhook_id}/deliveries",
    summary="Messages of a webhook",
    responses={200: listed("Delivery", "A page of messages with their attempts."), **MISSING},
    openapi_extra=FOR_ADMINS,
)
def read_deliveries(
    request: Request,
    who: AuthenticatedCaller,
    webhook_id: WebhookId,
    after: Annotated[int, Query(ge=0, le=2**63 - 1, description="Messages of events after this position.")] = 0,
    state: Literal["pending", "delivered", "failed"] | None = None,
    cursor: Annotated[str | None, Query(max_length=128, description="`next` of the page before.")] = None,
    limit: Limit = limits.PAGE_ITEMS,
) -> Response:
    """All messages in the order of the log, pings first, with their attempts."""
    found = who.log.webhooks.list_deliveries(webhook_id, after, limit + 1, state, schemas.decode_cursor(cursor))
    more = schemas.encode_cursor(found[limit - 1]) if len(found) > limit else None
    return responses.page_response(request, [delivery_of(each) for each in found[:limit]], more)


@router.post(
    "/webhooks/{webhook_id}/deliveries/{message_id}:retry",
    status_code=202,
    summary="Resend a message",
    responses={202: content("Accepted", "It is on its way."), **MISSING},
    openapi_extra=FOR_ADMINS,
)
def retry_delivery(
    request: Request, who: AuthenticatedCaller, webhook_id: WebhookId, message_id: MessageId
) -> Response:
    """Send one message again now, in any status."""
    who.log.webhooks.retry_message(webhook_id, message_id)
    return responses.json_response(Accepted(message_id), 202)
