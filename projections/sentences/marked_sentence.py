"""A sentence on a change in which the value before and the value after are marked."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property
from itertools import groupby
from re import Pattern
from typing import Literal

from domain.sentences.words import capitalized
from projections.sentences.answers import SentencePart

Mark = Literal["before", "after"]

LEAST_WORDS, MOST_WORDS = 6, 100
"""Words of two texts that are compared word by word."""

ALIKE = 0.5
"""The share of words in common from which two texts are versions of one."""

_WORDS = re.compile(r"\S+\s*")


@dataclass(frozen=True)
class MarkedSentence:
    """A sentence in pieces, each the value before, the value after, or neither."""

    pieces: tuple[tuple[str, Mark | None], ...]

    @cached_property
    def text(self) -> str:
        """The whole sentence."""
        return "".join(text for text, _mark in self.pieces)

    def capitalized(self) -> "MarkedSentence":
        """The same with a capital at its beginning."""
        (first, mark), *rest = self.pieces
        return MarkedSentence(((capitalized(first), mark), *rest))

    def replaced(self, words: Pattern[str], substitute: dict[str, str]) -> "MarkedSentence":
        """The same with other words for what the last group of a pattern finds."""
        text = self.text
        marks: list[Mark | None] = [mark for piece, mark in self.pieces for _ in piece]
        for found in reversed([*words.finditer(text)]):
            start, end = found.span(found.re.groups)
            new = substitute[text[start:end]]
            text = text[:start] + new + text[end:]
            marks[start:end] = [marks[start]] * len(new)
        return MarkedSentence(tuple(_joined(text, marks)))

    def parts(self, text: str) -> list[SentencePart]:
        """Its parts as JSON; `text` is the sentence with its full stop."""
        stop = text.removeprefix(self.text)
        pieces = self.pieces if not stop else (*self.pieces, (stop, None))
        return [{"text": piece, "mark": mark} for piece, mark in pieces if piece]


def _joined(text: str, marks: Iterable[Mark | None]) -> Iterator[tuple[str, Mark | None]]:
    start = 0
    for mark, alike in groupby(marks):
        end = start + sum(1 for _ in alike)
        yield text[start:end], mark
        start = end


def marked_differences(was: str, now: str) -> dict[str, list[tuple[str, bool]]]:
    """The pieces of two versions of a long text, by the name of each, with whether the other lacks them; none of short
    or unlike texts."""
    words = [_WORDS.findall(text) for text in (was, now)]
    if min(map(len, words)) >= LEAST_WORDS and max(map(len, words)) <= MOST_WORDS:
        matcher = SequenceMatcher(None, words[0], words[1], autojunk=False)
        if matcher.ratio() >= ALIKE:
            blocks = matcher.get_opcodes()
            one = [("".join(words[0][start:end]), tag != "equal") for tag, start, end, _, _ in blocks]
            other = [("".join(words[1][start:end]), tag != "equal") for tag, _, _, start, end in blocks]
            return {"was": [*_without_blanks(one)], "now": [*_without_blanks(other)]}
    return {}


def _without_blanks(pieces: Iterable[tuple[str, bool]]) -> Iterator[tuple[str, bool]]:
    """Pieces of a text; the blanks at the end of one that differs are a piece of their own."""
    for text, differs in pieces:
        word = text.rstrip() if differs else text
        yield word, differs
        yield text[len(word) :], False
