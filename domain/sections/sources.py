"""The origins of reports, and what became of the claims that each carried."""

from domain.sections.claims import claim_status, visible_claims
from domain.sections.context import Entry, newest_shown
from domain.sections.derivation import Derivation
from domain.sections.section import section

OUTCOMES = ("confirmed", "denied", "disputed", "open")


@section(title="Reliability of sources", columns=("claims", "confirmed", "denied", "disputed", "open", "confirmed_pct"))
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
            entry["because"] += ids
    for entry in section.values():
        decided = entry["confirmed"] + entry["denied"]
        newest_shown(entry)
        entry["confirmed_pct"] = round(100 * entry["confirmed"] / decided) if decided else None
    return dict(sorted(section.items()))
