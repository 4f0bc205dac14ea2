# SPDX-License-Identifier: Apache-2.0
"""The composition root: from the configuration to two ASGI applications, one for each listener, with all routes."""

from __future__ import annotations

import ssl
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from falcon.asgi import App, Request, Response
from prometheus_client import CollectorRegistry, generate_latest

from sealock_contract.certificates import CertificateFiles
from sealock_contract.loop_lag import LoopWatch, RunningCalls
from sealock_contract.stores.names import MEMORY
from sealock_edge.attachments import AttachmentFetcher
from sealock_edge.calls import Integration, Integrations
from sealock_edge.client_address import ClientAddresses
from sealock_edge.config import VALIDATE_TOKEN, Config, EdgeConfig, IntegrationConfig
from sealock_edge.connectors import Connector, Fault
from sealock_edge.connectors.grpc_channel import open_channel
from sealock_edge.endpoints.about import About, Dashboard
from sealock_edge.endpoints.admin_ui import AdminStep, AdminUi
from sealock_edge.endpoints.channelback import Channelback
from sealock_edge.endpoints.clickthrough import Clickthrough
from sealock_edge.endpoints.event_callback import EventCallback
from sealock_edge.endpoints.file import ClientRequest, File
from sealock_edge.endpoints.manifest import Manifest
from sealock_edge.endpoints.origin_files import OriginFiles
from sealock_edge.endpoints.probes import Healthcheck, Livez, MetricsText, Readyz
from sealock_edge.endpoints.pull import Pull
from sealock_edge.endpoints.setup import ReturnForm, Setup
from sealock_edge.endpoints.sign_in import SignInCallback, SignIns
from sealock_edge.endpoints.webhook import Webhook
from sealock_edge.failing_accounts import FailingAccounts
from sealock_edge.heavy_work import HeavyWork
from sealock_edge.middleware import (
    AccessLog,
    BodyLimit,
    Draining,
    Lifespan,
    Protection,
    RequestId,
    Routing,
    Tracing,
    random_id,
)
from sealock_edge.outcomes import Endpoint
from sealock_edge.pace import Pace, Paces
from sealock_edge.pages import Pages, translations
from sealock_edge.problem_answers import ProblemAnswers
from sealock_edge.problems import TooManyWebhooks, why_pulls_fail
from sealock_edge.pulls.hints import Hints, ZendesksPulls
from sealock_edge.pulls.late_failures import LateFailures
from sealock_edge.pulls.nudges import Nudges
from sealock_edge.pulls.pulling import PullAnswers
from sealock_edge.pulls.pushed_page import PushedPages
from sealock_edge.recent_accounts import AccountsInProcess, AccountsOfAllEdges, RecentAccounts
from sealock_edge.sealing import Accounts, EventTokens, FileLinks, KeyRing, Sealer
from sealock_edge.store import Store
from sealock_edge.store.opening import StoreHealth, store_of
from sealock_edge.telemetry import IntegrationMetrics, Journal, Metrics
from sealock_edge.telemetry.tracing import Traces
from sealock_edge.zendesk_api import Caller, Legitimacy, RefusedAccounts, Telling, ZendeskApi, ZendeskClient


def utc_now() -> datetime:
    """The time, with its zone."""
    return datetime.now(UTC)


def unbuffered_stderr() -> BinaryIO:
    """Stderr without a buffer: a line is out before the process can be killed."""
    return open(2, "wb", buffering=0, closefd=False)


@dataclass(frozen=True, slots=True)
class Edge:
    """The two applications. The public one's lifespan opens and closes what both use."""

    public: App[Request, Response]
    internal: App[Request, Response]
    draining: Draining
    journal: Journal
    metrics: Metrics
    refused: RefusedAccounts


