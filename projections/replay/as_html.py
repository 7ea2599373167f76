"""A replay as one HTML page: no script, nothing fetched, and fit to print."""

from collections.abc import Iterable, Iterator, Mapping
from html import escape
from typing import Any

import orjson

from domain.state_paths import ERASED
from projections.replay.steps import WITHHELD, Step

LONGEST_VALUE = 400
"""Characters of one value; the data holds all of it."""
CHANGES_SHOWN = 60

STYLE = """
:root { color-scheme: light dark; --line: #8884; --dim: #888; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.05rem; margin: 0; }
section { border-top: 1px solid var(--line); padding: 1rem 0; break-inside: avoid-page; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem; margin: .5rem 0; }
dt { color: var(--dim); } dd { margin: 0; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; font-size: .9em; }
td { vertical-align: top; padding: .15rem .5rem .15rem 0; }
td, code { overflow-wrap: anywhere; } code { font: .9em ui-monospace, monospace; } .dim { color: var(--dim); }
.gone { border: 1px solid; padding: 0 .3em; }
@media print { body { font-size: 10pt; max-width: none; margin: 0; } a { color: inherit; text-decoration: none; } }
"""


def html_parts(deal_id: str, basis: Mapping[str, Any], steps: Iterable[Step]) -> Iterator[str]:
    """The parts of the HTML page, in order."""
    title = f"Replay of {deal_id}"
    yield "<!doctype html>\n<html lang=en><head><meta charset=utf-8>"
    yield "<meta name=viewport content='width=device-width, initial-scale=1'>"
    yield f"<title>{escape(title)}</title>\n<style>{STYLE}</style></head>\n<body>\n<h1>{escape(title)}</h1>\n"
    # Sealed bundles contain this page byte for byte: another sentence would make them invalid.
    yield "<p>What each event changed in the state of the deal, in the order in which it became known. The world is "
    yield f"looked at as of <time>{escape(str(basis['valid_at']))}</time>; knowledge ({escape(basis['known_by'])}) "
    yield f"grows to version {escape(str(basis['known_version']))} of the record.</p>\n"
    for step in steps:
        yield from _trailer(step["trailer"]) if "trailer" in step else _section(step)
    yield "</body></html>\n"


def section_tag(event_id: str) -> str:
    """The heading of an event."""
    return f'<section id="event-{escape(event_id)}">'


def _section(step: Mapping[str, Any]) -> Iterator[str]:
    event = step["event"]
    yield f"{section_tag(event['id'])}\n<h2>{step['step']}. {escape(event['type'])} "
    yield f"<span class=dim>{escape(event['id'])}</span></h2>\n"
    for sentence in dict.fromkeys((event.get("text"), event.get("summary"))):
        if sentence:
            yield f"<p>{escape(sentence)}</p>\n"
    yield "<dl>" + "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in _facts(step)) + "</dl>\n"
    for move in step["deadline_moves"] if "sentences" not in step else ():
        yield f"<p><strong>{escape(move['deadline_id'])}</strong>: due {_date(move['from'])} → {_date(move['to'])}. "
        yield f"{escape(str(move['why']))}</p>\n"
    yield from _erased(step)
    yield from _changes(step)
    yield "</section>\n"


def _facts(step: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    event = step["event"]
    yield (
        "occurred",
        escape(event["occurred"]) + (f", effective {escape(event['effective'])}" if event.get("effective") else ""),
    )
    if event["published"]:
        yield "published", escape(event["published"])
    yield "recorded", f"{escape(event['recorded_at'])} by {escape(event['recorded_by'])}{_lag(step['lag_seconds'])}"
    if event.get("actor"):
        yield "actor", escape(event["actor"])
    if event.get("attribution") or event.get("grade"):
        yield "reported by", escape(" ".join(filter(None, (event.get("attribution"), event.get("grade")))))
    for source in event.get("sources") or ():
        yield "source", escape(", ".join(str(value) for value in source.values()))
    if event["data"] in (ERASED, WITHHELD):
        yield "said", f"<span class=gone>{escape(event['data'])}</span>"
    else:
        yield "said", f"<code>{_value(event['data'])}</code>"
    if step["effect"]:
        yield "rule", escape(step["effect"])
    if step["corrects"]:
        yield "about", _link(step["corrects"])
    if step["corrected_by"]:
        yield "later", " ".join(map(_link, step["corrected_by"]))
    yield "state", f"<code>{step['state_hash_before'][:16]}… → {step['state_hash'][:16]}…</code>"
    yield "leaf", f"<code>{escape(event['leaf_hash'])}</code>"


def _lag(seconds: int | None) -> str:
    if seconds is None:
        return ""
    days = seconds // 86_400
    return f" <span class=dim>({days} days after)</span>" if days > 0 else ""


def _date(value: object) -> str:
    return "none" if value is None else f"<time>{escape(str(value))}</time>"


def _erased(step: Mapping[str, Any]) -> Iterator[str]:
    if "erased" in step:
        rows = "".join(
            f"<tr><td><code>{escape(each['path'])}</code></td><td class=gone>{escape(each['value'])}</td></tr>"
            for each in step["erased"]["paths"]
        )
        yield f"<p>Destroyed by {_link(step['erased']['by'])}.</p><table>{rows}</table>\n"


def _changes(step: Mapping[str, Any]) -> Iterator[str]:
    if "sentences" in step:
        told = "".join(f"<li>{escape(each['text'])}</li>" for each in step["sentences"])
        yield f"<ul>{told}</ul>\n" if told else "<p class=dim>Changes nothing in this state.</p>\n"
        return
    shown = [change for change in step["changes"] if step["step"] > 1 or change["value"] not in (None, [], {}, False)]
    if not shown:
        yield "<p class=dim>Changes nothing in this state.</p>\n"
        return
    yield "<table>"
    for change in shown[:CHANGES_SHOWN]:
        value = f"<code>{_value(change['value'])}</code>" if "value" in change else ""
        yield f"<tr><td>{change['op']}</td><td><code>{escape(change['path'])}</code></td><td>{value}</td></tr>"
    yield "</table>\n"
    if len(shown) > CHANGES_SHOWN:
        yield f"<p class=dim>And {len(shown) - CHANGES_SHOWN} more changes.</p>\n"


def _value(value: object) -> str:
    text = orjson.dumps(value).decode()
    return escape(text if len(text) <= LONGEST_VALUE else text[:LONGEST_VALUE] + "…")


def _link(event_id: str) -> str:
    return f"<a href='#event-{escape(event_id)}'>{escape(event_id)}</a>"


def _trailer(trailer: Mapping[str, Any]) -> Iterator[str]:
    yield f"<section id=end><h2>End of the record: {trailer['steps']} events, version {trailer['version']}</h2>\n"
    yield f"<p>Hash of the state: <code>{escape(trailer['state_hash'])}</code></p></section>\n"
