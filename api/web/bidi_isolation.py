"""Bidirectional isolation of recorded texts that run from right to left or contain directional controls.

A text with a right-to-left override in it would turn the rest of its line around, dates and names of others included.
Templates need not think of it: where one puts out a value between tags, the value is isolated (the `bdi` element).
"""

import re

from jinja2.ext import Extension
from markupsafe import Markup

_DIRECTED = re.compile(
    "[\u0590-\u08ff\u200e\u200f\u202a-\u202e\u2066-\u2069\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
"""Characters of scripts that run from right to left, and those that steer the direction."""

_PIECE = re.compile(
    r"\{#.*?#\}|\{%-?\s*(?P<block>block title|endblock)?.*?%\}|(?P<open>\{\{-?)(?P<value>.*?)(?P<close>-?\}\})"
    r"|<!--.*?-->|<(?P<end>/?)(?P<tag>[a-zA-Z][\w-]*)|[\"'>]",
    re.DOTALL,
)
_TEXT_ONLY = frozenset({"title", "textarea", "option", "script", "style"})
"""Elements in which a tag is no tag."""


def isolate(value: object) -> object:
    """A text with a direction of its own in a `bdi` element; other values unchanged."""
    if type(value) is str and _DIRECTED.search(value):
        return Markup("<bdi>{}</bdi>").format(value)
    return value


class Isolation(Extension):
    """A Jinja extension that passes every value printed between tags through `isolate`."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        inside = Position()
        return _PIECE.sub(inside.piece, source)


class Position:
    """The position in the HTML of a template: between tags, within one, or in an element without markup."""

    def __init__(self) -> None:
        self._tag: str | None = None
        self._quote: str | None = None
        self._text_only: str | None = None

    def piece(self, found: re.Match[str]) -> str:
        """Process the next token of the template."""
        if found["open"]:
            plain = self._tag is None and self._text_only is None
            return f"{found['open']} ({found['value']})|isolate {found['close']}" if plain else found[0]
        if found["block"]:
            self._text_only = "title" if found["block"] == "block title" else None
        elif found["tag"]:
            if self._tag is None and self._text_only in (None, found["tag"]):
                self._tag = found["end"] + found["tag"].lower()
        elif found[0] in "\"'" and self._tag is not None:
            if self._quote in (None, found[0]):
                self._quote = None if self._quote else found[0]
        elif found[0] == ">" and self._quote is None and self._tag is not None:
            self._text_only = self._tag if self._tag in _TEXT_ONLY else None
            self._tag = None
        return found[0]
