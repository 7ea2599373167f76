"""Where sources disagree."""

from collections.abc import Iterator

from domain.entities.statement import Stance
from domain.rulebook import register_rule
from domain.sections.claims import claim_status, visible_claims
from domain.sections.context import Entry, is_shown_count, newest_shown
from domain.sections.derivation import Derivation
from domain.sections.section import section
from domain.sections.wording import Group, Wording, sentence_member, status_member

CONTRADICTION = "contradictions"


DENIED = register_rule(
    "claim-against-denial",
    CONTRADICTION,
    "A report says one thing, and someone said that it is false. Who is right stays open unless whom it is about "
    "denies it. A denial that was withdrawn, by a confirmation of the same party or a voiding, contradicts nothing.",
    "Beijing would rather see TikTok closed than sold, say three unnamed officials; Beijing says otherwise.",
)


SAID_AND_REPORTED = register_rule(
    "stance-against-report",
    CONTRADICTION,
    "The position that a party states and the one that is reported of it differ.",
    "A ministry supports a deal in public and is reported to oppose it.",
)


FACT_AND_REPORT = register_rule(
    "fact-against-report",
    CONTRADICTION,
    "A report would change a value that a fact has set. The fact prevails; the report is shown beside it.",
    "The deal is open; a paper says that talks are shelved.",
)


BESIDE = ("orders", "export_lists", "approvals", "deadlines", "bids", "variants", "agreements", "litigation", "parties")
"""The sections whose entries may show reports beside their facts."""


ACCOUNTS = frozenset({"because", "history", "versions", "days_silent", "days_left", "working_days_left", "trace"})
"""Fields that differ whenever anything does."""


@section(
    noun="contradiction",
    wording=Wording(
        group=Group.OTHER,
        rank=1,
        it=("{id}",),
        new="Sources disagree[ on the {field} of {it}|: {why}]",
        gone="Sources no longer disagree[ on the {field} of {it}|: {why}]",
        members={
            "why": sentence_member(
                "Sources disagree: {now}",
                "Sources disagree: {now} (before: {was})",
                "Sources no longer disagree: {was}",
            ),
            "sides": sentence_member(
                "What the sources on {it} say: {now}",
                "What the sources on {it} say: {difference}",
                "What the sources on {it} say is no longer on record",
                item=("{by}", "says {says}"),
                follows=("why",),
            ),
            "status": status_member({}),
        },
        repeated=frozenset({"rule", "kind", "id", "field"}),
    ),
)
def contradictions(derivation: Derivation, sections: Entry) -> list[Entry]:
    """Where sources disagree, each side with its events."""
    return [*_denied(derivation), *_stances(derivation), *_beside(sections)]


def _denied(derivation: Derivation) -> Iterator[Entry]:
    """Rule 30: a denial contradicts a report until the party that denied it confirms it."""
    for claim in visible_claims(derivation.context):
        if not claim.denials:
            continue
        reports = [each["because"][0] for each in claim.reports]
        denials = sorted(claim.denials.items(), key=lambda each: each[1].key)
        names = ", ".join(by for by, _mark in denials)
        denial: Entry = {
            "rule": DENIED,
            "kind": "claim",
            "id": claim.id,
            "why": f"{names} {'says' if len(denials) == 1 else 'say'} that it is false: "
            f"{claim.statement or 'a claim not on record'}",
            "sides": [
                newest_shown({"by": sorted(claim.origins), "says": claim.statement, "because": reports}),
                *({"by": [by], "says": "false", "because": [mark.id]} for by, mark in denials),
            ],
            "status": claim_status(claim),
            "because": [*claim.origin.because],
        }
        yield newest_shown(denial)


def _stances(derivation: Derivation) -> Iterator[Entry]:
    for entity in derivation.context.every(Stance):
        stated, reported = entity.stated, entity.reported
        if stated is None or reported is None or stated["stance"] == reported["stance"]:
            continue
        if derivation.context.layer == "facts" and derivation.context.confirmed(reported["claim_id"]) is None:
            continue
        party, issue = entity.id_parts
        yield {
            "rule": SAID_AND_REPORTED,
            "kind": "stance",
            "id": entity.id,
            "why": f"{party} states {stated['stance']} on {issue}; reports say {reported['stance']}.",
            "sides": [
                {"by": [party], "says": stated["stance"], "because": list(stated["because"])},
                {"by": ["reports"], "says": reported["stance"], "because": list(reported["because"])},
            ],
            "because": [*stated["because"], *reported["because"]],
        }


def _beside(sections: Entry) -> Iterator[Entry]:
    """The values that reports would change, wherever an entry shows them beside its facts."""
    status = sections["status"]
    if status and "reported" in status:
        yield _against("deal", "status", "value", status, status["reported"])
    for name in BESIDE:
        for entity_id, entry in sections[name].items():
            for field, reported in entry.get("reported", {}).items():
                account = field in ACCOUNTS or field.endswith("_because") or is_shown_count(field)
                if not account and reported["value"] != entry.get(field):
                    yield _against(name, entity_id, field, entry, reported)


def _against(kind: str, entity_id: str, field: str, entry: Entry, reported: Entry) -> Entry:
    """A field of an entry that facts set to one value, and reports to another."""
    return {
        "rule": FACT_AND_REPORT,
        "kind": kind,
        "id": entity_id,
        "field": field,
        "why": f"{entity_id}: {field} is set by facts and reported otherwise.",
        "sides": [
            {"by": ["facts"], "says": entry.get(field), "because": entry["because"]},
            {"by": ["reports"], "says": reported["value"], "because": reported["because"]},
        ],
        "because": list(dict.fromkeys((*entry["because"], *reported["because"]))),
    }
