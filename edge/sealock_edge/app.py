# SPDX-License-Identifier: Apache-2.0
"""The composition root: from the configuration to two ASGI applications, one for each listener."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from falcon.asgi import App, Request, Response
from prometheus_client import CollectorRegistry, generate_latest

from sealock_edge.ambient import Ambient, Draining
from sealock_edge.attachments import AttachmentFetcher
from sealock_edge.client_request import ClientRequest
from sealock_edge.config import Config, IntegrationConfig
from sealock_edge.config.checks import is_loopback_url
from sealock_edge.connectors import Connector
from sealock_edge.connectors.certificates import CertificateFiles
from sealock_edge.connectors.channels import open_channel
from sealock_edge.endpoint import Endpoint
from sealock_edge.endpoints.about import About
from sealock_edge.endpoints.admin_ui import AdminStep, AdminUi
from sealock_edge.endpoints.channelback import Channelback
from sealock_edge.endpoints.clickthrough import Clickthrough
from sealock_edge.endpoints.dashboard import Dashboard
from sealock_edge.endpoints.event_callback import EventCallback
from sealock_edge.endpoints.event_token import EventTokens
from sealock_edge.endpoints.file import File
from sealock_edge.endpoints.healthcheck import Healthcheck
from sealock_edge.endpoints.manifest import Manifest
from sealock_edge.endpoints.origin_files import OriginFiles
from sealock_edge.endpoints.probes import Livez, MetricsPage, Readyz
from sealock_edge.endpoints.pull import Pull
from sealock_edge.endpoints.return_form import ReturnForm
from sealock_edge.endpoints.setup import Setup
from sealock_edge.endpoints.sign_in import SignInCallback, SignIns
from sealock_edge.integration import Integration, Integrations
from sealock_edge.middleware import AccessLog, BodyLimit, Lifespan, Protection, RequestId, Routing, Tracing
from sealock_edge.pages import Pages, translations
from sealock_edge.problem_answers import ProblemAnswers
from sealock_edge.recent_accounts import AccountsInProcess, RecentAccounts
from sealock_edge.routes import InternalResources, PublicResources, add_routes, internal_routes, public_routes
from sealock_edge.sealing import Accounts, FileLinks, KeyRing, Sealer
from sealock_edge.telemetry import IntegrationMetrics, Journal, Metrics
from sealock_edge.telemetry.tracing import Traces
from sealock_edge.zendesk import ZendeskHosts

BODY_SECONDS = 15.0
"""How long a request's body may take to arrive."""


@dataclass(frozen=True, slots=True)
class Edge:
    """The two applications. The public one's lifespan opens and closes what both use."""

    public: App[Request, Response]
    internal: App[Request, Response]
    draining: Draining
    journal: Journal


