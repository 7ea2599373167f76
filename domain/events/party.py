"""Who is at the table and in which role."""

from domain.entities.party import Party
from domain.event import Event, FoldStep, event
from domain.fields.types import Country, Lei, PartyRef, Ref, Role, Text


@event(
    "party.added",
    also_called=("party.created", "party.joined", "party.named", "actor.added", "company.added"),
    about=Party,
    creates=True,
    example={"party_id": "oracle", "name": "Oracle Corporation", "role": "bidder", "country": "US"},
    effect="adds the party, or a role to it",
    sentence="{name} was added as {role:a}[ ({country})]",
)
class PartyAdded(Event):
    """A party joined the negotiation."""

    party_id: Ref
    """Its id in this record."""

    name: Text
    """Its name."""

    role: Role
    """What it is here."""

    kind: Text | None = None
    """What it is elsewhere: company, ministry, fund."""

    country: Country | None = None
    """Where it belongs."""

    lei: Lei | None = None
    """Its legal entity identifier."""

    parent: PartyRef | None = None
    """Its parent."""

    def apply(self, entity: Party, step: FoldStep) -> Party:
        return entity.replace(
            name=self.name,
            roles=entity.roles if self.role in entity.roles else (*entity.roles, self.role),
            kind=self.kind or entity.kind,
            country=self.country or entity.country,
            lei=self.lei or entity.lei,
            parent=self.parent or entity.parent,
            active=True,
        )


@event(
    "party.role_changed",
    also_called=("party.changed", "role.changed"),
    about=Party,
    example={"party_id": "oracle", "role": "investor", "previous": "bidder"},
    effect="moves the party to another role; the earlier one remains in the history",
    sentence="{party_id} is now {role:a}[, no longer {previous:a}]",
)
class RoleChanged(Event):
    """A party changed its role."""

    party_id: Ref
    """The party."""

    role: Role
    """Its role from now on."""

    previous: Role | None = None
    """The role it gives up; absent, every other."""

    def apply(self, entity: Party, step: FoldStep) -> Party:
        stay = tuple(role for role in entity.roles if role not in (self.previous, self.role)) if self.previous else ()
        move = {"role": self.role, "previous": self.previous, "since": step.since, "because": [step.id]}
        return entity.replace(roles=(*stay, self.role), history=(*entity.history, move))


@event(
    "party.representative_changed",
    also_called=("party.spokesperson_changed", "ceo.replaced", "minister.replaced", "representative.changed"),
    about=Party,
    example={"party_id": "tiktok", "office": "CEO", "person_out": "Kevin Mayer", "person_in": "Vanessa Pappas (interim)"},
    effect="another person speaks for the party; earlier stances are marked as the previous holder's",
    sentence="[{person_in} replaced {person_out} as {office} of {party_id}|{person_in} became {office} of {party_id}|{person_out} left the office of {office} of {party_id}|the office of {office} of {party_id} changed hands][: {reason}]",
)  # fmt: skip
class RepresentativeChanged(Event):
    """A party changed its representative."""

    party_id: Ref
    """The party."""

    office: Text
    """The office that changed hands."""

    person_out: Text | None = None
    """Who left it."""

    person_in: Text | None = None
    """Who holds it now."""

    reason: Text | None = None
    """Why."""

    def apply(self, entity: Party, step: FoldStep) -> Party:
        change = {
            "office": self.office, "person_out": self.person_out, "person_in": self.person_in,
            "since": step.since, "key": step.key, "because": [step.id],
        }  # fmt: skip
        return entity.replace(representatives=(*entity.representatives, change))


@event(
    "party.withdrew",
    also_called=("party.exited", "party.left", "party.removed", "party.withdrawn"),
    about=Party,
    example={"party_id": "walmart", "reason": "no longer interested"},
    effect="the party is inactive; bids that rest on it alone are no longer live",
    sentence="{party_id} withdrew[: {reason}]",
)
class PartyWithdrew(Event):
    """A party left the table."""

    party_id: Ref
    """The party."""

    reason: Text | None = None
    """Why."""

    def apply(self, entity: Party, step: FoldStep) -> Party:
        return entity.replace(active=False)
