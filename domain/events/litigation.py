"""Cases before courts and authorities, and their rulings."""

from collections.abc import Mapping

from domain.entities.base import Entity
from domain.entities.litigation import Case
from domain.event import Event, FoldStep, event
from domain.fields.types import TARGET, CaseRef, Disposition, Forum, PartyRef, Ref, TargetRef, Text
from domain.sentences.wording import Wording
from domain.time.edtf import When


@event(
    "litigation.filed",
    also_called=("litigation.opened", "litigation.started", "case.filed", "case.opened", "complaint.filed", "lawsuit.filed", "suit.filed"),
    about=Case,
    creates=True,
    example={"case_id": "ddc-2020", "court": "D.D.C.", "plaintiffs": ["tiktok", "bytedance"], "defendants": ["us_administration"], "targets": ["commerce-rule-2020"], "relief": "preliminary injunction"},
    effect="adds the case",
    sentence="{plaintiffs} sued {defendants} in {court}[ over {targets}][, asking for {relief}][ ({docket})]",
)  # fmt: skip
class LitigationFiled(Event):
    """A case was filed with a court."""

    case_id: Ref
    """Its id in this record."""

    court: Text
    """Which court."""

    plaintiffs: tuple[PartyRef, ...]
    """Who sues."""

    defendants: tuple[PartyRef, ...]
    """Who is sued."""

    relief: Text | None = None
    """What is asked for."""

    targets: tuple[TargetRef, ...] = ()
    """What it is about: orders, approvals, deadlines, or `closing`."""

    docket: Text | None = None
    """The court's number for it."""

    forum: Forum | None = None
    """Whether a court, an authority or an arbitral tribunal hears it."""

    def apply(self, entity: Case, step: FoldStep) -> Case:
        return entity.replace(
            court=self.court,
            plaintiffs=self.plaintiffs,
            defendants=self.defendants,
            relief_sought=self.relief or entity.relief_sought,
            targets=self.targets or entity.targets,
            docket=self.docket or entity.docket,
            forum=self.forum or entity.forum,
        )


@event(
    "litigation.ruling",
    also_called=("litigation.decided", "case.decided", "court.ruled", "judgement.given", "judgment.entered", "verdict.given"),
    about=Case,
    example={"case_id": "scotus-24-656", "outcome": "law_upheld", "in_favour_of": ["us_administration"], "level": "supreme", "vote": "9-0 per curiam", "targets": ["pafaca"], "disposition": "upheld"},
    effect="disposes of its targets: quashed revokes an order and sends an approval back to pending",
    sentence="[{court} ruled|a court ruled] in {case_id}[ in favour of {in_favour_of}][ ({vote})]: {outcome}[; {disposed}]",
)  # fmt: skip
class Ruling(Event):
    """A court ruled."""

    case_id: Ref
    """The case."""

    outcome: Text
    """What it decided."""

    in_favour_of: tuple[PartyRef, ...] = ()
    """Who won."""

    level: Text | None = None
    """At which level."""

    vote: Text | None = None
    """By which majority."""

    targets: tuple[TargetRef, ...] = ()
    """What it decided on; absent, what the case is about."""

    disposition: Disposition | None = None
    """What becomes of the targets."""

    final: bool | None = None
    """Whether it ends the case."""

    def words(self, say: Wording) -> Mapping[str, str | None]:
        were = "was" if len(self.targets) == 1 else "were"
        disposed = (
            self.disposition and self.targets and f"{say.names.all_of(self.targets, TARGET)} {were} {self.disposition}"
        )
        return {
            "court": say.names.entry(Case, self.case_id).get("court"),
            "disposed": disposed or (self.disposition and f"the matter was {self.disposition}"),
        }

    def apply(self, entity: Case, step: FoldStep) -> Case:
        ruling = {
            "outcome": self.outcome, "in_favour_of": list(self.in_favour_of), "level": self.level, "vote": self.vote,
            "targets": list(self.targets or entity.targets), "disposition": self.disposition, "on": step.since,
            "key": step.key, "because": [step.id], **({"final": True} if self.final else {}),
        }  # fmt: skip
        return entity.replace(
            level=self.level or entity.level,
            rulings=(*entity.rulings, ruling),
            decided=step.mark(self.outcome) if self.final else entity.decided,
        )


