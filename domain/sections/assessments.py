"""Judgements of analysts, per subject and measure."""

from domain.entities.assessment import Assessment
from domain.sections.context import Context, Entry, newest_shown, to_json


def assessments(context: Context) -> dict[str, dict[str, Entry]]:
    """Judgements of analysts, per subject and measure."""
    section: dict[str, dict[str, Entry]] = {}
    for thing in context.every(Assessment):
        told = {"value": to_json(thing.value), "method": thing.method, "since": thing.since}
        entry = newest_shown({**told, "because": list(thing.origin.because)})
        section.setdefault(thing.subject, {})[thing.measure] = entry
    return section
