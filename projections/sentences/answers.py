"""The summary of a difference: each class is what is encoded and what is published of it."""

from typing import Annotated, Literal, TypedDict

from msgspec import Meta


class SentencePart(TypedDict):
    """A part of a sentence on a change: the value before, the value after, or the words around them."""

    text: str
    mark: Literal["before", "after"] | None


Parts = Annotated[list[SentencePart], Meta(description="The sentence, without its causes, in parts.")]


class ChangeSentence(TypedDict):
    """A change of the state in a sentence: where it is, and what it concerns."""

    text: str
    parts: Parts
    group: str
    path: str


class Development(TypedDict):
    """A change in a sentence, and what else the same events changed."""

    text: str
    parts: Parts
    group: str
    part: str
    paths: list[str]
    because: list[str]
    consequences: list[ChangeSentence]