def create_app(
    config: Config,
    *,
    ring: KeyRing,
    version: str,
    registry: CollectorRegistry,
    render_metrics: Callable[[], bytes] | None = None,
    recent_accounts: RecentAccounts | None = None,
    store: Store | None = None,
    shared_file: Path | None = None,
    traces: Traces | None = None,
    zendesk_tls: ssl.SSLContext | None = None,
    now: Callable[[], datetime] = utc_now,
    clock: Callable[[], float] = time.monotonic,
    log: BinaryIO | None = None,
) -> Edge:
    """
    The edge for this configuration. Nothing is opened before the public application's lifespan begins.

    `render_metrics` answers `/metrics`, for several processes together; without it, this registry alone does.
    `recent_accounts` and `shared_file` are what the processes of this edge share where the settings name no store that
    more do; without them, this one remembers for itself. `store` stands for the one that the settings name.
    `traces` makes the calls' spans; without it there are none. `zendesk_tls` says whose certificates Zendesk's hosts
    and those of replies' files may have; without it, those of the system's authorities. `clock` is monotonic, in
    seconds. `log` takes the lines of the log; without it, stderr does.
    """
    journal = Journal(log or unbuffered_stderr(), now)
    metrics = Metrics(registry)
    metrics.started.set(now().timestamp())
    keys = _WatchedKeys(ring, metrics, journal)
    heavy = HeavyWork()
    integrations = Integrations(
        _integration(settings, config, metrics, journal, heavy) for settings in config.integrations.values()
    )
    draining = Draining()
    failing = FailingAccounts(now, journal, why_pulls_fail)

    pages = Pages(translations)
    hosts, developing = config.zendesk_hosts, config.developing
    sealer = Sealer(ring, now)
    accounts = Accounts(sealer, hosts)
    known = store or store_of(config.edge, lambda: now().timestamp(), shared_file, StoreHealth(metrics, journal))
    remembered = recent_accounts or AccountsInProcess(now, config.edge.file_link_seconds)
    hints = Hints(sealer)
    addresses = ClientAddresses(config.connections.trusted_proxies)
    files = OriginFiles(
        FileLinks(sealer, now, config.edge.file_link_seconds),
        accounts,
        remembered if config.edge.store == MEMORY else AccountsOfAllEdges(remembered, known),
    )
    answers = PullAnswers(files.file_link, heavy)
    tls = zendesk_tls or ssl.create_default_context()
    fetcher = AttachmentFetcher(hosts, max_bytes=config.edge.reply_file_bytes, ssl_context=tls)
    refused = RefusedAccounts(now)
    zendesk_api: ZendeskApi = ZendeskClient(
        Caller(hosts, now, tls=tls),
        known,
        Telling({each.id: each.metrics for each in integrations}, journal, refused),
        clock=clock,
    )
    legitimacy = Legitimacy(zendesk_api, clock) if config.zendesk.legitimacy == VALIDATE_TOKEN else None
    late = LateFailures(zendesk_api, journal, now)
    pushed = PushedPages(
        known,
        hints,
        accounts,
        answers,
        zendesk_api,
        new_id=random_id,
        seconds=config.edge.pull_seconds,
        clock=clock,
    )
    nudges = Nudges(known, pushed, journal, random_id, seconds=config.edge.nudge_seconds, clock=clock)
    tokens = EventTokens(sealer)
    sign_ins = SignIns(sealer, now)
    setup = Setup(
        sealer,
        sign_ins,
        ReturnForm(accounts, pages, now),
        pages,
        now,
        hosts=hosts,
        addresses=addresses,
        pace=Paces(
            by_address=Pace(config.edge.setup_steps_per_minute_by_address, clock),
            by_owner=Pace(config.edge.setup_steps_per_minute, clock),
        ),
        loopback_http=developing,
    )

    public: App[Request, Response] = App(
        middleware=_middleware(
            config,
            integrations,
            journal,
            draining,
            metrics,
            keys=keys,
            traces=traces,
            failing=failing,
            store=known,
            stopping=nudges.close,
            closing=zendesk_api.close,
        ),
        request_type=ClientRequest,
    )
    public.req_options.strip_url_path_trailing_slash = True
    # What Zendesk calls. `{integration}` is a table's name in the configuration.
    public.add_route("/{integration}/manifest.json", Manifest(version, tokens))
    public.add_route(
        "/{integration}/pull",
        Pull(
            accounts, files, answers, journal, remembered=ZendesksPulls(known, hints), legitimacy=legitimacy, late=late
        ),
    )
    public.add_route("/{integration}/channelback", Channelback(accounts, legitimacy, fetcher))
    public.add_route("/{integration}/event_callback", EventCallback(accounts, tokens, hosts, journal, known))
    public.add_route("/{integration}/files/{sealed}/{name}", File(files, max_bytes=config.edge.origin_file_bytes))
    public.add_route("/{integration}/healthcheck", Healthcheck())
    # What origins call.
    _add_webhooks(public, config.edge, addresses, known, hints, nudges=nudges, clock=clock)
    # What an administrator's browser calls, in a frame inside Zendesk.
    public.add_route("/{integration}/admin_ui", AdminUi(accounts, setup, hosts, random_id))
    public.add_route("/{integration}/admin_ui/step", AdminStep(setup, sign_ins))
    public.add_route("/{integration}/admin_ui/callback", SignInCallback(sign_ins, pages))
    # What people open.
    public.add_route("/{integration}/clickthrough", Clickthrough(pages, loopback_http=developing))
    public.add_route("/{integration}/about", About(pages))
    public.add_route("/{integration}/dashboard", Dashboard(version, pages, failing, refused))
    ProblemAnswers(pages, journal).add_to(public)

    def metrics_now() -> bytes:
        keys.note()
        return render_metrics() if render_metrics is not None else generate_latest(registry)

    internal = _internal_app(Readyz(integrations, ring, draining), metrics_now)
    return Edge(public, internal, draining, journal, metrics, refused)


