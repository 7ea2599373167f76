"""What an analyst must know to be missing, and where sources say different things."""

from collections.abc import Iterator
from typing import Any

from domain.entities.export_list import ExportList
from domain.entities.statement import Stance
from domain.fields import conditions
from domain.rules import entered
from domain.sections.calendar_faults import calendar_faults
from domain.sections.claims import claim_status, told
from domain.sections.context import Entry, newest_shown
from domain.sections.derivation import Reading
from domain.sections.feasibility import Review

UNKNOWN, CONTRADICTION = "unknowns", "contradictions"

NO_DATE = entered(
    "no-date",
    UNKNOWN,
    "An open deadline has no date: nothing names one, what names one is open-ended, its clock stands still, or its "
    "count needs what is not known. No date is guessed.",
    "20 working days by a calendar that nobody knows.",
)
LOOSE_ANCHOR = entered(
    "loose-anchor",
    UNKNOWN,
    "A date is counted from a day that is known only roughly; the count starts from the earliest or latest reading, "
    "as asked.",
    "90 days from some day of August 2020.",
)
NO_DURATION = entered(
    "no-duration",
    UNKNOWN,
    "An approval is outstanding and the record does not say how long it may take.",
    "China's licence, in the articles of September 2020.",
)
NO_CALENDAR = entered(
    "no-calendar",
    UNKNOWN,
    "An approval is bounded in working days, and no calendar of its jurisdiction is known.",
    "25 working days of the European Commission.",
)
NO_AUTHORITY = entered(
    "no-authority",
    UNKNOWN,
    "An approval is first heard of by a later event: who decides, and on what, is not on record.",
    "A proposal is filed with CFIUS before any event says that its approval is required.",
)
NO_BASE = entered(
    "no-base-variant",
    UNKNOWN,
    "Whether an approval is needed depends on how the deal is built, and no variant is adopted.",
    "China's licence is needed only if the algorithm goes along; three variants are discussed.",
)
LIST_COUNT = entered(
    "list-count",
    UNKNOWN,
    "A list of controlled exports grew by more entries than are on record: what else it catches is not known.",
    "23 entries added, two of them named.",
)
NO_PRICE = entered(
    "no-price",
    UNKNOWN,
    "A bid is in play and its price is not on record.",
    "Oracle's bid of 14 September 2020.",
)
RELIEF_OUTLIVES = entered(
    "relief-outlives-case",
    UNKNOWN,
    "A case has ended and the record does not say what became of a court's stop in it. It counts as standing.",
    "A case is dismissed while its injunction runs.",
)
DENIED = entered(
    "claim-against-denial",
    CONTRADICTION,
    "A report says one thing, and someone said that it is false. Who is right stays open unless whom it is about "
    "denies it. A denial that was withdrawn, by a confirmation of the same party or a voiding, contradicts nothing.",
    "Beijing would rather see TikTok closed than sold, say three unnamed officials; Beijing says otherwise.",
)
SAID_AND_REPORTED = entered(
    "stance-against-report",
    CONTRADICTION,
    "What a party states and what it is reported to stand for differ.",
    "A ministry supports a deal in public and is reported to oppose it.",
)
FACT_AND_REPORT = entered(
    "fact-against-report",
    CONTRADICTION,
    "A report would change a value that a fact has set. The fact stands; the report is shown beside it.",
    "The deal is open; a paper says that talks are shelved.",
)

OUTCOMES = ("confirmed", "denied", "disputed", "open")

BESIDE = ("orders", "export_lists", "approvals", "deadlines", "bids", "variants", "agreements", "litigation", "parties")
"""The sections whose entries may show reports beside their facts."""

ACCOUNTS = frozenset({"because", "history", "versions", "days_silent", "days_left", "working_days_left", "trace"})
"""Fields that differ whenever anything does."""


def unknowns(reading: Reading, reviews: dict[str, Review]) -> list[Entry]:
    """What is missing, by rule and id; nothing once the deal has ended."""
    if reading.context.ended_at is not None:
        return []
    found = [*_dates(reading), *_approvals(reading, reviews), *_lists(reading), *_prices(reading), *_reliefs(reading)]
    return sorted(found, key=lambda entry: (entry["rule"], entry["id"]))


def _missing(rule_id: str, kind: str, thing_id: str, why: str, because: tuple[str, ...]) -> Entry:
    return {"rule": rule_id, "kind": kind, "id": thing_id, "why": why, "because": list(because)}


def _dates(reading: Reading) -> Iterator[Entry]:
    for found in reading.docket.all.values():
        deadline, instrument = found.deadline, found.deadline.instrument
        if not found.open:
            continue
        if found.due is None:
            yield _missing(NO_DATE, "deadline", deadline.id, found.trace[-1], deadline.origin.because[-1:])
            continue
        calendar = instrument.calendar if instrument is not None else None
        for rule_id, why in calendar_faults(calendar, reading.context.calendars):
            yield _missing(rule_id, "deadline", deadline.id, why, deadline.origin.causes.get("instrument", ()))
        anchor = found.anchor if instrument is not None and instrument.due is None else None
        if anchor is not None and anchor.earliest != anchor.latest:
            why = f"It is counted from {anchor.text}, which is no single day."
            yield _missing(LOOSE_ANCHOR, "deadline", deadline.id, why, found.due.because)


