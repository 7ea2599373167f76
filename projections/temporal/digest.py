"""The digest of changes since a version or an instant: a sentence for each change of a field, a blocker, a date."""

from collections.abc import Iterator
from typing import Any

from domain.basis import Basis
from domain.sections.section import Form
from domain.state import SECTIONS
from projections.temporal.diff import diff
from projections.temporal.json_pointer import parse
from projections.temporal.members import IDENTIFYING_MEMBERS
from projections.temporal.recorded_deal import RecordedDeal

Answer = dict[str, Any]

PASSED_OVER = frozenset({
    "history", "trace", "versions", "reports", "observations", "count", "last_reaffirmed", "first_seen", "views",
    "status_rule", "origins", "reported", "layer", "version", "since", "rule", "reason", "rulings", "steps",
    "status_since",
})  # fmt: skip
"""Members that repeat another member at more length."""


def digest(past: RecordedDeal, start: Basis, end: Basis) -> list[Answer]:
    """`{kind, path, from, to, text, because}` for each change between two bases, in order of path."""
    told = diff(past, start, end)
    lapsed = {entry["path"] for entry in told["lapsed"]}
    items = []
    for entry in told["net"]:
        tokens = parse(entry["path"])
        if len(tokens) == 1 and isinstance(entry["from"] or entry["to"], list):
            items += list(_list_items(tokens[0], entry))
        elif SECTIONS[tokens[0]].in_digest and not PASSED_OVER.intersection(tokens[1:]):
            text = _text(tokens, entry["from"], entry["to"])
            if entry["path"] in lapsed and not entry["because"]:
                text = f"{text[:-1]}, by time alone."
            items.append({"kind": _kind(tokens[0]), **entry, "text": text})
    return items


def _kind(section: str) -> str:
    return (SECTIONS[section].noun or section).replace(" ", "_")


def _list_items(section: str, entry: Answer) -> Iterator[Answer]:
    """One item for each entry that came, went or changed."""
    for each in entry["members"]:
        was, now = each["from"], each["to"]
        text = _list_text(section, was, now, (was if now is None else now) or {})
        yield {"kind": _kind(section), "path": entry["path"], **each, "text": text}


def _key(each: Any) -> str:
    """What identifies an entry."""
    if not isinstance(each, dict):
        return _value_text(each)
    return " ".join(_value_text(each[name]) for name in IDENTIFYING_MEMBERS if each.get(name)) or _value_text(each)


def _list_text(section: str, was: Any, now: Any, held: Answer) -> str:
    key = _key(held)
    if section == "blockers":
        if now is None:
            return f"{key} no longer blocks closing."
        return f"{key} {'still' if was else 'now'} {_severity_text(now['severity'])} until {now['clears_when']}."
    if section == "scheduled":
        return f"{key} is {'no longer ahead' if now is None else 'ahead: ' + _value_text(now.get('on'))}."
    noun = SECTIONS[section].noun or section
    if now is None:
        return f"The {noun} {key} no longer applies."
    why = _value_text(now["why"]) if now.get("why") else ""
    return f"{'The' if was else 'A new'} {noun} {key}{': ' if why else ''}{why}".rstrip(".") + "."


def _severity_text(severity: str) -> str:
    return "bars closing" if severity == "hard" else "is an outstanding condition of closing"


def _text(tokens: tuple[str, ...], was: Any, now: Any) -> str:
    section, *rest = tokens
    noun, form = SECTIONS[section].noun, SECTIONS[section].form
    if noun and len(rest) == 1:
        return _entry_text(section, rest[0], was, now)
    if form is Form.NESTED and len(rest) > 1:
        return _change_text(" on ".join(rest[:2]), rest[2:], was, now)
    if noun and len(rest) > 1:
        name = f"{noun[:1].upper()}{noun[1:]} {rest[0]}"
        if section == "deadlines" and rest[1:] == ["due"] and was is not None and now is not None:
            return f"{name} moved from {was} to {now}."
        if section == "deadlines" and rest[1:] == ["reaffirmed_count"]:
            return f"{name} was reaffirmed ({now} times in all)."
        return _change_text(name, rest[1:], was, now)
    return _change_text(f"The {section.replace('_', ' ')}", [each for each in rest if each != "value"], was, now)


def _entry_text(section: str, name: str, was: Any, now: Any) -> str:
    noun, named_by = SECTIONS[section].noun, SECTIONS[section].named_by
    if now is None:
        return f"The {noun} {name} is no longer on record."
    if SECTIONS[section].form is Form.NESTED:
        what = _value_text(now)
    else:
        what = (
            _value_text(now[named_by]) if isinstance(now, dict) and named_by and now.get(named_by) is not None else ""
        )
    more = []
    if isinstance(now, dict):
        more = [f"{label} {_value_text(now[label])}" for label in ("due", "status") if now.get(label) is not None]
        more += ["only reported"] if now.get("layer") == "reported" else []
    told = ", ".join(each for each in (what, *more) if each)
    return f"New {noun} {name}: {told}." if told else f"New {noun} {name}."


def _change_text(subject: str, field: list[str], was: Any, now: Any) -> str:
    name = " ".join(field).replace("_", " ")
    about = f"{subject}: {name}" if name else subject
    if now is None:
        return f"{about} is no longer {_value_text(was)}."
    if was is None or isinstance(was, dict | list) or isinstance(now, dict | list):
        return f"{about} is now {_value_text(now)}."
    return f"{about} is now {_value_text(now)}, was {_value_text(was)}."


def _value_text(value: Any) -> str:
    """A value in a sentence."""
    if isinstance(value, dict):
        if "amount" in value:
            return f"{value['amount']} {value.get('currency', '')}".strip()
        for name in ("value", "stance", "status", "id"):
            if value.get(name) is not None:
                return _value_text(value[name])
        shown = (
            f"{name} {_value_text(each)}"
            for name, each in value.items()
            if each not in (None, [], {}) and name not in ("because", "layer")
        )
        return ", ".join(shown) or "nothing"
    if isinstance(value, list):
        return ", ".join(_value_text(each) for each in value) or "none"
    if value is None:
        return "unknown"
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value).replace("_", " ")
