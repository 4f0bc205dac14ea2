# SPDX-License-Identifier: Apache-2.0
"""What can be configured. Each field is the setting of the same name; `docs/configuration.md` lists them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final


@dataclass(frozen=True, slots=True)
class Listener:
    """An address to listen on, written `host:port` or `[v6 host]:port`."""

    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


# A container's own address is not known beforehand.
PUBLIC: Final = Listener("0.0.0.0", 8080)  # noqa: S104
INTERNAL: Final = Listener("0.0.0.0", 9090)  # noqa: S104


@dataclass(frozen=True, slots=True)
class EdgeConfig:
    """`[edge]`: the process itself."""

    public_url: str
    """Where Zendesk and browsers reach the edge, without a slash at the end. https; http only for a loopback host."""
    keys: Path
    """The directory of the key ring."""
    listen: Listener = PUBLIC
    """The public listener: Zendesk, browsers, origins."""
    internal_listen: Listener = INTERNAL
    """The internal listener: `/livez`, `/readyz`, `/metrics`."""
    workers: int = 1
    """Processes that serve; one for each core is plenty."""
    drain_seconds: float = 5.0
    """After SIGTERM: how long the edge still takes calls, no longer ready, before the listener closes."""
    shutdown_seconds: float = 60.0
    """After the listener closed: how long calls under way may still take. At least the two budgets below."""
    pull_seconds: float = 50.0
    """The edge's time for a pull, from the request's arrival; Zendesk allows about a minute."""
    channelback_seconds: float = 50.0
    """The edge's time for a channelback, likewise."""
    reply_file_bytes: int = 52_428_800
    """The largest file of a reply that is passed on, in bytes."""
    origin_file_bytes: int = 52_428_800
    """The largest file of the origin that is passed on, in bytes."""
    file_seconds: float = 60.0
    """The edge's time for a file of the origin, from the request's arrival to the last byte."""
    file_link_seconds: float = 86_400.0
    """How long a link to a file of the origin leads there."""
    certificate: Path | None = None
    """PEM chain of the public listener, if the edge ends TLS itself. Usually the ingress does."""
    key: Path | None = None
    """PEM key that belongs to `certificate`."""


@dataclass(frozen=True, slots=True)
class ZendeskConfig:
    """`[zendesk]`: whom the edge believes to be Zendesk."""

    hosts: tuple[str, ...] = ("zendesk.com",)
    """Accounts live at `{subdomain}.{host}` for one of these."""
    development_origins: tuple[str, ...] = ()
    """Loopback origins, such as `http://127.0.0.1:8800`, that count as Zendesk while developing."""


@dataclass(frozen=True, slots=True)
class IntegrationConfig:
    """`[integrations.<path>]`: one integration and its connector."""

    path: str
    """The first part of its URLs: the table's name."""
    id: str
    """The manifest's id. Accounts are sealed to it: it must never change."""
    name: str
    """The manifest's name."""
    target: str
    """The connector's gRPC target, such as `dns:///connector-guestbook:9443`."""
    author: str = ""
    """The manifest's author."""
    insecure: bool = False
    """Plaintext gRPC to the connector."""
    ca: Path | None = None
    """PEM of the authorities that may vouch for the connector; none: the system's."""
    certificate: Path | None = None
    """PEM chain that the edge shows to the connector (mTLS)."""
    key: Path | None = None
    """PEM key that belongs to `certificate`."""
    server_name: str = ""
    """The name in the connector's certificate, if it is not the target's host."""
    clickthrough_hosts: tuple[str, ...] = ()
    """Hosts that clickthrough may lead to, besides those that the connector declares."""
    push_client_id: str = ""
    """The unique identifier of the OAuth client for push; empty: no push."""


@dataclass(frozen=True, slots=True)
class Config:
    """The whole configuration."""

    edge: EdgeConfig
    zendesk: ZendeskConfig
    integrations: Mapping[str, IntegrationConfig]
