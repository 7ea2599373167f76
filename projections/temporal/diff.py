"""The difference of two bases: what happened, what lapsed by time alone, what was learned.

The way from one moment to the other has two legs. First time passes while knowledge stays what it was: what changes is
owed to events that were known to come (`happened`), or to none (`lapsed`). Then, at the new date, knowledge
grows: what changes was `learned`. Either leg may run backwards. `net` is the end against the beginning.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any

import orjson

from domain import state_paths
from domain.basis import Basis
from domain.bitemporal import EffectiveEvents, KnownEvents
from domain.bitemporal import known as known_lines
from domain.fold import fold
from domain.folded_deal import FoldedDeal
from domain.json_equality import equal
from domain.state import State
from domain.state_paths import ABSENT
from ledger.encoding.canonical_json import canonical
from projections.cancellation import checked
from projections.narrator import narrator
from projections.sentences.change_sentences import Sections
from projections.sentences.event_texts import EventTexts
from projections.temporal import json_pointer, members
from projections.temporal.answers import Differences
from projections.temporal.cause_search import MOST_CAUSES, CauseSearch, Folded
from projections.temporal.difference import Change, Changes, Difference, MemberCauses, Tokens, is_list
from projections.temporal.history import CorrectionIndex
from projections.temporal.incremental_fold import Refolding
from projections.temporal.members import is_cause, without_causes
from projections.temporal.passed_events import PassedEvents
from projections.temporal.recorded_deal import RecordedDeal


def diff(past: RecordedDeal, start: Basis, end: Basis) -> Differences:
    """`{happened, learned, lapsed, net}`, each a list of `{path, from, to, because, text, group}`, and `summary`.

    The most important changes come first. A path points into both states; null means that there is none. Day counters
    and causes are no change. An entry that came or went is one change. A change of a section that is a list also has
    `members`: `{from, to, because, text}` of each entry that came, went or changed. `summary` holds what happened,
    lapsed and was learned in sentences, the changes of one cause together.
    """
    return compare(past, start, end).to_json()


def compare(past: RecordedDeal, start: Basis, end: Basis) -> Difference:
    """What happened, what lapsed and what was learned between two bases, and the net change, with its sentences."""
    passed = replace(start, valid_at=end.valid_at)
    old, new = past.knowledge(start), past.knowledge(end)
    refolding = Refolding()
    happened, lapsed, before, middle = _pass_time(past, old, start, passed, refolding)
    learned, after = _grow_knowledge(past, (passed, middle), (end, new), refolding)
    because: dict[Tokens, tuple[str, ...]] = {}
    entries: dict[tuple[Tokens, str], tuple[str, ...]] = {}
    for each in (happened, lapsed, learned):
        for tokens, (_, causes, own) in each.items():
            if each is not lapsed:
                because[tokens] = tuple(dict.fromkeys((*because.get(tokens, ()), *causes)))
            for key, behind in own.items():
                entries[tokens, key] = tuple(dict.fromkeys((*entries.get((tokens, key), ()), *behind)))
    causes_of = _Causes(because)
    net: Changes = {}
    for tokens, change in _net((happened, lapsed, learned), before, middle, after):
        causes = causes_of(tokens)
        keys = [key for key, _, _ in members.changed_entries(*change)] if is_list(tokens, change) else []
        net[tokens] = (change, causes, {key: entries.get((tokens, key), causes) for key in keys})
    texts = EventTexts(past.narrator or narrator(past.lines, past.zone, past.calendars, past.revise))
    parts = {"happened": happened, "learned": learned, "lapsed": lapsed, "net": net}
    return Difference(
        parts, before.sections, middle.sections, after.sections, texts, frozenset(_undone(old, start, end))
    )


def _net(legs: Sequence[Changes], before: State, middle: State, after: State) -> Iterator[tuple[Tokens, Change]]:
    """Every place at which the end differs from the beginning; where one leg led nowhere, what the other changed."""
    if before is not middle and middle is not after:
        return changes(before.sections, after.sections)
    made = {tokens: change for leg in legs for tokens, (change, *_) in leg.items()}
    return ((tokens, made[tokens]) for tokens in sorted(made))


def _undone(known: KnownEvents, start: Basis, end: Basis) -> Iterator[str]:
    """What has taken effect at the start and at the end, which is earlier, has not or was not recorded."""
    for each in known.placed:
        line, begins = each.line, each.step.start
        recorded = line.version <= end.known_version and line.recorded_at <= end.known_at
        if begins <= start.valid_at and not (begins <= end.valid_at and recorded):
            yield each.step.id


class _Causes:
    """The causes of changes, by path."""

    def __init__(self, because: dict[Tokens, tuple[str, ...]]) -> None:
        self._own = because
        self._inside: dict[Tokens, dict[str, None]] = {}
        for tokens, causes in because.items():
            for length in range(len(tokens)):
                self._inside.setdefault(tokens[:length], {}).update(dict.fromkeys(causes))

    def __call__(self, tokens: Tokens) -> tuple[str, ...]:
        """Those of the change itself, else of what it lies in, else of all that lies in it."""
        for length in range(len(tokens), 0, -1):
            if tokens[:length] in self._own:
                return self._own[tokens[:length]]
        return tuple(self._inside.get(tokens, ()))


def changes(before: Any, after: Any, at: Tokens = ()) -> Iterator[tuple[Tokens, Change]]:
    """Every place at which two states differ, in order of path; causes and day counters do not count."""
    if isinstance(before, dict) and isinstance(after, dict) and not _whole(before, after, at):
        if len(at) in (1, 2) and orjson.dumps(before) == orjson.dumps(after):
            return  # most sections and entries are alike, and this is by far the quickest way to see it
        for name in sorted(before.keys() | after.keys()):
            if is_cause(name) or json_pointer.is_counter(at, name):
                continue
            yield from changes(before.get(name, ABSENT), after.get(name, ABSENT), (*at, name))
    elif not equal(without_causes(before), without_causes(after)):
        yield at, (before, after)


def _whole(before: dict[str, Any], after: dict[str, Any], at: Tokens) -> bool:
    """Whether two objects are one value each: an amount of money, or the free value of a term."""
    return "amount" in before or "amount" in after or (len(at) > 2 and at[0] == "terms" and at[2] == "value")


def _pass_time(
    past: RecordedDeal, known: KnownEvents, start: Basis, end: Basis, refolding: Refolding
) -> tuple[Changes, Changes, State, State]:
    """What happened and what lapsed between two dates of one knowledge; the states at both."""
    one = past.state(start, known, refolding)
    if start.valid_at == end.valid_at:
        return {}, {}, one, one
    other = past.state(end, known, refolding)
    forward = start.valid_at < end.valid_at
    (early, earlier), (late, later) = ((one, start), (other, end)) if forward else ((other, end), (one, start))
    fresh = late.chosen.steps[len(early.chosen.steps) :]
    seen = {each.step.id for each in known.placed if min(each.seen, each.earliest) <= earlier.valid_at}
    came = [each.step.id for each in known.placed if each.step.id not in seen and each.seen <= later.valid_at]
    news = dict.fromkeys((*came, *(step.id for step in fresh)))
    untouched = past.derive(early.deal, _only(late.chosen, early.chosen, seen), later)

    folded = {0: early.deal}

    def upto(count: int) -> Folded:
        nearest = max(held for held in folded if held <= count)
        folded[count] = fold(checked(fresh[nearest:count]), folded[nearest])
        return folded[count], late.chosen

    def derived(deal: FoldedDeal, chosen: EffectiveEvents, section: str) -> State:
        return past.derive(deal, chosen, later, section)

    search = CauseSearch(past, upto, derived, [step.id for step in fresh], {len(fresh): late.sections})
    passed = PassedEvents(past, known, early.deal, later, fresh)
    happened: Changes = {}
    lapsed: Changes = {}
    for tokens, (before, after) in changes(early.sections, late.sections):
        told = (before, after) if forward else (after, before)
        alone = state_paths.get(untouched.sections, tokens)
        if equal(without_causes(alone), without_causes(after)):
            by_event, own = _causes_before_lapse(tokens, (before, after), passed)
            (happened if by_event else lapsed)[tokens] = (told, by_event, own)
            continue
        own = _member_causes(
            tokens, (before, after), lambda each: dict.fromkeys(e for e in each if e in news), search, alone
        )
        causes = [event for event in _causes(early, late, tokens, (before, after)) if event in news]
        found = tuple(dict.fromkeys((*causes, *chain.from_iterable(own.values()))))
        taken_away = search.cause(tokens, after) if after is ABSENT else ()
        happened[tokens] = (told, taken_away or found or search.cause(tokens, after), own)
    return happened, lapsed, one, other


def _causes_before_lapse(tokens: Tokens, change: Change, passed: PassedEvents) -> tuple[tuple[str, ...], MemberCauses]:
    """The events that made a change before time alone would have: of the value, or of each entry of a list."""
    after = change[1]
    if not is_list(tokens, change):
        return passed.cause(tokens[0], lambda sections: _equal_at(state_paths.get(sections, tokens), after)), {}
    own = {
        key: passed.cause(tokens[0], _entry_is(tokens, key, now)) for key, _, now in members.changed_entries(*change)
    }
    return tuple(dict.fromkeys(chain.from_iterable(own.values()))), own


def _entry_is(tokens: Tokens, key: str, now: Any) -> Callable[[Any], bool]:
    """Whether the entry of a list that a key identifies reads like this."""
    return lambda sections: _equal_at(members.entries_by_key(state_paths.get(sections, tokens)).get(key), now)


def _equal_at(value: Any, other: Any) -> bool:
    return equal(without_causes(value), without_causes(other))


def _only(late: EffectiveEvents, early: EffectiveEvents, seen: set[str]) -> EffectiveEvents:
    """The state at the later date if there had been only the events in view at the earlier one."""
    return EffectiveEvents(
        early.steps,
        tuple(each for each in late.scheduled if each.line.id in seen),
        tuple(each for each in late.possible if each.line.id in seen),
        early.exists,
        futile=early.futile,
    )


def _grow_knowledge(
    past: RecordedDeal, start: tuple[Basis, State], end: tuple[Basis, KnownEvents], refolding: Refolding
) -> tuple[Changes, State]:
    """What was learned between two knowledges of one date; the state by the second."""
    basis, before = start
    if basis == end[0]:
        return {}, before
    after = past.state(*end, refolding)
    forward = _extent(basis) <= _extent(end[0])
    less, more = (basis, end[0]) if forward else (end[0], basis)
    held = [{line.id for line in known_lines(past.lines, each, past.zone, past.revise)} for each in (less, more)]
    # On the published axis two bases may each know what the other does not.
    gained, exchanged = held[1] - held[0], held[1] ^ held[0]
    news = [line.id for line in past.lines if line.id in gained]
    differing = [line.id for line in past.lines if line.id in exchanged]
    mended = CorrectionIndex(past.lines)
    roots: dict[str, list[str]] = {}
    for event in differing:
        roots.setdefault(mended.root(event), []).append(event)

    def upto(count: int) -> Folded:
        left_out = {*news[count:]}
        lines = [line for line in past.lines if line.id not in left_out]
        chosen = past.with_lines(lines).knowledge(more).at(more.valid_at)
        return refolding.to(chosen.steps), chosen

    def derived(deal: FoldedDeal, chosen: EffectiveEvents, section: str) -> State:
        return past.derive(deal, chosen, more, section)

    def at_root(events: Iterable[str]) -> dict[str, None]:
        return dict.fromkeys(event for each in events for event in roots.get(each, ()))

    without, with_all = (before, after) if forward else (after, before)
    states: dict[int, Sections] = {len(news): with_all.sections}
    if gained == exchanged:
        states[0] = without.sections  # both know the same without the news
    search = CauseSearch(past, upto, derived, news, states)
    learned: Changes = {}
    for tokens, (one, other) in changes(before.sections, after.sections):
        behind = _causes(before, after, tokens, (one, other))
        own = _member_causes(tokens, (one, other) if forward else (other, one), at_root, search)
        causes = dict.fromkeys((*at_root(behind), *chain.from_iterable(own.values())))
        latest = other if forward else one
        # What encloses an entry that went names other events than the one that took it away.
        taken_away = search.cause(tokens, latest) if latest is ABSENT else ()
        found = taken_away or tuple(causes) or search.cause(tokens, latest) or tuple(differing[-MOST_CAUSES:])
        learned[tokens] = ((one, other), found, {key: each or found for key, each in own.items()})
    return learned, after


def _member_causes(
    tokens: Tokens,
    change: Change,
    among_news: Callable[[Iterable[str]], Iterable[str]],
    search: CauseSearch,
    alone: Any = ABSENT,
) -> MemberCauses:
    """The causes of each entry of a list: news that it names, else what it came, changed or went with.

    `alone` is the list as time alone would have left it: what reads the same there has no cause.
    """
    if not is_list(tokens, change):
        return {}
    lapsed = {} if alone is ABSENT else members.entries_by_key(alone)
    found: MemberCauses = {}
    for key, was, now in members.changed_entries(*change):
        if alone is not ABSENT and equal(without_causes(lapsed.get(key)), without_causes(now)):
            found[key] = ()
            continue
        named = state_paths.inside([each for each in (now, was) if each is not None])
        found[key] = tuple(among_news(named)) or search.member_cause(tokens, key, now)
    return found


def _extent(basis: Basis) -> tuple[int, int]:
    return (basis.known_version, basis.known_at)


def _causes(early: State, late: State, tokens: Tokens, change: Change) -> Iterator[str]:
    """The events behind a value after the change, then before it; of lists, of what came and went alone."""
    before, after = change
    if isinstance(before, list) and isinstance(after, list):
        yield from state_paths.inside([*_not_among(after, before), *_not_among(before, after)])
    for state in (late, early):
        yield from state_paths.causes(state.sections, state.deal, tokens)


def _not_among(values: Sequence[Any], others: Sequence[Any]) -> list[Any]:
    """The values of a list that no member of another list equals; equal values have the same canonical bytes."""
    known = {canonical(each) for each in others}
    return [each for each in values if canonical(each) not in known]
