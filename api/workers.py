"""The background workers of a log: they update projections, sign, deliver webhooks and obtain timestamps."""

from api.runtime.tenant_services import TenantServices
from api.settings import Settings
from api.webhooks.delivery import DeliveryWorker
from ledger.event_reader import EventReader
from ledger.ledger import Ledger
from ledger.postgres.connection import Pool
from ledger.tlog import signer as signing
from ledger.tlog import timestamping
from ledger.tlog.signer import LogSigner
from ledger.tlog.signing_keys import LogFolders
from ledger.tlog.timestamping import TimestampWorker, certificates


def start_workers(services: TenantServices, settings: Settings, sending: Pool | None = None) -> None:
    """Start the workers of a log, if this process runs them; `services.stack` stops them.

    On a standby they wait until it is promoted.

    `sending` is a pool for the delivery of webhooks; by default it uses that of the ledger.
    """
    runner = services.runner
    if runner is None:
        return
    ledger, stack = services.ledger, services.stack
    stack.enter_context(runner)
    signer = signer_of(ledger, services.folders)
    signer.start(ledger.database.threads(signing.THREAD))
    stack.callback(signer.close)
    ledger.hub.on_growth.append(signer.wake)  # whichever process has recorded
    delivery = DeliveryWorker(
        ledger,
        services.reader,
        record=None if sending is None else EventReader(sending, ledger.tenant),
        private=settings.webhooks_allow_private,
    )
    stack.enter_context(delivery)
    services.workers.extend((runner.status, signer.status, delivery.status))
    services.unfinished.append(delivery.has_webhooks)  # which time can trigger
    services.leads.update({runner.status.worker: lambda: runner.leading, signer.status.worker: lambda: signer.leading})
    if settings.timestamp_url is not None:
        certificate = settings.timestamp_certificate
        roots = certificates(certificate.read_bytes()) if certificate is not None else []
        timestamps = TimestampWorker(services.transparency_log, settings.timestamp_url, roots)
        timestamps.start(ledger.database.threads(timestamping.THREAD))
        stack.callback(timestamps.close)
        services.workers.append(timestamps.status)
        services.unfinished.append(timestamps.behind)


def signer_of(ledger: Ledger, folders: LogFolders) -> LogSigner:
    """The signer of a log, with the keys of this host."""
    leader = ledger.database.leader("sign", signing.BECOME)
    return LogSigner(ledger.conninfo, ledger.tenant, ledger.origin, folders.state, keys=folders.keys, leader=leader)
