"""What one side does to move the other: strikes, sanctions, tariffs, defaults."""

from collections.abc import Mapping
from typing import Any

from domain.entities.pressure import Pressure
from domain.event import Event, FoldStep, event
from domain.fields.types import PartyRef, PressureKind, Ref, Text
from domain.sentences.wording import Wording
from domain.sentences.words import article, word

WITHOUT_ARTICLE = frozenset({"sanction", "tariff", "military", "other"})
"""Kinds that a sentence speaks of in the plural or as a mass."""

START_LEVEL = 1


def _moved(entity: Pressure, step: FoldStep, move: str, level: int, **changes: Any) -> Pressure:
    """The pressure at another level, with the change in its history. A field that was not given is unchanged."""
    given = {name: value for name, value in changes.items() if value not in (None, ())}
    history = (*entity.history, {"kind": move, "level": level, "since": step.since, "because": [step.id]})
    return entity.replace(status="active", level=level, history=history, ended=None, **given)


@event(
    "pressure.started",
    also_called=("pressure.applied", "boycott.started", "sanctions.imposed", "strike.called", "strike.started", "tariff.imposed"),
    about=Pressure,
    creates=True,
    example={"pressure_id": "strike-2023", "kind": "strike", "by": "uaw", "against": ["gm", "ford", "stellantis"], "scope": "three assembly plants", "size": "13,000 workers"},
    effect="adds the pressure: active, at level 1",
    sentence="{by} started {kind_text}[ against {against}][: {scope}][ ({size})]",
)  # fmt: skip
class PressureStarted(Event):
    """One side began to put pressure on the other."""

    pressure_id: Ref
    """Its id in this record."""

    kind: PressureKind
    """Its kind."""

    by: PartyRef
    """Who exerts it."""

    against: tuple[PartyRef, ...] = ()
    """Whom it is meant to move."""

    scope: Text | None = None
    """What it covers."""

    size: Text | None = None
    """How large it is, with its unit."""

    def words(self, say: Wording) -> Mapping[str, str | None]:
        kind = word("pressure", self.kind)
        return {"kind_text": article(kind) if self.kind not in WITHOUT_ARTICLE else kind}

    def apply(self, entity: Pressure, step: FoldStep) -> Pressure:
        return _moved(
            entity, step, "started", START_LEVEL,
            kind=self.kind, by=self.by, against=self.against, scope=self.scope, size=self.size, since=step.since,
        )  # fmt: skip


@event(
    "pressure.escalated",
    also_called=("pressure.increased", "sanctions.tightened", "strike.expanded", "tariff.raised"),
    about=Pressure,
    example={"pressure_id": "strike-2023", "scope": "38 parts distribution centres", "size": "18,600 workers"},
    effect="active, one level up; scope, size and targets as given",
    sentence="{pressure_id} escalated[, now against {against}][: {scope}][ ({size})]",
)
class PressureEscalated(Event):
    """The pressure was increased."""

    pressure_id: Ref
    """The pressure."""

    scope: Text | None = None
    """What it covers now."""

    size: Text | None = None
    """How large it is now, with its unit."""

    against: tuple[PartyRef, ...] = ()
    """Whom it is meant to move now."""

    def apply(self, entity: Pressure, step: FoldStep) -> Pressure:
        return _moved(
            entity, step, "escalated", entity.level + 1, scope=self.scope, size=self.size, against=self.against
        )


@event(
    "pressure.eased",
    also_called=("pressure.reduced", "sanctions.eased", "tariff.lowered"),
    about=Pressure,
    example={"pressure_id": "strike-2023", "scope": "no further plants while talks go on"},
    effect="active, one level down; scope and size as given",
    sentence="{pressure_id} eased[: {scope}][ ({size})]",
)
class PressureEased(Event):
    """The pressure was reduced."""

    pressure_id: Ref
    """The pressure."""

    scope: Text | None = None
    """What it covers now."""

    size: Text | None = None
    """How large it is now, with its unit."""

    def apply(self, entity: Pressure, step: FoldStep) -> Pressure:
        return _moved(entity, step, "eased", max(entity.level - 1, 0), scope=self.scope, size=self.size)


@event(
    "pressure.ended",
    also_called=("pressure.lifted", "sanctions.lifted", "strike.ended", "tariff.removed"),
    about=Pressure,
    example={"pressure_id": "strike-2023", "how": "suspended on the tentative agreement"},
    effect="status becomes ended",
    sentence="{pressure_id} ended[: {how}]",
)
class PressureEnded(Event):
    """The pressure ended."""

    pressure_id: Ref
    """The pressure."""

    how: Text | None = None
    """How it ended."""

    def apply(self, entity: Pressure, step: FoldStep) -> Pressure:
        return _moved(entity, step, "ended", entity.level).replace(status="ended", ended=self.how)
