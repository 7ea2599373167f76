"""The published schema of a state names every section that a state has, and every state validates against it."""

from typing import Any

import httpx
import jsonschema

from api.web import sections as page
from domain.sections.section import Form
from domain.state import SECTIONS
from domain.state_paths import ERASED


def published(http: httpx.Client) -> dict[str, Any]:
    document: dict[str, Any] = http.get("/openapi.json").json()
    return {"$ref": "#/components/schemas/State", "components": document["components"]}


def state(http: httpx.Client, deal: str, **asked: str) -> dict[str, Any]:
    answer = http.get(f"{deal}/state", params=asked)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def test_the_published_schema_of_a_state_names_every_section(http: httpx.Client, deal: str) -> None:
    schema = published(http)
    named = schema["components"]["schemas"]["State"]["properties"]
    told = state(http, deal)
    assert set(told) == set(named)
    assert set(SECTIONS) == set(told) - {"basis", "state_hash", "next_transition_at"}
    assert all(named[each].get("description") for each in SECTIONS)


def test_a_state_validates_against_its_published_schema_also_when_its_opening_is_erased(
    http: httpx.Client, deal: str
) -> None:
    validator = jsonschema.Draft202012Validator(published(http))
    validator.validate(state(http, deal))
    validator.validate(state(http, deal, valid_at="1990-01-01"))
    opening = http.get(f"{deal}/events").json()["items"][0]["id"]
    erasure = {"type": "record.erased", "occurred": "2020-12-01", "data": {"event_id": opening, "legal_basis": "GDPR"}}
    assert http.post(f"{deal}/events", json=erasure).status_code == 201
    validator.validate(state(http, deal, valid_at="2020-12-24"))


def test_the_page_shows_every_section_in_its_order_or_elsewhere() -> None:
    ordered = [*(name for names in page.PARTS.values() for name in names), *page.FOLDED]
    assert set(ordered) | page.OUTSIDE >= set(SECTIONS)
    assert set(ordered) <= set(SECTIONS)
    assert len(set(ordered)) == len(ordered)
    assert page.OUTSIDE.isdisjoint(ordered)


def test_the_schema_names_the_statuses_that_each_section_declares(http: httpx.Client) -> None:
    named = published(http)["components"]["schemas"]["State"]["properties"]
    declared = {each.name: each for each in SECTIONS.values() if each.statuses and each.form is Form.ENTRIES}
    assert {"bids", "deadlines", "orders", "approvals", "litigation"} <= set(declared)
    for name, section in declared.items():
        status = named[name]["additionalProperties"]["properties"]["status"]
        assert status["anyOf"] == [{"type": "string", "enum": [*section.statuses, ERASED]}, {"type": "null"}]
        assert section.over <= set(section.statuses)
