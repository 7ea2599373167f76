"""Histories drawn at random: every event type, over few things and few days, so that they meet, contradict and overtake
each other; recorded late, at the same instant, vaguely dated, corrected, voided, reinstated.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from domain.basis import Basis
from domain.envelope import RecordedEvent
from domain.event import REGISTRY
from domain.time.instants import DAY
from ledger.encoding.erasures import Erasure, remaining_payload
from projections.replay.erased_paths import retained_fields, touched_paths
from projections.temporal.recorded_deal import RecordedDeal
from tests.properties.event_strategies import FIRST_RECORDED, on, past_of
from tests.properties.naive_state import Naive

DAYS = [f"2020-08-{day:02d}" for day in (5, 6, 14, 15, 28, 31)] + [f"2020-09-{day:02d}" for day in (1, 12, 15, 20, 30)]
VAGUE = [
    "2020-08", "2020-08~", "2020-09?", "2020", "[2020-08-10,2020-09-03]", "[2020-08-05..2020-08-20]",
    "2020-08-10/2020-09-01", "../2020-08-15", "2020-08-20/..", "2020-08-14T12:30:00+02:00", "2020-08-14T10:30:00Z",
    "2020-08-14T10:30:00.000001Z", "2020-08-13T23:30:00-04:00",
]  # fmt: skip

days = st.sampled_from(DAYS)
dates = st.one_of(days, days, st.sampled_from(VAGUE))

DEVELOPMENTS = [
    name for name in REGISTRY if not name.startswith("record.") or name in ("record.held", "record.released")
]
OFTEN = [
    "terms.changed", "terms.changed", "deadline.set", "deadline.extended", "deadline.tolled", "order.signed",
    "order.enforcement_paused", "order.revoked", "bid.submitted", "bid.withdrawn", "approval.granted", "deal.closed",
    "position.stated", "litigation.relief_granted", "entity.merged",
]  # fmt: skip
MERGED = ["d1", "d2", "o1", "o2", "a1", "b1", "b2", "p1", "bytedance", "us_president"]
"""Ids that are given up for another."""
CAUSES = ["recording_error", "source_corrected", "duplicate"]
_DATE = re.compile(r"20\d\d-\d\d-\d\d")


def _ids(name: str, value: Any, draw: Any) -> Any:
    """Things are few: each id of the examples becomes one of two."""
    if name.endswith("_id") and isinstance(value, str):
        return draw(st.sampled_from([f"{name[0]}1", f"{name[0]}2"]))
    if name in ("set_by", "obligor"):
        return draw(st.sampled_from([value, *MERGED]))
    if name == "targets":
        return draw(st.lists(st.sampled_from(MERGED), min_size=1, max_size=2, unique=True))
    if isinstance(value, str) and _DATE.fullmatch(value):
        return draw(dates)
    return value


@st.composite
def developments(draw: Any, event_id: str, types: Sequence[str]) -> dict[str, Any]:
    name = draw(st.sampled_from(types))
    data = {field: _ids(field, value, draw) for field, value in REGISTRY[name].EXAMPLE.items()}
    if name == "terms.changed":
        data = {
            "term": draw(st.sampled_from(["price", "trustee"])),
            "to": draw(st.sampled_from([1, 2, "Oracle", None])),
        }
        if draw(st.booleans()):
            data["until"] = draw(dates)
    if name == "entity.merged":
        data = dict(zip(("merged", "into"), draw(st.permutations(MERGED))[:2], strict=True))
    if name == "order.enforcement_paused" and draw(st.booleans()):
        data["until"] = draw(dates)
    row: dict[str, Any] = {"id": event_id, "type": name, "occurred": draw(dates), "data": data}
    if "effective" not in data and draw(st.integers(0, 4)) == 0:
        row["effective"] = draw(dates)
    if draw(st.integers(0, 3)) == 0:
        row["published"] = draw(dates)
    if draw(st.integers(0, 3)) == 0:
        row["attribution"] = draw(st.sampled_from(["official_document", "anonymous_single", "party_claim", "analysis"]))
        row["actor"] = draw(st.sampled_from(["bytedance", "us_president"]))
    if draw(st.integers(0, 4)) == 0:
        row["rank"] = draw(st.sampled_from([-1, 0, 1, 2]))
    return row


@st.composite
def words_on_the_record(draw: Any, event_id: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    name = draw(st.sampled_from(["record.corrected", "record.corrected", "record.voided", "record.reinstated"]))
    aimed = draw(st.sampled_from(rows if name != "record.corrected" else [row for row in rows if not _word(row)]))
    data: dict[str, Any] = {"event_id": aimed["id"], "reason": "seen again"}
    if name == "record.voided":
        data["cause"] = draw(st.sampled_from(CAUSES))
    if name == "record.corrected":
        data["cause"] = draw(st.sampled_from(CAUSES))
        data["changes"] = draw(st.sampled_from(_mendable(aimed)).flatmap(lambda field: _change(field, aimed)))
    row = {"id": event_id, "type": name, "occurred": draw(dates), "data": data}
    if draw(st.integers(0, 2)) == 0:
        row["published"] = draw(dates)
    return row


def _word(row: dict[str, Any]) -> bool:
    return bool(row["type"].startswith("record."))


def _mendable(row: dict[str, Any]) -> list[str]:
    own = [name for name in ("to", "until", "new_due", "due", "effective", "bidders", "into") if name in row["data"]]
    return ["occurred", "occurred", "published", "rank", "attribution", "effective", *own]


def _change(field: str, row: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    values: dict[str, st.SearchStrategy[Any]] = {
        "rank": st.integers(-1, 2),
        "attribution": st.sampled_from(["official_document", "anonymous_single", None]),
        "to": st.sampled_from([3, "Walmart", None]),
        "bidders": st.just(["walmart"]),
        "into": st.sampled_from(MERGED),
    }
    return st.fixed_dictionaries({field: values.get(field, dates)})


@st.composite
def records(
    draw: Any, least: int = 1, most: int = 9, types: Sequence[str] = DEVELOPMENTS + 3 * OFTEN
) -> list[dict[str, Any]]:
    """A deal's events: usually opened, in no order of date, a good part of them about the record itself."""
    rows: list[dict[str, Any]] = []
    for index in range(draw(st.integers(least, most))):
        event_id = f"e{index + 1}"
        if index == 0 and draw(st.integers(0, 5)):
            zone = draw(st.sampled_from([None, "America/New_York", "Asia/Shanghai"]))
            data = {**REGISTRY["deal.opened"].EXAMPLE, **({"tz": zone} if zone else {})}
            rows.append({"id": event_id, "type": "deal.opened", "occurred": draw(dates), "data": data})
        elif any(not _word(row) for row in rows) and draw(st.integers(0, 3)) == 0:
            rows.append(draw(words_on_the_record(event_id, rows)))
        else:
            rows.append(draw(developments(event_id, types)))
    return rows


