# SPDX-License-Identifier: Apache-2.0
"""The composition root: from the configuration to two ASGI applications, one for each listener."""

from __future__ import annotations

import secrets
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import BinaryIO

from falcon.asgi import App, Request, Response
from prometheus_client import CollectorRegistry, generate_latest

from sealock_edge.channel import ZendeskHosts
from sealock_edge.config import Config, IntegrationConfig
from sealock_edge.config.checks import is_loopback_url
from sealock_edge.connectors import Connector
from sealock_edge.connectors.channels import open_channel
from sealock_edge.endpoints import Endpoint
from sealock_edge.integration import Integration, Integrations
from sealock_edge.middleware import AccessLog, BodyLimit, Lifespan, RequestId, Routing
from sealock_edge.pages import Pages, translations
from sealock_edge.problem_answers import ProblemAnswers
from sealock_edge.resources.about import About
from sealock_edge.resources.admin_ui import AdminStep, AdminUi
from sealock_edge.resources.channelback import Channelback
from sealock_edge.resources.clickthrough import Clickthrough
from sealock_edge.resources.dashboard import Dashboard
from sealock_edge.resources.event_callback import EventCallback
from sealock_edge.resources.event_token import EventTokens
from sealock_edge.resources.healthcheck import Healthcheck
from sealock_edge.resources.manifest import Manifest
from sealock_edge.resources.probes import Livez, MetricsPage, Readyz
from sealock_edge.resources.pull import Pull
from sealock_edge.resources.return_form import ReturnForm
from sealock_edge.resources.setup import Setup
from sealock_edge.resources.sign_in import SignInCallback, SignIns
from sealock_edge.routes import InternalResources, PublicResources, add_routes, internal_routes, public_routes
from sealock_edge.sealing import Accounts, KeyRing, Sealer
from sealock_edge.telemetry import IntegrationMetrics, Journal, Metrics

BODY_SECONDS = 15.0
"""How long a request's body may take to arrive."""


@dataclass(slots=True)
class Draining:
    """Whether the edge is about to stop: set once, by the server."""

    begun: bool = False

    def __call__(self) -> bool:
        return self.begun


@dataclass(frozen=True, slots=True)
class Edge:
    """The two applications. The public one's lifespan opens and closes what both use."""

    public: App[Request, Response]
    internal: App[Request, Response]
    draining: Draining
    journal: Journal


@dataclass(frozen=True, slots=True)
class Ambient:
    """What comes from outside the program, so that tests can bring their own."""

    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    monotonic: Callable[[], float] = time.monotonic
    new_id: Callable[[], str] = partial(secrets.token_hex, 16)
    log: BinaryIO = sys.stderr.buffer


def create_app(
    config: Config,
    *,
    ring: KeyRing,
    version: str,
    registry: CollectorRegistry,
    render_metrics: Callable[[], bytes] | None = None,
    ambient: Ambient | None = None,
) -> Edge:
    """
    The edge for this configuration. Nothing is opened before the public application's lifespan begins.

    `render_metrics` answers `/metrics`, for several processes together; without it, this registry alone does.
    """
    around = ambient or Ambient()
    journal = Journal(around.log, around.now)
    metrics = Metrics(registry)
    metrics.started.set(around.now().timestamp())
    draining = Draining()
    integrations = Integrations(
        _integration(settings, config, metrics, journal, around) for settings in config.integrations.values()
    )
    watch_keys = _key_watch(ring, metrics, journal)

    pages = Pages(translations, _framed_by(config))
    public = _public(config, ring, version, integrations, pages, journal, draining, watch_keys, around)

    def render() -> bytes:
        metrics.note_keys((key.id for key in ring.keys), ring.last_opened.items(), good=ring.problem is None)
        return render_metrics() if render_metrics is not None else generate_latest(registry)

    internal: App[Request, Response] = App()
    add_routes(
        internal,
        internal_routes(InternalResources(Livez(), Readyz(integrations, ring, draining), MetricsPage(render))),
    )
    return Edge(public, internal, draining, journal)


def _public(
    config: Config,
    ring: KeyRing,
    version: str,
    integrations: Integrations,
    pages: Pages,
    journal: Journal,
    draining: Draining,
    watch_keys: Callable[[], None],
    around: Ambient,
) -> App[Request, Response]:
    seconds: Mapping[Endpoint, float] = {
        Endpoint.PULL: config.edge.pull_seconds,
        Endpoint.CHANNELBACK: config.edge.channelback_seconds,
    }
    app: App[Request, Response] = App(
        middleware=[
            RequestId(around.new_id, around.monotonic),
            AccessLog(journal, around.monotonic, draining),
            Routing(integrations, seconds, around.monotonic),
            BodyLimit(BODY_SECONDS),
            Lifespan([integration.connector for integration in integrations], watch_keys),
        ]
    )
    add_routes(app, public_routes(_public_resources(config, ring, version, pages, journal, around)))
    ProblemAnswers(pages, journal).add_to(app)
    return app


def _public_resources(
    config: Config, ring: KeyRing, version: str, pages: Pages, journal: Journal, around: Ambient
) -> PublicResources:
    sealer = Sealer(ring, around.now)
    accounts = Accounts(sealer)
    tokens = EventTokens(sealer)
    sign_ins = SignIns(sealer, around.now)
    developing = bool(config.zendesk.development_origins) or is_loopback_url(config.edge.public_url)
    return_form = ReturnForm(accounts, pages, around.now)
    setup = Setup(sealer, sign_ins, return_form, pages, around.now, loopback_http=developing)
    hosts = ZendeskHosts(config.zendesk.hosts, config.zendesk.development_origins)
    return PublicResources(
        manifest=Manifest(version, tokens),
        admin_ui=AdminUi(accounts, setup, hosts, around.new_id),
        admin_step=AdminStep(setup, sign_ins),
        sign_in_callback=SignInCallback(sign_ins, pages),
        pull=Pull(accounts, journal),
        channelback=Channelback(accounts),
        clickthrough=Clickthrough(pages, loopback_http=developing),
        event_callback=EventCallback(accounts, tokens, journal),
        healthcheck=Healthcheck(),
        about=About(pages),
        dashboard=Dashboard(version, pages),
    )


def _integration(
    settings: IntegrationConfig, config: Config, metrics: Metrics, journal: Journal, around: Ambient
) -> Integration:
    own_metrics = IntegrationMetrics(metrics, settings.path)

    def on_ready(ready: bool, changed: bool) -> None:  # noqa: FBT001 - a callback
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
    )
    return Integration(settings, connector, own_metrics, f"{config.edge.public_url}/{settings.path}")


def _key_watch(ring: KeyRing, metrics: Metrics, journal: Journal) -> Callable[[], None]:
    def watch() -> None:
        before = ring.problem
        ring.refresh()
        if ring.problem != before:
            journal.key_ring(problem=ring.problem or "")
        metrics.note_keys((key.id for key in ring.keys), ring.last_opened.items(), good=ring.problem is None)

    return watch


def _framed_by(config: Config) -> tuple[str, ...]:
    return (*(f"https://*.{host}" for host in config.zendesk.hosts), *config.zendesk.development_origins)
