"""Those who negotiate, decide or are affected."""

from domain.entities.party import Party
from domain.sections.context import Context, Entry, entries_by_id, to_json
from domain.sections.section import section


@section(entity=Party, columns=("name", "roles", "country", "active"), named_by="name", depends_on=(), separate=True)
def parties(context: Context) -> dict[str, Entry]:
    """Those who negotiate, decide or are affected."""
    return entries_by_id(context.every(Party), _party)


def _party(party: Party) -> Entry:
    return {
        "name": party.name,
        "roles": list(party.roles),
        "kind": party.kind,
        "country": party.country,
        "lei": party.lei,
        "parent": party.parent,
        "active": party.active,
        "representatives": [
            {name: to_json(value) for name, value in change.items() if name != "key"}
            for change in party.representatives
        ],
        "history": to_json(party.history),
    }
