"""Evidence bundles: a deal's evidence with its state and its replay, in one file that anyone can verify offline.

On a given basis it is a knowledge certificate: the state at one date, as known at another.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from cryptography.x509 import Certificate

from domain.basis import Basis
from domain.bitemporal import zone_of
from domain.envelope import RecordedEvent
from domain.errors import BeyondTheEnd, InvalidInput, NotProven, UnknownEvent
from domain.json_equality import equal
from domain.time.edtf import parse_moment
from ledger.encoding import erasures
from ledger.encoding.canonical_json import canonical
from ledger.encoding.corrections import read_revised
from ledger.encoding.leaf import PAYLOAD_DOMAIN
from ledger.merkle.note import Key
from ledger.models import Recorded
from ledger.tlog.transparency_log import TransparencyLog
from ledger.verification import archive, bundle_verifier, evidence_export, zip_container
from ledger.verification.verification_result import EVERYWHERE, Fault, VerificationResult
from projections.bundle import explanation
from projections.isolation import isolated
from projections.replay.as_html import html_parts, section_tag
from projections.replay.narration import ReplayNarration
from projections.replay.steps import EventRows, steps
from projections.state.holiday_calendars import VERSION as CALENDARS
from projections.state.holiday_calendars import calendar
from projections.state.state_json import RULES, basis_to_json, state_to_json
from projections.state.state_reader import StateReader
from projections.state.time_query import NOTHING_ASKED, TimeQuery
from projections.temporal.recorded_deal import RecordedDeal

STATE = "state.json"
REPLAY = "replay.json"
PAGE = "replay.html"
EXPLANATION = "VERIFY.md"


def build_bundle(
    reader: StateReader,
    transparency_log: TransparencyLog,
    deal_id: str,
    question: TimeQuery = NOTHING_ASKED,
    *,
    complete: bool = False,
    withhold: Sequence[str] = (),
) -> bytes:
    """The bundle of a deal: of its whole record, or on a given basis.

    `withhold` names events whose payloads this recipient does not get. Raises UnknownDeal, UnknownEvent, BeyondTheEnd,
    BadQuestion, InTheFuture, NotYetSealed, Busy.
    """
    history = reader.history(deal_id)
    if question == NOTHING_ASKED:
        question = TimeQuery(known_version=history.version)
    basis = reader.basis(history, question)
    if not basis.known_version:
        raise BeyondTheEnd(f"Nothing of {deal_id} was known by then: there is nothing to seal.")
    basis = _relative_to_knowledge(basis)
    evidence = evidence_export.gather(reader.ledger, transparency_log, deal_id, basis.known_version)
    hidden = frozenset(withhold)
    if unknown := hidden - {row.id for row in evidence.rows}:
        raise UnknownEvent(f"{deal_id} has no event {sorted(unknown)[0]!r} on this basis.")
    files = evidence_export.files(reader.ledger, transparency_log, evidence, complete=complete, withheld=hidden)
    disclosed = [row._replace(payload=None, salt=None) if row.id in hidden else row for row in evidence.rows]
    about = {
        "form": evidence_export.FORM,
        "deal": deal_id,
        "log": reader.ledger.origin,
        "basis": basis_to_json(deal_id, basis),
        "payload_domain": PAYLOAD_DOMAIN.decode(),
        "checkpoint": evidence.size,
        "complete": complete,
    }
    with isolated(reader.ledger, deal_id, basis.known_version):
        return archive.pack({**files, **derived_files(deal_id, disclosed, basis, hidden, about)}, about)


def _relative_to_knowledge(basis: Basis) -> Basis:
    """The same basis, resolved against the record and not against today, so that it can be reproduced."""
    return replace(basis, hindsight=basis.valid_at < basis.known_at, projected=basis.valid_at > basis.known_at)


def derived_files(
    deal_id: str, rows: Sequence[Recorded], basis: Basis, withheld: frozenset[str], about: Mapping[str, Any]
) -> dict[str, bytes]:
    """The files derived from the evidence: deterministic for the same rows, basis and rules."""
    lines = erasures.lines(rows)
    by_id = {row.id: row for row in rows}

    def revise(line: RecordedEvent, changes: Sequence[Mapping[str, Any]]) -> RecordedEvent:
        row = by_id[line.id]
        return line if row.payload is None else read_revised(row, line, changes)

    past = RecordedDeal(deal_id, lines, zone_of(lines), calendar, revise)
    replayed = list(steps(past, EventRows(by_id, withheld), basis))
    basis_said, narration = basis_to_json(deal_id, basis), ReplayNarration(past, basis)
    page = html_parts(deal_id, basis_said, narration.narrated(iter(replayed)), narration)
    return {
        STATE: canonical(state_to_json(deal_id, past.state(basis), basis)) + b"\n",
        REPLAY: canonical({"basis": basis_said, "steps": replayed[:-1], **replayed[-1]}) + b"\n",
        PAGE: "".join(page).encode(),
        EXPLANATION: explanation.verify_md(about, len(rows), len(withheld)).encode(),
    }


@dataclass(frozen=True, slots=True)
class Report:
    """The result of verifying a bundle; `faults` is empty for a valid one."""

    faults: tuple[Fault, ...]
    proven: tuple[str, ...] = ()
    not_proven: tuple[str, ...] = ()
    other_version: bool = False
    """Whether the only fault is that the derived files follow rules of another version: the record in the bundle, its
    signatures and proofs hold, and whether its state and replay follow from it cannot be decided by this version."""

    @property
    def first_bad_event(self) -> str | None:
        """The first event of the deal with a fault."""
        return next((fault.event for fault in self.faults if fault.event), None)


def verify_bundle(
    data: bytes, keys: Sequence[Key], kept: bytes | None = None, authorities: Sequence[Certificate] = ()
) -> Report:
    """Verify a bundle by the log's public key, given from outside.

    Also from outside come `kept`, an older checkpoint, and the certificates of authorities of time.
    """
    try:
        files = archive.unpack(data)
        evidence = bundle_verifier.verify_bundle(files, keys, kept, authorities)
    except NotProven as error:
        return Report((Fault(EVERYWHERE, None, "the file", error.detail),))
    evidence.faults += (Fault(EVERYWHERE, None, "the file", told) for told in zip_container.irregularities(data))
    other_version = False
    if not any(fault.event for fault in evidence.faults):
        try:
            evidence.faults += _derived_faults(files, evidence)
        except OtherVersion as error:
            other_version = not evidence.faults
            evidence.faults.append(Fault(EVERYWHERE, None, archive.MANIFEST, error.detail))
    faults = tuple(sorted(set(evidence.faults), key=lambda fault: (fault.order, fault.where)))
    if faults:
        return Report(faults, other_version=other_version)
    return Report(
        (), tuple(explanation.proven_statements(evidence)), tuple(explanation.unproven_statements(evidence, kept))
    )


class OtherVersion(NotProven):
    """The derived files of a bundle follow rules or calendars of another version."""


def _derived_faults(files: Mapping[str, bytes], evidence: VerificationResult) -> list[Fault]:
    """Differences of the derived files from a new derivation. Raises OtherVersion where they follow other rules."""
    manifest = evidence.manifest
    try:
        basis = _basis_of(manifest["basis"], evidence)
        about = {
            name: manifest[name]
            for name in ("form", "deal", "log", "basis", "payload_domain", "checkpoint", "complete")
        }
        made = derived_files(evidence.deal, evidence.rows, basis, frozenset(evidence.withheld), about)
    except OtherVersion:
        raise
    except (NotProven, InvalidInput, KeyError, TypeError, ValueError, AttributeError) as error:
        return [Fault(EVERYWHERE, None, archive.MANIFEST, f"the derived files cannot be made again: {error}")]
    faults = []
    for path, expected in made.items():
        if files.get(path) != expected:
            event = _first_difference(path, files.get(path, b""), expected)
            order = next((number for number, row in enumerate(evidence.rows) if row.id == event), EVERYWHERE)
            faults.append(Fault(order, event, path, f"{path} is not what follows from the events."))
    known = {*made, evidence_export.LEAVES, evidence_export.PAYLOADS, archive.MANIFEST}
    folders = ("checkpoints/", "consistency/", "proofs/", "timestamps/")
    faults += [
        Fault(EVERYWHERE, None, path, "no bundle has such a file.")
        for path in sorted(files.keys() - known)
        if not path.startswith(folders)
    ]
    return faults


def _basis_of(said: Mapping[str, Any], evidence: VerificationResult) -> Basis:
    """The basis that a manifest states. Raises NotProven for one that this record cannot have."""
    if not equal(said.get("rules"), {"rules": RULES, "calendars": CALENDARS}):
        rules = said.get("rules")
        told = (
            f"version {rules.get('rules')} of the rules and the calendars {rules.get('calendars')}"
            if isinstance(rules, dict)
            else "rules that it does not name"
        )
        raise OtherVersion(
            f"The state and the replay follow {told}; this program has version {RULES} and {CALENDARS}. "
            "Verify them with the program that made the bundle."
        )
    basis = _relative_to_knowledge(
        Basis(
            valid_at=parse_moment(said["valid_at"]),
            known_at=parse_moment(said["known_at"]),
            known_version=said["known_version"],
            known_position=said["known_position"],
            known_by=said["known_by"],
            reading=said["reading"],
            layer=said["layer"],
        )
    )
    # The rows may go on to the erasure of an event that was known on the basis.
    last = evidence.rows[: max(basis.known_version, 1)][-1]
    if not equal(basis_to_json(evidence.deal, basis), said) or basis.known_position != last.position:
        raise NotProven("The basis is not one of this record.")
    if basis.known_by == "recorded" and basis.known_at < last.recorded_at:
        raise NotProven(f"The basis knows {last.id} before it was recorded.")
    return basis


def _first_difference(path: str, found: bytes, expected: bytes) -> str | None:
    """The event of the first difference of a replay."""
    if path == REPLAY:
        try:
            theirs, ours = archive.read_json(found, path)["steps"], archive.read_json(expected, path)["steps"]
            pairs = zip(theirs, ours, strict=False)
            return next((mine["event"]["id"] for its, mine in pairs if its != mine), None)
        except (NotProven, KeyError, TypeError):
            return None
    if path == PAGE:
        begins = section_tag("").removesuffix('">').encode()
        same = next((at for at, (a, b) in enumerate(zip(found, expected, strict=False)) if a != b), 0)
        _, begun, inside = expected[:same].rpartition(begins)
        return inside.partition(b'"')[0].decode() if begun else None
    return None
