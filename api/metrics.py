"""What the server tells of itself in numbers: Prometheus text, read when it is asked for."""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from domain.moments import SECOND
from ledger.ledger import Ledger
from ledger.seals import Seals
from ledger.webhooks import Webhooks
from projections.reader import clock
from projections.registry import PROJECTIONS
from projections.runner import position_of

MEDIA = "text/plain; version=0.0.4; charset=utf-8"
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


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

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """An answer began."""
        self.answers.labels(method, route, str(status)).inc()
        self.seconds.labels(method, route).observe(seconds)

    def text(self, ledgers: list[Ledger], streams: int) -> bytes:
        """All numbers now. Raises Busy."""
        now = CollectorRegistry()
        now.register(_Logs(ledgers, streams))
        return generate_latest(self.registry) + generate_latest(now)


class _Logs(Collector):
    """What is read from the logs at the moment of asking."""

    def __init__(self, ledgers: list[Ledger], streams: int) -> None:
        self.ledgers = ledgers
        self.streams = streams

    def collect(self) -> Iterator[Metric]:
        yield GaugeMetricFamily("parley_stream_clients", "Live streams that are open.", value=self.streams)
        gauges = {
            "parley_log_position": "Events in the log.",
            "parley_append_queue_events": "Events that wait to be recorded.",
            "parley_signed_lag_events": "Events that no signed checkpoint covers yet.",
            "parley_webhook_queue_messages": "Webhook messages that wait to be sent.",
            "parley_clock_behind_seconds": "How far our clock lies behind the last recorded_at.",
        }
        counters = {
            "parley_append_events": "Events recorded by this process.",
            "parley_append_batches": "Transactions that recorded them; events by batches is the batch size.",
            "parley_append_seconds": "Time spent in these transactions, from lock to disk.",
        }
        told = [(ledger.tenant, _numbers(ledger)) for ledger in self.ledgers]
        for name, text in gauges.items():
            gauge = GaugeMetricFamily(name, text, labels=("log",))
            for tenant, numbers in told:
                gauge.add_metric((tenant,), numbers[name])
            yield gauge
        for name, text in counters.items():
            counter = CounterMetricFamily(name, text, labels=("log",))
            for tenant, numbers in told:
                counter.add_metric((tenant,), numbers[name])
            yield counter
        lag = GaugeMetricFamily("parley_projection_lag_events", "Events not told of yet.", labels=("log", "projection"))
        for ledger in self.ledgers:
            head = ledger.head().position
            for projection in PROJECTIONS:
                lag.add_metric((ledger.tenant, projection.name), head - position_of(ledger, projection))
        yield lag


def _numbers(ledger: Ledger) -> dict[str, float]:
    head, appender = ledger.head(), ledger.appender
    return {
        "parley_log_position": head.position,
        "parley_append_queue_events": appender.queued_events,
        "parley_signed_lag_events": head.position - Seals(ledger).levels().signed,
        "parley_webhook_queue_messages": Webhooks(ledger).queue(),
        "parley_clock_behind_seconds": max(0, head.recorded_at - clock()) / SECOND,
        "parley_append_events": appender.appended,
        "parley_append_batches": appender.batches,
        "parley_append_seconds": appender.commit_seconds,
    }
