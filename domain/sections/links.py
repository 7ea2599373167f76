"""Links to other deals."""

from domain.entities.link import Link
from domain.sections.context import Context, Entry, entry_of
from domain.sections.section import section


@section(
    noun="link", title="Links to other deals", columns=("other_deal", "relation", "note", "since"), depends_on=(Link,)
)
def links(context: Context) -> list[Entry]:
    """Links to other deals, in order of their ids.

    `other` is null here: title and status of the other deal are added by a reader of both.
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
