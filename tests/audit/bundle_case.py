"""A bundle whose files a test changes, and that is packed and verified again."""

import json

import pytest

from ledger.encoding.canonical_json import canonical
from ledger.merkle.tree import leaf_hash
from ledger.verification import archive
from projections.bundle.builder import build_bundle, verify_bundle
from projections.state.state_reader import StateReader

EVENTS = 8


@pytest.fixture
def sealed(ledger, signer, transparency_log, record, submission):
    """A bundle of eight events, each signed before the next; among them are those of another deal."""
    record(submission("tiktok", "opened", "deal.opened"))
    for number in range(1, EVENTS):
        record(submission("tiktok", f"e{number}", "bid.submitted", bid_id=f"b{number}", bidders=["oracle"]))
        record(submission(f"other-{number}", f"other-{number}", "deal.opened"))
        signer.sign()
    return Case(build_bundle(StateReader(ledger), transparency_log, "tiktok"), list(transparency_log.public_keys()))


class Case:
    """The files of a bundle, to be spoilt; `judged` packs them again and verifies."""

    def __init__(self, data, keys):
        self.data = data
        self.keys = keys
        self.files = archive.unpack(data)
        self.about = archive.manifest_of(self.files)
        del self.files[archive.MANIFEST], self.about["files"]

    def judged(self, kept=None):
        return verify_bundle(archive.pack(self.files, self.about), self.keys, kept)

    def lines(self, name):
        return [json.loads(line) for line in self.files[name].splitlines()]

    def put(self, name, values):
        self.files[name] = b"".join(canonical(value) + b"\n" for value in values)

    def chain(self, leaves):
        """Mend what an attacker can: versions, and the hash of the leaf before."""
        previous = None
        for version, leaf in enumerate(leaves, 1):
            leaf["previous"], leaf["version"] = previous, version
            previous = leaf_hash(canonical(leaf)).hex()
        self.put("leaves.jsonl", leaves)


def names(report, event_id):
    assert report.faults
    assert report.first_bad_event == event_id, [str(fault) for fault in report.faults]
    return True


def index(name):
    return int(name.removeprefix("proofs/").removesuffix(".tlog-proof"))


def sizes(case):
    return sorted(int(name.removeprefix("checkpoints/")) for name in case.files if name.startswith("checkpoints/"))
