"""What parties say, what is reported, what it is said to be worth; and single terms."""

from collections.abc import Sequence
from decimal import Decimal
from functools import partial
from typing import Any

from domain.entities.assessment import Assessment
from domain.entities.export_list import ExportList, Match
from domain.entities.identity import Identity
from domain.entities.party import Party
from domain.entities.remedy import Remedy
from domain.entities.statement import Claim, Stance
from domain.entities.term import Term
from domain.entities.valuation import Valuation
from domain.sections.context import Context, Entry, keyed, newest_shown, plain


def stances(context: Context) -> dict[str, dict[str, Entry]]:
    """Per party and issue: what it stated, and apart from that what it was reported to want."""
    section: dict[str, dict[str, Entry]] = {}
    for thing in context.every(Stance):
        entry: Entry = {"stated": None, "reported": None, "because": list(thing.origin.because)}
        if thing.stated is not None:
            entry["stated"] = {**thing.stated, "previous_holder": _previous_holder(context, thing)}
        confirmed = context.confirmed(thing.said["claim_id"]) if thing.said is not None else None
        if thing.said is not None and (confirmed or context.layer == "all"):
            entry["reported"] = {**thing.said, "confirmed_by": confirmed.value if confirmed else None}
        if confirmed is not None:
            entry["because"] = [*entry["because"], confirmed.id]
        elif thing.stated is None:
            entry["layer"] = "reported"
        if entry["stated"] is None and entry["reported"] is None and not thing.origin.erased:
            continue
        section.setdefault(thing.party, {})[thing.issue] = newest_shown(entry)
    return section


def _previous_holder(context: Context, thing: Stance) -> bool:
    """Whether whoever said so has left the office that spoke for the party.

    Where either name is missing, whatever was said before the change is taken for the previous holder's.
    """
    party = context.one(Party, thing.party)
    if party is None or thing.stated_key is None:
        return False
    speaker = (thing.stated or {}).get("speaker")
    later = [change for change in party.representatives if change["key"] > thing.stated_key]
    return any(change["person_out"] in (None, speaker) or speaker is None for change in later)


def told(context: Context) -> list[Claim]:
    """The claims of the layer asked for: of the facts alone, those that someone stood up for or confirmed."""
    every = context.every(Claim)
    return every if context.layer == "all" else [claim for claim in every if claim.origin.facts]


def claims(context: Context) -> dict[str, Entry]:
    """Every claim of the layer; a confirmed one counts as a fact."""
    section = keyed(told(context), claim_view)
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
        "restates": plain(claim.restates),
        "confirmed_by": claim.confirmed.value if claim.confirmed else None,
        "denied_by": claim.denied.value if claim.denied else None,
        "reports": plain(claim.reports),
    }


def claim_status(claim: Claim) -> str:
    """Open until someone speaks to it; denied only by whom it is about, else disputed. The last word counts."""
    confirmed, denied = claim.confirmed, claim.denied
    if denied is not None and (confirmed is None or confirmed.key < denied.key):
        return "denied" if denied.value == claim.about and confirmed is None else "disputed"
    return "confirmed" if confirmed is not None else "open"


def terms(context: Context) -> dict[str, Entry]:
    section: dict[str, Entry] = {}
    for term in context.every(Term):
        entry = _term(context, term)
        if entry is None and term.origin.erased:
            entry = {**dict.fromkeys(("value", "since", "until", "agreement_id")), "because": list(term.origin.because)}
        if entry is not None:
            section[term.id] = entry
    return section


def _term(context: Context, term: Term) -> Entry | None:
    """The value that holds now: the last to start among those that have not ended; null means that there is none."""
    standing = [
        each
        for each in term.segments
        if each.until is None or not context.reached(each.until.opens(context.zone, context.reading))
    ]
    if not standing or standing[-1].value is None:
        return None
    holds = standing[-1]
    entry: Entry = {
        "value": plain(holds.value),
        "since": holds.since,
        "until": plain(holds.until),
        "agreement_id": holds.agreement_id,
        "because": [holds.id],
    }
    if not term.origin.facts:
        entry["layer"] = "reported"
    elif term.origin.shadow is not None and isinstance(term.origin.shadow, Term):
        told = _term(context, term.origin.shadow)
        if told is not None and told["value"] != entry["value"]:
            grade = next((by[1] for by in term.origin.shadow.origin.by_report.values()), None)
            entry["reported"] = {"value": {"value": told["value"], "grade": grade, "because": told["because"]}}
    return entry


def remedies(context: Context) -> dict[str, Entry]:
    return keyed(context.every(Remedy), _remedy)


