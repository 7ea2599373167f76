"""Agreements between the parties, as amended."""

from domain.entities.agreement import Agreement
from domain.sections.context import Context, Entry, entries_by_id, to_json
from domain.sections.section import section


@section(
    entity=Agreement,
    columns=("level", "binding", "parties", "price", "since"),
    named_by="level",
    depends_on=(),
    separate=True,
)
def agreements(context: Context) -> dict[str, Entry]:
    """What was agreed, as amended."""
    return entries_by_id(context.every(Agreement), _agreement)


def _agreement(agreement: Agreement) -> Entry:
    view: Entry = {
        "level": agreement.level,
        "binding": agreement.binding,
        "parties": list(agreement.parties),
        "summary": agreement.summary,
        "price": to_json(agreement.price),
        "consideration": to_json(agreement.consideration),
        "covers": list(agreement.covers),
        "stakes": to_json(agreement.stakes),
        "variant_id": agreement.variant_id,
        "outside_date": to_json(agreement.outside_date),
        "since": agreement.reached.since if agreement.reached else None,
        "versions": to_json(agreement.versions),
    }
    # An amendment sets the agreement's terms key by key (rule 13), those with a field of their own included.
    view.update({name: to_json(value) for name, value in agreement.other.items() if name != "versions"})
    return view
