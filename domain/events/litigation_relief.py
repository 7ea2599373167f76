"""Relief that a court grants while a case is pending, denies or ends."""

from collections.abc import Mapping
from dataclasses import replace

from domain.entities.litigation import Case, Relief
from domain.event import Event, FoldStep, event
from domain.fields.types import Ref, ReliefKind, TargetRef, Text
from domain.sentences.wording import Wording
from domain.time.edtf import When


@event(
    "litigation.relief_granted",
    also_called=("injunction.granted", "injunction.issued", "relief.granted", "restraining_order.granted", "stay.granted", "tro.granted"),
    about=Case,
    example={"case_id": "ddc-2020", "relief": "preliminary_injunction", "targets": ["commerce-rule-2020", "dl-transactions"], "scope": "app-store ban only"},
    effect="its targets are enjoined, and the deadlines that rest on them show it",
    sentence="[{court} granted {relief:a}|{relief:a} was granted] in {case_id}[ against {targets}][, holding through {until}][: {scope}]",
)  # fmt: skip
class ReliefGranted(Event):
    """A court granted an injunction or a stay, temporary or permanent."""

    case_id: Ref
    """The case."""

    relief: ReliefKind
    """By what kind of order."""

    targets: tuple[TargetRef, ...] = ()
    """What is stopped; absent, what the case is about."""

    until: When | None = None
    """The last day on which it holds, where that is said."""

    scope: Text | None = None
    """How far it goes, in words."""

    def words(self, say: Wording) -> Mapping[str, str | None]:
        return {"court": say.names.entry(Case, self.case_id).get("court")}

    def apply(self, entity: Case, step: FoldStep) -> Case:
        relief = Relief(
            relief=self.relief, status="granted", since=step.since, start=step.start, until=self.until,
            targets=self.targets or entity.targets, scope=self.scope, id=step.id,
            targets_because=() if self.targets else _given_targets(entity),
        )  # fmt: skip
        return entity.replace(reliefs=(*entity.reliefs, relief))


def _given_targets(entity: Case) -> tuple[str, ...]:
    """The events that gave a case its targets; none where that is its first, which all others presuppose."""
    given = entity.origin.causes.get("targets", ())
    return () if given == entity.origin.because[:1] else given


@event(
    "litigation.relief_denied",
    also_called=("injunction.denied", "relief.denied", "stay.denied"),
    about=Case,
    example={"case_id": "dccir-24-1113", "relief": "injunction_pending_appeal"},
    effect="kept; what was asked for stays enforceable",
    sentence="[{court} denied {relief:a}|{relief:a} was denied] in {case_id}[: {reason}]",
)
class ReliefDenied(Event):
    """A court denied relief."""

    case_id: Ref
    """The case."""

    relief: ReliefKind
    """What was asked for."""

    reason: Text | None = None
    """Why it was declined."""

    def words(self, say: Wording) -> Mapping[str, str | None]:
        return {"court": say.names.entry(Case, self.case_id).get("court")}

    def apply(self, entity: Case, step: FoldStep) -> Case:
        relief = Relief(
            relief=self.relief, status="denied", since=step.since, start=step.start, until=None,
            targets=(), scope=None, id=step.id, reason=self.reason,
        )  # fmt: skip
        return entity.replace(reliefs=(*entity.reliefs, relief))


@event(
    "litigation.relief_ended",
    also_called=("injunction.dissolved", "injunction.lifted", "injunction.vacated", "relief.ended", "stay.lifted"),
    about=Case,
    example={"case_id": "ddc-2020", "relief": "preliminary_injunction", "reason": "moot: the order was revoked"},
    effect="that relief binds no more; its targets are enforceable again",
    sentence="the {relief} in {case_id} ended[ for {targets}][: {reason}]",
)
class ReliefEnded(Event):
    """Relief was lifted, overturned or expired."""

    case_id: Ref
    """The case."""

    relief: ReliefKind
    """Which kind of order."""

    targets: tuple[TargetRef, ...] = ()
    """For which targets it ended; absent, for all."""

    reason: Text | None = None
    """Why."""

    def apply(self, entity: Case, step: FoldStep) -> Case:
        reliefs: list[Relief] = []
        for each in entity.reliefs:
            if each.relief != self.relief or each.status != "granted":
                reliefs.append(each)
                continue
            ended = tuple(t for t in each.targets if t in self.targets) if self.targets else each.targets
            left = tuple(t for t in each.targets if t not in ended)
            if left:
                reliefs.append(replace(each, targets=left))
            if ended or not left:
                reliefs.append(replace(each, targets=ended, status="ended", reason=self.reason, end=step.mark()))
        return entity.replace(reliefs=tuple(reliefs))
