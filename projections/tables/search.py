"""How texts are compared where people search: however a system composes its letters, and in whatever case."""

from unicodedata import normalize


def search_form(text: str) -> str:
    """A text in the form in which it is compared: NFKC, without case (Unicode, caseless matching by compatibility)."""
    return normalize("NFKC", normalize("NFKC", text).casefold())
