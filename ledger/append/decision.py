"""Decisions on a batch under the lock: which requests are recorded, duplicates, or refused, and why.

Without I/O of its own. What the batch needs was looked up in one round trip; `Lookups` fetches the rest (events that
a correction names, record.* events), which few batches need. What would take long is not done here: the names nearest
to an unknown one are sought once the lock is free (see ledger.append.appender).
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from domain.decide import decide
from domain.envelope import Submission
from domain.errors import (
    AlreadyErased,
    DealExists,
    DuplicateId,
    EventErased,
    InvalidInput,
    ParleyError,
    Problem,
    StaleVersion,
    UnderHold,
    UnknownDeal,
    UnknownEvent,
    UnknownReference,
    summary,
)
from domain.unknown_references import as_warning
from ledger.append.batch import BatchView, DealLookup, Entity, Lookups, RequestEvents
from ledger.append.idempotency import check_key, idempotency_mismatch, note_key
from ledger.append.preparation import OPENED, OPENING, Prepared, Staged, is_about_record
from ledger.append.record_index import NO_EVENTS, RecordIndex
from ledger.encoding.event_codec import ERASING
from ledger.encoding.leaf import read_leaf
from ledger.merkle.tree import leaf_hash
from ledger.models import Appended, Receipt, Recorded, Request

REFUSALS: dict[str, type[ParleyError]] = {
    refusal.code: refusal
    for refusal in (UnknownReference, UnknownEvent, UnknownDeal, DealExists, UnderHold, AlreadyErased, EventErased)
}
"""The error class of a fault found by `decide`; any other code is InvalidInput."""


def decide_request(view: BatchView, lookups: Lookups, request: Request, prepared: Sequence[Prepared]) -> Receipt:
    """The receipt of one request, whose rows are added to the view. Raises its error without a change of the view."""
    used_before = check_key(view, request)
    try:
        repeated = [find_duplicate(view, one) for one in prepared]
    except DuplicateId as taken:
        raise idempotency_mismatch(request, taken) if used_before else taken from None
    fresh = without_duplicates([one for one, known in zip(prepared, repeated, strict=True) if known is None])
    if not fresh:
        note_key(view, request)
        return _receipt([_appended(known) for known in repeated if known], (), replayed=True)
    _check_version(view, request)
    warnings = _refuse(view, lookups, request, prepared, fresh)
    rows, things = assign_positions(view, fresh)
    answer = [_appended(row) for row in rows]
    if len(fresh) < len(prepared):
        placed = {one.id: one for one in answer}
        answer = [_appended(known) if known else placed[one.id] for one, known in zip(prepared, repeated, strict=True)]
    if not request.dry_run:
        add_to_view(view, rows, fresh, things)
        note_key(view, request)
    return _receipt(answer, warnings, replayed=False)


def find_duplicate(view: BatchView, one: Staged) -> Recorded | None:
    """The event that this submission duplicates. Raises DuplicateId if the id is used with other content."""
    known = view.known.get(one.id)
    if known is None:
        return None
    if known.payload is None and not one.erased and known.deal_id == one.deal_id:
        raise EventErased(
            f"The event {known.id} (deal {known.deal_id}, version {known.version}) was erased and is not recorded "
            "again; its id stays taken.",
            extra={"id": known.id, "deal_id": known.deal_id, "version": known.version},
        )
    if difference := _difference(known, one):
        raise _taken(known, difference)
    return known


def _difference(known: Recorded, one: Staged) -> str | None:
    leaf = read_leaf(known.leaf)
    if leaf.deal != one.deal_id:
        return "in another deal"
    given = (one.type, one.schema_version, one.occurred, one.published)
    same_content = one.erased or known.payload == one.payload  # what was erased elsewhere has no content to compare
    if (leaf.type, leaf.schema_version, leaf.occurred, leaf.published) != given or not same_content:
        return "by an event of other content"
    return None


def _taken(known: Recorded, how: str) -> DuplicateId:
    extra: dict[str, object] = {"id": known.id, "deal_id": known.deal_id, "version": known.version}
    return DuplicateId(
        f"The id {known.id} is taken {how} (deal {known.deal_id}, version {known.version}); "
        "send the same content again to get its first answer, or choose another id.",
        extra={**extra, "erased": True} if known.payload is None else extra,
    )


def without_duplicates(fresh: list[Prepared]) -> list[Prepared]:
    """The same event twice in one request counts once; two events of one id are refused."""
    if len(fresh) < 2:
        return fresh
    by_id: dict[str, Prepared] = {}
    for one in fresh:
        first = by_id.setdefault(one.id, one)
        if first is not one and (first.submission != one.submission or first.payload != one.payload):
            raise DuplicateId(
                f"The id {one.id} appears twice in this request, with different content.",
                extra={"id": one.id, "deal_id": first.deal_id},
            )
    return list(by_id.values())


def _check_version(view: BatchView, request: Request) -> None:
    deal_id = request.submissions[0].deal_id
    current = view.heads.get(deal_id, (0, b""))[0]
    if request.must_be_new and current:
        raise StaleVersion(
            f"Deal {deal_id} was to be new, and has version {current}.",
            extra={"deal_id": deal_id, "expected": 0, "current": current},
        )
    if request.expected_version is not None and request.expected_version != current:
        raise StaleVersion(
            f"Deal {deal_id} was expected at version {request.expected_version}, and has version {current}; "
            "read what came between and send again with the version you then have.",
            extra={"deal_id": deal_id, "expected": request.expected_version, "current": current},
        )


def _refuse(
    view: BatchView, lookups: Lookups, request: Request, prepared: Sequence[Prepared], fresh: Sequence[Prepared]
) -> tuple[Problem, ...]:
    """The warnings of a valid request. Raises for an invalid one, with every fault found."""
    events = RequestEvents(fresh)
    already_open: set[str] = set()
    before: dict[str, RecordIndex] = {}
    found: list[tuple[Prepared, Problem]] = []
    for one in fresh:
        sent, deal_id = one.submission, one.deal_id
        if one.type == OPENING:
            if deal_id in already_open:
                raise already_opened(deal_id)
            already_open.add(deal_id)
        held = DealLookup(deal_id, events, events, before.get(deal_id, NO_EVENTS), view, lookups)
        exists = deal_id in view.heads or events.opens(deal_id)
        found += [(one, problem) for problem in faults(sent, held, exists=exists)]
        if is_about_record(one.type) and len(fresh) > 1:
            before.setdefault(deal_id, RecordIndex()).add(sent)
    return _sorted_out(request, prepared, found) if found else ()


def _sorted_out(
    request: Request, prepared: Sequence[Prepared], found: Sequence[tuple[Prepared, Problem]]
) -> tuple[Problem, ...]:
    """Those of these problems that are only warnings. Raises for the others."""
    if len(prepared) > 1 if request.array is None else request.array:
        index_of = {one.id: index for index, one in reversed(list(enumerate(prepared)))}
        found = [(one, replace(each, pointer=f"/{index_of[one.id]}{each.pointer}")) for one, each in found]
    problems = [problem for _, problem in found]
    refusals = [each for each in problems if not (request.lenient and each.code == UnknownReference.code)]
    if refusals:
        raise refused(refusals)
    return tuple(map(as_warning, problems))


def faults(sent: Submission, held: DealLookup, *, exists: bool) -> tuple[Problem, ...]:
    """What `decide` finds in a submission. Raises UnknownDeal, DealExists and UnderHold for what has no place in the
    record of its deal, with any content; `exists` says whether there is such a deal."""
    if not exists:
        raise unopened(sent.deal_id)
    if sent.type == OPENING and held.holds(*OPENED):
        raise already_opened(sent.deal_id)
    if sent.type == ERASING:
        refuse_under_hold(held)
    return decide(sent, held)


def refuse_under_hold(held: DealLookup) -> None:
    """Raises UnderHold where nothing of the deal may be erased now."""
    if held.under_hold():
        told = f"Deal {held.deal_id} is under legal hold: nothing is erased until the hold ends or record.released."
        raise UnderHold(told, extra={"deal_id": held.deal_id})


def refused(problems: Sequence[Problem]) -> ParleyError:
    """The error of these faults; its class is that of the first."""
    return REFUSALS.get(problems[0].code, InvalidInput)(summary(problems), problems=problems)


def unopened(deal_id: str) -> UnknownDeal:
    """The error of an event of an unknown deal."""
    return UnknownDeal(f"There is no deal {deal_id}; open it first with a {OPENING} event.", extra={"deal_id": deal_id})


def already_opened(deal_id: str) -> DealExists:
    """The error of a second deal.opened."""
    return DealExists(f"Deal {deal_id} is already open.", extra={"deal_id": deal_id})


def assign_positions(view: BatchView, fresh: Iterable[Staged]) -> tuple[list[Recorded], dict[Entity, int]]:
    """Rows for these submissions after all that the view holds already."""
    rows: list[Recorded] = []
    things: dict[Entity, int] = {}
    tips: dict[str, tuple[int, bytes]] = {}
    undated = view.tips is not None
    position = view.head + len(view.rows)
    recorded_at = view.first_recorded + len(view.rows)
    for one in fresh:
        version, previous = tips.get(one.deal_id) or view.heads.get(one.deal_id) or (0, None)
        version += 1
        position += 1
        leaf = b"" if undated else one.template.fill(version, recorded_at, previous)
        digest = b"" if undated else leaf_hash(leaf)
        rows.append(
            Recorded(
                position,
                one.deal_id,
                version,
                one.id,
                one.type,
                recorded_at,
                one.by,
                leaf,
                digest,
                None if one.erased else one.payload,
                None if one.erased else one.salt,
            )
        )
        tips[one.deal_id] = (version, digest)
        recorded_at += 1
        for thing in one.makes:
            things.setdefault((one.deal_id, *thing), version)
    return rows, things


def add_to_view(view: BatchView, rows: list[Recorded], fresh: Sequence[Staged], things: dict[Entity, int]) -> None:
    view.rows += rows
    view.placed += fresh
    for row in rows:
        view.add_row(row)
    for thing, version in things.items():
        if not view.held.get(thing):
            view.held[thing] = True
            view.things.setdefault(thing, version)


def dated(receipt: Receipt, view: BatchView) -> Receipt:
    """The receipt of a request that was decided on an undated view, once its rows are written."""
    rows, first = view.rows, view.head + 1
    events = tuple([_appended(rows[event.position - first]) for event in receipt.events])
    return Receipt(events, receipt.version, receipt.position, receipt.warnings, receipt.replayed)


def _appended(row: Recorded) -> Appended:
    return Appended(row.id, row.type, row.deal_id, row.version, row.position, row.recorded_at, row.leaf_hash.hex())


def _receipt(events: Sequence[Appended], warnings: tuple[Problem, ...], *, replayed: bool) -> Receipt:
    last = events[0] if len(events) == 1 else max(events, key=lambda event: event.position)
    return Receipt(tuple(events), last.version, last.position, warnings, replayed)
