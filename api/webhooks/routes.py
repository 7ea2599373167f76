"""Webhooks: made, changed, removed, tried, told again; and the log of every sending."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from api import limits
from api.http import responses
from api.http.authentication import Asking
from api.http.openapi_responses import WRITING, body, content, listed, problems
from api.http.parameters import Limit
from api.http.routing import ROLE, ApiRoute
from api.http.text_validation import json_of
from api.runtime.tenants import Runtime
from api.webhooks import schemas
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
    summary="Make a webhook",
    responses={
        201: content("NewWebhook", "The webhook with its secret, shown this once."),
        **problems(*WRITING, InvalidInput, TooManyWebhooks, BeyondTheEnd),
    },
    openapi_extra={**FOR_ADMINS, "requestBody": body("WantedWebhook")},
)
async def post_webhook(request: Request, who: Asking) -> Response:
    """Post every event that is recorded from now on (or after a position) to a URL, signed as Standard Webhooks say;
    also what time alone makes (`time.deadline.past_due`, `time.order.in_force`), and notices ahead of deadlines."""
    asked = await _wanted(request)
    head = await run_in_threadpool(who.ledger.head)
    if asked.after is not None and asked.after > head.position:
        raise BeyondTheEnd(f"The log has {head.position} positions, and {asked.after} lies beyond them.")
    after = head.position if asked.after is None else asked.after
    made = await run_in_threadpool(who.log.webhooks.add, asked.wishes, by=who.principal, after=after)
    return responses.told(schemas.as_json(made, secret=True), 201, {"Location": f"/v1/webhooks/{made.id}"})


@router.get(
    "/webhooks",
    summary="The webhooks",
    responses={200: listed("Webhook", "All of them, in one page."), **problems()},
    openapi_extra=FOR_ADMINS,
)
def read_webhooks(request: Request, who: Asking) -> Response:
    """Every webhook that stands; never a secret."""
    return responses.page(request, [schemas.as_json(each) for each in who.log.webhooks.all()], None)


@router.get(
    "/webhooks/{webhook_id}",
    summary="A webhook",
    responses={200: content("Webhook", "The webhook."), **MISSING},
    openapi_extra=FOR_ADMINS,
)
def read_webhook(request: Request, who: Asking, webhook_id: WebhookId) -> Response:
    """One webhook: where it posts, and what."""
    return responses.read(request, schemas.as_json(who.log.webhooks.one(webhook_id)))


@router.put(
    "/webhooks/{webhook_id}",
    summary="Change a webhook",
    responses={200: content("Webhook", "The webhook as it is now."), **BODY},
    openapi_extra={**FOR_ADMINS, "requestBody": body("WantedWebhook")},
)
async def put_webhook(request: Request, who: Asking, webhook_id: WebhookId) -> Response:
    """Another URL, other types, deals or notices; inactive, or active again. The outbox goes to the new URL."""
    asked = await _wanted(request)
    return responses.told(schemas.as_json(await run_in_threadpool(who.log.webhooks.change, webhook_id, asked.wishes)))


async def _wanted(request: Request) -> schemas.WantedWebhook:
    house: Runtime = request.app.state.house
    return schemas.wanted(await json_of(request), private=house.settings.webhooks_private)


@router.delete(
    "/webhooks/{webhook_id}",
    summary="Remove a webhook",
    responses={200: content("Webhook", "The webhook that was."), **MISSING},
    openapi_extra=FOR_ADMINS,
)
def delete_webhook(request: Request, who: Asking, webhook_id: WebhookId) -> Response:
    """Nothing more is sent to it."""
    return responses.told(schemas.as_json(who.log.webhooks.remove(webhook_id)))


@router.post(
    "/webhooks/{webhook_id}:rotate",
    summary="Give a webhook a new secret",
    responses={200: content("NewWebhook", "With the new secret, shown this once."), **MISSING},
    openapi_extra=FOR_ADMINS,
)
def rotate_webhook(request: Request, who: Asking, webhook_id: WebhookId) -> Response:
    """The old secret signs beside the new one for a day."""
    return responses.told(schemas.as_json(who.log.webhooks.rotate(webhook_id), secret=True))


@router.post(
    "/webhooks/{webhook_id}:replay",
    summary="Tell a webhook again",
    responses={200: content("Webhook", "The webhook."), **BODY},
    openapi_extra={**FOR_ADMINS, "requestBody": body("Again")},
)
async def replay_webhook(request: Request, who: Asking, webhook_id: WebhookId) -> Response:
    """Send again everything after a position, under the same message ids."""
    after = schemas.again(await json_of(request))
    return responses.told(schemas.as_json(await run_in_threadpool(who.log.webhooks.replay, webhook_id, after)))


@router.post(
    "/webhooks/{webhook_id}:ping",
    status_code=202,
    summary="Try a webhook",
    responses={202: content("Accepted", "A message of type `ping` is on its way."), **MISSING},
    openapi_extra=FOR_ADMINS,
)
def ping_webhook(request: Request, who: Asking, webhook_id: WebhookId) -> Response:
    """Send a signed message that tells of no event."""
    return responses.told({"id": who.log.webhooks.ping(webhook_id)}, 202)


@router.get(
    "/webhooks/{webhook_id}/deliveries",
    summary="What was sent to a webhook",
    responses={200: listed("Delivery", "A page of messages with their attempts."), **MISSING},
    openapi_extra=FOR_ADMINS,
)
def read_deliveries(
    request: Request,
    who: Asking,
    webhook_id: WebhookId,
    after: Annotated[int, Query(ge=0, le=2**63 - 1, description="Messages of events after this position.")] = 0,
    state: Literal["pending", "delivered", "failed"] | None = None,
    cursor: Annotated[str | None, Query(max_length=128, description="`next` of the page before.")] = None,
    limit: Limit = limits.PAGE_ITEMS,
) -> Response:
    """Every message in the order of the log, pings first, with each of its attempts."""
    found = who.log.webhooks.deliveries(webhook_id, after, limit + 1, state, schemas.place_of(cursor))
    more = schemas.cursor_of(found[limit - 1]) if len(found) > limit else None
    return responses.page(request, [schemas.delivery_as_json(each) for each in found[:limit]], more)


@router.post(
    "/webhooks/{webhook_id}/deliveries/{message_id}:retry",
    status_code=202,
    summary="Send a message again",
    responses={202: content("Accepted", "It is on its way."), **MISSING},
    openapi_extra=FOR_ADMINS,
)
def retry_delivery(request: Request, who: Asking, webhook_id: WebhookId, message_id: MessageId) -> Response:
    """Send one message again now, whatever became of it."""
    who.log.webhooks.retry(webhook_id, message_id)
    return responses.told({"id": message_id}, 202)
