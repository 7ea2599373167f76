"""Links to other deals."""

from domain.entities.link import Link
from domain.sections.context import Context, Entry, entry_of
from domain.sections.section import section
from domain.sections.wording import Group, Wording, sentence_member, value_member

RELATIONS = {
    "successor_of": "the successor of", "predecessor_of": "the predecessor of", "part_of": "part of",
    "competes_with": "in competition with", "parallel_to": "parallel to", "remedy_for": "a remedy for",
}  # fmt: skip
"""What a deal is to another, in words, as its own record may say."""

INVERSE_RELATIONS = {**RELATIONS, "has_part": "in part made up of", "remedied_by": "remedied by"}
"""What a deal is to another, in words, as either record may say."""


@section(
    noun="link",
    title="Links to other deals",
    columns=("other_deal", "relation", "note", "since"),
    depends_on=(Link,),
    wording=Wording(
        group=Group.OTHER,
        rank=1,
        it=("the link to the deal {other_deal}",),
        new="This deal is {relation} the deal {other_deal}",
        shown=("{note}",),
        gone="This deal is no longer {relation} the deal {other_deal}",
        members={
            "relation": sentence_member(
                "This deal is {now} the deal {other_deal}",
                "This deal is now {now} the deal {other_deal} (before: {was})",
                "How this deal relates to the deal {other_deal} is no longer on record (before: {was})",
                meanings=RELATIONS,
            ),
            "note": value_member("the note"),
            "since": value_member("the day", follows=("relation",)),
            "other": value_member("what is known", item=("{title}", "{status}")),
        },
        repeated=frozenset({"id", "other_deal"}),
    ),
)
def links(context: Context) -> list[Entry]:
    """Links to other deals, in order of their ids.

    They are those of the deal's own record, and `other` is null: what other deals say is added to the answer.
    """
    return [entry_of(each, _link) for each in context.every(Link) if each.active]


def _link(link: Link) -> Entry:
    return {
        "id": link.id,
        "other_deal": link.id,
        "relation": link.relation,
        "note": link.note,
        "since": link.since,
        "other": None,
    }
