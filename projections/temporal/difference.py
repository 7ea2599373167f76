"""The difference of two bases with its parts, as JSON and in sentences."""

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from domain import state_paths
from domain.state_paths import ABSENT
from projections.sentences.change_sentences import Sections
from projections.sentences.developments import LAPSED, KnownTexts, PartTexts, RawChange, summary, texts_of
from projections.sentences.event_texts import EventText
from projections.temporal import answers, members

Tokens = tuple[str, ...]
Change = tuple[Any, Any]
"""Value before and after; ABSENT where there was none."""

MemberCauses = dict[str, tuple[str, ...]]
"""The causes of each entry of a list that came, went or changed, by what identifies it."""

Changes = dict[Tokens, tuple[Change, tuple[str, ...], MemberCauses]]

LEGS = ("happened", LAPSED, "learned")
"""The parts that lead from the one basis to the other."""


@dataclass(frozen=True)
class Difference:
    """What happened, what lapsed, what was learned, and the net change."""

    parts: dict[str, Changes]
    before: Sections
    middle: Sections
    """The state at the later date by the earlier knowledge."""

    after: Sections
    event_text: EventText
    undone: Set[str] = frozenset()
    """The events that count on the first basis and on the second not yet: it is the earlier one."""

    @cached_property
    def texts(self) -> dict[str, PartTexts]:
        """The sentences of each part."""
        states = {
            "happened": (self.before, self.middle), LAPSED: (self.before, self.middle),
            "learned": (self.middle, self.after), "net": (self.before, self.after),
        }  # fmt: skip
        # Where one leg leads nowhere, the net change is mostly that of the other, and its sentences are the same.
        known: dict[tuple[int, int], KnownTexts] = {}
        return {
            name: texts_of(
                name, self._raw(name), *states[name], self.event_text, self.undone,
                known.setdefault((id(states[name][0]), id(states[name][1])), {}),
            )
            for name in self.parts
        }  # fmt: skip

    def to_json(self) -> answers.Differences:
        """The entries of each part, and the summary."""
        return {
            "happened": self._list("happened"),
            "learned": self._list("learned"),
            "lapsed": self._list(LAPSED),
            "net": self._list("net"),
            "summary": summary([self.texts[name] for name in LEGS]),
        }

    def _list(self, part: str) -> list[answers.Change]:
        return [entry for _tokens, entry in self.entries(part)]

    def entries(self, part: str) -> Iterator[tuple[Tokens, answers.Change]]:
        """The changes of one part, the most important first."""
        texts = self.texts[part]
        for tokens in sorted(self.parts[part], key=texts.rank):
            change, because, own = self.parts[part][tokens]
            before, after = values_of(change)
            entry: answers.Change = {
                "path": state_paths.write(tokens), "from": before, "to": after, "because": list(because),
                "text": texts.text(tokens), "group": texts.group(tokens),
            }  # fmt: skip
            if is_list(tokens, change):
                entry["members"] = [
                    {"from": was, "to": now, "because": list(own.get(key, because)), "text": texts.text(tokens, key)}
                    for key, was, now in members.changed_entries(before, after)
                ]
            yield tokens, entry

    def own_changes(self, part: str) -> Iterator[tuple[str, answers.OwnChange]]:
        """The changes of one part that do not follow from others, each entry of a list by itself: its section, and
        `{path, from, to, text, group, because}`; the most important first."""
        texts = self.texts[part]
        for tokens, entry in self.entries(part):
            keys = [key for key, _was, _now in members.changed_entries(entry["from"], entry["to"])]
            inner: Sequence[answers.MemberChange] = entry.get("members", [entry])
            for key, each in zip(keys if is_list(tokens, (entry["from"], entry["to"])) else [None], inner, strict=True):
                yield tokens[0], {
                    "path": entry["path"], "from": each["from"], "to": each["to"], "because": each["because"],
                    "text": texts.own_text(tokens, key), "group": entry["group"],
                }  # fmt: skip

    def _raw(self, part: str) -> Iterator[RawChange]:
        lapsed = self.parts[LAPSED]
        for tokens, (change, because, own) in self.parts[part].items():
            yield RawChange(tokens, *values_of(change), because, own, alone=not because and tokens in lapsed)


def is_list(tokens: Tokens, change: Change) -> bool:
    """Whether a change is that of a whole section that is a list."""
    return len(tokens) == 1 and any(isinstance(each, list) for each in change)


def values_of(change: Change) -> tuple[Any, Any]:
    """Both values; None for what is not there."""
    before, after = (None if each is ABSENT else each for each in change)
    return before, after
