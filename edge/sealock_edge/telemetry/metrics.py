# SPDX-License-Identifier: Apache-2.0
"""Prometheus metrics. Labels are integrations, endpoints, outcomes, keys: sets that the configuration bounds."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from sealock_edge.outcomes import Endpoint, Outcome

_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 15.0, 50.0)

_ALERTING: Final = (
    Outcome.OK,
    Outcome.UNSEALABLE,
    Outcome.ORIGIN_UNAVAILABLE,
    Outcome.CONNECTOR_INTERNAL,
    Outcome.CONNECTOR_DOWN,
    Outcome.CONNECTOR_FAULTY,
    Outcome.INTERNAL,
)
ALERTING: Final = {
    Endpoint.PULL: (*_ALERTING, Outcome.ZENDESK_NOT_NAMED),
    Endpoint.CHANNELBACK: (*_ALERTING, Outcome.OUTCOME_UNKNOWN),
}
"""What is looked at before it has happened. Every other series begins when it is first needed: all took 5 MB."""

ALERTING_WEBHOOKS: Final = (Outcome.TOO_MANY_WEBHOOKS, Outcome.STORE_AWAY, Outcome.WEBHOOK_REFUSED)
"""The same of webhooks, from an integration's first one on."""


class Metrics:
    """All metrics of the edge, in one registry."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.registry = registry
        self.calls = Counter(
            "sealock_edge_calls",
            "Calls answered, by how they ended",
            ["integration", "endpoint", "outcome"],
            registry=registry,
        )
        self.call_causes = Counter(
            "sealock_edge_call_causes",
            "Calls that failed, or were cut short, behind the edge, by what was found out about it",
            ["integration", "endpoint", "outcome", "cause"],
            registry=registry,
        )
        self.call_seconds = Histogram(
            "sealock_edge_call_seconds",
            "Seconds from a call's arrival to its answer",
            ["integration", "endpoint"],
            buckets=_SECONDS,
            registry=registry,
        )
        self.in_flight = Gauge(
            "sealock_edge_calls_in_flight",
            "Calls under way",
            ["integration"],
            registry=registry,
            multiprocess_mode="livesum",
        )
        self.resources = Counter(
            "sealock_edge_resources",
            "External resources pulled: answered, set aside, or left out as duplicates in one page",
            ["integration", "fate"],
            registry=registry,
        )
        self.mended = Counter(
            "sealock_edge_resources_mended",
            "What was mended in resources so that Zendesk takes them",
            ["integration", "kind"],
            registry=registry,
        )
        self.set_aside = Counter(
            "sealock_edge_resources_set_aside",
            "Resources that could not be answered, by reason",
            ["integration", "reason"],
            registry=registry,
        )
        self.resealed = Counter(
            "sealock_edge_resealed",
            "Sealed strings that came under an old key and were answered under the present one",
            ["integration", "what"],
            registry=registry,
        )
        self.events = Counter(
            "sealock_edge_zendesk_events",
            "Events that Zendesk told of, by what became of them",
            ["integration", "outcome"],
            registry=registry,
        )
        self.webhook_deliveries = Counter(
            "sealock_edge_webhook_deliveries",
            "Origin accounts that webhooks told of, by whether an account watched them",
            ["integration", "watched"],
            registry=registry,
        )
        self.hints = Counter(
            "sealock_edge_hints",
            "Hints of webhooks, by what became of them",
            ["integration", "fate"],
            registry=registry,
        )
        self.pulls_without_hints = Counter(
            "sealock_edge_pulls_without_hints",
            "Pulls for which the store could not be asked, or told, of hints",
            ["integration"],
            registry=registry,
        )
        self.nudges = Counter(
            "sealock_edge_nudges",
            "Pulls of the edge's own accord after webhooks, by how they ended",
            ["integration", "outcome"],
            registry=registry,
        )
        self.connector_calls = Counter(
            "sealock_edge_connector_calls",
            "gRPC calls to connectors, repeats included, by gRPC code",
            ["integration", "rpc", "code"],
            registry=registry,
        )
        self.connector_ready = Gauge(
            "sealock_edge_connector_ready",
            "1 if the integration's connector answered when it was last asked",
            ["integration"],
            registry=registry,
            multiprocess_mode="livemin",
        )
        self.connector_fault = Gauge(
            "sealock_edge_connector_fault",
            "1 if this is why the integration's connector did not answer when it was last asked",
            ["integration", "cause"],
            registry=registry,
            multiprocess_mode="livemax",
        )
        self.zendesk_calls = Counter(
            "sealock_edge_zendesk_calls",
            "Calls of Zendesk's own API, repeats not counted, by how they ended",
            ["integration", "call", "outcome"],
            registry=registry,
        )
        self.zendesk_call_seconds = Histogram(
            "sealock_edge_zendesk_call_seconds",
            "Seconds that a call of Zendesk's own API took, repeats included",
            ["call"],
            buckets=_SECONDS,
            registry=registry,
        )
        self.pushed = Counter(
            "sealock_edge_pushed_resources",
            "External resources pushed: there, or by the code for which they were left to the next pull",
            ["integration", "fate"],
            registry=registry,
        )
        self.late_failures = Counter(
            "sealock_edge_late_failures",
            "Replies that failed after their answer, by how their agents are told",
            ["integration", "told"],
            registry=registry,
        )
        self.started = Gauge(
            "sealock_edge_start_timestamp_seconds",
            "When the edge started",
            registry=registry,
            multiprocess_mode="min",
        )
        self.loop_lag = Histogram(
            "sealock_edge_loop_lag_seconds",
            "Seconds that the event loop let whatever was ready wait, asked twice a second",
            buckets=_SECONDS,
            registry=registry,
        )
        self.key_last_opened = Gauge(
            "sealock_key_last_opened_timestamp_seconds",
            "When a key last opened something; 0 if it never did since the edge started",
            ["key"],
            registry=registry,
            multiprocess_mode="max",
        )
        self.key_ring_good = Gauge(
            "sealock_edge_key_ring_good",
            "1 if the directory of keys could be read when it was last tried",
            registry=registry,
            multiprocess_mode="livemin",
        )

        self.store_good = Gauge(
            "sealock_edge_store_good",
            "1 if the store did what it was asked last",
            registry=registry,
            multiprocess_mode="livemin",
        )
        self.store_failures = Counter(
            "sealock_edge_store_failures",
            "Calls of the store that failed",
            registry=registry,
        )

        self.connections = Gauge(
            "sealock_edge_connections",
            "Connections that are open",
            ["listener"],
            registry=registry,
            multiprocess_mode="livesum",
        )
        self.connection_limits = Counter(
            "sealock_edge_connection_limits",
            "Connections that met a limit before the application was asked",
            ["listener", "limit"],
            registry=registry,
        )
        self.body_bytes = Gauge(
            "sealock_edge_request_body_bytes",
            "Bytes of larger request bodies that are held",
            ["listener"],
            registry=registry,
            multiprocess_mode="livesum",
        )

    def note_keys(self, keys: Iterable[str], last_opened: Iterable[tuple[str, datetime]], *, good: bool) -> None:
        """Take over what the key ring knows."""
        for key in keys:
            self.key_last_opened.labels(key)
        for key, instant in last_opened:
            self.key_last_opened.labels(key).set(instant.timestamp())
        self.key_ring_good.set(1 if good else 0)


class IntegrationMetrics:
    """One integration's metrics, with their labels looked up beforehand."""

    def __init__(self, metrics: Metrics, integration: str, *, pushes: bool = False) -> None:
        """`pushes`: it has a push client."""
        self._metrics = metrics
        self._integration = self.integration = integration
        self.in_flight = metrics.in_flight.labels(integration)
        metrics.call_causes.labels(integration, Endpoint.PULL, Outcome.ORIGIN_UNAVAILABLE, "UNSPECIFIED")
        metrics.connector_fault.labels(integration, "UNKNOWN")
        metrics.resealed.labels(integration, "metadata")
        if pushes:
            metrics.pushed.labels(integration, "there")
            for outcome in ("ok", "token", "forbidden"):
                metrics.zendesk_calls.labels(integration, "push", outcome)
        self._ready = metrics.connector_ready.labels(integration)
        self._fault = ""
        self._seconds: dict[Endpoint, Histogram] = {}
        # There from the start at 0: Prometheus does not see the first of a series that begins at 1.
        self._calls: dict[tuple[Endpoint, Outcome], Counter] = {
            (endpoint, outcome): metrics.calls.labels(integration, endpoint, outcome)
            for endpoint, outcomes in ALERTING.items()
            for outcome in outcomes
        }
        self._connector_calls: dict[tuple[str, str], Counter] = {}
        self._answered = metrics.resources.labels(integration, "answered")
        self._set_aside = metrics.resources.labels(integration, "set_aside")

    def connector(self, fault: str | None) -> None:
        """The connector was asked and did not answer for this fault; None: it did."""
        self._ready.set(0 if fault else 1)
        if self._fault and self._fault != fault:
            self._metrics.connector_fault.labels(self._integration, self._fault).set(0)
        self._fault = fault or ""
        if fault:
            self._metrics.connector_fault.labels(self._integration, fault).set(1)

    def call(self, endpoint: Endpoint, outcome: Outcome, seconds: float, cause: str = "") -> None:
        """A call was answered."""
        if cause:
            self._metrics.call_causes.labels(self._integration, endpoint, outcome, cause).inc()
        counter = self._calls.get((endpoint, outcome))
        if counter is None:
            counter = self._calls[endpoint, outcome] = self._metrics.calls.labels(self._integration, endpoint, outcome)
        counter.inc()
        histogram = self._seconds.get(endpoint)
        if histogram is None:
            if endpoint is Endpoint.WEBHOOK:
                self._begin_webhooks()
            histogram = self._seconds[endpoint] = self._metrics.call_seconds.labels(self._integration, endpoint)
        histogram.observe(seconds)

    def _begin_webhooks(self) -> None:
        for outcome in ALERTING_WEBHOOKS:
            self._metrics.calls.labels(self._integration, Endpoint.WEBHOOK, outcome)
        for fate in ("dropped", "lost"):
            self._metrics.hints.labels(self._integration, fate)
        self._metrics.pulls_without_hints.labels(self._integration)
        self._metrics.nudges.labels(self._integration, "failed")

    def pull(self, *, answered: int, set_aside: int, duplicates: int) -> None:
        """Resources were answered to a pull."""
        if answered:
            self._answered.inc(answered)
        if set_aside:
            self._set_aside.inc(set_aside)
        if duplicates:
            self._metrics.resources.labels(self._integration, "duplicate").inc(duplicates)

    def mended(self, kind: str, count: int) -> None:
        """So many resources were mended in this way."""
        self._metrics.mended.labels(self._integration, kind).inc(count)

    def set_aside(self, reason: str) -> None:
        """A resource was set aside."""
        self._metrics.set_aside.labels(self._integration, reason).inc()

    def resealed(self, what: str) -> None:
        """A `metadata` or `state` was answered under the present key instead of an old one."""
        self._metrics.resealed.labels(self._integration, what).inc()

    def zendesk_call(self, call: str, outcome: str, seconds: float | None) -> None:
        """A call of Zendesk's API ended; without seconds it was not made."""
        self._metrics.zendesk_calls.labels(self._integration, call, outcome).inc()
        if seconds is not None:
            self._metrics.zendesk_call_seconds.labels(call).observe(seconds)

    def pushed(self, fate: str, count: int) -> None:
        """So many resources of a push ended so."""
        if count:
            self._metrics.pushed.labels(self._integration, fate).inc(count)

    def webhook_told(self, *, watched: bool) -> None:
        """A webhook told of an origin account, which an account of ours watched, or none."""
        self._metrics.webhook_deliveries.labels(self._integration, "yes" if watched else "no").inc()

    def pull_without_hints(self) -> None:
        """The store was away when a pull had to do with hints."""
        self._metrics.pulls_without_hints.labels(self._integration).inc()

    def hints(self, fate: str, count: int) -> None:
        """So many hints came to this."""
        if count:
            self._metrics.hints.labels(self._integration, fate).inc(count)

    def nudged(self, outcome: str) -> None:
        """A pull after a webhook ended so."""
        self._metrics.nudges.labels(self._integration, outcome).inc()

    def late_failure(self, told: str) -> None:
        """A reply failed after its answer."""
        self._metrics.late_failures.labels(self._integration, told).inc()

    def zendesk_events(self, outcome: str, count: int) -> None:
        """So many events came."""
        self._metrics.events.labels(self._integration, outcome).inc(count)

    def connector_call(self, rpc: str, code: str) -> None:
        """A gRPC call ended."""
        counter = self._connector_calls.get((rpc, code))
        if counter is None:
            counter = self._connector_calls[rpc, code] = self._metrics.connector_calls.labels(
                self._integration, rpc, code
            )
        counter.inc()


class ConnectionMetrics:
    """One listener's metrics, with their labels looked up beforehand."""

    def __init__(self, metrics: Metrics, listener: str, limits: Iterable[str]) -> None:
        self.open = metrics.connections.labels(listener)
        self.body_bytes = metrics.body_bytes.labels(listener)
        self._limits = {limit: metrics.connection_limits.labels(listener, limit) for limit in limits}

    def met(self, limit: str) -> None:
        """A connection met this limit."""
        self._limits[limit].inc()
