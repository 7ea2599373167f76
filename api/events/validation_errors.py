"""All that is wrong with an event that was refused, as the pydantic model of its type finds it."""

from functools import cache
from typing import Any

from pydantic import BaseModel, ValidationError

from api import limits
from api.events.event_fields import example_at, other_place
from api.events.models import event_model, unknown_event
from api.http.excerpt import Excerpt
from api.http.pattern_faults import pattern_fault
from domain.errors import Problem
from domain.event import REGISTRY, Event, nearest_types
from domain.fields.description import value_types
from domain.fields.field_names import nearest_fields
from domain.fields.value_faults import named, such_as, with_example
from domain.nearest_names import field_hint, nearest, nearest_hint


def explain(raw: object, deal_id: str | None) -> list[Problem]:
    """All faults of one invalid event as decoded from JSON; never empty."""
    if not isinstance(raw, dict):
        return [Problem("", "invalid-type", f"An event must be an object, not {named(raw)}.")]
    faults = []
    name = raw.get("type")
    model = event_model(name) if isinstance(name, str) and name in REGISTRY else unknown_event()
    meant = REGISTRY.get(name) if isinstance(name, str) else None
    if isinstance(name, str) and name not in REGISTRY:
        near = nearest_types(name)
        told = f"There is no event type {name[:128]!r}{nearest_hint(near)}."
        faults.append(Problem("/type", "unknown-type", told, near, hint="list-event-types"))
        meant = REGISTRY[near[0]] if near else None
    own = raw.get("deal_id")
    if own is None and deal_id is None:
        faults.append(Problem("/deal_id", "missing-field", "deal_id is required: the deal it belongs to."))
    elif isinstance(own, str) and deal_id is not None and own != deal_id:
        told = f"deal_id {own[:128]!r} is not the deal of the path, {deal_id!r}: leave it out, or correct one of them."
        faults.append(Problem("/deal_id", "deal-mismatch", told))
    faults += faults_of(model, raw, meant)
    return faults or [Problem("", "invalid-value", "The event cannot be read as its type declares it.")]


def faults_of(model: type[BaseModel], raw: object, event: type[Event] | None = None) -> list[Problem]:
    """The faults of a JSON value by this model, and how many members were not examined; `event` is the type of event
    that the value is, if it is one."""
    excerpt = Excerpt(_names(model))
    try:
        model.model_validate(excerpt.cut(raw))
    except ValidationError as refused:
        errors = refused.errors(include_url=False)
        faults = [_fault(each, model, event) for each in errors[: limits.FAULTS_EXPLAINED]]
        left = len(errors) - len(faults) + excerpt.left_out
        if left > 0:
            told = f"{left} further members or items are wrong, or were not checked: correct these first."
            faults.append(Problem("", "not-looked-at", told, stands_for=left))
        return faults
    if excerpt.left_out:
        told = f"{excerpt.left_out} members or items are too many to be checked: send what the type declares."
        return [Problem("", "not-looked-at", told, stands_for=excerpt.left_out)]
    return []


def _fault(error: Any, model: type[BaseModel], event: type[Event] | None) -> Problem:
    path = error["loc"]
    example = example_at(event, path)
    pointer = "".join("/" + str(each).replace("~", "~0").replace("/", "~1") for each in path)
    name = str(path[-1])[:128] if path else "event"
    match error["type"]:
        case "extra_forbidden":
            if event is not None and (place := other_place(event, path)):
                return Problem(pointer, "unknown-field", place)
            within = _within(model, path[:-1])
            near = nearest_fields(name, within) if isinstance(path[-1], str) else nearest(name, within)
            return Problem(
                pointer, "unknown-field", f"There is no field {name!r} here{field_hint(near, within)}.", near
            )
        case "missing":
            enough = "; {} is enough where other fields say what changes" if _may_be_empty(event, path) else ""
            return Problem(pointer, "missing-field", f"{name} is required and missing{such_as(example)}{enough}.")
        case "list_type" | "model_type" | "model_attributes_type" as kind:
            wanted = "a list" if kind == "list_type" else "an object"
            told = f"{name} must be {wanted}, not {named(error['input'])}{such_as(example)}."
            return Problem(pointer, "invalid-type", told)
        case "string_pattern_mismatch" if fault := pattern_fault(error):
            return Problem(pointer, "invalid-value", f"{name}: {fault}.")
        case "value_error" | "string_type" | "string_pattern_mismatch" | "literal_error" | "int_type" | "too_long":
            return Problem(pointer, "invalid-value", f"{name}: {error['msg'].removeprefix('Value error, ')}.")
    context = error.get("ctx", {})
    sentence = context.get("told", error["msg"])
    if error["type"] == "invalid-type":
        sentence = with_example(sentence, example)
    return Problem(pointer, error["type"], sentence, tuple(context.get("nearest", ())))


def _may_be_empty(event: type[Event] | None, path: tuple[Any, ...]) -> bool:
    return event is not None and len(path) == 2 and path[0] == "data" and path[1] in event.MAY_BE_EMPTY


@cache
def _names(model: type[BaseModel]) -> frozenset[str]:
    """The names of all fields of a model and of the models within it."""
    inner = filter(None, (_model_in(field.annotation) for field in model.model_fields.values()))
    return frozenset(model.model_fields).union(*map(_names, inner))


def _within(model: Any, path: tuple[Any, ...]) -> list[str]:
    """Field names of the model at a place inside another."""
    for step in path:
        if isinstance(step, str):
            model = _model_in(model.model_fields[step].annotation)
    return list(model.model_fields)


def _model_in(annotation: Any) -> Any:
    """The model that a field holds, alone or in a list."""
    held = (each.python_type for kind in value_types(annotation) for each in (kind, *kind.items))
    return next((each for each in held if issubclass(each, BaseModel)), None)
