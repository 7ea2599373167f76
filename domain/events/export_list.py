"""Controlled-export catalogues and what they catch."""

from collections.abc import Mapping

from domain.entities.base import Entity
from domain.entities.export_list import ExportList, Match
from domain.event import Event, FoldStep, event
from domain.fields.types import AssetRef, Count, Country, Likelihood, PartyRef, ProhibitKind, Ref, Text
from domain.fields.values import Entry
from domain.sentences.amounts import count
from domain.sentences.wording import Wording
from domain.sentences.words import plain
from domain.time.edtf import When


@event(
    "export_list.expanded",
    also_called=("export_list.added", "export_list.amended", "export_list.extended", "export_control.added", "export_control.expanded"),
    about=ExportList,
    creates=True,
    example={"list_id": "cn-tech-catalogue", "issuer": "mofcom_most", "effective": "2020-08-28", "added": 23, "modified": 21, "prohibition": "licence_required", "jurisdiction": "CN", "entries": [{"label": "personalized information push service technology based on data analysis"}]},
    effect="a new version of the list; assets that match its entries need a licence",
    sentence="{issuer} expanded the export list {list_id:id}, effective {effective}[ ({counts})][: {entries}]",
)  # fmt: skip
class ExportListExpanded(Event):
    """A government added technologies to a list of controlled exports."""

    list_id: Ref
    """The list."""

    issuer: PartyRef
    """Who maintains it."""

    effective: When
    """From when the new version holds."""

    added: Count | None = None
    """How many entries were added."""

    modified: Count | None = None
    """How many were changed."""

    entries: tuple[Entry, ...] = ()
    """The entries that matter here."""

    prohibition: ProhibitKind | None = None
    """What the list does to what it names."""

    jurisdiction: Country | None = None
    """Whose list it is."""

    def words(self, say: Wording) -> Mapping[str, str | None]:
        return {"counts": _counts((self.added, "added"), (self.modified, "changed"))}

    def apply(self, entity: ExportList, step: FoldStep) -> ExportList:
        labels = {entry.label for entry in entity.entries}
        return _next(entity, self, step).replace(
            entries=(*entity.entries, *(entry for entry in self.entries if entry.label not in labels)),
            gone=tuple(label for label in entity.gone if label not in {entry.label for entry in self.entries}),
            prohibition=self.prohibition or entity.prohibition,
            added=self.added,
            removed=None,
        )


@event(
    "export_list.narrowed",
    also_called=("export_list.reduced", "export_list.removed", "export_control.removed"),
    about=ExportList,
    example={"list_id": "cn-tech-catalogue", "issuer": "mofcom_most", "effective": "2020-08-28", "removed": 9, "jurisdiction": "CN"},
    effect="a new version of the list; assets that match only removed entries need no licence any more",
    sentence="{issuer} narrowed the export list {list_id:id}, effective {effective}[ ({counts})][: {entries}]",
)  # fmt: skip
class ExportListNarrowed(Event):
    """A government took technologies off a list of controlled exports."""

    list_id: Ref
    """The list."""

    issuer: PartyRef
    """Who maintains it."""

    effective: When
    """From when the new version holds."""

    removed: Count | None = None
    """How many entries were removed."""

    modified: Count | None = None
    """How many were changed."""

    entries: tuple[Entry, ...] = ()
    """The entries that were removed, where they are known."""

    jurisdiction: Country | None = None
    """Whose list it is."""

    def words(self, say: Wording) -> Mapping[str, str | None]:
        return {"counts": _counts((self.removed, "removed"), (self.modified, "changed"))}

    def apply(self, entity: ExportList, step: FoldStep) -> ExportList:
        gone = {entry.label for entry in self.entries}
        return _next(entity, self, step).replace(
            entries=tuple(entry for entry in entity.entries if entry.label not in gone),
            gone=(*(label for label in entity.gone if label not in gone), *sorted(gone)),
            removed=self.removed,
            added=None,
        )


def _counts(*counts: tuple[int | None, str]) -> str:
    """`23 entries added, 21 changed`."""
    told = [(number, what) for number, what in counts if number is not None]
    return ", ".join(
        f"{count(number, 'entry', 'entries') if index == 0 else number} {what}"
        for index, (number, what) in enumerate(told)
    )


def _next(entity: ExportList, change: ExportListExpanded | ExportListNarrowed, step: FoldStep) -> ExportList:
    move = {"type": change.NAME, "effective": change.effective.text, "because": [step.id]}
    return entity.replace(
        issuer=change.issuer,
        jurisdiction=change.jurisdiction or entity.jurisdiction,
        effective=change.effective,
        modified=change.modified,
        version=entity.version + 1,
        history=(*entity.history, move),
    )


@event(
    "export_list.matched",
    also_called=("asset.controlled", "asset.matched", "export_control.matched"),
    about=Match,
    creates=True,
    example={"entry_ref": "personalized information push service technology", "asset_id": "recommendation_algorithm", "assessed_by": "cui_fan", "certainty": "likely"},
    effect="links an entry of a list to an asset; makes no approval by itself",
    sentence="{assessed_by} judged [it {certainty_text} ]that {asset_id} falls under “{entry_ref}”[ of {list_id}][: {opinion}]",
)  # fmt: skip
class ExportListMatched(Event):
    """An expert opined that an asset falls under an entry of a list."""

    entry_ref: Text
    """The entry, in the words of the authority that gave the opinion."""

    asset_id: AssetRef
    """The asset."""

    assessed_by: PartyRef
    """Who judged."""

    opinion: Text | None = None
    """Their reasoning."""

    certainty: Likelihood | None = None
    """How sure they are."""

    list_id: Ref | None = None
    """The list, where it is named."""

    def words(self, say: Wording) -> Mapping[str, str | None]:
        told = {"remote": "only remotely possible", "even": "as likely as not"}
        certainty = self.certainty
        return {"certainty_text": certainty and told.get(certainty, plain(certainty))}

    def touches(self, event_id: str) -> tuple[tuple[type[Entity], str], ...]:
        return ((Match, event_id),)

    def apply(self, entity: Match, step: FoldStep) -> Match:
        return entity.replace(
            entry_ref=self.entry_ref, asset_id=self.asset_id, assessed_by=self.assessed_by,
            opinion=self.opinion, certainty=self.certainty, list_id=self.list_id,
        )  # fmt: skip
