"""The audit of a log in parts: however it is cut, and whatever was tampered with, the merge of the parts finds the same
as the audit of the whole, in the same order."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from itertools import pairwise
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.time.instants import SECOND, Moment
from ledger.append.preparation import prepare
from ledger.merkle.note import Checkpoint, Note, Signer
from ledger.merkle.tiles import grow
from ledger.merkle.tree import HASH_BYTES, TILE_WIDTH, Frontier, leaf_hash
from ledger.models import Recorded
from ledger.tlog.transparency_log import Head
from ledger.verification.audit_finding import AuditFinding
from ledger.verification.audited_part import AuditScope, EarlierCheckpoint
from ledger.verification.event_audit import NO_EVENT, Link, StoredEvent, Tip
from ledger.verification.log_merge import LogMerge
from ledger.verification.log_part import part
from tests.submissions import make_submission

ORIGIN = "parley.test/parts"
SIZE = TILE_WIDTH + 24
SIGNED = (1, 3, 40, 41, 200, 230, TILE_WIDTH, 270, SIZE - 3)
KEY = Signer(ORIGIN, Ed25519PrivateKey.from_private_bytes(bytes(32)))
OTHER_KEY = Signer(ORIGIN, Ed25519PrivateKey.from_private_bytes(bytes(31) + b"1"))
FIRST_MOMENT: Moment = 1_600_000_000 * SECOND
BETWEEN: Moment = 30 * SECOND


@dataclass
class Stored:
    """What is stored of a log, in memory."""

    rows: dict[int, StoredEvent]
    signed: dict[int, Head]
    tiles: dict[tuple[int, int], bytes]
    scope: AuditScope = field(default_factory=lambda: AuditScope(ORIGIN, (KEY.key,), SIZE))

    def events(self, after: int, to: int) -> list[StoredEvent]:
        return [self.rows[position] for position in sorted(self.rows) if after < position <= to]

    def last_event(self, to: int) -> tuple[int, str, Moment] | None:
        found = self.events(0, to)
        return (found[-1].row.position, found[-1].row.id, found[-1].row.recorded_at) if found else None

    def first_event(self, after: int, to: int) -> str | None:
        found = self.events(after, to)
        return found[0].row.id if found else None

    def heads(self, after: int, to: int) -> list[Head]:
        return [self.signed[size] for size in sorted(self.signed) if after < size <= to]

    def heads_before(self, size: int) -> Iterator[Head]:
        return iter(self.heads(0, size)[::-1])

    def read_tile(self, level: int, index: int, width: int) -> bytes:
        return self.tiles.get((level, index), b"")[: width * HASH_BYTES]

    def copy(self) -> "Stored":
        return Stored(dict(self.rows), dict(self.signed), dict(self.tiles), self.scope)

    def change(self, position: int, **members: Any) -> None:
        """Change members of the row at a position, if it is still there."""
        if position in self.rows:
            event = self.rows[position]
            self.rows[position] = event._replace(row=event.row._replace(**members))


def signed_head(size: int, root: bytes, moment: Moment, signer: Signer = KEY) -> Head:
    text = Checkpoint(ORIGIN, size, root).text()
    return Head(size, moment, root, bytes(Note(text, (signer.sign(text),))))


@cache
def intact() -> Stored:
    """Some hundred events of several deals, one of them erased; tree heads over some sizes; and the tiles."""
    tips: dict[str, Tip] = {}
    frontier, hashes = Frontier(), []
    stored = Stored({}, {}, {})
    for position in range(1, SIZE + 1):
        deal = f"deal-{position % 7}"
        made = make_submission(deal, f"e{position}", "bid.submitted", bid_id=f"b{position}", bidders=["oracle"])
        if position == 30:
            made = make_submission(deal, "e30", "record.erased", event_id="e9", legal_basis="consent", by="counsel")
        staged = prepare(ORIGIN, made, "desk")
        tip = tips.get(deal, NO_EVENT)
        moment = FIRST_MOMENT + position * BETWEEN
        leaf = staged.template.fill(tip.version + 1, moment, bytes.fromhex(tip.digest) or None)
        digest = leaf_hash(leaf)
        erased = position == 9
        row = Recorded(
            position, deal, tip.version + 1, staged.id, staged.type, moment, "desk", leaf, digest,
            None if erased else staged.payload, None if erased else staged.salt,
        )  # fmt: skip
        stored.rows[position] = StoredEvent(row, staged.earliest, staged.latest)
        tips[deal] = Tip(tip.version + 1, digest.hex())
        frontier.append(digest)
        hashes.append(digest)
        if position in SIGNED:
            stored.signed[position] = signed_head(position, frontier.root(), moment + SECOND)
    stored.tiles = {(tile.level, tile.index): data for tile, data in grow(0, hashes, stored.read_tile)}
    return stored


def _drop(log: Stored, position: int) -> None:
    log.rows.pop(position, None)


def _rewrite(log: Stored, position: int) -> None:
    """Change a leaf, with its hash."""
    if position in log.rows:
        leaf = log.rows[position].row.leaf.replace(b'"desk"', b'"dusk"')
        log.change(position, leaf=leaf, leaf_hash=leaf_hash(leaf))


def _change_leaf(log: Stored, position: int) -> None:
    if position in log.rows:
        log.change(position, leaf=log.rows[position].row.leaf.replace(b'"desk"', b'"dusk"'))


def _swap(log: Stored, position: int) -> None:
    one, other = log.rows.get(position), log.rows.get(position % SIZE + 1)
    if one and other:
        log.rows[one.row.position] = other._replace(row=other.row._replace(position=one.row.position))
        log.rows[other.row.position] = one._replace(row=one.row._replace(position=other.row.position))


def _flip(log: Stored, position: int) -> None:
    level = position % 2
    index = (position - 1) // TILE_WIDTH if level == 0 else 0
    data = bytearray(log.tiles[level, index])
    data[(position * 7) % len(data)] ^= 1
    log.tiles[level, index] = bytes(data)


def _cut_tile(log: Stored, position: int) -> None:
    key = (position % 2, 0)
    log.tiles[key] = log.tiles[key][: -position * HASH_BYTES]


def _near(position: int) -> int:
    return min(SIGNED, key=lambda size: abs(size - position))


def _change_head(log: Stored, position: int, **members: Any) -> None:
    size = _near(position)
    log.signed[size] = replace(log.signed[size], **members)


TAMPERINGS: dict[str, Callable[[Stored, int], None]] = {
    "drop an event": _drop,
    "drop many": lambda log, position: [_drop(log, each) for each in range(position, position + 60)] and None,
    "rewrite a leaf and its hash": _rewrite,
    "change a leaf": _change_leaf,
    "make a leaf unreadable": lambda log, position: log.change(position, leaf=b"{"),
    "change a payload": lambda log, position: log.change(position, payload=b"{}"),
    "remove a payload": lambda log, position: log.change(position, payload=None, salt=None),
    "change a column": lambda log, position: log.change(position, type="bid.withdrawn"),
    "move to another deal": lambda log, position: log.change(position, deal_id="deal-0"),
    "change a version": lambda log, position: log.change(position, version=3),
    "back-date": lambda log, position: log.change(position, recorded_at=FIRST_MOMENT),
    "back-date a little": lambda log, position: log.change(
        position, recorded_at=FIRST_MOMENT + (position - 1) * BETWEEN + SECOND
    ),
    "post-date": lambda log, position: log.change(position, recorded_at=FIRST_MOMENT + 10_000 * BETWEEN),
    "swap two events": _swap,
    "flip a bit of a tile": _flip,
    "cut a tile short": _cut_tile,
    "sign a head later": lambda log, position: _change_head(
        log, position, signed_at=FIRST_MOMENT + (position + 20) * BETWEEN
    ),
    "change the root of a head": lambda log, position: _change_head(log, position, root=bytes(HASH_BYTES)),
    "sign a head with another key": lambda log, position: log.signed.update(
        {_near(position): signed_head(_near(position), bytes(HASH_BYTES), FIRST_MOMENT, OTHER_KEY)}
    ),
    "sign another root": lambda log, position: log.signed.update(
        {_near(position): signed_head(_near(position), bytes(HASH_BYTES), log.signed[_near(position)].signed_at)}
    ),
    "take away a head": lambda log, position: log.signed.pop(_near(position), None) and None,
    "keep a checkpoint of other leaves": lambda log, position: setattr(
        log, "scope", replace(log.scope, kept=(*log.scope.kept, EarlierCheckpoint(position, bytes(HASH_BYTES))))
    ),
    "let the clock go back": lambda log, position: setattr(
        log, "scope", replace(log.scope, jumps=((FIRST_MOMENT + position * BETWEEN, FIRST_MOMENT),))
    ),
}

positions = st.integers(1, SIZE)
tamperings = st.lists(st.tuples(st.sampled_from(sorted(TAMPERINGS)), positions), max_size=5)


def found(log: Stored, cuts: Sequence[int]) -> list[AuditFinding]:
    """What the audit finds whose parts end at these positions; the first is where it begins."""
    begins = cuts[0]
    passed = log.events(0, begins)
    hashes, leaves = Frontier(), Frontier()
    for position in range(1, begins + 1):
        row = log.rows[position].row if position in log.rows else None
        hashes.append(row.leaf_hash if row else bytes(HASH_BYTES))
        leaves.append(leaf_hash(row.leaf) if row else bytes(HASH_BYTES))

    def earlier(link: Link) -> Tip:
        tips = [Tip(row.version, leaf_hash(row.leaf).hex()) for row, *_ in passed if row.deal_id == link.deal_id]
        return tips[-1] if tips else NO_EVENT

    merge = LogMerge(hashes, leaves, begins, earlier)
    findings: list[AuditFinding] = []
    for after, to in pairwise(cuts):
        findings += merge.add(part(log, log.scope, after, to))
    return [*findings, *merge.end(), *merge.missing_payloads()]


@pytest.fixture(autouse=True, scope="module")
def _small_blocks() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ledger.verification.log_part.BLOCK_LEAVES", 64)
        yield


def test_an_intact_log_holds_wherever_it_is_cut() -> None:
    for length in (1, 5, 64, 100, TILE_WIDTH, SIZE):
        assert found(intact(), [*range(0, SIZE, length), SIZE]) == []
    row = intact().rows[4]
    assert (row.earliest, row.row.version) == (date(2020, 8, 20), 1)


@pytest.mark.parametrize("name", sorted(set(TAMPERINGS) - {"take away a head", "let the clock go back"}))
def test_each_tampering_is_found(name: str) -> None:
    log = intact().copy()
    TAMPERINGS[name](log, 201)
    assert found(log, [0, SIZE])


@settings(max_examples=40)
@given(tamperings, st.sets(positions, max_size=8), st.sampled_from([0, 0, 0, 41, 250]))
def test_parts_find_what_the_whole_finds(changes: list[tuple[str, int]], cuts: set[int], begins: int) -> None:
    log = intact().copy()
    for name, position in changes:
        TAMPERINGS[name](log, position)
    inner = sorted(cut for cut in cuts if begins < cut < SIZE)
    assert found(log, [begins, *inner, SIZE]) == found(log, [begins, SIZE])
