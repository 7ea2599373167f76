"""Parameters that many routes share, with their published descriptions."""

from collections.abc import Awaitable, Callable
from inspect import Parameter, Signature
from typing import Annotated, Any

from fastapi import Depends, Path, Query
from pydantic import BeforeValidator

from api import limits
from domain.errors import BadQuestion, Problem
from domain.fields.identifiers import EVENT_ID, REF
from domain.time.edtf import LONGEST_TEXT
from projections.state.time_query import DEFAULTS, TimeQuery
from projections.temporal.time_events import parse_days_ahead

DealId = Annotated[str, Path(pattern=f"^{REF}$", description="The id of the deal.", examples=["tiktok"])]
EventId = Annotated[str, Path(pattern=f"^{EVENT_ID}$", description="The id of the event.", examples=["tiktok-013"])]
Cursor = Annotated[str | None, Query(max_length=512, description="`next` of the page before, as it is.")]
Limit = Annotated[int, Query(ge=1, le=limits.PAGE_MOST, description="Items of the page, at most.")]
Moment = Annotated[
    str | None, Query(max_length=LONGEST_TEXT, description="A day such as 2020-09-15, or an instant with its offset.")
]
# A larger number is a position beyond the end all the same.
_VERSION: dict[str, Any] = {"ge": 0, "json_schema_extra": {"maximum": 2**31 - 1}}
_POSITION: dict[str, Any] = {"ge": 0, "json_schema_extra": {"maximum": 2**63 - 1}}
Version = Annotated[int | None, Query(**_VERSION)]
Position = Annotated[int | None, Query(ge=0, le=2**63 - 1)]

BareIsTrue = BeforeValidator(lambda given: True if given == "" else given)
"""A flag without a value, as in `?binding`, is true."""

DaysAhead = Annotated[str | None, Query(max_length=256, description="So many days ahead: 7d, or 7d,1d.")]


def parse_days(name: str, text: str | None) -> tuple[int, ...]:
    """The days of such a parameter, the most first. Raises BadQuestion."""
    try:
        return parse_days_ahead(text)
    except ValueError as fault:
        told = f"{name} is {str(text)[:64]!r}: {fault}."
        raise BadQuestion(told, problems=(Problem(f"/{name}", "bad-parameter", told),)) from None


DryRun = {
    "name": "dry_run", "in": "query", "required": False, "schema": {"type": "boolean", "default": False},
    "description": "Validate without recording.",
}  # fmt: skip


ValidAt = Annotated[
    str | None,
    Query(max_length=LONGEST_TEXT, description="Valid time: a day (its end) or an instant. Default: now."),
]
KnownBy = Annotated[
    str,
    Query(max_length=16, description="`recorded`: known when it was recorded; `published`: when it was public."),
]
Reading = Annotated[
    str, Query(max_length=16, description="How imprecise dates count: at their `earliest` or `latest`.")
]
Layer = Annotated[str, Query(max_length=16, description="`all`, or `facts` to leave reports out.")]


PARAMETERS: dict[str, Any] = {
    "valid_at": ValidAt,
    "known_at": Annotated[
        str | None, Query(max_length=LONGEST_TEXT, description="Only what was known by then; else the latest.")
    ],
    "known_version": Annotated[
        int | None, Query(**_VERSION, description="Only what the deal's record held at this version.")
    ],
    "known_position": Annotated[int | None, Query(**_POSITION, description="Only what the log held at this position.")],
    "known_by": KnownBy,
    "reading": Reading,
    "layer": Layer,
}
"""How each member of a TimeQuery is published as a query parameter; its default is the one declared there."""


ACROSS_DEALS = ("valid_at", "known_at", "known_position", "known_by", "layer")
"""The members of a basis that a question across deals may have."""


def _time_query(*names: str) -> Callable[..., Awaitable[TimeQuery]]:
    """A dependency that reads these members of a basis: FastAPI takes its parameters from the signature."""

    async def time_query(**given: Any) -> TimeQuery:
        return TimeQuery(**given)

    parameters = [
        Parameter(name, Parameter.KEYWORD_ONLY, default=DEFAULTS[name], annotation=PARAMETERS[name]) for name in names
    ]
    time_query.__signature__ = Signature(parameters)  # type: ignore[attr-defined]  # inspect.signature reads it, mypy knows it of no function
    return time_query


TimeQueryParameters = Annotated[TimeQuery, Depends(_time_query(*DEFAULTS))]
"""The parameters of a basis."""

BookQueryParameters = Annotated[TimeQuery, Depends(_time_query(*ACROSS_DEALS))]
"""The parameters of a basis across deals."""
