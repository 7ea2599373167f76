"""The summary of a difference: each class is what is encoded and what is published of it."""

from typing import TypedDict


class ChangeSentence(TypedDict):
    """A change of the state in a sentence: where it is, and what it concerns."""

    text: str
    group: str
    path: str


class Development(TypedDict):
    """A change in a sentence, and what else the same events changed."""

    text: str
    group: str
    part: str
    paths: list[str]
    because: list[str]
    consequences: list[ChangeSentence]
