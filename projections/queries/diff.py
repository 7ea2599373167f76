"""What differs between two moments: what happened, what lapsed by time alone, what was only learned.

The way from one moment to the other has two legs. First time passes while knowledge stays what it was: what changes is
owed to developments that were known to come (`happened`), or to none (`lapsed`). Then, at the new date, knowledge
grows: what changes was `learned`. Either leg may run backwards. `net` is the end against the beginning.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from domain.basis import Basis
from domain.derived.context import SHOWN
from domain.equality import equal
from domain.fold import fold
from domain.record import Chosen, Knowledge
from domain.record import known as known_lines
from domain.state import COUNTERS, State
from ledger.canonical import canonical
from projections.queries import pointers
from projections.queries.history import Mended
from projections.queries.past import Past
from projections.queries.pointers import ABSENT, SUFFIX

Tokens = tuple[str, ...]
Answer = dict[str, Any]
Change = tuple[Any, Any]
"""Value before and after; ABSENT where there was none."""

SEARCHED_EVENTS = 20_000
"""In a record of more events no cause is searched for by reading it anew."""


def diff(past: Past, start: Basis, end: Basis) -> Answer:
    """`{happened, learned, lapsed, net}`, each a list of `{path, from, to, because}` in order of path.

    A path points into both states; null stands for what is not there. Day counters and causes are no change. An entry
    that came or went is one change.
    """
    passed = replace(start, valid_at=end.valid_at)
    old, new = past.knowledge(start), past.knowledge(end)
    happened, lapsed, before, middle = _time_passes(past, old, start, passed)
    learned, after = _knowledge_grows(past, (passed, middle), (end, new))
    because: dict[Tokens, tuple[str, ...]] = {}
    for each in (happened, learned):
        for tokens, (_, causes) in each.items():
            because[tokens] = tuple(dict.fromkeys((*because.get(tokens, ()), *causes)))
    net = {tokens: (change, _nearest(because, tokens)) for tokens, change in changes(before.sections, after.sections)}
    parts = {"happened": happened, "learned": learned, "lapsed": lapsed, "net": net}
    return {name: [_entry(tokens, *each) for tokens, each in found.items()] for name, found in parts.items()}


def _entry(tokens: Tokens, change: Change, because: Sequence[str]) -> Answer:
    before, after = (None if each is ABSENT else each for each in change)
    return {"path": pointers.write(tokens), "from": before, "to": after, "because": list(because)}


def _nearest(because: dict[Tokens, tuple[str, ...]], tokens: Tokens) -> tuple[str, ...]:
    """The causes of a change: its own, else those of what it lies in, else those of all that lies in it."""
    for length in range(len(tokens), 0, -1):
        if tokens[:length] in because:
            return because[tokens[:length]]
    inside = (causes for other, causes in because.items() if other[: len(tokens)] == tokens)
    return tuple(dict.fromkeys(event for causes in inside for event in causes))


def changes(before: Any, after: Any, at: Tokens = ()) -> Iterator[tuple[Tokens, Change]]:
    """Every place at which two states differ, in order of path; causes and day counters do not count."""
    if isinstance(before, dict) and isinstance(after, dict) and not _whole(before, after, at):
        for name in sorted(before.keys() | after.keys()):
            if _says_why(name) or pointers.is_counter(at, name):
                continue
            yield from changes(before.get(name, ABSENT), after.get(name, ABSENT), (*at, name))
    elif not equal(bare(before), bare(after)):
        yield at, (before, after)


def _whole(before: dict[str, Any], after: dict[str, Any], at: Tokens) -> bool:
    """Whether two objects are one value each: an amount of money, or the free value of a term."""
    return "amount" in before or "amount" in after or (len(at) > 2 and at[0] == "terms" and at[2] == "value")


def bare(value: Any) -> Any:
    """A value without what says why, and without day counters."""
    if isinstance(value, dict):
        return {name: bare(each) for name, each in value.items() if not _says_why(name) and name not in COUNTERS}
    return [bare(each) for each in value] if isinstance(value, list) else value


def _says_why(name: str) -> bool:
    return name in ("because", "because_count") or name.endswith(SUFFIX)


Found = dict[Tokens, tuple[Change, tuple[str, ...]]]


def _time_passes(past: Past, known: Knowledge, start: Basis, end: Basis) -> tuple[Found, Found, State, State]:
    """What happened and what lapsed between two dates of one knowledge; the states at both."""
    one, other = (past.state(each, known) for each in (start, end))
    if start.valid_at == end.valid_at:
        return {}, {}, one, one
    forward = start.valid_at < end.valid_at
    (early, earlier), (late, later) = ((one, start), (other, end)) if forward else ((other, end), (one, start))
    fresh = late.chosen.steps[len(early.chosen.steps) :]
    seen = {each.step.id for each in known.placed if min(each.seen, each.earliest) <= earlier.valid_at}
    came = [each.step.id for each in known.placed if each.step.id not in seen and each.seen <= later.valid_at]
    news = dict.fromkeys((*came, *(step.id for step in fresh)))
    untouched = past.derive(early.deal, _only(late.chosen, early.chosen, seen), later)

    def upto(count: int) -> State:
        return past.derive(fold(fresh[:count], early.deal), late.chosen, later)

    search = _Search(upto, [step.id for step in fresh])
    happened: Found = {}
    lapsed: Found = {}
    for tokens, (before, after) in changes(early.sections, late.sections):
        told = (before, after) if forward else (after, before)
        if equal(bare(pointers.get(untouched.sections, tokens)), bare(after)):
            lapsed[tokens] = (told, ())
            continue
        causes = [event for event in _behind(early, late, tokens, (before, after)) if event in news]
        happened[tokens] = (told, tuple(dict.fromkeys(causes)) or search.cause(tokens, after))
    return happened, lapsed, one, other


def _only(late: Chosen, early: Chosen, seen: set[str]) -> Chosen:
    """What would stand at the later date if only what was in sight at the earlier had ever been."""
    return Chosen(
        early.steps,
        tuple(each for each in late.scheduled if each.line.id in seen),
        tuple(each for each in late.possible if each.line.id in seen),
        early.exists,
    )


def _knowledge_grows(past: Past, start: tuple[Basis, State], end: tuple[Basis, Knowledge]) -> tuple[Found, State]:
    """What was learned between two knowledges of one date; the state by the second."""
    basis, before = start
    after = past.state(*end)
    forward = _extent(basis) <= _extent(end[0])
    less, more = (basis, end[0]) if forward else (end[0], basis)
    held = [{line.id for line in known_lines(past.lines, each, past.zone, past.revise)} for each in (less, more)]
    # On the published axis two bases may each know what the other does not.
    news = [line.id for line in past.lines if line.id in held[1] - held[0]]
    differing = [line.id for line in past.lines if line.id in held[1] ^ held[0]]
    mended = Mended(past.lines)
    roots: dict[str, list[str]] = {}
    for event in differing:
        roots.setdefault(mended.root(event), []).append(event)

    def upto(count: int) -> State:
        left_out = {*news[count:]}
        lines = [line for line in past.lines if line.id not in left_out]
        narrowed = Past(past.deal_id, lines, past.zone, past.calendars, past.revise)
        return narrowed.state(more)

    search = _Search(upto, news if len(past.lines) <= SEARCHED_EVENTS else ())
    learned: Found = {}
    for tokens, (one, other) in changes(before.sections, after.sections):
        behind = _behind(before, after, tokens, (one, other))
        causes = dict.fromkeys(event for each in behind for event in roots.get(each, ()))
        found = tuple(causes) or search.cause(tokens, other if forward else one) or tuple(differing[-SHOWN:])
        learned[tokens] = ((one, other), found)
    return learned, after


def _extent(basis: Basis) -> tuple[int, int]:
    return (basis.known_version, basis.known_at)


def _behind(early: State, late: State, tokens: Tokens, change: Change) -> Iterator[str]:
    """The events behind a value after the change, then before it; of lists, of what came and went alone."""
    before, after = change
    if isinstance(before, list) and isinstance(after, list):
        yield from pointers.inside([*_not_among(after, before), *_not_among(before, after)])
    for state in (late, early):
        yield from pointers.causes(state.sections, state.deal, tokens)


def _not_among(values: Sequence[Any], others: Sequence[Any]) -> list[Any]:
    """The values of a list that no member of another list equals; equal values have the same canonical bytes."""
    known = {canonical(each) for each in others}
    return [each for each in values if canonical(each) not in known]


class _Search:
    """Finds a development whose coming in gave a value, by folding as few prefixes of what came in as that takes."""

    def __init__(self, upto: Callable[[int], State], events: Sequence[str]) -> None:
        self._upto = upto
        self._events = events
        self._held: dict[int, State] = {}

    def cause(self, tokens: Tokens, value: Any) -> tuple[str, ...]:
        """None where the value stood before them all, or there are too many."""
        low, high = 0, len(self._events)
        if high == 0 or self._has(low, tokens, value):
            return ()
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if self._has(middle, tokens, value) else (middle, high)
        return (self._events[high - 1],)

    def _has(self, count: int, tokens: Tokens, value: Any) -> bool:
        if count not in self._held:
            self._held[count] = self._upto(count)
        return equal(bare(pointers.get(self._held[count].sections, tokens)), bare(value))
