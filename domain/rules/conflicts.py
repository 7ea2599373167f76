"""Every conflict between dates, mandates and approvals at a moment: the rules C1 to C12."""

from domain.entities.approval import Approval
from domain.entities.deadline import Deadline
from domain.entities.deal_calendar import DealCalendar
from domain.entities.export_list import ExportList, Match
from domain.entities.litigation import Case
from domain.entities.order import Order
from domain.entities.statement import Claim
from domain.entities.variant import Variant
from domain.rules import closing_conflicts, date_conflicts, mandate_conflicts  # noqa: F401  # importing them declares their rules
from domain.rules.conflict import DECLARED, Finder
from domain.sections.context import Entry
from domain.sections.derivation import Derivation
from domain.sections.feasibility import Review
from domain.sections.section import section
from domain.sections.wording import SEVERITIES, VERDICTS, Group, Wording, sentence_member, status_member

FINDERS: dict[str, Finder] = dict(sorted(DECLARED.items(), key=lambda each: int(each[0].removeprefix("C"))))
"""The rules of conflict by id, in order."""


@section(
    noun="conflict",
    depends_on=(Deadline, Order, Case, Approval, DealCalendar, Variant, ExportList, Match, Claim),
    wording=Wording(
        group=Group.CONDITIONS,
        rank=5,
        it=("the conflict between {members}", "a conflict"),
        new="New conflict: {why}",
        gone="No longer a conflict: {why}",
        members={
            "why": sentence_member(
                "{it} reads: {now}", "A conflict now reads: {now} (before: {was})", "No longer a conflict: {was}"
            ),
            "binds": sentence_member(
                "Of {it}, {now} binds",
                "Of {it}, {now} now binds (before: {was})",
                "Of {it}, none is now binding (before: {was})",
                follows=("why",),
            ),
            "severity": status_member(SEVERITIES),
            "verdict": sentence_member(
                "A decision in time is {now}",
                "A decision in time is now {now} (before: {was})",
                "Whether a decision can come in time is no longer on record (before: {was})",
                meanings=VERDICTS,
                follows=("why",),
            ),
        },
        repeated=frozenset({"rule", "members"}),
    ),
)
def conflicts(derivation: Derivation, reviews: dict[str, Review]) -> list[Entry]:
    """Dates and mandates that cannot all be kept, in order of rule."""
    entries = []
    deadlines, decided = derivation.deadlines.all, derivation.deciding.deadlines.all
    for rule_id, finder in FINDERS.items():
        for found in finder(derivation, reviews):
            by_reports = found.binds in deadlines and found.binds not in decided
            entry: Entry = {
                "rule": rule_id,
                "members": list(found.members),
                "binds": None if by_reports else found.binds,
                "severity": "hard" if found.hard else "soft",
                "why": f"{found.why} {found.binds} is known by reports alone, and is not binding."
                if by_reports
                else found.why,
                "because": list(dict.fromkeys(found.because)),
            }
            if found.verdict is not None:
                entry["verdict"] = found.verdict
            entries.append(entry)
    return entries
