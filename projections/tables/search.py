"""Comparison of texts: in searches independent of Unicode composition and case, in lists of accents too."""

from unicodedata import combining, normalize

ORDERED_CHARACTERS = 200
"""Of a text: an index of PostgreSQL takes some 2,700 bytes."""


def search_form(text: str) -> str:
    """A text in the form in which it is compared: NFKC, without case (Unicode, caseless matching by compatibility)."""
    return normalize("NFKC", normalize("NFKC", text).casefold())


def order_form(text: str) -> str:
    """A text in the form by which lists are ordered, short enough for an index: its base letters, without case."""
    return "".join(each for each in normalize("NFKD", search_form(text)) if not combining(each))[:ORDERED_CHARACTERS]


def storable_text(text: str) -> str:
    """It has neither NUL nor lone surrogates."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
