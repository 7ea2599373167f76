"""Judgements of analysts, per subject and measure."""

from domain.entities.assessment import Assessment
from domain.sections.context import Context, Entry, newest_shown, owed, to_json
from domain.sections.section import section
from domain.sections.wording import Group, Wording, sentence_member, value_member


@section(
    entity=Assessment,
    depends_on=(),
    wording=Wording(
        group=Group.OTHER,
        rank=1,
        it=("the assessment of {outer} as to {inner}",),
        new="New: {it}",
        shown=("{value}", "by {method}"),
        gone="{it} is no longer on record",
        members={
            "value": sentence_member(
                "{it} is {now}", "{it} is now {now} (before: {was})", "{it} no longer has a value (before: {was})"
            ),
            "method": value_member("the method", follows=("value",)),
            "since": value_member("the day", follows=("value",)),
        },
    ),
)
def assessments(context: Context) -> dict[str, dict[str, Entry]]:
    """Judgements of analysts, per subject and measure."""
    section: dict[str, dict[str, Entry]] = {}
    for entity in context.every(Assessment):
        view = {"value": to_json(entity.value), "method": entity.method, "since": entity.since}
        entry = newest_shown({**view, "because": list(entity.origin.because)}, owed(entity, "value", "method", "since"))
        subject, measure = entity.id_parts
        section.setdefault(subject, {})[measure] = entry
    return section
