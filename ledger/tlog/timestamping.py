"""RFC 3161 timestamps of tree heads by outside authorities.

The timestamp is over the signed note of the head. Any authority with a URL can be used.
"""

from collections.abc import Sequence
from datetime import UTC
from hashlib import sha256, sha384, sha512

import httpx
from cryptography import x509
from rfc3161_client import (
    HashAlgorithm,
    PKIStatus,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from domain.errors import Busy, NotProven, ParleyError
from domain.time.instants import Moment, moment_of
from ledger.maintenance.worker_status import WorkerStatus
from ledger.task_threads import Pause, Task, TaskThreads
from ledger.tlog.transparency_log import Head, TransparencyLog

TIMEOUT_SECONDS = 20.0
LARGEST_RESPONSE_BYTES = 64 * 1024
EVERY_SECONDS = 3_600.0
"""Interval between timestamps, while the log grows."""

LOOK_SECONDS = 60.0
"""Interval of the search for a new tree head, once the newest is stamped."""

THREAD = "parley-timestamps"
"""The thread of the timestamp workers of a database."""

DIGESTS = {
    "2.16.840.1.101.3.4.2.1": sha256,
    "2.16.840.1.101.3.4.2.2": sha384,
    "2.16.840.1.101.3.4.2.3": sha512,
}


class AuthorityAway(ParleyError):
    """The authority does not respond, or not with a timestamp."""

    code = "authority-away"


def certificates(pem: bytes) -> list[x509.Certificate]:
    """The certificates of a PEM file. Raises NotProven for one without."""
    try:
        return x509.load_pem_x509_certificates(pem)
    except ValueError as error:
        raise NotProven(f"The file holds no PEM certificate: {error}.") from error


def stated_time(note: bytes, response: bytes, roots: Sequence[x509.Certificate] = ()) -> Moment:
    """The authority's time for `note`; its signature is verified if `roots` are given. Raises NotProven."""
    parsed = _parsed(response)
    imprint = parsed.tst_info.message_imprint
    digest = DIGESTS.get(imprint.hash_algorithm.dotted_string)
    if digest is None or imprint.message != digest(note).digest():
        raise NotProven("The timestamp is of something else.")
    if roots:
        builder = VerifierBuilder()
        for root in dict.fromkeys(roots):
            builder = builder.add_root_certificate(root)
        try:
            builder.build().verify_message(parsed, note)
        except VerificationError as error:
            raise NotProven(f"The timestamp is not by a known authority: {error}.") from error
    return moment_of(parsed.tst_info.gen_time.astimezone(UTC))


def _parsed(response: bytes) -> TimeStampResponse:
    try:
        parsed = decode_timestamp_response(response)
        if PKIStatus(parsed.status) not in (PKIStatus.GRANTED, PKIStatus.GRANTED_WITH_MODS):
            raise NotProven(f"The authority granted no timestamp: {', '.join(parsed.status_string or ['no reason'])}.")
        parsed.tst_info  # noqa: B018 - raises where there is none
    except ValueError as error:
        raise NotProven(f"The timestamp cannot be read: {error}.") from error
    return parsed


def stamp(transparency_log: TransparencyLog, head: Head, url: str, roots: Sequence[x509.Certificate] = ()) -> Moment:
    """Request and store a timestamp of a tree head. Raises AuthorityAway, NotProven, Busy."""
    request = (
        TimestampRequestBuilder().data(head.note).hash_algorithm(HashAlgorithm.SHA256).cert_request(cert_request=True)
    )
    asked = request.build()
    answer = _answer_of(url, asked.as_bytes())
    moment = stated_time(head.note, answer, roots)
    if _parsed(answer).tst_info.nonce != asked.nonce:
        raise NotProven(f"The authority at {url} answered a different request.")
    transparency_log.stamped(head, moment, answer)
    return moment


def _answer_of(url: str, asked: bytes) -> bytes:
    """The response of the authority, bounded by the size of a timestamp. Redirects are not followed."""
    headers = {"Content-Type": "application/timestamp-query"}
    answer = bytearray()
    try:
        with httpx.stream("POST", url, content=asked, headers=headers, timeout=TIMEOUT_SECONDS) as response:
            response.raise_for_status()
            for part in response.iter_bytes():
                answer += part
                if len(answer) > LARGEST_RESPONSE_BYTES:
                    told = f"answered with more than {LARGEST_RESPONSE_BYTES} bytes, which is no timestamp"
                    raise AuthorityAway(f"The authority at {url} {told}.")
    except httpx.HTTPError as error:
        raise AuthorityAway(f"The authority at {url} gave no timestamp: {error or type(error).__name__}.") from error
    return bytes(answer)


class TimestampWorker:
    """A worker that timestamps the newest tree head at intervals. An unreachable authority is retried later."""

    def __init__(
        self,
        transparency_log: TransparencyLog,
        url: str,
        roots: Sequence[x509.Certificate] = (),
    ) -> None:
        self._transparency_log = transparency_log
        self._url = url
        self._roots = tuple(roots)
        self._task: Task | None = None
        self.status = WorkerStatus("timestamps", transparency_log.ledger.tenant)

    def start(self, threads: TaskThreads | None = None) -> None:
        """Timestamp in the background until `close`, in turn with the workers of other logs on these threads."""
        self._task = (threads or TaskThreads(THREAD)).add(self._turn)

    def close(self) -> None:
        if self._task is not None:
            self._task.close()

    def stamp(self) -> bool:
        """Have the newest head stamped, unless it is already, or the server is a standby; True when it was. Raises what
        `stamp` raises."""
        head = self._unstamped()
        if head is not None:
            stamp(self._transparency_log, head, self._url, self._roots)
        return head is not None

    def behind(self) -> bool:
        """Whether the newest head is still to be stamped. Raises Busy."""
        return self._unstamped() is not None

    def _unstamped(self) -> Head | None:
        head = None if self._transparency_log.ledger.standby else self._transparency_log.head()
        return None if head is None or self._transparency_log.levels().timestamped >= head.size else head

    def _turn(self) -> Pause:
        try:
            rest = EVERY_SECONDS if self.stamp() else LOOK_SECONDS
            self.status.succeeded()
        except (AuthorityAway, NotProven, Busy) as error:
            rest = EVERY_SECONDS
            self.status.failed(error)
        return Pause(rest)