def _internal_app(readyz: Readyz, metrics_now: Callable[[], bytes]) -> App[Request, Response]:
    """What only the cluster reaches."""
    internal: App[Request, Response] = App(middleware=[Protection()])
    internal.req_options.strip_url_path_trailing_slash = True
    internal.add_route("/livez", Livez())
    internal.add_route("/readyz", readyz)
    internal.add_route("/metrics", MetricsText(metrics_now, HeavyWork()))
    return internal


def _add_webhooks(
    public: App[Request, Response],
    edge: EdgeConfig,
    addresses: ClientAddresses,
    store: Store,
    hints: Hints,
    *,
    nudges: Nudges,
    clock: Callable[[], float],
) -> None:
    pace = Paces(
        by_address=Pace(edge.webhooks_per_minute_by_address, clock, too_often=TooManyWebhooks),
        by_owner=Pace(edge.webhooks_per_minute, clock, too_often=TooManyWebhooks),
    )
    webhook = Webhook(store, hints, addresses, pace, nudges=nudges, max_bytes=edge.webhook_bytes)
    public.add_route("/{integration}/webhook", webhook)
    public.add_route("/{integration}/webhook/{rest:path}", webhook)


@dataclass(frozen=True, slots=True)
class _WatchedKeys:
    """The key ring, with what metrics and log say of it."""

    ring: KeyRing
    metrics: Metrics
    journal: Journal

    def watch(self) -> None:
        """Read the directory again."""
        before = self.ring.problem
        try:
            self.ring.refresh()
        except Exception as error:  # noqa: BLE001 - whatever lies in the directory, it is looked at again
            self.journal.fault(request_id="", endpoint="", integration="", error=error)
        if self.ring.problem != before:
            self.journal.key_ring(problem=self.ring.problem or "")
        self.note()

    def note(self) -> None:
        """Bring the metrics up to date."""
        ring = self.ring
        self.metrics.note_keys((key.id for key in ring.keys), ring.last_opened.items(), good=ring.problem is None)


def _middleware(
    config: Config,
    integrations: Integrations,
    journal: Journal,
    draining: Draining,
    metrics: Metrics,
    *,
    keys: _WatchedKeys,
    traces: Traces | None,
    failing: FailingAccounts,
    store: Store,
    stopping: Callable[[], Awaitable[None]],
    closing: Callable[[], Awaitable[None]],
) -> list[Any]:
    edge = config.edge
    seconds = {
        Endpoint.PULL: edge.pull_seconds,
        Endpoint.CHANNELBACK: edge.channelback_seconds,
        Endpoint.FILE: edge.file_seconds,
        Endpoint.WEBHOOK: edge.webhook_seconds,
    }
    calls = RunningCalls()
    watch = LoopWatch(calls, measured=metrics.loop_lag.observe, stalled=journal.stall)
    return [
        RequestId(random_id, time.monotonic, calls),
        *([Tracing(traces)] if traces is not None else []),
        Protection(),
        AccessLog(journal, time.monotonic, draining, failing),
        Routing(integrations, seconds, time.monotonic),
        BodyLimit(),
        Lifespan(
            [integration.connector for integration in integrations],
            keys.watch,
            watch,
            store,
            stopping=stopping,
            closing=closing,
        ),
    ]


def _integration(
    settings: IntegrationConfig, config: Config, metrics: Metrics, journal: Journal, heavy: HeavyWork
) -> Integration:
    own_metrics = IntegrationMetrics(metrics, settings.path, pushes=bool(settings.push_client_id))

    def on_ready(fault: Fault | None, changed: bool) -> None:
        own_metrics.connector(fault)
        if changed:
            journal.connector(integration=settings.path, fault=fault or "")

    connector = Connector(
        partial(
            open_channel,
            settings.target,
            insecure=settings.insecure,
            ca=settings.ca,
            certificate=settings.certificate,
            key=settings.key,
            server_name=settings.server_name,
        ),
        on_call=own_metrics.connector_call,
        on_ready=on_ready,
        heavy=heavy,
        credentials_changed=CertificateFiles(
            ca=settings.ca, certificate=settings.certificate, key=settings.key
        ).changed,
    )
    return Integration(settings, connector, own_metrics, f"{config.edge.public_url}/{settings.path}")
