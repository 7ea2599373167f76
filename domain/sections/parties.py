"""Those who negotiate, decide or are affected."""

from domain.entities.party import Party
from domain.sections.context import Context, Entry, keyed, plain


def parties(context: Context) -> dict[str, Entry]:
    return keyed(context.every(Party), _party)


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
            {name: plain(value) for name, value in change.items() if name != "key"} for change in party.representatives
        ],
        "history": plain(party.history),
    }
