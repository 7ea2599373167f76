"""Remedies offered to authorities."""

from domain.entities.remedy import Remedy
from domain.sections.context import Context, Entry, entries_by_id
from domain.sections.section import section


@section(entity=Remedy, columns=("summary", "by", "to", "status"), named_by="summary", depends_on=(), separate=True)
def remedies(context: Context) -> dict[str, Entry]:
    """Remedies offered to authorities."""
    return entries_by_id(context.every(Remedy), _remedy)


def _remedy(remedy: Remedy) -> Entry:
    return {
        "by": remedy.by,
        "to": remedy.to,
        "summary": remedy.summary,
        "duration_years": remedy.duration_years,
        "status": remedy.status,
        "decided_by": remedy.decided_by,
        "reason": remedy.reason,
        "approval_id": remedy.approval_id,
    }
