"""Applying corrections to an event, and validating a further correction."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any

from domain.corrections import ApplyCorrections, voided
from domain.decide import ABOUT_EVENTS, RecordLookup, decide, event_chain, merge_circle
from domain.envelope import LEAF_MEMBERS, PAYLOAD_MEMBERS, Payload, RecordedEvent, Submission
from domain.errors import Problem
from domain.event import REGISTRY
from domain.events.background import EntityMerged
from domain.events.record import RecordCorrected
from domain.fields.description import describe
from domain.fields.field_names import nearest_fields
from domain.fields.value_faults import example_of, faults
from domain.nearest_names import field_hint
from domain.time.edtf import When
from domain.validation import problems
from ledger.encoding.canonical_json import canonical
from ledger.encoding.event_codec import data_fields, payload, payload_strictly, submission_of
from ledger.models import Recorded

CORRECTABLE = frozenset({*LEAF_MEMBERS, *PAYLOAD_MEMBERS}) - {"deal_id", "id", "type", "schema_version", "data"}
"""Members of the envelope that a correction may change."""

BearingOn = Callable[[str], Sequence[Submission]]
"""The record.* events, in order, that decide how an event is to be read."""


def as_corrected(original: Submission, about: Sequence[Submission]) -> Submission:
    """`original` after those of `about` (the deal's record.* events, in order) that correct it and are in effect."""
    void = voided([(each.id, each.payload.data) for each in about])
    changes = [
        each.payload.data.changes
        for each in about
        if isinstance(each.payload.data, RecordCorrected)
        and each.payload.data.event_id == original.id
        and each.id not in void
    ]
    return changed(original, *changes) if changes else original


def merges_of(about: Sequence[Submission]) -> dict[str, tuple[str, str]]:
    """Event -> the id given up and the id that stays, of each merge among `about` that no event there voids."""
    void = voided([(each.id, each.payload.data) for each in about])
    mended = {each.payload.data.event_id for each in about if isinstance(each.payload.data, RecordCorrected)}
    merges: dict[str, tuple[str, str]] = {}
    for each in about:
        one = as_corrected(each, about) if each.id in mended else each
        if isinstance(one.payload.data, EntityMerged) and each.id not in void:
            merges[each.id] = one.payload.data.merged, one.payload.data.into
    return merges


def problems_of_change(event: Submission, changes: Mapping[str, object], held: RecordLookup) -> tuple[Problem, ...]:
    """The faults of an event after these changes; with pointers into the correction."""
    known = data_fields(event.type) | CORRECTABLE
    unknown = [name for name in changes if name not in known]
    if unknown:
        return tuple(_unknown(event.type, name, known) for name in unknown)
    wrong = tuple(_of_values(event.type, changes))
    if wrong:
        return wrong
    try:
        revised = changed(event, changes, strict=True)
    except ValueError as fault:
        return (_ill_formed(str(fault), changes),)
    return tuple(_from_correction(fault, changes) for fault in (*problems(revised), *decide(revised, held)))


def problems_of_reading(event: Submission, held: RecordLookup, bearing_on: BearingOn) -> tuple[Problem, ...]:
    """Faults that a voiding or reinstatement causes: it may undo a correction that made an interval or merge valid."""
    root = event_chain(event, held)[-1]
    if isinstance(root.payload.data, ABOUT_EVENTS) or not root.sent or held.erasure_of(root.id) is not None:
        return ()  # it leads to no event, or to one that is erased, which has sent nothing
    about = bearing_on(root.id)
    after = [*about, event]
    if root.id in voided([(each.id, each.payload.data) for each in after]):
        return ()
    now, then = as_corrected(root, about), as_corrected(root, after)
    wrong_now = set(problems(now))
    faults = (*(each for each in problems(then) if each not in wrong_now), *merge_circle(then, held))
    return tuple(
        Problem("/data/event_id", each.code, f"{root.id!r} would then be read otherwise. {each.detail}", hint=each.hint)
        for each in faults
    )


def changed(event: Submission, *several: Mapping[str, object], strict: bool = False) -> Submission:
    """The event after these changes, the oldest first. Raises ValueError where `strict` and the types do not fit."""
    own = data_fields(event.type)
    sent = {**event.sent, "data": {**event.sent.get("data", {})}}
    dates = {"occurred": event.occurred, "published": event.published}
    for name, value in chain.from_iterable(changes.items() for changes in several):
        if name in own and not (name == "effective" and name in sent):
            sent["data"][name] = value
        elif name in dates:
            dates[name] = None if value is None and name == "published" else When.parse(value)  # type: ignore[arg-type]  # parse refuses what is no text
        else:
            sent[name] = value
            if name == "effective" and name in sent["data"]:  # given twice, it is one value
                sent["data"][name] = value
    read = payload_strictly if strict else payload
    return replace(event, sent=sent, payload=read(event.type, canonical(sent)), **dates)  # type: ignore[arg-type]  # occurred is never null


def read_revised(recorded: Recorded, line: RecordedEvent, changes: Sequence[Mapping[str, object]]) -> RecordedEvent:
    """A recorded event with these corrections applied, the oldest first, decoded from its stored bytes."""
    return _revised(line, submission_of(recorded), changes)


def revising(submissions: Mapping[str, Submission], recorded: ApplyCorrections) -> ApplyCorrections:
    """Revises a line from one of these submissions, by id, and every other line as `recorded` does."""

    def revise(line: RecordedEvent, changes: tuple[Mapping[str, Any], ...]) -> RecordedEvent:
        sent = submissions.get(line.id)
        return recorded(line, changes) if sent is None else _revised(line, sent, changes)

    return revise


def _revised(line: RecordedEvent, sent: Submission, changes: Sequence[Mapping[str, object]]) -> RecordedEvent:
    revised = changed(sent, *changes)
    return replace(line, occurred=revised.occurred, published=revised.published, payload=revised.payload)


def _unknown(type_name: str, name: str, known: Collection[str]) -> Problem:
    near = nearest_fields(name, sorted(known), cutoff=0.4)
    detail = f"{type_name} has no field {name!r}{field_hint(near, known)}."
    return Problem(f"/data/changes/{name}", "unknown-field", detail, near)


def _of_values(type_name: str, changes: Mapping[str, object]) -> Iterator[Problem]:
    """The faults of the new values by the types of their fields."""
    cls: Any = REGISTRY.get(type_name)
    own = describe(cls) if cls is not None else {}
    around = {**describe(Submission), **describe(Payload)}
    for name, value in changes.items():
        field = own.get(name) or around[name]
        if value is not None:
            example = (cls.EXAMPLE if cls is not None and name in own else {}).get(name) or example_of(field.types)
            yield from faults(value, field.types, f"/data/changes/{name}", example)


def _ill_formed(message: str, changes: Mapping[str, object]) -> Problem:
    """A fault of type: msgspec says where ("... - at `$.data.new_due`"), a date says it in its sentence."""
    sentence, _, path = message.partition(" - at `$.")
    name = next((part for part in re.split(r"[.\[\]`]+", path) if part in changes), next(iter(changes)))
    return Problem(f"/data/changes/{name}", "invalid-value", f"{name}: {sentence}")


def _from_correction(fault: Problem, changes: Mapping[str, object]) -> Problem:
    """The same fault, pointing at the change that causes it, if there is one."""
    parts = fault.pointer.removeprefix("/data").split("/")[1:]
    if parts and parts[0] in changes:
        return replace(fault, pointer="/data/changes/" + "/".join(parts))
    return replace(fault, pointer="/data/changes")