def _approvals(reading: Reading, reviews: dict[str, Review]) -> Iterator[Entry]:
    base = reading.structure.base
    for approval in reading.clearance.all:
        if reading.clearance.status(approval)[0] not in ("required", "pending"):
            continue
        because = approval.origin.because[-1:]
        if approval.authority is None:
            yield _missing(NO_AUTHORITY, "approval", approval.id, "No event says whose it is.", because)
        if approval.only_if is not None and base is None:
            condition = conditions.parse(approval.only_if)
            holding = [variant.id for variant in reading.structure.live if condition.holds(variant)]
            told = f"it holds for {', '.join(holding)}" if holding else "no variant on record meets it"
            yield _missing(
                NO_BASE, "approval", approval.id, f"No variant is adopted: {approval.only_if}; {told}.", because
            )
        if approval.id not in reviews:
            continue
        if approval.min_days is None and approval.max_days is None:
            yield _missing(NO_DURATION, "approval", approval.id, "How long it may take is not on record.", because)
        elif approval.day_kind == "working_day" and reading.context.calendars(approval.jurisdiction or "none") is None:
            why = f"No calendar of working days is known for {approval.jurisdiction or 'an unnamed place'}."
            yield _missing(NO_CALENDAR, "approval", approval.id, why, because)


def _lists(reading: Reading) -> Iterator[Entry]:
    for thing in reading.context.every(ExportList):
        if thing.added is not None and thing.added > len(thing.entries):
            why = f"{thing.added} entries were added, {len(thing.entries)} are on record."
            yield _missing(LIST_COUNT, "export_list", thing.id, why, thing.origin.because[-1:])


def _prices(reading: Reading) -> Iterator[Entry]:
    for bid in reading.bidding.in_play():
        if bid.price is None:
            yield _missing(NO_PRICE, "bid", bid.id, "Its price is not on record.", bid.origin.because[-1:])


def _reliefs(reading: Reading) -> Iterator[Entry]:
    for case, relief in reading.law.live:
        if case.ended is not None and relief.relief != "permanent_injunction":
            why = (
                f"The case ended on {case.ended.since}; whether its {relief.relief.replace('_', ' ')} did is not said."
            )
            yield _missing(RELIEF_OUTLIVES, "case", case.id, why, (relief.id, case.ended.id))


def contradictions(reading: Reading, sections: Entry) -> list[Entry]:
    """Where sources say different things, each side with its events."""
    return [*_denied(reading), *_stances(reading), *_beside(sections)]


def _denied(reading: Reading) -> Iterator[Entry]:
    """Rule 30: a denial contradicts a report for as long as whoever denied it has not confirmed it."""
    for claim in told(reading.context):
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


def _stances(reading: Reading) -> Iterator[Entry]:
    for thing in reading.context.every(Stance):
        stated, said = thing.stated, thing.said
        if stated is None or said is None or stated["stance"] == said["stance"]:
            continue
        if reading.context.layer == "facts" and reading.context.confirmed(said["claim_id"]) is None:
            continue
        yield {
            "rule": SAID_AND_REPORTED,
            "kind": "stance",
            "id": thing.id,
            "why": f"{thing.party} states {stated['stance']} on {thing.issue}; reports say {said['stance']}.",
            "sides": [
                {"by": [thing.party], "says": stated["stance"], "because": list(stated["because"])},
                {"by": ["reports"], "says": said["stance"], "because": list(said["because"])},
            ],
            "because": [*stated["because"], *said["because"]],
        }


def _beside(sections: Entry) -> Iterator[Entry]:
    """The values that reports would change, wherever an entry shows them beside its facts."""
    status = sections["status"]
    if status and "reported" in status:
        told = status["reported"]
        yield _against("deal", "status", "value", status["value"], told["value"], status["because"], told["because"])
    for name in BESIDE:
        for thing_id, entry in sections[name].items():
            for field, told in entry.get("reported", {}).items():
                if field not in ACCOUNTS and not field.endswith("_because") and told["value"] != entry.get(field):
                    because = entry["because"]
                    yield _against(name, thing_id, field, entry.get(field), told["value"], because, told["because"])


def _against(kind: str, thing_id: str, field: str, fact: Any, told: Any, because: list[str], by: list[str]) -> Entry:
    return {
        "rule": FACT_AND_REPORT,
        "kind": kind,
        "id": thing_id,
        "field": field,
        "why": f"{thing_id}: {field} is set by facts and reported otherwise.",
        "sides": [
            {"by": ["facts"], "says": fact, "because": because},
            {"by": ["reports"], "says": told, "because": by},
        ],
        "because": list(dict.fromkeys((*because, *by))),
    }


def sources(reading: Reading) -> dict[str, Entry]:
    """Per origin of reports: how many claims it carried, and what became of them."""
    section: dict[str, Entry] = {}
    for claim in told(reading.context):
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
