"""What one side does to move the other."""

from domain.entities.pressure import Pressure
from domain.sections.context import Context, Entry, entries_by_id, to_json
from domain.sections.section import section


@section(
    entity=Pressure,
    columns=("kind", "by", "against", "scope", "size", "status", "level", "since"),
    named_by="kind",
    depends_on=(),
    separate=True,
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
