"""Metrics in the Prometheus text format."""

from collections.abc import Iterator
from functools import lru_cache

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from api.runtime.tenant_services import TenantServices
from domain.errors import Busy
from domain.time.instants import SECOND
from projections.batch_update import position_of
from projections.registry import PROJECTIONS
from projections.state.state_reader import clock
from projections.tables.deals import unreadable_count

MEDIA = "text/plain; version=0.0.4; charset=utf-8"
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

ANSWERS_KEPT = 1_000
"""Methods, routes and statuses whose counters are at hand."""


class Metrics:
    """The counters of one application."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.answers = Counter(
            "parley_http_answers", "Answers by route and status.", ("method", "route", "status"), registry=self.registry
        )
        self.seconds = Histogram(
            "parley_http_seconds", "From a request to the start of its answer.", ("method", "route"),
            buckets=BUCKETS, registry=self.registry,
        )  # fmt: skip
        self._of_answer = lru_cache(ANSWERS_KEPT)(self._labelled)

    def _labelled(self, method: str, route: str, status: int) -> tuple[Counter, Histogram]:
        return self.answers.labels(method, route, str(status)), self.seconds.labels(method, route)

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a response."""
        count, duration = self._of_answer(method, route, status)
        count.inc()
        duration.observe(seconds)

    def text(self, log: TenantServices, streams: int) -> bytes:
        """All metrics of this process and of one log; without those of the log if the database is unreachable."""
        now = CollectorRegistry()
        now.register(LogCollector(log, streams))
        return generate_latest(self.registry) + generate_latest(now)


class LogCollector(Collector):
    """Gauges that are read at the time of the request."""

    def __init__(self, log: TenantServices, streams: int) -> None:
        self.log = log
        self.ledger = log.ledger
        self.streams = streams

    def collect(self) -> Iterator[Metric]:
        yield GaugeMetricFamily("parley_stream_clients", "Number of open streams.", value=self.streams)
        appender = self.ledger.appender
        yield self._of_log(
            GaugeMetricFamily, "parley_append_queue_events", "Events that wait to be recorded.", appender.queued_events
        )
        counters = {
            "parley_append_events": ("Events recorded by this process.", appender.appended),
            "parley_append_batches": (
                "Transactions that recorded them; events by batches is the batch size.", appender.batches,
            ),
            "parley_append_seconds": ("Time spent in these transactions, from lock to disk.", appender.commit_seconds),
        }  # fmt: skip
        for name, (text, value) in counters.items():
            yield self._of_log(CounterMetricFamily, name, text, value)
        failing = GaugeMetricFamily(
            "parley_worker_failing", "1 for a worker whose last attempt failed, else 0.", labels=("log", "worker")
        )
        failed = {each.worker: each.code is not None for each in self.log.reported.workers()}
        for status in self.log.workers:
            failed[status.worker] = failed.get(status.worker, False) or status.failure is not None
        for worker, has_failed in failed.items():
            failing.add_metric((self.ledger.tenant, worker), has_failed)
        yield failing
        yield self._leading()
        try:
            recorded = list(self._recorded())
        except Busy:
            recorded = []
        yield GaugeMetricFamily("parley_database_up", "1 where the database answers, else 0.", value=bool(recorded))
        yield from recorded

    def _leading(self) -> Metric:
        """Which workers of this server do the work, of several servers."""
        gauge = GaugeMetricFamily(
            "parley_worker_leading", "1 for a worker of this server that leads, else 0.", labels=("log", "worker")
        )
        leading = {worker: leads() for worker, leads in list(self.log.leads.items())}
        leading |= {each.worker: each.leading for each in self.log.reported.workers() if each.leading is not None}
        for worker, leads in leading.items():
            gauge.add_metric((self.ledger.tenant, worker), leads)
        return gauge

    def _recorded(self) -> Iterator[Metric]:
        """Gauges that are read from the database. Raises Busy."""
        ledger, head = self.ledger, self.ledger.head()
        gauges = {
            "parley_log_position": ("Events in the log.", head.position),
            "parley_signed_lag_events": (
                "Events that no signed checkpoint covers yet.",
                head.position - self.log.transparency_log.levels().signed,
            ),
            "parley_webhook_queue_messages": (
                "Webhook messages that wait to be sent.", self.log.webhooks.count_pending(),
            ),
            "parley_unreadable_deals": (
                "Deals that cannot be read; GET /v1/deals?unreadable=true names them.", unreadable_count(ledger),
            ),
            "parley_clock_behind_seconds": (
                "How far our clock lies behind the last recorded_at.", max(0, head.recorded_at - clock()) / SECOND,
            ),
        }  # fmt: skip
        for name, (text, value) in gauges.items():
            yield self._of_log(GaugeMetricFamily, name, text, value)
        lag = GaugeMetricFamily(
            "parley_projection_lag_events",
            "Events of the log that the projection does not cover yet.",
            labels=("log", "projection"),
        )
        for projection in PROJECTIONS:
            told = position_of(ledger, projection)
            lag.add_metric((ledger.tenant, projection.name), max(0, head.position - told))
        yield lag

    def _of_log(
        self, kind: type[GaugeMetricFamily] | type[CounterMetricFamily], name: str, text: str, value: float
    ) -> Metric:
        family = kind(name, text, labels=("log",))
        family.add_metric((self.ledger.tenant,), value)
        return family
