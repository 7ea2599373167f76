"""Judgements of analysts, per subject and measure."""

from domain.entities.assessment import Assessment
from domain.sections.context import Context, Entry, newest_shown, to_json
from domain.sections.section import section


@section(entity=Assessment, depends_on=())
def assessments(context: Context) -> dict[str, dict[str, Entry]]:
    """Judgements of analysts, per subject and measure."""
    section: dict[str, dict[str, Entry]] = {}
    for entity in context.every(Assessment):
        view = {"value": to_json(entity.value), "method": entity.method, "since": entity.since}
        entry = newest_shown({**view, "because": list(entity.origin.because)})
        section.setdefault(entity.subject, {})[entity.measure] = entry
    return section
