"""Comparison of texts in searches: independent of Unicode composition and case."""

from unicodedata import normalize


def search_form(text: str) -> str:
    """A text in the form in which it is compared: NFKC, without case (Unicode, caseless matching by compatibility)."""
    return normalize("NFKC", normalize("NFKC", text).casefold())


def storable_text(text: str) -> str:
    """It has neither NUL nor lone surrogates."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