def _remedy(remedy: Remedy) -> Entry:
    return {
        "by": remedy.by,
        "to": remedy.to,
        "summary": remedy.summary,
        "duration_years": remedy.duration_years,
        "status": remedy.status,
        "decided_by": remedy.decided_by,
        "reason": remedy.reason,
    }


def valuation(context: Context, dropped: frozenset[str]) -> Entry:
    """The spread of what was said it is worth; dropped variants do not count, currencies are never mixed."""
    thing = context.one(Valuation, "") or Valuation(id="")
    standing = [each for each in thing.spread.values() if each["variant_id"] not in dropped]
    by_variant: dict[str, Entry] = {}
    for variant_id in sorted({each["variant_id"] for each in standing if each["variant_id"]}):
        by_variant[variant_id] = _spread([each for each in standing if each["variant_id"] == variant_id])
    entry = _spread(standing)
    entry["observations"] = plain([each for each in thing.observations if each["variant_id"] not in dropped])
    entry["count"] = thing.count
    entry["by_variant"] = by_variant
    entry["because"] = list(thing.origin.because)
    return newest_shown(entry, ("observations", "because"))


def _spread(observed: list[Any]) -> Entry:
    currencies = sorted({each["currency"] for each in observed})
    if len(currencies) > 1:
        return {"low": None, "high": None, "why": f"not comparable: amounts in {', '.join(currencies)}"}
    lows = [each["low"] for each in observed if each.get("low") is not None]
    highs = [each["high"] for each in observed if each.get("high") is not None]
    currency = currencies[0] if currencies else None
    return {
        "low": {"amount": min(lows, key=Decimal), "currency": currency} if lows else None,
        "high": {"amount": max(highs, key=Decimal), "currency": currency} if highs else None,
    }


def export_lists(context: Context) -> dict[str, Entry]:
    return keyed(context.every(ExportList), partial(_list_view, context))


def matches(context: Context, thing: ExportList) -> list[Match]:
    """The opinions that an asset falls under this list as it stands."""
    return [match for match in context.every(Match) if _belongs(match, thing)]


def _list_view(context: Context, thing: ExportList) -> Entry:
    return {
        "issuer": thing.issuer,
        "jurisdiction": thing.jurisdiction,
        "prohibition": thing.prohibition,
        "version": thing.version,
        "effective": plain(thing.effective),
        "added": thing.added,
        "modified": thing.modified,
        "removed": thing.removed,
        "entries": plain(thing.entries),
        "matched": [_match_view(match) for match in matches(context, thing)],
        "history": plain(thing.history),
    }


def _belongs(match: Match, thing: ExportList) -> bool:
    """A match names its list, or an entry of it in much the same words; what was taken off the list matches no more."""
    if match.list_id not in (None, thing.id):
        return False
    words = match.entry_ref.casefold()
    if _among(words, thing.gone) and not _among(words, [entry.label for entry in thing.entries]):
        return False
    if match.list_id == thing.id:
        return True
    codes = {entry.code.casefold() for entry in thing.entries if entry.code}
    return words in codes or _among(words, [entry.label for entry in thing.entries])


def _among(words: str, labels: Sequence[str]) -> bool:
    return any(words in label or label in words or _alike(words, label) for label in map(str.casefold, labels))


def _alike(words: str, label: str) -> bool:
    """Half of the longer words of the label stand in what was said, word stems alike."""
    stems = {word[:8] for word in label.split() if len(word) > 4}
    told = {word[:8].strip(";,") for word in words.split()}
    return bool(stems) and 2 * len(stems & told) >= len(stems)


def _match_view(match: Match) -> Entry:
    entry: Entry = {
        "entry_ref": match.entry_ref,
        "asset_id": match.asset_id,
        "assessed_by": match.assessed_by,
        "opinion": match.opinion,
        "certainty": match.certainty,
        "because": list(match.origin.because),
    }
    newest_shown(entry)
    return entry if match.origin.facts else {**entry, "layer": "reported"}


def assessments(context: Context) -> dict[str, dict[str, Entry]]:
    """Judgements of analysts, per subject and measure."""
    section: dict[str, dict[str, Entry]] = {}
    for thing in context.every(Assessment):
        told = {"value": plain(thing.value), "method": thing.method, "since": thing.since}
        entry = newest_shown({**told, "because": list(thing.origin.because)})
        section.setdefault(thing.subject, {})[thing.measure] = entry
    return section


def merged(context: Context) -> dict[str, Entry]:
    """Ids that were given up, and what stands for them."""
    return {
        thing.id: newest_shown({"into": thing.into, "because": list(thing.origin.because)})
        for thing in context.every(Identity)
    }
