"""The schemas of the published document that no event class gives: answers, and what wraps events."""

from collections.abc import Sequence
from typing import Any

import msgspec

from api import limits
from api.api_keys.answers import AuditRead, Key, NewKey
from api.audit.proofs import Proof, ReceiptProof
from api.events.import_jobs import BackgroundImport
from api.http.answer_fields import Instant
from api.webhooks.answers import Accepted, Delivery, DeliveryAttempt, NewWebhook, Webhook
from domain.sections.section import Form, Section
from domain.state import SECTIONS
from domain.state_paths import ERASED

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": "integer"}
FLAG: Schema = {"type": "boolean"}
ANY: Schema = {}
SEAL: Schema = {"type": "string", "enum": ["recorded", "signed", "witnessed", "timestamped"]}
LAYER: Schema = {"type": "string", "enum": ["reported"], "description": "Of a report; a fact has none."}
INSTANT: Schema = msgspec.json.schema(Instant)


def of(
    required: dict[str, Schema], optional: dict[str, Schema] | None = None, description: str | None = None
) -> Schema:
    """An object with these members; answers may gain members."""
    schema: Schema = {"type": "object", "required": list(required), "properties": {**required, **(optional or {})}}
    return {**schema, "description": description} if description else schema


def many(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def by_id(description: str) -> Schema:
    return {"type": "object", "additionalProperties": {"type": "object"}, "description": description}


def or_null(schema: Schema) -> Schema:
    return {**schema, "type": [schema["type"], "null"]}


HINT = of(
    {"code": TEXT, "text": TEXT},
    description="What to do next: a stable code, and the last sentence of `detail`.",
)

FAULT = of(
    {"code": TEXT, "detail": TEXT},
    {
        "pointer": {"type": "string", "description": "RFC 6901, from the body; of a parameter, its name."},
        "nearest": {**many(TEXT), "description": "Names that are held and spelt most like the one sent."},
        "line": {"type": "integer", "description": "Of an import, from 1."},
        "hint": HINT,
    },
)

PROBLEM = of(
    {"type": TEXT, "title": TEXT, "status": NUMBER, "detail": TEXT, "code": TEXT, "instance": TEXT},
    {"errors": many(FAULT), "errors_total": NUMBER, "hint": HINT},
    "RFC 9457. `code` is stable; `detail` holds the values and says what to do.",
)

LEDGER = {
    "version": {"type": "integer", "description": "Place in the deal: 1, 2, 3 ..."},
    "position": {"type": "integer", "description": "Place in the log: 1, 2, 3 ..."},
    "recorded_at": INSTANT,
    "leaf_hash": {"type": "string", "description": "SHA-256 of the leaf (RFC 6962), in hex."},
}

RECEIPT = of(
    {
        "events": many(of({"id": TEXT, "type": TEXT, "deal_id": TEXT, **LEDGER})),
        "version": NUMBER,
        "position": NUMBER,
        "warnings": many(FAULT),
    },
    {"dry_run": FLAG, "seal": SEAL, "proofs": many({"$ref": "#/components/schemas/ReceiptProof"})},
)

SOURCE: Schema = {"$ref": "#/components/schemas/Source"}
RECORDED = of(
    {
        "deal_id": TEXT, "id": TEXT, "type": TEXT, "schema_version": NUMBER, "occurred": TEXT,
        "published": or_null(TEXT), "data": {"type": ["object", "null"]}, **LEDGER, "recorded_by": TEXT,
    },
    {
        "text": {"type": "string", "description": "What happened, in a sentence."},
        "seal": SEAL, "layer": LAYER, "voided_by": TEXT, "corrected_by": many(TEXT), "erased": FLAG, "unreadable": FLAG,
        "effective": or_null(TEXT), "actor": or_null(TEXT), "summary": or_null(TEXT), "sources": or_null(many(SOURCE)),
        "attribution": or_null(TEXT), "grade": or_null(TEXT), "quote": or_null(TEXT), "note": or_null(TEXT),
        "rank": or_null(NUMBER), "causation_id": or_null(TEXT), "correlation_id": or_null(TEXT),
    },
    "An event as it was sent, with the members that the ledger added and its status.",
)  # fmt: skip

BASIS = of(
    {
        "valid_at": INSTANT, "known_at": INSTANT, "known_version": NUMBER, "known_position": NUMBER, "known_by": TEXT,
        "reading": TEXT, "layer": TEXT, "hindsight": FLAG, "projected": FLAG, "rules": ANY, "permalink": TEXT,
    },
    description="What the answer rests on, exact; `permalink` gives the same answer for ever.",
)  # fmt: skip


def _with_statuses(section: Section, schema: dict[str, Any]) -> dict[str, Any]:
    """The schema of a section in which the status of an entry is one of those declared, erased, or null."""
    if not section.statuses or section.form is not Form.ENTRIES:
        return schema
    status = {"anyOf": [{"type": "string", "enum": [*section.statuses, ERASED]}, {"type": "null"}]}
    return {**schema, "additionalProperties": {"type": "object", "properties": {"status": status}}}


_SECTION_TYPES, SECTION_TYPES = msgspec.json.schema_components(
    [each.returns for each in SECTIONS.values()], ref_template="#/components/schemas/{name}"
)
"""The schemas of the sections of a state, made from their types; and those that they refer to, by name."""

STATE = of(
    {"exists": FLAG, "deal": {"type": "object"}, "basis": BASIS, "state_hash": TEXT},
    {
        **{
            each.name: {**_with_statuses(each, schema), "description": each.description}
            for each, schema in zip(SECTIONS.values(), _SECTION_TYPES, strict=True)
        },
        "next_transition_at": or_null(TEXT),
    },
    "The deal on a basis. Every entry carries `because`: the events that made it so.",
)

DEAL_ROW = of(
    {"deal_id": TEXT, "title": or_null(TEXT), "status": ANY, "phase": or_null(TEXT), "version": NUMBER},
    {
        "kind": or_null(TEXT), "subject": or_null(TEXT), "jurisdictions": many(TEXT), "parties": many(TEXT),
        "opened": or_null(TEXT),
        "next_deadline": of({"binding": or_null(TEXT), "any": or_null(TEXT), "overdue": many(TEXT)}),
        "next_due": {**or_null(TEXT), "description": "Of the next deadline that binds, else of the next of any force."},
        "next_obligation": or_null(TEXT), "next_force": or_null(TEXT),
        "days_left": {**or_null(NUMBER), "description": "To next_due, in that deadline's own zone."},
        "overdue": {"type": "integer", "description": "Open deadlines that are past due."},
        "most_overdue": or_null(
            of(
                {"deadline_id": TEXT, "due": TEXT, "days_left": NUMBER},
                {"obligation": or_null(TEXT), "force": or_null(TEXT)},
                "Of these the first: the longest overdue of those that bind, else of all.",
            )
        ),
        "position": NUMBER, "recorded_at": INSTANT,
        "unreadable": {"type": "boolean", "description": "The deal cannot be read; what is said of it is older."},
        "reason": {"type": "string", "description": "Why it cannot be read."},
    },
)  # fmt: skip

DEAL = {
    **DEAL_ROW,
    "required": [*DEAL_ROW["required"], "exists", "links"],
    "properties": {
        **DEAL_ROW["properties"],
        "exists": FLAG,
        "links": {
            "type": "object",
            "additionalProperties": TEXT,
            "description": "Where more of it is found, by what that is: state, events, replay, calendar, page ...",
        },
    },
}

CALENDAR_NAME = of(
    {"name": TEXT, "kind": {"type": "string", "enum": ["country", "part", "market"]}},
    {"parts": many(TEXT), "of": {"type": "string", "description": "Of a part, its country."}},
)

UNREADABLE_DEAL = of({"deal_id": TEXT, "reason": TEXT}, description="A deal that cannot be read, and why.")

DEADLINE_ROW = of(
    {
        "deal_id": TEXT,
        "deadline_id": TEXT,
        "due": or_null(TEXT),
        "days_left": or_null(NUMBER),
        "status": TEXT,
        "binding": FLAG,
    },
    {
        "obligation": or_null(TEXT),
        "force": or_null(TEXT),
        "because": many(TEXT),
        "names": {"type": "object", "additionalProperties": TEXT, "description": "Names of the ids, where known."},
    },
)

REPLAY_STEP: Schema = {"type": "object", "description": "A step, or at the end the trailer."}

IMPORT_REPORT = of(
    {"lines": NUMBER, "recorded": NUMBER, "repeated": NUMBER, "errors": many(FAULT), "warnings": many(FAULT)},
    {"position": NUMBER, "deals": many(TEXT), "dry_run": FLAG, "errors_total": NUMBER, "warnings_total": NUMBER},
)

EVENT_TYPE = of(
    {
        "type": TEXT, "description": TEXT, "effect": TEXT, "schema_version": NUMBER, "example": {"type": "object"},
        "schema": {"type": "object", "description": "JSON Schema 2020-12 of `data`."},
    },
    {"group": TEXT, "event": {"type": "object"}, "event_schema": {"type": "object"}, "also_called": many(TEXT)},
)  # fmt: skip

CHANGE = of(
    {"path": TEXT, "from": ANY, "to": ANY, "because": many(TEXT), "text": TEXT, "group": TEXT},
    {"members": many(of({"from": ANY, "to": ANY, "because": many(TEXT), "text": TEXT}))},
)
DEVELOPMENT = of(
    {
        "text": TEXT, "group": TEXT, "part": TEXT, "paths": many(TEXT), "because": many(TEXT),
        "consequences": many(of({"text": TEXT, "group": TEXT, "path": TEXT})),
    },
    description="A change in a sentence, and what else the same events changed.",
)  # fmt: skip
SUMMARY = {**many({"$ref": "#/components/schemas/Development"}), "description": "The most important first."}
DIFF = of(
    {
        "happened": many(CHANGE),
        "learned": many(CHANGE),
        "lapsed": many(CHANGE),
        "net": many(CHANGE),
        "summary": SUMMARY,
    },
    {"from": BASIS, "to": BASIS},
)
STRETCHES = of(
    {
        "items": many(of({"from": ANY, "to": ANY, "value": ANY, "because": many(TEXT)})),
        "next": or_null(TEXT),
    },
    {"path": TEXT, "basis": BASIS},
)
FIRST = of({"at": or_null(TEXT), "because": many(TEXT), "first_known": or_null(TEXT)}, {"path": TEXT, "basis": BASIS})
DIGEST = of(
    {
        "items": many(of({"kind": TEXT, "path": TEXT, "text": TEXT, "group": TEXT, "because": many(TEXT)})),
        "next": or_null(TEXT),
        "summary": SUMMARY,
    }
)
WHAT_IF = of({"state": {"type": "object"}, "diff": {"type": "object"}, "warnings": many(FAULT)})
LINEAGE = of({"id": TEXT, "assertion": {"type": "object"}}, {"status": TEXT, "steps": many({"type": "object"})})
HYPOTHESIS: Schema = {
    "type": "object",
    "additionalProperties": False,
    "required": ["events"],
    "properties": {
        "events": {**many({"$ref": "#/components/schemas/Event"}), "minItems": 1, "maxItems": limits.BATCH_EVENTS},
        "valid_at": or_null(TEXT),
        "known_at": or_null(TEXT),
        "known_version": or_null(NUMBER),
        "known_position": or_null(NUMBER),
        "known_by": {"type": ["string", "null"], "enum": ["recorded", "published", None]},
        "reading": {"type": ["string", "null"], "enum": ["earliest", "latest", None]},
        "layer": {"type": ["string", "null"], "enum": ["all", "facts", None]},
    },
}

TYPED = (
    BackgroundImport,
    Proof,
    ReceiptProof,
    Key,
    NewKey,
    AuditRead,
    Webhook,
    NewWebhook,
    DeliveryAttempt,
    Delivery,
    Accepted,
)
"""Answers whose classes say what their schemas are."""


def schemas_of(classes: Sequence[type]) -> dict[str, Schema]:
    """The schemas of classes that are encoded without conversion, by their names."""
    _, made = msgspec.json.schema_components(classes, ref_template="#/components/schemas/{name}")
    return {
        name: {keyword: value for keyword, value in each.items() if keyword != "title"} for name, each in made.items()
    }


ANSWERS: dict[str, Schema] = {
    **schemas_of(TYPED),
    "Instant": INSTANT,
    "Basis": BASIS,
    "Change": CHANGE,
    "Development": DEVELOPMENT,
    "Fault": FAULT,
    "Diff": DIFF,
    "Stretches": STRETCHES,
    "First": FIRST,
    "Digest": DIGEST,
    "WhatIf": WHAT_IF,
    "Lineage": LINEAGE,
    "Hypothesis": HYPOTHESIS,
    "Problem": PROBLEM,
    "Receipt": RECEIPT,
    "RecordedEvent": RECORDED,
    "State": STATE,
    **SECTION_TYPES,
    "Deal": DEAL,
    "DealRow": DEAL_ROW,
    "CalendarName": CALENDAR_NAME,
    "DeadlineRow": DEADLINE_ROW,
    "UnreadableDeal": UNREADABLE_DEAL,
    "ReplayStep": REPLAY_STEP,
    "ImportReport": IMPORT_REPORT,
    "EventType": EVENT_TYPE,
}
