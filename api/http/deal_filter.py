"""The filter `list` of what is read across deals."""

from collections.abc import Collection
from typing import Annotated

from fastapi import Query

from api.http.authentication import Caller
from domain.fields.identifiers import REF

ListName = Annotated[
    str | None, Query(alias="list", pattern=f"^{REF}$", description="Only the deals of this list (/v1/lists).")
]


def deals_of_list(who: Caller, name: str | None) -> list[str] | None:
    """The ids of the deals of a list that the caller sees, in order; None without a name: all deals.

    Raises UnknownList, Busy.
    """
    return None if name is None else list(who.log.deal_lists.one(name, seen_by(who)).deals)


def selected_deals(who: Caller, name: str | None, named: Collection[str]) -> frozenset[str] | None:
    """The deals of a list, of those that are named, or of both where both are given; None for neither.

    Raises UnknownList, Busy.
    """
    listed = deals_of_list(who, name)
    if listed is None:
        return frozenset(named) or None
    return frozenset(listed).intersection(named or listed)


def seen_by(who: Caller) -> str | None:
    """The principal by whose eyes lists are read; None: an admin, who sees all."""
    return None if who.may("admin") else who.principal