def histories(
    least: int = 1, most: int = 9, types: Sequence[str] = DEVELOPMENTS + 3 * OFTEN
) -> st.SearchStrategy[RecordedDeal]:
    """A deal's past, of events of these types and about the record."""
    return records(least, most, types).map(past_of)


@st.composite
def erased(draw: Any, past: RecordedDeal) -> RecordedDeal:
    """The same past after the erasure of one event that no other is about, known to every version of it."""
    about = {line.event.event_id for line in past.lines if line.type.startswith("record.corrected")}
    lines = [line for line in past.developments if line.id not in about and not line.type.startswith("record.")]
    if not lines:
        return past
    return after_erasure(past, draw(st.sampled_from(lines)))


def after_erasure(past: RecordedDeal, line: RecordedEvent) -> RecordedDeal:
    """The same past after the erasure of this event."""
    left = retained_fields(past, line) or {}
    remains = Erasure("erasure", tuple(touched_paths(past, line, left)), left)
    payload = remaining_payload(line.type, line.id, remains)
    return past.with_lines(
        [replace(each, payload=payload, erased=True) if each is line else each for each in past.lines]
    )


@st.composite
def bases(draw: Any, past: RecordedDeal) -> Basis:
    """Any basis: both axes, both readings, both layers, cut anywhere."""
    valid = draw(st.one_of(days, st.sampled_from(Naive(past).moments(on(past, "2020-09-30")) or [0])))
    valid = valid if isinstance(valid, str) else valid + draw(st.sampled_from([-1, 0, 1]))
    by = draw(st.sampled_from(["recorded", "published"]))
    count = len(past.lines)
    version = draw(st.sampled_from([count, count, *range(count + 1)]))
    recorded = FIRST_RECORDED + draw(st.integers(0, count)) * DAY // 4 - draw(st.sampled_from([0, 0, 1]))
    known = draw(st.sampled_from([None, recorded])) if by == "recorded" else draw(st.sampled_from([None, *DAYS]))
    return on(
        past, valid, known, version=version, known_by=by,
        reading=draw(st.sampled_from(["earliest", "earliest", "latest"])),
        layer=draw(st.sampled_from(["all", "all", "facts"])),
    )  # fmt: skip
