"""Templates of sentences: `[{by} extended|The date moved:] {deadline_id} [to {new_due} ][({by_days})]`.

`{name}` is replaced by a value, `{name:form}` for one in a form. What is in brackets is left out where one of its
values is absent; of alternatives, which `|` separates, the first with all its values is taken.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

Value = Callable[[str, str], str | None]
"""The text of a value, by its name and form; None where it is absent."""

Piece = tuple[str, str]
"""A piece of a sentence and the name of the value that it is; the name of literal text is empty."""

_TOKEN = re.compile(r"\{([a-z_.]+)(?::([a-z_]+))?\}|[\[\]|]|[^\[\]|{]+")


@dataclass(frozen=True, slots=True)
class Placeholder:
    """The place of a value."""

    name: str
    form: str


@dataclass(frozen=True, slots=True)
class Choice:
    """The alternatives of a part that may be left out."""

    alternatives: "tuple[Parts, ...]"


Parts = tuple[str | Placeholder | Choice, ...]


@dataclass(frozen=True, slots=True)
class Template:
    """A template as it was parsed."""

    parts: Parts

    def fill(self, value: Value) -> str | None:
        """The sentence; None where a value outside of brackets is absent."""
        pieces = self.pieces(value)
        return None if pieces is None else "".join(text for text, _name in pieces)

    def pieces(self, value: Value) -> list[Piece] | None:
        """The same in pieces: literal text and values, each value with the name of its place."""
        return _fill(self.parts, value)

    def placeholders(self) -> Iterator[Placeholder]:
        """Every place of a value."""
        return _placeholders(self.parts)


@lru_cache(maxsize=1024)
def template(text: str) -> Template:
    """Parse a template. Raises ValueError where its brackets or braces do not match."""
    tokens = list(_TOKEN.finditer(text))
    if "".join(token[0] for token in tokens) != text:
        raise ValueError(f"the template {text!r} has a brace that does not belong to a placeholder")
    alternatives, end = _parse(tokens, 0)
    if end != len(tokens) or len(alternatives) != 1:
        raise ValueError(f"the template {text!r} has brackets that do not match")
    return Template(alternatives[0])


def _parse(tokens: list[re.Match[str]], start: int) -> tuple[tuple[Parts, ...], int]:
    """The alternatives from a token on, and the place of the token after them."""
    alternatives: list[list[str | Placeholder | Choice]] = [[]]
    at = start
    while at < len(tokens) and tokens[at][0] != "]":
        token = tokens[at]
        if token[0] == "[":
            inner, at = _parse(tokens, at + 1)
            if at == len(tokens):
                raise ValueError(f"a bracket of the template {token.string!r} is not closed")
            alternatives[-1].append(Choice(inner))
        elif token[0] == "|":
            alternatives.append([])
        else:
            alternatives[-1].append(Placeholder(token[1], token[2] or "") if token[1] else token[0])
        at += 1
    return tuple(map(tuple, alternatives)), at


def _fill(parts: Parts, value: Value) -> list[Piece] | None:
    made: list[Piece] = []
    for part in parts:
        if isinstance(part, str):
            made.append((part, ""))
        elif isinstance(part, Choice):
            filled = (_fill(each, value) for each in part.alternatives)
            made += next((pieces for pieces in filled if pieces is not None), [])
        else:
            text = value(part.name, part.form)
            if not text:
                return None
            made.append((text, part.name))
    return made


def _placeholders(parts: Parts) -> Iterator[Placeholder]:
    for part in parts:
        if isinstance(part, Placeholder):
            yield part
        elif isinstance(part, Choice):
            for alternative in part.alternatives:
                yield from _placeholders(alternative)
