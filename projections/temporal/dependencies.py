"""Which things bear on a place of the state: a walk that asks about one place folds and derives from these alone."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.event import FoldStep
from domain.folded_deal import EntityKey


@dataclass(frozen=True, slots=True)
class Dependencies:
    """Every thing of some kinds, and of one kind the thing of one id."""

    kinds: frozenset[str]
    own: EntityKey | None = None

    def takes(self, slot: EntityKey) -> bool:
        return slot[0] in self.kinds or slot == self.own

    def touched_by(self, step: FoldStep) -> bool:
        """Whether a development bears on the place."""
        return any(self.takes((kind.KIND, thing_id)) for kind, thing_id in step.event.touches(step.id))


_OWN = {
    "terms": ("term", ()),
    "parties": ("party", ()),
    "agreements": ("agreement", ()),
    "remedies": ("remedy", ()),
    "deadlines": ("deadline", ("order", "case", "approval")),
}
"""Section whose entries stand each for itself -> their kind, and the kinds of others that bear on each."""

_WHOLE = {
    "deal": (),
    "status": (),
    "votes": (),
    "phase": ("bid", "agreement"),
    "bids": ("bid", "party"),
    "orders": ("order", "case"),
    "litigation": ("case", "order"),
    "claims": ("claim",),
    "export_lists": ("export_list", "match"),
    "valuation": ("valuation", "variant"),
    "variants": ("variant", "approval"),
    "stances": ("stance", "party", "claim"),
    "assessments": ("assessment",),
    "merged": ("identity",),
    "scope": ("variant",),
    "approvals": ("approval", "deadline", "order", "case", "variant"),
}
"""Section -> the kinds that bear on it. A section that stands nowhere here is borne on by everything."""


def bearing(tokens: Sequence[str]) -> Dependencies | None:
    """What bears on a place; None is everything."""
    section = tokens[0] if tokens else ""
    if section in _WHOLE:
        return Dependencies(frozenset(_WHOLE[section]) | {"deal"})
    if section not in _OWN:
        return None
    kind, others = _OWN[section]
    if len(tokens) == 1:
        return Dependencies(frozenset(others) | {"deal", kind})
    return Dependencies(frozenset(others) | {"deal"}, (kind, tokens[1]))
