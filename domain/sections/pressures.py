"""What one side does to move the other."""

from domain.entities.pressure import Pressure
from domain.sections.context import Context, Entry, entries_by_id, to_json
from domain.sections.section import section
from domain.sections.wording import Group, Wording, list_member, sentence_member, status_member, value_member


@section(
    entity=Pressure,
    columns=("kind", "by", "against", "scope", "size", "status", "level", "since"),
    named_by="kind",
    depends_on=(),
    separate=True,
    wording=Wording(
        group=Group.PARTIES,
        new="New: {it}",
        shown=("against {against}", "{scope}", "{size}"),
        gone="{it} is no longer on record",
        members={
            "status": status_member({"active": "going on"}),
            "level": value_member("the level", meanings={"up": "raised", "down": "lowered"}),
            "scope": value_member("the scope"),
            "size": value_member("the size"),
            "against": list_member("the targets"),
            "kind": value_member("the kind"),
            "by": value_member("the author"),
            "ended": sentence_member(
                "{it} ended: {now}",
                "{it} ended: {now} (before: {was})",
                "How {it} ended is no longer on record (before: {was})",
            ),
            "since": value_member("the first day", follows=("status",)),
        },
        repeated=frozenset({"history"}),
    ),
    statuses=("active", "ended"),
    over=("ended",),
)
def pressures(context: Context) -> dict[str, Entry]:
    """Strikes, sanctions, tariffs and other pressure, with its level."""
    return entries_by_id(context.every(Pressure), _pressure)


def _pressure(pressure: Pressure) -> Entry:
    return {
        "kind": pressure.kind,
        "by": pressure.by,
        "against": list(pressure.against),
        "scope": pressure.scope,
        "size": pressure.size,
        "status": pressure.status,
        "level": pressure.level,
        "since": pressure.since,
        "ended": pressure.ended,
        "history": to_json(pressure.history),
    }
