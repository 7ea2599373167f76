"""Claims in reports, and whether they were confirmed or denied."""

from domain.entities.statement import Claim
from domain.sections.context import Context, Entry, entries_by_id, to_json
from domain.sections.section import section
from domain.sections.wording import Group, Wording, sentence_member, status_member, value_member


def visible_claims(context: Context) -> list[Claim]:
    """The claims of the layer asked for: of the facts alone, those that someone made on record or confirmed."""
    every = context.every(Claim)
    return every if context.layer == "all" else [claim for claim in every if claim.origin.facts]


@section(
    entity=Claim,
    columns=("statement", "about", "status", "grade", "independent_origins"),
    named_by="statement",
    depends_on=(),
    wording=Wording(
        group=Group.OTHER,
        new="New: {it}",
        shown=("{status}", "grade {grade}", "about {about}"),
        gone="{it} is no longer on record",
        members={
            "status": status_member(
                {
                    "open": "neither confirmed nor denied",
                    "denied": "denied by whom it is about",
                    "disputed": "disputed",
                }
            ),
            "confirmed_by": sentence_member(
                "{now} confirmed {it}",
                "{now} confirmed {it} (before: {was})",
                "{it} is no longer confirmed (before: by {was})",
                follows=("status",),
            ),
            "denied_by": sentence_member(
                "{now} denied {it}",
                "{now} denied {it} (before: {was})",
                "{it} is no longer denied (before: by {was})",
                follows=("status",),
            ),
            "independent_origins": sentence_member(
                "{it} has {now} independent origins",
                "{it} has {now} independent origins (before: {was})",
                "{it} no longer has an independent origin (before: {was})",
            ),
            "grade": value_member("the grade"),
            "statement": value_member("the wording"),
            "about": value_member("the subject"),
            "restates": sentence_member(
                "{it} restates {now}",
                "{it} restates {now} (before: {was})",
                "{it} no longer restates anything (before: {was})",
                item=("{deadline_id}", "as {offset} {unit}", "from {anchor}"),
            ),
        },
        repeated=frozenset({"origins", "reports"}),
    ),
    statuses=("open", "confirmed", "disputed", "denied"),
)
def claims(context: Context) -> dict[str, Entry]:
    """Every claim of the layer; a confirmed one counts as a fact."""
    section = entries_by_id(visible_claims(context), claim_view)
    for claim_id, entry in section.items():
        if context.confirmed(claim_id) is not None:
            entry.pop("layer", None)
    return section


def claim_view(claim: Claim) -> Entry:
    return {
        "statement": claim.statement,
        "about": claim.about,
        "status": claim_status(claim),
        "grade": claim.grade,
        "independent_origins": len(claim.origins),
        "origins": sorted(claim.origins),
        "restates": to_json(claim.restates),
        "confirmed_by": claim.confirmed.value if claim.confirmed else None,
        "denied_by": claim.denied.value if claim.denied else None,
        "reports": to_json(claim.reports),
    }


def claim_status(claim: Claim) -> str:
    """Open until someone speaks to it; denied only by whom it is about, else disputed. The last word counts."""
    confirmed, denied = claim.confirmed, claim.denied
    if denied is not None and (confirmed is None or confirmed.key < denied.key):
        return "denied" if denied.value == claim.about and confirmed is None else "disputed"
    return "confirmed" if confirmed is not None else "open"
