"""A deadline in the list across deals: each class is what is encoded and what is published of it."""

from typing import Annotated, Any, NotRequired, TypedDict

from msgspec import Meta


class DeadlineMembers(TypedDict):
    """Members that a deadline has in the state of its deal, too."""

    obligation: str | None
    force: str | None
    due: str | None
    status: str
    because: list[str]
    reported: NotRequired[Annotated[dict[str, Any], Meta(description="What reports say beside the facts, by member.")]]
    names: NotRequired[Annotated[dict[str, str], Meta(description="Names of the ids, where known.")]]
    member_names: NotRequired[
        Annotated[
            dict[str, str],
            Meta(description="The same by the member that holds the id: entities of two kinds may have one id."),
        ]
    ]


class DaysLeft(TypedDict):
    """The days to the due date, in the deadline's own zone and calendar; a text where the date is erased."""

    days_left: int | str | None
    working_days_left: int | str | None


class DeadlineRow(DeadlineMembers, DaysLeft):
    """A deadline of a deal. Its further members are those that it has in the state of the deal."""

    deal_id: str
    deadline_id: str
    binding: bool
