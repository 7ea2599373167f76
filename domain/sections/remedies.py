"""Remedies offered to authorities."""

from domain.entities.remedy import Remedy
from domain.fields.description import choices_of
from domain.fields.types import RemedyOutcome
from domain.sections.context import Context, Entry, entries_by_id
from domain.sections.section import section
from domain.sections.wording import Group, Wording, status_member, value_member


@section(
    entity=Remedy,
    columns=("summary", "by", "to", "status"),
    named_by="summary",
    depends_on=(),
    separate=True,
    wording=Wording(
        group=Group.CONDITIONS,
        rank=2,
        new="New: {it}",
        shown=("{status}", "by {by}", "to {to}", "for {duration_years} years"),
        gone="{it} is no longer on record",
        members={
            "status": status_member({}),
            "decided_by": value_member("the decision maker", follows=("status",)),
            "reason": value_member("the reason", follows=("status",)),
            "summary": value_member("the content"),
            "duration_years": value_member("the years"),
            "by": value_member("the offeror"),
            "to": value_member("the addressee"),
            "approval_id": value_member("the approval"),
        },
    ),
    statuses=("offered", *choices_of(RemedyOutcome)),
    over=("rejected", "withdrawn"),
)
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