def create_app(
    config: Config,
    *,
    ring: KeyRing,
    version: str,
    registry: CollectorRegistry,
    render_metrics: Callable[[], bytes] | None = None,
    recent_accounts: RecentAccounts | None = None,
    ambient: Ambient | None = None,
    traces: Traces | None = None,
) -> Edge:
    """
    The edge for this configuration. Nothing is opened before the public application's lifespan begins.

    `render_metrics` answers `/metrics`, for several processes together; without it, this registry alone does.
    `recent_accounts` is what several processes share; without it, this one remembers for itself. `traces` makes the
    calls' spans; without it there are none.
    """
    around = ambient or Ambient()
    journal = Journal(around.log, around.now)
    metrics = Metrics(registry)
    metrics.started.set(around.now().timestamp())
    parts = _Parts(
        config=config,
        ring=ring,
        version=version,
        around=around,
        journal=journal,
        metrics=metrics,
        pages=Pages(translations, _framed_by(config)),
        integrations=Integrations(
            _integration(settings, config, metrics, journal, around) for settings in config.integrations.values()
        ),
        recent_accounts=recent_accounts or AccountsInProcess(around.now, config.edge.file_link_seconds),
        draining=Draining(),
        traces=traces,
    )
    render = render_metrics or (lambda: generate_latest(registry))
    return Edge(parts.public_app(), parts.internal_app(render), parts.draining, journal)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parts:
    """What is made once and used in several places."""

    config: Config
    ring: KeyRing
    version: str
    around: Ambient
    journal: Journal
    metrics: Metrics
    pages: Pages
    integrations: Integrations
    recent_accounts: RecentAccounts
    draining: Draining
    traces: Traces | None

    def public_app(self) -> App[Request, Response]:
        edge, monotonic = self.config.edge, self.around.monotonic
        seconds = {
            Endpoint.PULL: edge.pull_seconds,
            Endpoint.CHANNELBACK: edge.channelback_seconds,
            Endpoint.FILE: edge.file_seconds,
        }
        middleware: list[Any] = [
            RequestId(self.around.new_id, monotonic),
            *([Tracing(self.traces)] if self.traces is not None else []),
            Protection(),
            AccessLog(self.journal, monotonic, self.draining),
            Routing(self.integrations, seconds, monotonic),
            BodyLimit(BODY_SECONDS),
            Lifespan([integration.connector for integration in self.integrations], self.watch_keys),
        ]
        app: App[Request, Response] = App(middleware=middleware, request_type=ClientRequest)
        add_routes(app, public_routes(self.public_resources()))
        ProblemAnswers(self.pages, self.journal).add_to(app)
        return app

    def public_resources(self) -> PublicResources:
        config, now, pages = self.config, self.around.now, self.pages
        sealer = Sealer(self.ring, now)
        accounts = Accounts(sealer)
        links = FileLinks(sealer, now, config.edge.file_link_seconds)
        files = OriginFiles(links, accounts, self.recent_accounts)
        tokens = EventTokens(sealer)
        sign_ins = SignIns(sealer, now)
        developing = bool(config.zendesk.development_origins) or is_loopback_url(config.edge.public_url)
        setup = Setup(sealer, sign_ins, ReturnForm(accounts, pages, now), pages, now, loopback_http=developing)
        hosts = ZendeskHosts(config.zendesk.hosts, config.zendesk.development_origins)
        return PublicResources(
            manifest=Manifest(self.version, tokens),
            admin_ui=AdminUi(accounts, setup, hosts, self.around.new_id),
            admin_step=AdminStep(setup, sign_ins),
            sign_in_callback=SignInCallback(sign_ins, pages),
            pull=Pull(accounts, files, self.journal),
            channelback=Channelback(accounts, AttachmentFetcher(hosts, max_bytes=config.edge.reply_file_bytes)),
            clickthrough=Clickthrough(pages, loopback_http=developing),
            event_callback=EventCallback(accounts, tokens, self.journal),
            file=File(files, max_bytes=config.edge.origin_file_bytes),
            healthcheck=Healthcheck(),
            about=About(pages),
            dashboard=Dashboard(self.version, pages),
        )

    def internal_app(self, render: Callable[[], bytes]) -> App[Request, Response]:
        def render_now() -> bytes:
            self.note_keys()
            return render()

        app: App[Request, Response] = App(middleware=[Protection()])
        readyz = Readyz(self.integrations, self.ring, self.draining)
        add_routes(app, internal_routes(InternalResources(Livez(), readyz, MetricsPage(render_now))))
        return app

    def watch_keys(self) -> None:
        before = self.ring.problem
        self.ring.refresh()
        if self.ring.problem != before:
            self.journal.key_ring(problem=self.ring.problem or "")
        self.note_keys()

    def note_keys(self) -> None:
        ring = self.ring
        self.metrics.note_keys((key.id for key in ring.keys), ring.last_opened.items(), good=ring.problem is None)


def _integration(
    settings: IntegrationConfig, config: Config, metrics: Metrics, journal: Journal, around: Ambient
) -> Integration:
    own_metrics = IntegrationMetrics(metrics, settings.path)

    def on_ready(ready: bool, changed: bool) -> None:
        own_metrics.ready.set(1 if ready else 0)
        if changed:
            journal.connector(integration=settings.path, ready=ready)

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
        clock=around.monotonic,
        credentials_changed=CertificateFiles(
            ca=settings.ca, certificate=settings.certificate, key=settings.key
        ).changed,
    )
    return Integration(settings, connector, own_metrics, f"{config.edge.public_url}/{settings.path}")


def _framed_by(config: Config) -> tuple[str, ...]:
    return (*(f"https://*.{host}" for host in config.zendesk.hosts), *config.zendesk.development_origins)
