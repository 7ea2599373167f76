"""The continuous audit: every leaf hashed again, every chain, every payload, every tile and every signed head, in one
pass over the log in the order of positions. What is derived from the record is compared elsewhere.

An audit that was cut off goes on after a position: what it needs of the events before is read from the database.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date

import msgspec

from domain.errors import InvalidInput, NotProven
from domain.time.edtf import When
from domain.time.instants import SECOND, Moment, civil_day, iso
from ledger.encoding import event_codec
from ledger.encoding.canonical_json import canonical
from ledger.encoding.leaf import Leaf, commitment, read_leaf
from ledger.ledger import Ledger
from ledger.merkle.note import Key, open_checkpoint
from ledger.merkle.tree import Frontier, Tree, leaf_hash
from ledger.models import Recorded
from ledger.tlog import signer
from ledger.tlog.transparency_log import Head, TransparencyLog
from ledger.verification.audit_finding import AuditFinding
from ledger.verification.erasure_audit import restored
from ledger.verification.seal_audit import cosignatures, heads_missing, timestamps
from ledger.verification.tree_audit import STRETCH_EVENTS, continues, heads, leaves, tiles

IN_FLIGHT: Moment = 60 * SECOND
"""How long an append may have been under way when a head was signed without it."""


@dataclass(frozen=True, slots=True)
class Progress:
    """The progress of the audit; it can be resumed at `position`."""

    position: int
    head: int


@dataclass(slots=True)
class _State:
    """The state of the pass over the log."""

    tips: dict[str, tuple[int, str]] = field(default_factory=dict)
    """Deal -> last version and its leaf's hash."""
    recorded_at: Moment = 0
    not_before: Moment = 0
    """What no head covers yet cannot have been recorded before the newest of them was signed."""
    jumps: tuple[tuple[Moment, Moment], ...] = ()
    """From when to when the clock went back, by the heads that were signed under it."""
    erased: dict[str, tuple[int, str]] = field(default_factory=dict)
    """Events without payload -> position and deal, until an erasure that names them is met."""
    erasures: set[tuple[str, str]] = field(default_factory=set)
    """Deal and event of each erasure met."""
    frontier: Frontier = field(default_factory=Frontier)
    good: int = 0
    """Leaves under the last signed head that holds."""
    last_event: str | None = None
    differs: bool = False
    """Whether a head was found that is not over these leaves."""


Checked = Callable[[Sequence[Recorded]], None]
"""Called with each verified batch of rows."""


def audit(
    ledger: Ledger, seals: TransparencyLog, *, keys: Sequence[Key] = (), kept: bytes | None = None,
    own: bytes | None = None,
    own_keys: Sequence[Key] = (), after: int = 0, checked: Checked | None = None,
) -> Iterator[AuditFinding | Progress]:  # fmt: skip
    """Go through the log; `keys` from outside are trusted, else those that the database shows.

    `kept` is a checkpoint from outside that the log must continue: a database that was rolled back, or rewritten
    together with its signatures, is found out by it alone. `own` is the last head that the signer here has signed, in
    its own file, by `own_keys`. Raises Busy.
    """
    head = ledger.head().position
    trusted = tuple(keys) or seals.all_keys()
    for note, by in ((kept, trusted), (own, (*trusted, *own_keys))):
        if note is not None:
            yield from continues(ledger, seals, by, note, head)
    state, known = _begin(ledger, seals, after), heads(seals, after)
    state.jumps = tuple(ledger.rows("clock_jumps", at_least=IN_FLIGHT))
    upcoming = next(known, None)
    position = after
    while position < head:
        rows = ledger.rows("audit_events", after=position, limit=min(STRETCH_EVENTS, head - position))
        if not rows:
            yield AuditFinding(head, None, "events-missing", f"the log ends at position {position}, not {head}.")
            break
        for row in rows:
            yield from _event(ledger, state, Recorded(*row[:11]), (row[11], row[12]), position + 1)
            position = row[0]
            state.frontier.append(row[8])
            while upcoming is not None and upcoming.size <= state.frontier.size:
                yield from _head(ledger, state, upcoming, trusted, row[5])
                upcoming = next(known, None)
        yield from tiles(seals, [(row[0], row[3], row[8]) for row in rows])
        if checked is not None:
            checked([Recorded(*row[:11]) for row in rows])
        yield Progress(position, head)
    ends = max(position, ledger.head().position)  # what was recorded meanwhile may have been signed meanwhile
    while upcoming is not None:
        if upcoming.size > ends:
            told = f"a head of {upcoming.size} leaves was signed, and the log has {ends}: it was rolled back."
            yield AuditFinding(upcoming.size, None, "rolled-back", told)
        upcoming = next(known, None)
    yield from heads_missing(seals)
    yield from cosignatures(ledger)
    yield from timestamps(ledger)
    for event_id, (place, deal_id) in sorted(state.erased.items()):
        if (deal_id, event_id) not in state.erasures:
            yield AuditFinding(place, event_id, "payload-missing", "its payload is missing, and no erasure names it.")
    for place in restored(ledger, [event_id for _, event_id in state.erasures]):
        yield AuditFinding(place, None, "payload-restored", "the payload of an erased event was restored here.")
    for (place,) in ledger.rows("stray_payloads"):
        yield AuditFinding(place, None, "payload-stray", "a payload is here without an event.")


