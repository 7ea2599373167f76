"""Those who negotiate, decide or are affected."""

from domain.entities.party import Party
from domain.sections.context import Context, Entry, entries_by_id, to_json
from domain.sections.section import section
from domain.sections.wording import Group, Wording, flag_member, list_member, sentence_member, value_member


@section(
    entity=Party,
    columns=("name", "roles", "country", "active"),
    named_by="name",
    depends_on=(),
    separate=True,
    wording=Wording(
        group=Group.PARTIES,
        rank=2,
        it=("{id}",),
        new="New party: {it}",
        shown=("as {roles}", "of {country}"),
        gone="{it} is no longer among the parties",
        members={
            "active": flag_member("is at the table", "has left the table"),
            "roles": list_member("the role"),
            "name": sentence_member(
                "A party has the name {now}", "{was} is now called {now}", "The name {was} is no longer on record"
            ),
            "kind": value_member("the kind"),
            "country": value_member("the country"),
            "lei": value_member("the legal entity identifier"),
            "parent": value_member("the parent"),
            "representatives": list_member(
                "the changes of representatives", item=("{person_in}", "for {person_out}", "as {office}")
            ),
        },
        repeated=frozenset({"history"}),
    ),
)
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
