"""The lines of a replay: each class is what is encoded and what is published of it."""

from typing import Annotated, Any, Literal, NotRequired, TypedDict, final

from msgspec import Meta

from ledger.encoding.event_json import EventMembers
from projections.sentences.answers import ChangeSentence


class ReplayedEvent(EventMembers):
    """An event as it was recorded; in place of its data stands why it is left out."""

    data: dict[str, Any] | str | None


_DateMove = TypedDict("_DateMove", {"from": str | None, "to": str | None})


class PatchOperation(TypedDict):
    """An operation of a JSON Patch (RFC 6902)."""

    op: Literal["add", "remove", "replace"]
    path: str
    value: NotRequired[Any]


class DeadlineMove(_DateMove):
    """A deadline whose due date a step set or moved, and the reason."""

    deadline_id: str
    why: str
    because: list[str]


class ErasedPath(TypedDict):
    """A path of the state that an erasure blanked, and what stands there."""

    path: str
    value: str


class StepErasure(TypedDict):
    """The event that erased this one, and what it took from the state."""

    by: str
    paths: list[ErasedPath]


@final
class ReplayStep(TypedDict):
    """An event, and how it changed the state: `changes` is a JSON Patch (RFC 6902)."""

    step: int
    version: int
    event: ReplayedEvent
    lag_seconds: int | None
    effect: str
    corrects: str | None
    corrected_by: list[str]
    changes: list[PatchOperation]
    deadline_moves: list[DeadlineMove]
    state_hash_before: str
    state_hash: str
    sentences: NotRequired[
        Annotated[list[ChangeSentence], Meta(description="What it changed; left out of a long replay.")]
    ]
    erased: NotRequired[StepErasure]


class ReplayTotal(TypedDict):
    """How many steps there were, the last version among them, and the hash of the state after them."""

    steps: int
    version: int
    state_hash: str


@final
class ReplayTrailer(TypedDict):
    """The last line of a replay."""

    trailer: ReplayTotal
