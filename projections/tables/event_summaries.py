"""The summaries of the events of a deal, by whose words deals are found: each counts where its event is seen.

A summary is that of an event as corrected; that of a voided or an erased event counts no more. Among the facts those of
reports are left out.
"""

from collections.abc import Iterable, Iterator, Mapping

from domain.basis import Basis, Layer
from domain.bitemporal import PlacedEvent, knowledge
from domain.state_paths import unless_erased
from domain.time.instants import FUTURE, PAST
from projections.state.state_reader import StateReader
from projections.tables.known_deal import Change
from projections.tables.search import search_form, storable_text
from projections.tables.stored_rows import TimelineTable
from projections.tables.timelines import LAYERS, Key, Span, Tail, Timelines

SUMMARY_TABLE = TimelineTable("event_summaries", ("event_id",), ("words",))


def words_of(placed: PlacedEvent, layer: Layer) -> str | None:
    """The summary of an event, folded; None where it has none, or is a report among the facts."""
    summary = unless_erased(placed.line.payload.summary)
    if not summary or (layer == "facts" and placed.step.reported):
        return None
    return storable_text(search_form(summary))


def summaries_on(reader: StateReader, deal_id: str, basis: Basis) -> list[str]:
    """The summaries of a deal that count on a basis, folded."""
    history = reader.history_to(deal_id, basis.known_version)
    found = knowledge(history.lines, basis, history.zone, reader.revise)
    seen = (each for each in found.placed if each.seen <= basis.valid_at)
    return [words for each in seen if (words := words_of(each, basis.layer)) is not None]


class SummaryRows:
    """Follows the versions of a deal and changes the timelines of its summaries."""

    def __init__(self, timelines: Timelines) -> None:
        self.timelines = timelines

    def take(self, changes: Mapping[Layer, Change], position: int) -> None:
        """Change the timelines as the event at a position does."""
        found: dict[Key, dict[int, Tail]] = {}
        for layer, change in changes.items():
            for key, spans in _lines(change, layer):
                found.setdefault(key, {})[LAYERS[layer]] = PAST, spans
        for key in found.keys() - {(each.step.id,) for change in changes.values() for each in change.out}:
            self.timelines.begin(key)
        if found:
            self.timelines.replace(position, found)


def _lines(change: Change, layer: Layer) -> Iterator[tuple[Key, list[Span]]]:
    """The timeline of each summary that changes."""
    before, after = _worded(change.out, layer), _worded(change.into, layer)
    for event_id in {**before, **after}:
        span = after.get(event_id)
        if span != before.get(event_id):
            yield (event_id,), [] if span is None else [span]


def _worded(events: Iterable[PlacedEvent], layer: Layer) -> dict[str, Span]:
    """Event -> from when which words count, of those that have a summary."""
    worded = ((each, words_of(each, layer)) for each in events)
    return {each.step.id: Span(each.seen, FUTURE, (words,)) for each, words in worded if words is not None}
