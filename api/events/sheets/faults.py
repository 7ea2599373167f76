"""The refusal of a file that is no table of events."""

from domain.errors import InvalidInput


class NoTable(InvalidInput):
    """A file cannot be read as a table of events."""
