"""Lists of controlled exports, and the assets that match their entries."""

from collections.abc import Sequence
from functools import partial

from domain.entities.export_list import ExportList, Match
from domain.sections.context import Context, Entry, entries_by_id, newest_shown, owed, to_json
from domain.sections.section import section
from domain.sections.wording import Group, Wording, list_member, status_member, value_member


@section(
    entity=ExportList,
    columns=("issuer", "version", "effective", "prohibition", "entries"),
    depends_on=(Match,),
    wording=Wording(
        group=Group.CONDITIONS,
        rank=2,
        new="New: {it}",
        shown=("version {version}", "from {effective}", "{prohibition}", "{added} entries added"),
        gone="{it} is no longer on record",
        members={
            "entries": list_member("the entries", item=("{label}", "({code})")),
            "matched": list_member(
                "the matches", item=("{asset_id}", "as {entry_ref}", "by {assessed_by}", "({certainty})")
            ),
            "prohibition": status_member({"licence_required": "a demand for licences", "banned": "a ban"}),
            "effective": value_member("the day of effect"),
            "version": value_member("the version"),
            "added": value_member("the number of entries added"),
            "modified": value_member("the number of entries changed"),
            "removed": value_member("the number of entries removed"),
            "issuer": value_member("the issuer"),
            "jurisdiction": value_member("the jurisdiction"),
        },
        repeated=frozenset({"history"}),
    ),
)
def export_lists(context: Context) -> dict[str, Entry]:
    """Catalogues of controlled exports, and what of the deal they catch."""
    return entries_by_id(context.every(ExportList), partial(_list_view, context))


def matches(context: Context, entity: ExportList) -> list[Match]:
    """The opinions that an asset falls under this list in its present form."""
    return [match for match in context.every(Match) if _belongs(match, entity)]


def _list_view(context: Context, entity: ExportList) -> Entry:
    return {
        "issuer": entity.issuer,
        "jurisdiction": entity.jurisdiction,
        "prohibition": entity.prohibition,
        "version": entity.version,
        "effective": to_json(entity.effective),
        "added": entity.added,
        "modified": entity.modified,
        "removed": entity.removed,
        "entries": to_json(entity.entries),
        "matched": [_match_view(match) for match in matches(context, entity)],
        "history": to_json(entity.history),
    }


def _belongs(match: Match, entity: ExportList) -> bool:
    """A match names its list, or an entry of it in much the same words; what was taken off the list matches no more."""
    if match.list_id not in (None, entity.id):
        return False
    reference = match.entry_ref.casefold()
    if _among(reference, entity.gone) and not _among(reference, [entry.label for entry in entity.entries]):
        return False
    if match.list_id == entity.id:
        return True
    codes = {entry.code.casefold() for entry in entity.entries if entry.code}
    return reference in codes or _among(reference, [entry.label for entry in entity.entries])


def _among(reference: str, labels: Sequence[str]) -> bool:
    return any(
        reference in label or label in reference or _alike(reference, label) for label in map(str.casefold, labels)
    )


def _alike(reference: str, label: str) -> bool:
    """Half of the longer words of the label occur in what was said, compared by word stem."""
    stems = {word[:8] for word in label.split() if len(word) > 4}
    stems_said = {word[:8].strip(";,") for word in reference.split()}
    return bool(stems) and 2 * len(stems & stems_said) >= len(stems)


def _match_view(match: Match) -> Entry:
    entry: Entry = {
        "entry_ref": match.entry_ref,
        "asset_id": match.asset_id,
        "assessed_by": match.assessed_by,
        "opinion": match.opinion,
        "certainty": match.certainty,
        "because": list(match.origin.because),
    }
    newest_shown(entry, owed(match, *entry))
    return entry if match.origin.facts else {**entry, "layer": "reported"}
