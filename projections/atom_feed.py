"""Developments as an Atom feed (RFC 4287).

Each development is an entry with a stable id. A correction, a voiding or an erasure is no entry of its own: it updates
the entry of the event that it is about, whose `updated` is the moment at which it was recorded.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import quote
from xml.etree.ElementTree import Element, SubElement, tostring

from domain.state_paths import ERASED
from domain.time.instants import Moment, iso
from ledger.encoding.event_json import event_to_json
from ledger.models import Recorded

NAMESPACE = "http://www.w3.org/2005/Atom"
MEDIA = "application/atom+xml; charset=utf-8"

TAG_DATE = "2020"
"""The date in the tag URIs (RFC 4151) of entries: part of their ids, never changed."""

UPDATES = {"record.corrected": "Corrected", "record.voided": "Voided", "record.erased": "Erased"}
"""Event type -> how the entry says that it was updated by one."""

ABOUT_RECORD = "record."

_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot contain."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One development of a feed."""

    row: Recorded
    text: str
    updated_at: Moment
    update: str | None
    """How it was updated, for its title."""


def recent(
    rows: Sequence[Recorded],
    find: Callable[[Sequence[str]], Iterable[Recorded]],
    sentence: Callable[[Recorded], str | None],
) -> list[Entry]:
    """The entries of the newest rows of a record, the last updated first.

    `find` reads the events of some ids, for those that the rows correct; `sentence` says an event as it reads now.
    """
    shown = {row.id: row for row in rows if not row.type.startswith(ABOUT_RECORD)}
    updates = {str(target): row for row in rows if (target := _target(row)) is not None}
    shown |= {row.id: row for row in find([each for each in updates if each not in shown])}
    entries = []
    for row in shown.values():
        last = updates.get(row.id)
        text = sentence(row) or str(event_to_json(row).get("summary") or row.type)
        entries.append(
            Entry(
                row=row,
                text=text,
                updated_at=(last or row).recorded_at,
                update=UPDATES.get(last.type) if last else None,
            )
        )
    return sorted(entries, key=lambda entry: (entry.updated_at, entry.row.position), reverse=True)


def _target(row: Recorded) -> object:
    """The event that an event about the record is about."""
    if not row.type.startswith(ABOUT_RECORD):
        return None
    return (event_to_json(row).get("data") or {}).get("event_id")


def atom_feed(entries: Sequence[Entry], *, title: str, feed_id: str, origin: str, address: str, site: str) -> bytes:
    """The feed of some entries; `address` is its own, `site` that of the page, `origin` the log's."""
    feed = Element("feed", {"xmlns": NAMESPACE})
    _text(feed, "id", _tag(origin, feed_id))
    _text(feed, "title", title)
    _text(feed, "updated", iso(max((entry.updated_at for entry in entries), default=0)))
    SubElement(feed, "link", {"rel": "self", "type": "application/atom+xml", "href": address})
    SubElement(feed, "link", {"rel": "alternate", "type": "text/html", "href": f"{site}/"})
    for entry in entries:
        _add(feed, entry, origin, site)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{tostring(feed, encoding="unicode")}'.encode()


def _add(feed: Element, entry: Entry, origin: str, site: str) -> None:
    event, row = event_to_json(entry.row), entry.row
    element = SubElement(feed, "entry")
    _text(element, "id", _tag(origin, f"events/{quote(row.id, safe='')}"))
    _text(element, "title", f"{entry.update}: {entry.text}" if entry.update else entry.text)
    _text(element, "published", iso(row.recorded_at))
    _text(element, "updated", iso(entry.updated_at))
    _text(SubElement(element, "author"), "name", row.recorded_by)
    SubElement(element, "category", {"term": row.type})
    SubElement(element, "category", {"term": row.deal_id, "scheme": f"{site}/deals/"})
    page = f"{site}/deals/{quote(row.deal_id, safe='')}/events/{quote(row.id, safe='')}"
    SubElement(element, "link", {"rel": "alternate", "type": "text/html", "href": page})
    for source in event.get("sources") or ():
        url = str(source.get("url") or "") if isinstance(source, dict) else ""
        if url.startswith(("https://", "http://")):
            SubElement(element, "link", {"rel": "via", "href": _clean(url)})
    summary = event.get("summary")
    said = [] if summary in (None, entry.text, ERASED) else [str(summary)]
    _text(element, "summary", "\n".join([f"Occurred {event['occurred']}.", *said]))


def _tag(origin: str, name: str) -> str:
    """A tag URI of the log."""
    authority, _, rest = origin.partition("/")
    return f"tag:{authority},{TAG_DATE}:{quote(rest)}/{name}"


def _text(parent: Element, name: str, text: str) -> None:
    SubElement(parent, name).text = _clean(text)


def _clean(text: str) -> str:
    """A text without what XML cannot contain."""
    return _FORBIDDEN.sub("\ufffd", text)
