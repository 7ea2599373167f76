"""The section `possible_events`: events of an imprecise date, which may have occurred by the moment asked about."""

from domain.bitemporal import EffectiveEvents, Pending
from domain.sections.context import Context, Entry
from domain.sections.layers import of_layer
from domain.sections.section import section
from domain.sections.wording import Group, Wording, sentence_member
from domain.time.instants import iso


@section(
    title="Possibly occurred by then",
    columns=("id", "earliest", "latest"),
    in_digest=False,
    wording=Wording(
        group=Group.OTHER,
        rank=2,
        it=("{id}",),
        new="May have happened by then: {it}",
        gone="No longer a mere possibility: {it}",
        members={
            "occurred": sentence_member(
                "{it} happened at some time: {now}",
                "{it} happened at some time: {now} (before: {was})",
                "When {it} happened is no longer on record (before: {was})",
            ),
        },
        repeated=frozenset({"id", "type", "earliest", "latest"}),
    ),
)
def possible_events(context: Context, chosen: EffectiveEvents) -> list[Entry]:
    """Events whose imprecise date leaves open whether they have happened."""
    return [_possible_event(each) for each in of_layer(context, chosen.possible)]


def _possible_event(pending: Pending) -> Entry:
    line = pending.line
    return {
        "id": line.id, "type": line.type, "occurred": line.occurred.text,
        "earliest": iso(pending.earliest), "latest": iso(pending.latest), "because": [line.id],
    }  # fmt: skip
