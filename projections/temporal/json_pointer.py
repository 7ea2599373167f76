"""JSON pointers into a state (RFC 6901) as a query gives them."""

from collections.abc import Iterable, Sequence
from typing import Any

from domain import state_paths
from domain.errors import BadQuestion, Problem, UnknownPath
from domain.nearest_names import nearest
from domain.state import COUNTERS, SECTIONS
from domain.state_paths import ABSENT, write

LONGEST = 1_024
"""Characters of a path."""

KEYED = frozenset(each.name for each in SECTIONS.values() if each.by_id)
"""Sections whose members are ids."""


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


def unknown_path(tokens: Sequence[str], states: Iterable[Any]) -> UnknownPath:
    """The error that names the places spelt most like one that none of the states has."""
    depth, names = 0, set[str]()
    for state in states:
        at, value = 0, state
        while at < len(tokens) and (below := state_paths.step(value, tokens[at])) is not ABSENT:
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
