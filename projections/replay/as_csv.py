"""A replay as CSV: a row per event."""

from collections.abc import Iterable, Iterator

from projections import csv_cells
from projections.replay.answers import ReplayStep
from projections.replay.steps import Step

COLUMNS = (
    "version", "event_id", "type", "occurred", "published", "recorded_at", "lag_seconds", "recorded_by", "actor",
    "attribution", "text", "summary", "corrects", "corrected_by", "changes", "changed_paths", "deadline_moves",
    "state_hash",
)  # fmt: skip


def csv_lines(steps: Iterable[Step]) -> Iterator[str]:
    """The lines of the table, the names of the columns first."""
    yield csv_cells.MARK + csv_cells.csv_lines([COLUMNS])
    for step in steps:
        if "trailer" not in step:
            yield csv_cells.csv_lines([list(_row(step))])


def _row(step: ReplayStep) -> Iterator[object]:
    event = step["event"]
    moves = (f"{move['deadline_id']}: {move['from']} -> {move['to']}" for move in step["deadline_moves"])
    yield from (step["version"], event["id"], event["type"], event["occurred"], event["published"])
    yield from (event["recorded_at"], step["lag_seconds"], event["recorded_by"], event.get("actor"))
    yield from (event.get("attribution"), event.get("text"), event.get("summary"))
    yield from (step["corrects"], " ".join(step["corrected_by"]))
    yield from (len(step["changes"]), " ".join(change["path"] for change in step["changes"]), "; ".join(moves))
    yield step["state_hash"]