def _begin(ledger: Ledger, seals: TransparencyLog, after: int) -> _State:
    """The state after a position that an earlier audit has reached."""
    state = _State()
    if after:
        [before] = ledger.read_log(after - 1, 1)
        state.recorded_at, state.last_event = before.recorded_at, before.id
        stored = seals.stored_size()
        if stored >= after:
            state.frontier = Tree(after, seals.read_tile).frontier()
        else:
            for _, _, digest in leaves(ledger, after):
                state.frontier.append(digest)
        state.good = after
    return state


def _event(
    ledger: Ledger, state: _State, row: Recorded, days: tuple[date | None, date | None], expected: int
) -> Iterator[AuditFinding]:
    def finding(code: str, why: str) -> AuditFinding:
        return AuditFinding(row.position, row.id, code, why)

    state.last_event = row.id
    if row.position != expected:
        yield finding("position-gap", f"position {expected} is missing: an event was dropped before this one.")
    if row.recorded_at <= state.recorded_at:
        yield finding("clock-back", f"it is recorded at {iso(row.recorded_at)}, not after the event before it.")
    elif row.recorded_at < state.not_before:
        told = f"it is recorded at {iso(row.recorded_at)}, and a later head does not cover it."
        yield _in_time(state, finding("back-dated", told), row.recorded_at)
    state.recorded_at = row.recorded_at
    if leaf_hash(row.leaf) != row.leaf_hash:
        yield finding("leaf-changed", "its leaf has another hash than the one recorded with it.")
    try:
        leaf = read_leaf(row.leaf)
        if canonical(msgspec.to_builtins(leaf)) != row.leaf:
            raise InvalidInput("it is not in canonical form")
        when = When.parse(leaf.occurred)
    except (msgspec.DecodeError, InvalidInput, ValueError) as error:
        yield finding("leaf-unreadable", f"its leaf cannot be read: {error}.")
        return
    said = (leaf.log, leaf.deal, leaf.version, leaf.id, leaf.type, leaf.recorded_at, leaf.recorded_by)
    columns = (ledger.origin, row.deal_id, row.version, row.id, row.type, iso(row.recorded_at), row.recorded_by)
    for name, one, other in zip(
        ("log", "deal", "version", "id", "type", "recorded_at", "recorded_by"), said, columns, strict=True
    ):
        if one != other:
            yield finding("column-changed", f"its leaf says {name} {one}, and the table {other}.")
    if tuple(_day(bound) for bound in (when.earliest, when.latest)) != days:
        yield finding("column-changed", "the days by which it is searched are not those on which it occurred.")
    yield from _chain(ledger, state, row, leaf)
    yield from _payload(state, row, leaf)


