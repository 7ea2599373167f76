"""What a server answers about itself: each class is what is encoded and what is published of it."""

from typing import Annotated, Literal, NotRequired, TypedDict

from msgspec import Meta


class Health(TypedDict):
    """The process responds."""

    status: str


class WorkerFailure(TypedDict):
    """A worker whose last attempt failed; of the main log with the reason."""

    worker: str
    code: str
    detail: NotRequired[str]


class Readiness(TypedDict):
    """Events can be read, and recorded unless this is a replica."""

    status: str
    role: Annotated[Literal["primary", "replica"], Meta(description="`replica`: on a hot standby of the database.")]
    position: Annotated[int, Meta(description="The end of the log.")]
    lag_seconds: NotRequired[Annotated[float | None, Meta(description="How far a replica is behind, if known.")]]
    failures: list[WorkerFailure]


class ServerVersion(TypedDict):
    """The versions of the server, of the rules by which states are derived, and of the calendars."""

    name: str
    version: str
    api: str
    rules: str
    calendars: str
    payload_domain: str


class ErrorCode(TypedDict):
    """An error code, with its status and title."""

    code: str
    status: int
    title: str
