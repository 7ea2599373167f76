"""A file without an event is refused, with what it lacks; the export of a log without events is accepted."""

from typing import Any

import httpx
import pytest

from tests.api.conftest import refused
from tests.api.events.test_background_imports import begun, ended
from tests.api.events.test_import_tables import csv_file, workbook

COLUMNS = [["deal_id", "type", "occurred"]]


@pytest.mark.parametrize(
    ("body", "lack"),
    [
        (b"", "The file is empty: write an event as a JSON object on each line"),
        (b"\n  \n", "The file has only blank lines"),
        (csv_file(COLUMNS), "no event below: add a row for each"),
        (csv_file([*COLUMNS, ["", "", ""]]), "no event below: add a row for each"),
        (workbook(COLUMNS), "no event below: add a row for each"),
        (workbook([]), "The table has no row: name the columns in the first one"),
    ],
    ids=["nothing", "blank lines", "headings", "an empty row", "headings of a workbook", "an empty workbook"],
)
@pytest.mark.parametrize("asked", [{}, {"partial": "true"}, {"dry_run": "true"}])
def test_a_file_without_an_event_is_refused_with_what_it_lacks(
    http: httpx.Client, body: bytes, lack: str, asked: dict[str, Any]
) -> None:
    told = refused(http.post("/v1/imports", content=body, params=asked), 422, "empty-import")
    assert lack in told["detail"]


EVENT = b'{"type": "bid.submitted"}'


@pytest.mark.parametrize("body", [b"[\n" + EVENT + b",\n" + EVENT + b"\n]\n", b'{\n "events": []\n}', b" [\r\n]"])
@pytest.mark.parametrize("asked", [{}, {"partial": "true"}])
def test_one_json_document_over_several_lines_is_refused_as_a_whole(
    http: httpx.Client, body: bytes, asked: dict[str, Any]
) -> None:
    told = refused(http.post("/v1/imports", content=body, params=asked), 422, "invalid-input")
    assert "write each event on a line of its own" in told["detail"]


def test_a_list_on_one_line_is_refused_with_the_form_of_a_line(http: httpx.Client) -> None:
    told = refused(http.post("/v1/imports", content=b"[" + EVENT + b"]"), 422, "import-refused")
    assert told["errors"][0]["detail"] == "The line is a list: write each event as an object on a line of its own."


def test_an_import_in_the_background_of_a_file_without_an_event_is_refused(http: httpx.Client) -> None:
    told = ended(http, begun(http, b""))
    assert (told["state"], told["report"]["code"]) == ("refused", "empty-import")


@pytest.mark.parametrize("media", ["application/x-ndjson", "text/csv"])
def test_the_export_of_a_log_without_events_is_imported(http: httpx.Client, media: str) -> None:
    exported = http.get("/v1/events", headers={"Accept": media}).content
    answer = http.post("/v1/imports", content=exported)
    assert answer.status_code == 200, answer.text
    assert (answer.json()["lines"], answer.json()["errors"]) == (0, [])