@event(
    "litigation.appealed",
    also_called=("appeal.filed", "case.appealed", "ruling.appealed"),
    about=Case,
    example={"case_id": "dccir-24-1113", "by": "tiktok", "to_court": "US Supreme Court", "new_case_id": "scotus-24-656"},
    effect="adds a level; a case with a new id passes on who sues whom over what",
    sentence="{by} appealed {case_id} to {to_court}",
)  # fmt: skip
class Appealed(Event):
    """A ruling was appealed."""

    case_id: Ref
    """The case below."""

    by: PartyRef
    """Who appealed."""

    to_court: Text
    """To which court."""

    new_case_id: CaseRef | None = None
    """The id of the case above, where it has one."""

    def touches(self, event_id: str) -> tuple[tuple[type[Entity], str], ...]:
        return ((Case, self.case_id), *(((Case, self.new_case_id),) if self.new_case_id else ()))

    def apply(self, entity: Case, step: FoldStep) -> Case:
        if entity.id == self.new_case_id and entity.id != self.case_id:
            return entity.replace(court=entity.court or self.to_court, appealed_from=self.case_id, created=True)
        if self.new_case_id is None:
            # The case itself goes on in the court above: what was final is so no more.
            return entity.replace(appealed_to=None, level=self.to_court, decided=None)
        return entity.replace(appealed_to=self.new_case_id)


@event(
    "litigation.transferred",
    also_called=("case.moved", "case.remanded", "case.transferred"),
    about=Case,
    example={"case_id": "cdcal-2020", "to_court": "D.D.C.", "reason": "the first filed case is there"},
    effect="the case goes on in another court",
    sentence="{case_id} was transferred to {to_court}[: {reason}]",
)
class LitigationTransferred(Event):
    """A case was transferred to another court."""

    case_id: Ref
    """The case."""

    to_court: Text
    """The court where it goes on."""

    reason: Text | None = None
    """Why."""

    def apply(self, entity: Case, step: FoldStep) -> Case:
        move = {
            "from": entity.court, "to": self.to_court, "reason": self.reason, "since": step.since, "because": [step.id],
        }  # fmt: skip
        return entity.replace(court=self.to_court, courts=(*entity.courts, move))


@event(
    "litigation.paused",
    also_called=("litigation.stayed", "litigation.suspended", "case.paused", "case.stayed"),
    about=Case,
    example={"case_id": "ddc-2020", "until": "2021-03-01", "by": "us_administration"},
    effect="the case is stayed",
    sentence="{case_id} was put on hold[ through {until}][ at the request of {by}]",
)
class LitigationPaused(Event):
    """A case was held in abeyance."""

    case_id: Ref
    """The case."""

    until: When | None = None
    """The last day of the pause, where that is said."""

    by: PartyRef | None = None
    """Who asked for it."""

    def apply(self, entity: Case, step: FoldStep) -> Case:
        return entity.replace(paused=step.mark(self.by), paused_until=self.until)


@event(
    "litigation.ended",
    also_called=("litigation.dismissed", "litigation.settled", "case.closed", "case.dismissed", "case.settled", "suit.withdrawn"),
    about=Case,
    example={"case_id": "cdcal-2020", "how": "voluntarily dismissed in favour of D.D.C."},
    effect="the case is over",
    sentence="{case_id} ended: {how}",
)  # fmt: skip
class LitigationEnded(Event):
    """A case ended."""

    case_id: Ref
    """The case."""

    how: Text
    """How it ended."""

    def apply(self, entity: Case, step: FoldStep) -> Case:
        return entity.replace(ended=step.mark(self.how))
