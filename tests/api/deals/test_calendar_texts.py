"""Texts in a feed come out as they went in, for two readers; what no calendar may hold is left out."""

import httpx
import pytest

from tests.api.deals.calendar_parsers import both

KEPT = [
    "see Q:\\Notices\\2026", "C:\\new\\,;x", "a;b,c:d\"e'", "back\\\\slash \\n no break", "\\", "é" * 60, "日本語" * 40,
    "🤝" * 30, "ends with \\", "BEGIN:VEVENT",
]  # fmt: skip
CHANGED = {
    "a\nb": "a\nb", "a\r\nb": "a\nb", "a\rb": "a\nb", "a\u2028b": "a\nb", "a\u2029b": "a\nb", "a\x85b": "a\nb",
    "a\x0bb": "a\nb", "a\x0cb": "a\nb", "a\x1cb": "a\nb", "a\x1bb": "ab", "a\x07b": "ab", "a\x7fb": "ab",
    "a\x9bb": "ab",
    "a\tb": "a b", "a\nEND:VCALENDAR": "a\nEND:VCALENDAR",
}  # fmt: skip


@pytest.mark.parametrize(("sent", "read"), [*((each, each) for each in KEPT), *CHANGED.items()])
def test_an_obligation_is_read_as_it_was_written(http: httpx.Client, sent: str, read: str) -> None:
    opening = {"deal_id": "d", "title": f"T {sent}", "kind": "merger", "subject": "x", "occurred": "2020-08-06"}
    assert http.post("/v1/deals", json=opening).status_code == 201
    data = {"deadline_id": "dl", "obligation": sent, "set_by": "us", "force": "statutory", "due": "2098-09-20"}
    deadline = {"type": "deadline.set", "occurred": "2020-08-06", "data": {**data, "consequence": sent}}
    assert http.post("/v1/deals/d/events", json=deadline).status_code == 201
    for path in ("/v1/deals/d/calendar.ics", "/v1/calendar.ics"):
        [entry] = both(http.get(path))
        assert entry["SUMMARY"] == f"T {read}: {read}"
        assert entry["DESCRIPTION"].endswith(f"If missed: {read}.")
