"""A replay as one HTML page: no script, nothing fetched, and fit to print."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import Any

from domain.sentences.dates import date_text
from domain.sentences.words import plain
from domain.state import SECTIONS
from domain.state_paths import tokens_of
from projections.replay.answers import ReplayStep
from projections.replay.narration import ReplayNarration
from projections.replay.patched_document import PatchedDocument
from projections.replay.steps import Step
from projections.replay.value_html import NOTHING, ValueHtml, label
from projections.sentences.answers import SentencePart
from projections.temporal.members import is_cause

CHANGES_SHOWN = 60

STYLE = """
:root { color-scheme: light dark; --line: #8886; --dim: light-dark(#5b5d61, #a5a7ab); }
html { background: light-dark(#fff, #131518); color: light-dark(#1c1d1f, #e8e6e1); }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; line-height: 1.2; } h2 { font-size: 1.15rem; line-height: 1.3; margin: 0 0 .2rem; }
section { border-top: 1px solid var(--line); padding: 1.1rem 0; break-inside: avoid-page; }
p { margin: .3rem 0; } ul { margin: .5rem 0; padding: 0 0 0 1.1rem; } li { margin: .15rem 0; }
dl { margin: .6rem 0; font-size: .9rem; }
dl > div { display: grid; grid-template-columns: 6.5rem minmax(0, 1fr); gap: .8rem; }
dt { color: var(--dim); } dd { margin: 0; }
a { color: light-dark(#1d4b86, #93b9ee); } code { font: .85em ui-monospace, monospace; }
body, code { overflow-wrap: break-word; } code { word-break: break-all; }
del { color: var(--dim); } ins { text-decoration: none; font-weight: 600; }
.dim { color: var(--dim); } .place { color: var(--dim); }
ul.data, ul.data li { list-style: none; margin: 0; padding: 0; }
.gone { border: 1px solid; padding: 0 .3em; } .walk { float: right; font-size: .9rem; margin: 0 0 0 1rem; }
@media print { :root { color-scheme: light; }
body { font-size: 10pt; max-width: none; margin: 0; } a { color: inherit; text-decoration: none; }
.walk { display: none; } }
"""


def html_parts(
    deal_id: str, basis: Mapping[str, Any], steps: Iterable[Step], narration: ReplayNarration
) -> Iterator[str]:
    """The parts of the HTML page, in order."""
    title = f"Replay: {narration.title or deal_id}"
    yield "<!doctype html>\n<html lang=en><head><meta charset=utf-8>"
    yield "<meta name=viewport content='width=device-width, initial-scale=1'>"
    yield f"<title>{escape(title)}</title>\n<style>{STYLE}</style></head>\n<body><main>\n<h1>{escape(title)}</h1>\n"
    # Sealed bundles contain this page byte for byte: where it changes, the version of the rules is raised.
    yield "<p>What each event changed in the state of the deal, in the order in which the events became known. The "
    yield f"state is that of {_date(basis['valid_at'])}; what is known ({escape(basis['known_by'])}) grows to version "
    yield f"{escape(str(basis['known_version']))} of the record.</p>\n"
    sections = ReplaySections(narration)
    for step in steps:
        yield from _trailer(step["trailer"]) if "trailer" in step else sections.section(step)
    yield "</main></body></html>\n"


def section_tag(event_id: str) -> str:
    """The heading of an event."""
    return f'<section id="event-{escape(event_id)}">'


class ReplaySections:
    """The sections of one replay, of which the steps are given in their order."""

    def __init__(self, narration: ReplayNarration) -> None:
        self._words, self._event_text = ValueHtml(narration.names), narration.event_text
        self._document = PatchedDocument()

    def section(self, step: ReplayStep) -> Iterator[str]:
        """One event: its sentence, what it changed, when and by whom it was recorded."""
        event, number = step["event"], step["step"]
        texts = [each for each in dict.fromkeys((event.get("text"), event.get("summary"))) if each]
        heading = texts[0] if texts else label(event["type"].replace(".", " "))
        before = f"<a href='#step-{number - 1}'>before</a> " * (number > 1)
        yield f"{section_tag(event['id'])}\n<p class=walk>{before}<a href='#step-{number + 1}'>after</a></p>\n"
        yield f"<p class=dim>{_date(event['occurred'])}</p>\n<h2 id='step-{number}'>{number}. {escape(heading)}</h2>\n"
        yield from (f"<p>{escape(each)}</p>\n" for each in texts[1:])
        yield from self._changes(step)
        yield from self._erased(step)
        facts = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in self._facts(step))
        yield f"<dl>{facts}</dl>\n</section>\n"

    def _facts(self, step: ReplayStep) -> Iterator[tuple[str, str]]:
        event = step["event"]
        if event.get("effective"):
            yield "effective", _date(event["effective"])
        if event["published"]:
            yield "published", _date(event["published"])
        yield "recorded", f"{_date(event['recorded_at'])} by {escape(event['recorded_by'])}{_lag(step['lag_seconds'])}"
        if event.get("actor"):
            yield "actor", self._words.party(str(event["actor"]))
        if event.get("attribution") or event.get("grade"):
            words = filter(None, (event.get("attribution"), event.get("grade")))
            yield "attribution", escape(plain(" ".join(words)))
        for source in event.get("sources") or ():
            yield "source", ", ".join(self._words.value(value, name) for name, value in source.items())
        yield (
            "type",
            f"<code>{escape(event['type'])}</code>" + (f": {escape(step['effect'])}" if step["effect"] else ""),
        )
        data = event["data"]
        if isinstance(data, str):
            yield "data", f"<span class=gone>{escape(data)}</span>"
        elif data:
            yield "data", self._words.data(event["type"], data)
        if step["corrects"]:
            yield "about", self._link(step["corrects"])
        for each in step["corrected_by"]:
            yield "later", self._link(each)
        yield "event id", f"<code>{escape(event['id'])}</code>"
        yield "state hash", f"<code>{step['state_hash_before'][:16]}… → {step['state_hash'][:16]}…</code>"
        yield "leaf hash", f"<code>{escape(event['leaf_hash'])}</code>"

    def _erased(self, step: ReplayStep) -> Iterator[str]:
        if "erased" in step:
            rows = "".join(
                f"<li><span class=place>{self._words.place(tokens_of(each['path']))}</span> "
                f"<span class=gone>{escape(each['value'])}</span></li>"
                for each in step["erased"]["paths"]
            )
            yield f"<p>Erased by {self._link(step['erased']['by'])}.</p><ul>{rows}</ul>\n"

    def _changes(self, step: ReplayStep) -> Iterator[str]:
        """The sentences on what an event changed; without any, as in a long replay, the values before and after."""
        if "sentences" in step:
            rows = [f"<li>{_sentence(each['parts'])}</li>" for each in step["sentences"]]
        else:
            changes = self._document.changes(step["changes"])
            rows = [self._change(*each) for each in changes if not _is_detail(each[0]) and self._says_something(*each)]
        if not rows:
            yield "<p class=dim>Changes nothing in this state.</p>\n"
            return
        yield f"<ul>{''.join(rows[:CHANGES_SHOWN])}</ul>\n"
        if len(rows) > CHANGES_SHOWN:
            yield f"<p class=dim>And {len(rows) - CHANGES_SHOWN} more changes.</p>\n"

    def _says_something(self, tokens: Sequence[str], before: Any, after: Any) -> bool:
        return self._words.at(tokens, before) != self._words.at(tokens, after)

    def _change(self, tokens: Sequence[str], before: Any, after: Any) -> str:
        section = SECTIONS.get(tokens[0])
        if section is not None:
            before, after = (_without(each, section.wording.repeated) for each in (before, after))
        was, now = (self._words.at(tokens, each) for each in (before, after))
        old = "" if was == NOTHING else f"<del>{was}</del> "
        return f"<li><span class=place>{self._words.place(tokens)}:</span> {old}<ins>{now}</ins></li>"

    def _link(self, event_id: str) -> str:
        return f"<a href='#event-{escape(event_id)}'>{escape(self._event_text(event_id) or event_id)}</a>"


def _lag(seconds: int | None) -> str:
    days = (seconds or 0) // 86_400
    return f" <span class=dim>({days:,} {'day' if days == 1 else 'days'} after)</span>" if days > 0 else ""


def _date(value: object) -> str:
    return f"<time datetime='{escape(str(value))}'>{escape(date_text(value))}</time>"


def _sentence(parts: Sequence[SentencePart]) -> str:
    tags = {"before": "<del>{}</del>", "after": "<ins>{}</ins>", None: "{}"}
    return "".join(tags[each["mark"]].format(escape(each["text"])) for each in parts)


def _is_detail(tokens: Sequence[str]) -> bool:
    """Whether a place has causes, or repeats others at more length."""
    section = SECTIONS.get(tokens[0])
    repeated = section.wording.repeated if section is not None else frozenset()
    return any(map(is_cause, tokens)) or not repeated.isdisjoint(tokens[1:])


def _without(value: Any, repeated: frozenset[str]) -> Any:
    """An entry, or entries by id, without members that repeat others at more length."""
    if not isinstance(value, dict):
        return value
    return {name: _without(each, repeated) for name, each in value.items() if name not in repeated}


def _trailer(step: Mapping[str, Any]) -> Iterator[str]:
    after = step["steps"] + 1
    yield f"<section id=end><h2 id='step-{after}'>End of the record: {step['steps']} events, version {step['version']}"
    yield f"</h2>\n<p>Hash of the state: <code>{escape(step['state_hash'])}</code></p></section>\n"
