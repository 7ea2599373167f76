"""Single terms of the deal: the value that holds now."""

from domain.entities.term import Term
from domain.sections.context import Context, Entry, to_json
from domain.sections.section import section
from domain.sections.wording import Group, Wording, sentence_member, value_member


@section(
    entity=Term,
    columns=("value", "since", "until"),
    named_by="value",
    depends_on=(),
    separate=True,
    wording=Wording(
        group=Group.ECONOMICS,
        rank=1,
        it=("the term {term}",),
        new="New: {it}",
        shown=("{value}", "until {until}"),
        gone="{it} no longer applies",
        members={
            "value": sentence_member(
                "{it} is {now}", "{it} changed from {was} to {now}", "{it} no longer has a value (before: {was})"
            ),
            "until": value_member("the last day", follows=("value",)),
            "agreement_id": value_member("the agreement", follows=("value",)),
            "since": value_member("the first day", follows=("value",)),
        },
    ),
)
def terms(context: Context) -> dict[str, Entry]:
    """Single terms of the deal: the value that holds now."""
    section: dict[str, Entry] = {}
    for term in context.every(Term):
        entry = _term(context, term)
        if entry is None and term.origin.erased:
            entry = {**dict.fromkeys(("value", "since", "until", "agreement_id")), "because": list(term.origin.because)}
        if entry is not None:
            section[term.id] = entry
    return section


def _term(context: Context, term: Term) -> Entry | None:
    """The value that holds now: the last to start among those that have not ended; null means that there is none."""
    standing = [
        each
        for each in term.segments
        if each.until is None or not context.has_passed(each.until.opens(context.zone, context.reading))
    ]
    if not standing or standing[-1].value is None:
        return None
    holds = standing[-1]
    entry: Entry = {
        "value": to_json(holds.value),
        "since": holds.since,
        "until": to_json(holds.until),
        "agreement_id": holds.agreement_id,
        "because": [holds.id],
    }
    if not term.origin.facts:
        entry["layer"] = "reported"
    elif term.origin.as_reported is not None and isinstance(term.origin.as_reported, Term):
        reported = _term(context, term.origin.as_reported)
        if reported is not None and reported["value"] != entry["value"]:
            grade = next((by[1] for by in term.origin.as_reported.origin.by_report.values()), None)
            entry["reported"] = {"value": {"value": reported["value"], "grade": grade, "because": reported["because"]}}
    return entry
