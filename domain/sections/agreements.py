"""Agreements between the parties, as amended."""

from domain.entities.agreement import Agreement
from domain.sections.context import Context, Entry, entries_by_id, to_json
from domain.sections.section import section
from domain.sections.wording import (
    Group,
    Wording,
    consideration,
    list_member,
    sentence_member,
    stakes,
    status_member,
    value_member,
)


@section(
    entity=Agreement,
    columns=("level", "binding", "parties", "price", "since"),
    named_by="level",
    depends_on=(),
    separate=True,
    wording=Wording(
        group=Group.ECONOMICS,
        new="New: {it}",
        shown=("of {since}", "{binding}", "{price}", "covering {covers}"),
        gone="{it} is no longer on record",
        members={
            "outside_date": value_member("the outside date", group=Group.DATES),
            "price": value_member("the price"),
            "consideration": consideration(),
            "stakes": stakes(),
            "binding": status_member({True: "binding", False: "not binding"}),
            "level": sentence_member(
                "What was agreed is {now}",
                "What was agreed is now {now} (before: {was})",
                "What kind of agreement {it} is is no longer on record (before: {was})",
                meanings={
                    "framework": "framework agreement",
                    "in_principle": "agreement in principle",
                    "political": "political agreement",
                    "definitive": "definitive agreement",
                },
            ),
            "parties": list_member("the parties"),
            "covers": list_member("the scope"),
            "variant_id": value_member("the structure"),
            "summary": value_member("the summary"),
            "since": value_member("the day", follows=("level",)),
        },
        repeated=frozenset({"versions"}),
    ),
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
