"""JSON pointers into a state (RFC 6901), and the events to which what they point at is owed."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from domain.errors import BadQuestion, Problem, UnknownPath
from domain.fold import Deal
from domain.spelling import nearest
from domain.state import COUNTERS

LONGEST = 1_024
"""Characters of a path."""

SUFFIX = "_because"

_INDEX = re.compile("0|[1-9][0-9]{0,8}")


class Absent:
    """Stands for what is not there, which is another thing than null."""

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final = Absent()

KINDS = {
    "parties": "party", "bids": "bid", "variants": "variant", "orders": "order", "export_lists": "export_list",
    "approvals": "approval", "deadlines": "deadline", "agreements": "agreement", "litigation": "case",
    "claims": "claim", "remedies": "remedy", "terms": "term", "deal": "deal",
}  # fmt: skip
"""Section -> kind of the things in it, where an entry is one thing."""

KEYED = frozenset(KINDS) - {"deal"} | {"stances", "assessments", "merged", "sources"}
"""Sections whose members are ids."""

FIELDS = {
    ("deadline", "extension"): ("shifts", "requests", "extendable", "refusal"),
    ("deadline", "withdrawn"): ("outcome", "withdrawal"),
    ("deadline", "trace"): ("instrument", "shifts", "branches"),
    ("deadline", "first_due"): ("instrument",),
    ("deadline", "alternatives"): ("branches",),
    ("order", "signed"): ("signed", "effective"),
    ("order", "paused"): ("pauses",),
    ("approval", "due"): ("phase_due", "status"),
    ("case", "status"): ("ended", "paused", "appealed_to"),
    ("case", "relief"): ("reliefs",),
    ("claim", "status"): ("confirmed", "denied", "reports"),
    ("claim", "independent_origins"): ("origins",),
    ("claim", "confirmed_by"): ("confirmed",),
    ("claim", "denied_by"): ("denied",),
    ("variant", "adopted_since"): ("adopted",),
    ("agreement", "since"): ("reached",),
}
"""What an entry's member is made of, where it is no field of the thing's own."""


def parse(path: str) -> tuple[str, ...]:
    """The tokens of a pointer. Raises BadQuestion for what is none, or points at a day counter."""
    if len(path) > LONGEST:
        raise _bad(f"The path has {len(path)} characters; at most {LONGEST} are read.")
    if path and not path.startswith("/"):
        raise _bad(f"{path!r} is no JSON pointer: it starts with a slash, as in /deadlines/dl-divest/due.")
    tokens = path.split("/")[1:]
    for token in tokens:
        if "~" in token.replace("~0", "").replace("~1", ""):
            raise _bad(f"{path!r} is no JSON pointer: ~ is written ~0 and / inside a name ~1.")
    made = tuple(token.replace("~1", "/").replace("~0", "~") for token in tokens)
    if made and is_counter(made[:-1], made[-1]):
        raise _bad(f"{made[-1]} counts days from the moment asked about and has no history: ask for the due date.")
    return made


def is_counter(at: Sequence[str], name: str) -> bool:
    """Whether a member counts days from the moment asked about; ids may be called the same."""
    return name in COUNTERS and len(at) > 0 and not (len(at) == 1 and at[0] in KEYED)


def _bad(told: str) -> BadQuestion:
    return BadQuestion(told, problems=(Problem("/path", "bad-path", told),))


def write(tokens: Iterable[str]) -> str:
    """The pointer of these tokens."""
    return "".join("/" + token.replace("~", "~0").replace("/", "~1") for token in tokens)


def get(value: Any, tokens: Sequence[str]) -> Any:
    """What stands there, or ABSENT."""
    for token in tokens:
        value = _step(value, token)
        if value is ABSENT:
            return ABSENT
    return value


def _step(value: Any, token: str) -> Any:
    if isinstance(value, dict):
        return value.get(token, ABSENT)
    if isinstance(value, list) and _INDEX.fullmatch(token) and int(token) < len(value):
        return value[int(token)]
    return ABSENT


def causes(sections: Any, deal: Deal, tokens: Sequence[str]) -> tuple[str, ...]:
    """The events to which a value is owed: what is said of the value itself, else of its field, else of its entry."""
    found: Sequence[str] = ()
    value = sections
    for depth, token in enumerate(tokens):
        own = value.get(token + SUFFIX) if isinstance(value, dict) else None
        value = _step(value, token)
        if own is not None:
            found = own
        elif depth == _field_depth(tokens):
            found = _field_causes(deal, tokens) or found
        if isinstance(value, dict) and isinstance(value.get("because"), list):
            found = value["because"]
    if value is not ABSENT and (isinstance(value, list) or not found):
        within = tuple(dict.fromkeys(inside(value)))
        found = within or found
    return tuple(found)


def _field_depth(tokens: Sequence[str]) -> int:
    return 1 if tokens[0] == "deal" else 2


def _field_causes(deal: Deal, tokens: Sequence[str]) -> tuple[str, ...]:
    kind = KINDS.get(tokens[0])
    if kind is None:
        return ()
    thing = deal.things.get((kind, "" if kind == "deal" else tokens[1]))
    if thing is None:
        return ()
    name = tokens[_field_depth(tokens)]
    by = thing.origin.causes
    names = FIELDS.get((kind, name), (name,))
    return tuple(dict.fromkeys(event for each in names for event in by.get(each, ())))


def inside(value: Any) -> Iterator[str]:
    """The causes that stand anywhere inside a value."""
    if isinstance(value, dict):
        for name, each in value.items():
            if name == "because" or name.endswith(SUFFIX):
                yield from each
            else:
                yield from inside(each)
    elif isinstance(value, list):
        for each in value:
            yield from inside(each)


def unknown(tokens: Sequence[str], states: Iterable[Any]) -> UnknownPath:
    """The error that names the places spelt most like one that none of the states has."""
    depth, names = 0, set[str]()
    for state in states:
        at, value = 0, state
        while at < len(tokens) and (below := _step(value, tokens[at])) is not ABSENT:
            at, value = at + 1, below
        here = set(value) if isinstance(value, dict) else set()
        if at > depth:
            depth, names = at, here
        elif at == depth:
            names |= here
    names = {each for each in names if each not in COUNTERS}
    wrong = tokens[depth] if depth < len(tokens) else ""
    near = nearest(wrong, sorted(names), cutoff=0.4) or sorted(names)[:3]
    paths = [write((*tokens[:depth], each, *tokens[depth + 1 :])) for each in near]
    hint = f"nearest: {', '.join(paths)}" if paths else f"there is nothing below {write(tokens[:depth]) or 'it'}"
    told = f"No state of this deal has {write(tokens)[:256]}; {hint}."
    return UnknownPath(told, problems=(Problem("/path", "unknown-path", told, tuple(paths)),), extra={"nearest": paths})
