"""The origins of reports, and what became of the claims that each carried."""

from domain.sections.claims import claim_status, visible_claims
from domain.sections.context import Entry, newest_shown
from domain.sections.derivation import Derivation
from domain.sections.section import section
from domain.sections.wording import Group, Wording, sentence_member, value_member

OUTCOMES = ("confirmed", "denied", "disputed", "open")


@section(
    title="Reliability of sources",
    columns=("claims", "confirmed", "denied", "disputed", "open", "confirmed_pct"),
    wording=Wording(
        group=Group.OTHER,
        rank=4,
        it=("the source {id}",),
        new="New: {it}",
        shown=("{claims} claims",),
        gone="{it} is no longer on record",
        members={
            "confirmed_pct": sentence_member(
                "Of what {it} claimed and was settled, {now} per cent was confirmed",
                "Of what {it} claimed and was settled, {now} per cent was confirmed (before: {was})",
                "What {it} claimed is no longer settled (before: {was} per cent confirmed)",
            ),
            "claims": value_member("the number of claims"),
            "confirmed": value_member("the number of confirmed claims", follows=("confirmed_pct",)),
            "denied": value_member("the number of denied claims", follows=("confirmed_pct",)),
            "disputed": value_member("the number of disputed claims"),
            "open": value_member("the number of open claims", follows=("claims", "confirmed_pct", "disputed")),
        },
    ),
)
def sources(derivation: Derivation) -> dict[str, Entry]:
    """Per origin of reports: how many claims it carried, and what became of them."""
    section: dict[str, Entry] = {}
    for claim in visible_claims(derivation.context):
        status = claim_status(claim)
        for origin in sorted(claim.origins):
            entry = section.setdefault(origin, {"claims": 0, **dict.fromkeys(OUTCOMES, 0), "because": []})
            entry["claims"] += 1
            entry[status] += 1
            ids = [each["because"][0] for each in claim.reports if origin in each["origins"]]
            entry["because"] += [*ids, *(mark.id for mark in (claim.confirmed, claim.denied) if mark is not None)]
    for entry in section.values():
        decided = entry["confirmed"] + entry["denied"]
        newest_shown(entry)
        entry["confirmed_pct"] = round(100 * entry["confirmed"] / decided) if decided else None
    return dict(sorted(section.items()))
