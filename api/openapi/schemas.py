"""The schemas of answers, made from their classes, and that of a hypothesis."""

from collections.abc import Sequence
from typing import Any

import msgspec

from api import limits
from api.answers import Problem
from api.api_keys.answers import AuditRead, Key, NewKey
from api.audit.answers import Cosigned, Proof
from api.deal_lists.answers import DealList
from api.deals.answers import BookDigest, DeadlinePage, Deal, DealPage
from api.events.answers import EventType, ImportReport, Receipt
from api.events.import_jobs import BackgroundImport
from api.runtime.answers import ErrorCode, Health, Readiness, ServerVersion
from api.webhooks.answers import Accepted, Delivery, DeliveryAttempt, NewWebhook, Webhook
from domain.basis import KnownBy, Layer
from domain.fields.description import choices_of
from domain.sections.section import Form
from domain.state import SECTIONS
from domain.state_paths import ERASED
from domain.time.edtf import Reading
from ledger.encoding.answer_fields import Instant
from ledger.encoding.event_json import RecordedEvent
from projections.replay.answers import ReplayStep, ReplayTrailer
from projections.state.answers import CalendarName, HypotheticalState, State
from projections.tables.answers import DeadlineRow
from projections.temporal.answers import Diff, Digest, First, Lineage, Stretches, WhatIf

Schema = dict[str, Any]
REF = "#/components/schemas/"

HYPOTHESIS: Schema = {
    "type": "object",
    "additionalProperties": False,
    "required": ["events"],
    "properties": {
        "events": {
            "type": "array",
            "items": {"$ref": REF + "Event"},
            "minItems": 1,
            "maxItems": limits.BATCH_EVENTS,
        },
        "valid_at": {"type": ["string", "null"]},
        "known_at": {"type": ["string", "null"]},
        "known_version": {"type": ["integer", "null"]},
        "known_position": {"type": ["integer", "null"]},
        "known_by": {"type": ["string", "null"], "enum": [*choices_of(KnownBy), None]},
        "reading": {"type": ["string", "null"], "enum": [*choices_of(Reading), None]},
        "layer": {"type": ["string", "null"], "enum": [*choices_of(Layer), None]},
    },
}

TYPED = (
    Problem, Receipt, ImportReport, BackgroundImport, EventType, RecordedEvent, CalendarName,
    State, Deal, DealPage, DeadlinePage, BookDigest, ReplayStep, ReplayTrailer,
    Diff, Stretches, First, Digest, WhatIf, Lineage, Proof, Cosigned,
    Key, NewKey, AuditRead, Webhook, NewWebhook, DeliveryAttempt, Delivery, Accepted, DealList,
    Health, Readiness, ServerVersion, ErrorCode,
)  # fmt: skip
"""Answers whose classes say what their schemas are."""


def schemas_of(classes: Sequence[type]) -> dict[str, Schema]:
    """The schemas of classes that are encoded without conversion, and of those that they name, by their names."""
    _, made = msgspec.json.schema_components(classes, ref_template=REF + "{name}")
    for schema in made.values():
        del schema["title"]
    return made


def _entries_with_statuses(sections: dict[str, Schema]) -> dict[str, Schema]:
    """The sections of which each entry has a status: one of those declared, erased, or null."""
    made = {}
    for each in SECTIONS.values():
        if each.statuses and each.form is Form.ENTRIES:
            status = {"anyOf": [{"type": "string", "enum": [*each.statuses, ERASED]}, {"type": "null"}]}
            entry = {"type": "object", "properties": {"status": status}, "additionalProperties": True}
            made[each.name] = {**sections[each.name], "additionalProperties": entry}
    return made


OPEN = (Problem, DeadlineRow)
"""Those that may have further members: extensions of a problem; what a deadline has in the state of its deal."""

ANSWERS: dict[str, Schema] = {
    "Instant": msgspec.json.schema(Instant),
    "Hypothesis": HYPOTHESIS,
    "ReplayLine": {"oneOf": [{"$ref": REF + "ReplayStep"}, {"$ref": REF + "ReplayTrailer"}]},
    **schemas_of(TYPED),
}
for each in OPEN:
    ANSWERS[each.__name__]["additionalProperties"] = True
for name in (State.__name__, HypotheticalState.__name__):
    ANSWERS[name]["properties"] |= _entries_with_statuses(ANSWERS[name]["properties"])
