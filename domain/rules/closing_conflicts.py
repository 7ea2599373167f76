"""The conflict of a deal that was closed while something barred it (rule 4)."""

from collections.abc import Iterator

from domain.rules.conflict import Conflict, conflict
from domain.sections.derivation import Derivation
from domain.sections.feasibility import Review
from domain.sentences.dates import date_text


@conflict(
    "C12",
    "Illumina closes its purchase of GRAIL on 18 Aug 2021, while the Commission's suspensory review is pending.",
)
def closed_over_a_bar(derivation: Derivation, _reviews: dict[str, Review]) -> Iterator[Conflict]:
    """The deal was closed while relief or an order barred it, or before a suspensory approval was cleared. It lasts:
    what clears the bar later does not undo that.
    """
    closed = derivation.context.deal_entity.closed
    if closed is None:
        return
    for bar in derivation.bars_at_closing:
        yield Conflict(
            members=("closing", bar.id),
            hard=True,
            why=f"The deal was closed on {date_text(closed.since)} while {bar.why}.",
            because=(closed.id, *bar.because),
        )
