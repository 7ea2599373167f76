"""The fields that an unknown name may mean: by other words for what they hold, and by spelling."""

from collections.abc import Iterable, Mapping

from domain.nearest_names import nearest

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


def nearest_fields(name: str, declared: Iterable[str], *, cutoff: float = 0.6) -> tuple[str, ...]:
    """At most three of the declared fields that a name may mean: by another word for them, else by its spelling."""
    known = list(declared)
    word = name.lower().replace("-", "_").replace(" ", "_")
    meant = [each for each in (word, *OTHER_WORDS.get(word, ())) if each in known]
    return tuple(dict.fromkeys((*meant, *nearest(name, known, cutoff=cutoff))))[:3]
