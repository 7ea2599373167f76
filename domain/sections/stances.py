"""The positions of each party per issue, as stated and as reported."""

from domain.entities.party import Party
from domain.entities.statement import Claim, Stance
from domain.sections.context import Context, Entry, newest_shown
from domain.sections.section import section
from domain.sections.wording import Group, Member, Wording, flag_member, list_member, sentence_member, value_member


def _stance(how: str) -> Member:
    """The words for a stance as stated, or as reported."""
    return sentence_member(
        f"{{it}}, {how}, is {{now}}", f"{{it}}, {how}, is now {{now}} (before: {{was}})",
        f"{{it}}, {how}, is no longer on record (before: {{was}})",
        meanings={
            "support": "support", "conditional": "support on conditions", "neutral": "neutral", "oppose": "opposition",
            "demand": "a demand", "unknown": "not known",
        },
    )  # fmt: skip


@section(
    entity=Stance,
    depends_on=(Party, Claim),
    wording=Wording(
        group=Group.PARTIES,
        rank=1,
        it=("the position of {outer} on {inner}",),
        new="New: {it}",
        shown=("stated: {stated.stance}", "reported: {reported.stance}"),
        gone="{it} is no longer on record",
        members={
            "stated.stance": _stance("as stated"),
            "stated.speaker": value_member("the speaker", follows=("stated.stance",)),
            "stated.previous_holder": flag_member(
                "was stated by someone who has left the office",
                "was stated by the present holder of the office",
                follows=("stated.stance",),
            ),
            "stated.statement": value_member("the wording", follows=("stated.stance",)),
            "stated.conditions": list_member("the conditions"),
            "reported.stance": _stance("as reported"),
            "reported.grade": value_member("the grade", follows=("reported.stance",)),
            "reported.confirmed_by": sentence_member(
                "{now} confirmed the report on {it}",
                "{now} confirmed the report on {it} (before: {was})",
                "The report on {it} is no longer confirmed (before: by {was})",
            ),
            "reported.claim_id": value_member("the reporting claim", follows=("reported.stance",)),
        },
        repeated=frozenset({"stated.since", "stated.previous", "stated.shifted_on", "stated.last", "reported.since"}),
    ),
)
def stances(context: Context) -> dict[str, dict[str, Entry]]:
    """Per party and issue: what it stated, and apart from that what it was reported to want."""
    section: dict[str, dict[str, Entry]] = {}
    for entity in context.every(Stance):
        entry: Entry = {"stated": None, "reported": None, "because": list(entity.origin.because)}
        if entity.stated is not None:
            changes = _later_changes(context, entity)
            entry["stated"] = {**entity.stated, "previous_holder": bool(changes)}
            entry["because"] += changes
        confirmed = context.confirmed(entity.reported["claim_id"]) if entity.reported is not None else None
        if entity.reported is not None and (confirmed or context.layer == "all"):
            entry["reported"] = {**entity.reported, "confirmed_by": confirmed.value if confirmed else None}
        if confirmed is not None:
            entry["because"] = [*entry["because"], confirmed.id]
        elif entity.stated is None:
            entry["layer"] = "reported"
        if entry["stated"] is None and entry["reported"] is None and not entity.origin.erased:
            continue
        party, issue = entity.id_parts
        section.setdefault(party, {})[issue] = newest_shown(entry)
    return section


def _later_changes(context: Context, entity: Stance) -> list[str]:
    """The events by which the speaker has left the office that spoke for the party.

    Where either name is missing, any statement before the change is taken for the previous holder's.
    """
    party = context.one(Party, entity.id_parts[0])
    if party is None or entity.stated_key is None:
        return []
    speaker = (entity.stated or {}).get("speaker")
    later = [change for change in party.representatives if change["key"] > entity.stated_key]
    left = [change for change in later if change["person_out"] in (None, speaker) or speaker is None]
    return [event for change in left for event in change["because"]]
