"""Agreements between the parties, as amended."""

from domain.entities.agreement import Agreement
from domain.sections.context import Context, Entry, keyed, plain


def agreements(context: Context) -> dict[str, Entry]:
    return keyed(context.every(Agreement), _agreement)


def _agreement(agreement: Agreement) -> Entry:
    view: Entry = {
        "level": agreement.level,
        "binding": agreement.binding,
        "parties": list(agreement.parties),
        "summary": agreement.summary,
        "price": plain(agreement.price),
        "stakes": plain(agreement.stakes),
        "variant_id": agreement.variant_id,
        "outside_date": plain(agreement.outside_date),
        "since": agreement.reached.since if agreement.reached else None,
        "versions": plain(agreement.versions),
    }
    # An amendment sets the agreement's terms key by key (rule 13), those with a field of their own included.
    view.update({name: plain(value) for name, value in agreement.other.items() if name != "versions"})
    return view
