"""Leaves of the Merkle tree: one per event, with a commitment to its payload.

Leaf: the RFC 8785 bytes of one flat object. It holds all that must outlive an erasure. Its hash is that of RFC 6962,
SHA-256(0x00 || leaf); `previous` chains the leaves of one deal, so that a deal's record can be proven whole.
Payload: every other member that the client gave, as sent. Commitment = SHA-256(PAYLOAD_DOMAIN || salt || payload); the
salt prevents short payloads from being guessed once they are erased.
"""

from functools import lru_cache
from hashlib import sha256
from json.encoder import encode_basestring  # the C function behind json.dumps(ensure_ascii=False)

import msgspec

from domain.envelope import Submission
from domain.time.instants import SECOND, Moment, iso
from ledger.encoding.canonical_json import canonical

PAYLOAD_DOMAIN = b"parley payload v1\x00"
SALT_BYTES = 32

ERASED_PAYLOAD = b"{}"
"""The canonical bytes of an event that was erased in the log it comes from: every other submission has `data`."""

LEAF_KEYS = (
    "deal", "id", "log", "occurred", "payload_commitment", "previous", "published",
    "recorded_at", "recorded_by", "schema_version", "type", "version",
)  # fmt: skip
"""The members of a leaf in canonical order; `version` is the deal's, `previous` null for a deal's first event."""


class Leaf(msgspec.Struct, frozen=True):
    """A leaf. Hashes are lower-case hex; `occurred` and `published` are as written."""

    deal: str
    id: str
    log: str
    occurred: str
    payload_commitment: str
    previous: str | None
    published: str | None
    recorded_at: str
    recorded_by: str
    schema_version: int
    type: str
    version: int


read_leaf = msgspec.json.Decoder(Leaf).decode
"""The leaf of its canonical bytes; raises msgspec.DecodeError for bytes that are no leaf."""


def payload_bytes(submission: Submission) -> bytes:
    """The canonical bytes of what the client sent beside the leaf members. Raises InvalidInput (see canonical)."""
    return canonical(submission.sent)


def commitment(salt: bytes, payload: bytes) -> bytes:
    """A commitment of 32 bytes to `payload`."""
    return sha256(PAYLOAD_DOMAIN + salt + payload).digest()


class LeafTemplate(msgspec.Struct, array_like=True, gc=False):
    """A template of a leaf: the parts known before its version, built once per submission, filled under the lock.

    Writing the twelve members by hand costs a third of encoding the object; a test holds it to `rfc8785`.
    """

    head: str
    middle: str
    tail: str

    @classmethod
    def cast(cls, log: str, submission: Submission, recorded_by: str, payload_commitment: bytes) -> "LeafTemplate":
        """The template of a submission."""
        published = "null" if submission.published is None else _text(submission.published.text)
        return cls(
            f'{{"deal":{_text(submission.deal_id)},"id":{_text(submission.id)},"log":{_text(log)},'
            f'"occurred":{_text(submission.occurred.text)},"payload_commitment":"{payload_commitment.hex()}","previous":',
            f',"published":{published},"recorded_at":"',
            f'","recorded_by":{_text(recorded_by)},"schema_version":{submission.schema_version},'
            f'"type":{_text(submission.type)},"version":',
        )

    def fill(self, version: int, recorded_at: Moment, previous: bytes | None) -> bytes:
        """The leaf of this submission as the `version`-th event of its deal."""
        before, after = self.parts(version, previous)
        second, fraction = divmod(recorded_at, SECOND)
        return f"{before}{_second(second)}.{fraction:06}Z{after}".encode()

    def parts(self, version: int, previous: bytes | None) -> tuple[str, str]:
        """The leaf before and after its instant."""
        link = "null" if previous is None else f'"{previous.hex()}"'
        return f"{self.head}{link}{self.middle}", f"{self.tail}{version}}}"


@lru_cache(maxsize=64)
def _second(second: int) -> str:
    """The instant up to its second: that of most leaves of a batch."""
    return iso(second * SECOND)[:19]


def _text(text: str) -> str:
    return encode_basestring(text)
