"""A finding of an audit."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AuditFinding:
    """A failed check."""

    position: int
    event: str | None
    code: str
    why: str
    notice: bool = False
    """A notice, which is no sign of tampering."""
