"""Lists of deals over HTTP: request bodies, and the conditions of If-Match and If-None-Match."""

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request

from api import limits
from api.deal_lists.answers import list_of
from api.errors import invalid_input
from api.events.validation_errors import faults_of
from api.http import responses
from api.http.authentication import Caller
from domain.errors import Problem, StaleVersion
from domain.fields.identifiers import REF, is_ref
from domain.nearest_names import nearest, nearest_hint
from ledger.deal_lists import DealList, ListContent
from ledger.ledger import Ledger

Body = TypeVar("Body", bound="WantedList")

EXPLAINED = 20
"""Unknown deals of one list that are named with the nearest ones; the others are counted."""


class WantedList(BaseModel):
    """The body of a list of deals: which deals, and who sees it."""

    model_config = ConfigDict(extra="forbid", strict=True)

    deals: list[str] = Field(max_length=limits.LIST_DEALS, description="Ids of deals of the log.")
    description: str | None = Field(default=None, max_length=500)
    shared: bool = Field(default=True, description="Whether others see it; else its owner and admins alone.")

    @property
    def content(self) -> ListContent:
        """As stored."""
        return ListContent(self.deals, self.description, self.shared)


class NewList(WantedList):
    """The body of a new list: its name, which deals, and who sees it."""

    name: str = Field(pattern=f"^{REF}$", description="Its id: letters, digits, `_ . -`.", examples=["watch"])


def parse_list(model: type[Body], value: Any, ledger: Ledger) -> Body:
    """The body, validated. Raises InvalidInput with every fault, also for deals that the log does not hold."""
    try:
        wanted = model.model_validate(value)
    except ValidationError:
        raise invalid_input(faults_of(model, value)) from None
    if faults := list(_unknown_deals(wanted.deals, ledger)):
        raise invalid_input(faults)
    return wanted


def _unknown_deals(deals: Sequence[str], ledger: Ledger) -> Iterator[Problem]:
    held = {head.deal_id for head in ledger.deal_heads(sorted({deal for deal in deals if is_ref(deal)}))}
    unknown = [(at, deal_id) for at, deal_id in enumerate(deals) if deal_id not in held]
    for at, deal_id in unknown[:EXPLAINED]:
        near = nearest(deal_id, ledger.deals_near(deal_id))
        told = f"There is no deal {deal_id[:128]!r} in this log{nearest_hint(near)}."
        yield Problem(f"/deals/{at}", "unknown-deal", told, tuple(near))
    if (left := len(unknown) - EXPLAINED) > 0:
        yield Problem("/deals", "unknown-deal", f"{left} more are no deals of this log.", stands_for=left)


def check_conditions(request: Request, held: DealList | None) -> None:
    """Raises StaleVersion where If-Match or If-None-Match does not hold of a list; None: there is none."""
    etag = None if held is None else responses.validators(orjson.dumps(list_of(held)))["ETag"]
    wanted, excluded = request.headers.get("if-match"), request.headers.get("if-none-match")
    if wanted is not None and (etag is None or not responses.names_etag(wanted, etag)):
        raise StaleVersion("The list is not what If-Match names: read it again, and send the ETag that it has now.")
    if excluded is not None and etag is not None and responses.names_etag(excluded, etag):
        raise StaleVersion("The list exists already, which If-None-Match excludes.")


def may_change(who: Caller, held: DealList) -> bool:
    """Whether a principal may change a list: its owner, and admins."""
    return held.owner == who.principal or who.may("admin")
