"""The fields and values that an unknown name may mean: by other words for them, and by spelling."""

from collections.abc import Iterable, Mapping

from domain.nearest_names import NAME_CHARACTERS, nearest

OTHER_WORDS: Mapping[str, tuple[str, ...]] = {
    "agency": ("authority", "issuer", "set_by"),
    "agreement": ("agreement_id",),
    "amount": ("price", "fee", "amount"),
    "approval": ("approval_id",),
    "author": ("actor", "by"),
    "bid": ("bid_id",),
    "bidder": ("bidders",),
    "binding": ("force", "level"),
    "buyer": ("bidders", "parties"),
    "case": ("case_id",),
    "comment": ("note", "summary"),
    "company": ("party_id", "bidders", "parties"),
    "condition": ("only_if", "conditions"),
    "cost": ("price", "fee", "amount"),
    "country": ("jurisdiction", "jurisdictions", "territories"),
    "countries": ("jurisdictions", "territories"),
    "date": ("due", "new_due", "effective", "on", "occurred"),
    "day": ("due", "new_due", "effective", "on", "occurred"),
    "days": ("by_days", "offset", "min_days", "max_days"),
    "deadline": ("due", "new_due", "deadline_id"),
    "description": ("obligation", "statement", "label", "summary"),
    "due_date": ("due", "new_due"),
    "end": ("until",),
    "end_date": ("until",),
    "extension": ("by_days", "new_due", "extendable"),
    "fields": ("changes",),
    "kind_of": ("kind",),
    "link": ("sources",),
    "location": ("jurisdiction", "territories"),
    "members": ("bidders", "parties"),
    "new_date": ("new_due",),
    "new_deadline": ("new_due",),
    "offer": ("price", "bid_id"),
    "order": ("order_id",),
    "owner": ("obligor", "by"),
    "participants": ("parties", "bidders"),
    "party": ("party_id", "by", "parties"),
    "person": ("speaker", "by", "actor"),
    "priority": ("force",),
    "reference": ("sources",),
    "regulator": ("authority", "issuer", "set_by"),
    "responsible": ("obligor",),
    "source": ("sources",),
    "start": ("since", "from", "effective"),
    "start_date": ("since", "from", "effective"),
    "strength": ("force",),
    "target": ("subject",),
    "task": ("obligation",),
    "text": ("statement", "summary", "note"),
    "time": ("occurred", "effective"),
    "timestamp": ("occurred",),
    "timezone": ("tz",),
    "time_zone": ("tz",),
    "to_date": ("new_due", "until"),
    "url": ("sources",),
    "value": ("price", "to", "amount"),
    "what": ("obligation", "statement", "subject"),
    "when": ("due", "new_due", "on", "occurred"),
    "who": ("by", "party_id", "bidders", "set_by", "actor"),
    "working_days": ("min_days", "max_days", "offset"),
}
"""Words that people try -> the fields of the vocabulary that they may mean, the likeliest first."""


OTHER_VALUES: Mapping[str, tuple[str, ...]] = {
    "accord": ("trade_agreement", "peace_agreement", "in_principle"),
    "acquirer": ("buyer",),
    "acquisition": ("merger", "asset_sale"),
    "against": ("oppose",),
    "agency": ("regulator",),
    "approved": ("passed", "accepted"),
    "binding": ("legally_binding", "definitive"),
    "business_day": ("working_day",),
    "business_days": ("working_day",),
    "contract": ("contractual", "definitive"),
    "court": ("court_order", "court"),
    "decree": ("consent_decree", "presidential_order"),
    "divestiture": ("forced_divestiture",),
    "expected": ("market_expectation",),
    "final": ("definitive",),
    "following": ("next",),
    "for": ("support",),
    "in_favour": ("support",),
    "in_favor": ("support",),
    "injunction": ("preliminary_injunction", "permanent_injunction"),
    "interim_injunction": ("preliminary_injunction",),
    "law": ("statute", "statutory"),
    "legal": ("legally_binding", "statutory"),
    "letter_of_intent": ("term_sheet",),
    "lobby": ("publicity",),
    "loi": ("term_sheet",),
    "maybe": ("unknown", "conditional"),
    "mou": ("framework", "term_sheet"),
    "modified_following": ("modified",),
    "official": ("official_document", "on_record"),
    "preceding": ("previous",),
    "press": ("media",),
    "proposed": ("in_principle",),
    "purchase": ("merger", "asset_sale"),
    "purchaser": ("buyer",),
    "regulation": ("agency_rule",),
    "restructuring": ("debt_restructuring",),
    "rule": ("agency_rule",),
    "rumor": ("unattributed", "anonymous_single"),
    "rumour": ("unattributed", "anonymous_single"),
    "sale": ("asset_sale", "forced_divestiture"),
    "sanctions": ("sanction",),
    "signed": ("definitive",),
    "source": ("anonymous_single",),
    "takeover": ("merger",),
    "tariffs": ("tariff",),
    "treaty": ("treaty", "treaty_withdrawal", "trade_agreement"),
    "tro": ("temporary_restraining_order",),
    "vendor": ("seller",),
    "workday": ("working_day",),
}
"""Words that people try -> the values of the closed lists that they may mean, the likeliest first."""


def nearest_values(value: str, choices: Iterable[str]) -> tuple[str, ...]:
    """At most three of the values of a closed list that a text may mean: by another word for them, else by spelling."""
    return _nearest(value, choices, OTHER_VALUES, 0.6)


def nearest_fields(name: str, declared: Iterable[str], *, cutoff: float = 0.6) -> tuple[str, ...]:
    """At most three of the declared fields that a name may mean: by another word for them, else by its spelling."""
    return _nearest(name, declared, OTHER_WORDS, cutoff)


def _nearest(name: str, names: Iterable[str], other: Mapping[str, tuple[str, ...]], cutoff: float) -> tuple[str, ...]:
    known = list(names)
    word = name[:NAME_CHARACTERS].lower().replace("-", "_").replace(" ", "_")
    meant = [each for each in (word, *other.get(word, ())) if each in known]
    return tuple(dict.fromkeys((*meant, *nearest(name, known, cutoff=cutoff))))[:3]
