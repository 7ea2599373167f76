"""The digest of changes since a version or an instant: a sentence for each change, the most important first."""

from collections.abc import Iterator

from domain.basis import Basis
from domain.state import SECTIONS
from projections.sentences.answers import Development
from projections.sentences.developments import summary
from projections.temporal.answers import DigestItem
from projections.temporal.diff import compare
from projections.temporal.difference import Difference
from projections.temporal.recorded_deal import RecordedDeal


def digest(past: RecordedDeal, start: Basis, end: Basis) -> tuple[list[DigestItem], list[Development]]:
    """The changes between two bases that do not follow from others, each `{kind, path, from, to, text, group,
    because}`, the most important first; and the summary of them, those of one cause together."""
    difference = compare(past, start, end)
    texts = difference.texts["net"]
    return list(items(difference)), summary([texts], lambda section: SECTIONS[section].in_digest)


def items(difference: Difference) -> Iterator[DigestItem]:
    """The changes that do not follow from others, the most important first."""
    told: set[str] = set()
    for section, change in difference.own_changes("net"):
        if SECTIONS[section].in_digest and change["text"] and change["text"] not in told:
            told.add(change["text"])
            yield {"kind": _kind(section), **change}


def _kind(section: str) -> str:
    return (SECTIONS[section].noun or section).replace(" ", "_")
