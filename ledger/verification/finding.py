"""What an audit finds."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that does not hold."""

    position: int
    event: str | None
    code: str
    why: str
    notice: bool = False
    """Worth knowing, and no sign that anything was changed."""