def _day(bound: date | Moment | None) -> date | None:
    return civil_day(bound, UTC) if isinstance(bound, int) else bound


def _chain(ledger: Ledger, state: _State, row: Recorded, leaf: Leaf) -> Iterator[AuditFinding]:
    tip = state.tips.get(row.deal_id)
    if tip is None:
        before = ledger.read_deal(row.deal_id, row.version - 2, row.version - 1) if row.version > 1 else []
        # A deal's first event in this pass: the one before it, if there is one, was passed in an earlier audit.
        known = [one for one in before if one.position < row.position]
        tip = (known[0].version, leaf_hash(known[0].leaf).hex()) if known else (0, "")
    version, digest = tip
    if row.version != version + 1:
        told = f"it is version {row.version} of its deal where {version + 1} is due: one was dropped or moved."
        yield AuditFinding(row.position, row.id, "version-gap", told)
    elif leaf.previous != (digest or None):
        told = "it names another leaf before it than its deal has: one of the two was changed."
        yield AuditFinding(row.position, row.id, "chain-broken", told)
    state.tips[row.deal_id] = (row.version, leaf_hash(row.leaf).hex())


def _payload(state: _State, row: Recorded, leaf: Leaf) -> Iterator[AuditFinding]:
    if row.payload is None or row.salt is None:
        state.erased[row.id] = (row.position, row.deal_id)
        return
    if commitment(row.salt, row.payload).hex() != leaf.payload_commitment:
        told = "what it says is not what was committed to when it was recorded."
        yield AuditFinding(row.position, row.id, "payload-changed", told)
    if (target := event_codec.erased_by(row)) is not None:
        state.erasures.add((row.deal_id, target))


def _head(
    ledger: Ledger, state: _State, head: Head, keys: Sequence[Key], recorded_at: Moment
) -> Iterator[AuditFinding]:
    """The leaves up to here are those that were signed; and what came after was not recorded long before."""
    window = f"between positions {state.good + 1} and {head.size}"
    try:
        signed = open_checkpoint(head.note, keys).checkpoint
    except NotProven as error:
        yield AuditFinding(head.size, state.last_event, "head-unsigned", f"the head of {head.size} leaves: {error}")
        return
    if (signed.origin, signed.size, signed.root) != (ledger.origin, head.size, head.root):
        told = f"the head of {head.size} leaves is filed with another size or root than was signed."
        yield AuditFinding(head.size, state.last_event, "head-changed", told)
    elif signed.root != state.frontier.root() and not state.differs:
        state.differs = True  # and so does every later head
        first = ledger.read_log(state.good, 1)
        named = first[0].id if first else state.last_event
        told = f"the events {window} are not those that were signed: something there was changed, and its hashes too."
        yield AuditFinding(state.good + 1, named, "head-differs", told)
    if recorded_at > head.signed_at + IN_FLIGHT:
        told = (
            f"it is recorded at {iso(recorded_at)}, after the head that covers it was signed ({iso(head.signed_at)})."
        )
        yield _in_time(state, AuditFinding(head.size, state.last_event, "recorded-after-signed", told), head.signed_at)
    if head.size - state.good < signer.STRETCH_LEAVES:
        state.not_before = head.signed_at - IN_FLIGHT  # else the signer was catching up, and more was there already
    state.good = head.size


def _in_time(state: _State, finding: AuditFinding, moment: Moment) -> AuditFinding:
    """A finding about an instant; where the clock went back over that instant, it is about the clock alone."""
    for before, after in state.jumps:
        if after - IN_FLIGHT <= moment <= before + IN_FLIGHT:
            told = f"the clock went back from {iso(before)} to {iso(after)}: {finding.why}"
            return replace(finding, code="clock-went-back", why=told, notice=True)
    return finding
