# SPDX-License-Identifier: Apache-2.0
"""
Every setting, declared once: its name and type, its default, its limits, and what it is for.

Reading, checking, the names of variables and the tables of docs/configuration.md follow from it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sealock_contract.stores.names import MEMORY
from sealock_edge.config.declaring import (
    Listener,
    Network,
    address,
    file_path,
    flag,
    is_loopback_url,
    networks,
    one_of,
    required,
    seconds,
    setting,
    store_name,
    text,
    texts,
    web_address,
    whole_number,
)
from sealock_edge.zendesk import ANY, ZendeskHosts, limits

_ID: Final = re.compile(r"[!-~](?:[ -~]*[!-~])?")
_TARGET: Final = re.compile(r"(?:dns:(?://[^/\s]+)?/?|dns:///|ipv4:|ipv6:|unix:)?[^\s/][^\s]*|unix:///[^\s]+")
_HOST: Final = re.compile(r"(?:\*\.)?[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?(?::[1-9][0-9]{0,4})?")


# A container's own address is not known beforehand.
_PUBLIC: Final = Listener("0.0.0.0", 8080)  # noqa: S104
_INTERNAL: Final = Listener("0.0.0.0", 9090)  # noqa: S104
SEALED: Final = "sealed"
VALIDATE_TOKEN: Final = "validate_token"  # noqa: S105 - the name of a call
_GIB: Final = 1024 * 1024 * 1024
_DAY: Final = 86_400


@dataclass(frozen=True, slots=True)
class EdgeConfig:
    """`[edge]`: the process itself."""

    public_url: str = required(
        web_address(), "Where Zendesk, browsers and origins reach the edge. https; http only for a loopback host."
    )
    keys: Path = required(file_path(), "The directory of the [key ring](key-rotation.md).")
    listen: Listener = setting(_PUBLIC, address(), "The public listener: Zendesk, browsers, origins.")
    internal_listen: Listener = setting(
        _INTERNAL, address(), "The internal listener: `/livez`, `/readyz`, `/metrics`. Never expose it."
    )
    workers: int = setting(1, whole_number(1, 64), "Processes that serve; one for each core is plenty.")
    drain_seconds: float = setting(
        5.0,
        seconds(0, 300),
        "After SIGTERM: how long the edge says that it is not ready, but still takes calls.",
    )
    shutdown_seconds: float = setting(
        60.0,
        seconds(1, 600),
        "After that: how long calls under way may still take. At least `pull_seconds` and `channelback_seconds`.",
    )
    pull_seconds: float = setting(
        50.0,
        seconds(1, 58),
        "The time for a pull, from the request's arrival. Zendesk allows about a minute.",
    )
    channelback_seconds: float = setting(50.0, seconds(1, 58), "The time for a reply, its files included, likewise.")
    reply_file_bytes: int = setting(
        52_428_800, whole_number(1, _GIB), "The largest file of a reply that is passed on, in bytes."
    )
    origin_file_bytes: int = setting(
        52_428_800,
        whole_number(1, _GIB),
        "The largest file of the origin that is passed on to Zendesk, in bytes.",
    )
    file_seconds: float = setting(
        60.0,
        seconds(1, 600),
        "The time for such a file, from the request's arrival to its last byte. One that is under way longer than "
        "`shutdown_seconds` is cut off.",
    )
    file_link_seconds: float = setting(
        float(_DAY),
        seconds(60, 30 * _DAY),
        "How long a link to such a file leads there. Zendesk fetches files soon; only the links that stand in a "
        "ticket's text are followed later.",
    )
    setup_steps_per_minute: int = setting(
        20,
        whole_number(1, 100_000),
        "How many steps of set-up one process takes for one Zendesk account: each reaches the connector, and tries the "
        "credentials that were typed. More are 429 until another is due.",
    )
    setup_steps_per_minute_by_address: int = setting(
        10, whole_number(1, 100_000), "The same for one client address; an IPv6 address is counted by its /64."
    )
    webhook_bytes: int = setting(
        1_048_576, whole_number(1024, 1_048_576), "The largest body of an origin's webhook, in bytes."
    )
    webhook_seconds: float = setting(
        8.0,
        seconds(1, 58),
        "The time for a webhook, from its arrival to its answer. Origins wait some seconds, and send again what was "
        "not answered.",
    )
    webhooks_per_minute: int = setting(
        120_000,
        whole_number(1, 10_000_000),
        "How many webhooks one process takes for one integration: each reaches the connector. More are 429 until "
        "another is due, and the origin sends them again.",
    )
    webhooks_per_minute_by_address: int = setting(
        90_000, whole_number(1, 10_000_000), "The same for one client address; an IPv6 address is counted by its /64."
    )
    nudge_seconds: float = setting(
        1.0,
        seconds(0, 600),
        "For so long an account is not pulled and pushed again because webhooks tell of it. What comes meanwhile, the "
        "next one brings.",
    )
    store: str = setting(
        MEMORY,
        store_name("edge.store_password_file"),
        "What edges know together: `memory`, for the processes of one edge; `sqlite:PATH`, a file that outlives them; "
        "`valkey[s]://[USER@]HOST[:PORT][/DATABASE]`, for several edges ([the store](operations/valkey.md)).",
    )
    store_password_file: Path | None = setting(
        None, file_path(), "The password for Valkey, in its first line; read again for each connection."
    )
    store_ca: Path | None = setting(
        None, file_path(), "PEM of the authority that may vouch for Valkey.", without="the system's"
    )
    certificate: Path | None = setting(
        None, file_path(), "PEM chain of the public listener, if the edge ends TLS itself. Usually the ingress does."
    )
    key: Path | None = setting(None, file_path(), "PEM key that belongs to `certificate`.")


@dataclass(frozen=True, slots=True)
class ConnectionsConfig:
    """`[edge.connections]`: what a connection may cost before anything that it says is believed."""

    most: int = setting(
        2048,
        whole_number(16, 100_000),
        "Public connections of one process at once. When they are full, the one that has been without a request the "
        "longest makes way.",
    )
    most_by_address: int = setting(
        1024,
        whole_number(1, 100_000),
        "Of these, how many one address may have; an IPv6 address is counted by its /64.",
    )
    head_bytes: int = setting(
        32_768,
        whole_number(8192, 262_144),
        "Request line and headers together, in bytes; and what may frame a body in chunks, trailers included.",
    )
    header_lines: int = setting(128, whole_number(16, 1000), "Headers of a request.")
    request_seconds: float = setting(
        15.0,
        seconds(1, 120),
        "From a request's first byte until it is whole, and from a connection to its first request.",
    )
    handshake_seconds: float = setting(10.0, seconds(1, 60), "The time for TLS to be agreed.")
    idle_seconds: float = setting(
        75.0,
        seconds(1, 900),
        "Between requests. Longer than the proxy in front keeps an idle connection, so that it is not the edge that "
        "hangs up.",
    )
    answer_seconds: float = setting(
        20.0,
        seconds(1, 120),
        "How long a client may take nothing of an answer that waits for it. The whole of it may take `file_seconds`.",
    )
    answer_bytes_together: int = setting(
        16_777_216,
        whole_number(1_048_576, _GIB),
        "Answers that wait to be taken, together, in bytes. Above it, those go of which nothing was taken for a "
        "second.",
    )
    body_bytes_together: int = setting(
        16_777_216,
        whole_number(4_194_304, _GIB),
        "Bodies of requests that one process holds at once, in bytes. Those up to 16 KiB are always taken.",
    )
    trusted_proxies: tuple[Network, ...] = setting(
        (),
        networks(),
        "Networks such as `10.0.0.0/8` of the proxies in front, whose `X-Forwarded-For` says who the client is. "
        "Without them every client of a proxy counts as one.",
    )


@dataclass(frozen=True, slots=True)
class ZendeskConfig:
    """`[zendesk]`: which Zendesk accounts the edge is for, and whom it believes to be Zendesk."""

    subdomains: tuple[str, ...] = setting(
        (),
        texts(may_be_empty=False),
        "The Zendesk accounts that the edge is for, by the first part of their addresses: `acme` for "
        "`acme.zendesk.com`. Any other is refused, at set-up and ever after. `*` alone: any account there is. During "
        "development it may be left out, and is any.",
        without="required",
    )
    hosts: tuple[str, ...] = setting(
        ("zendesk.com",), texts(), "Zendesk accounts live at `{subdomain}.{host}` for one of these."
    )
    development_origins: tuple[str, ...] = setting(
        (),
        texts(),
        "Loopback origins such as `http://127.0.0.1:8800` that count as Zendesk during development. Any other host is "
        "refused.",
    )

    legitimacy: str = setting(
        SEALED,
        one_of(SEALED, VALIDATE_TOKEN),
        "What a call of Zendesk has to show: metadata that the edge sealed, or besides that its account's token is "
        "good at its own Zendesk. [What that costs](push.md#proving-calls).",
    )

    @property
    def any_subdomain(self) -> bool:
        """Whether it is written that any Zendesk account may use the edge."""
        return self.subdomains == (ANY,)


@dataclass(frozen=True, slots=True)
class IntegrationConfig:
    """`[integrations.<path>]`: one integration and its connector."""

    path: str
    """The first part of its URLs: the table's name."""
    id: str = required(
        text(limits.MANIFEST_ID_CHARS, _ID, "printable ASCII without outer spaces"),
        "The manifest's id, printable ASCII, at most 511 characters, unique. **It must never change**: accounts are "
        "sealed to it.",
    )
    name: str = required(text(limits.MANIFEST_NAME_CHARS), "The manifest's name, which administrators see.")
    target: str = required(
        text(pattern=_TARGET, must_be="a gRPC target such as dns:///connector:9443"),
        "The connector's gRPC target: `dns:///host:9443` for all addresses of a headless Service, "
        "`ipv4:127.0.0.1:5001,127.0.0.1:5002`, ...",
    )
    author: str = setting("", text(limits.MANIFEST_AUTHOR_CHARS), "The manifest's author.")
    insecure: bool = setting(False, flag(), "Plaintext gRPC to the connector. For one machine only.")
    ca: Path | None = setting(
        None,
        file_path(),
        "PEM of the authorities that may vouch for the connector. This file and the next two are read again when they "
        "change.",
        without="the system's",
    )
    certificate: Path | None = setting(
        None, file_path(), "PEM chain that the edge shows to the connector (mutual TLS)."
    )
    key: Path | None = setting(None, file_path(), "PEM key that belongs to `certificate`.")
    server_name: str = setting(
        "", text(255), "The name in the connector's certificate, if it is another.", without="the target's host"
    )
    clickthrough_hosts: tuple[str, ...] = setting(
        (),
        texts(_HOST, "host names such as example.com or *.example.com"),
        "Hosts that clickthrough may lead to without asking, besides those that the connector declares: `example.com`, "
        "`*.example.com`; with a port, such as `example.com:8443`, where it is not https's own.",
    )
    push_client_id: str = setting(
        "",
        text(limits.PUSH_CLIENT_ID_CHARS),
        "The unique identifier of an OAuth client that Zendesk approved for push. Without one Zendesk gives no tokens.",
    )


@dataclass(frozen=True, slots=True)
class Config:
    """The whole configuration."""

    edge: EdgeConfig
    connections: ConnectionsConfig
    zendesk: ZendeskConfig
    integrations: Mapping[str, IntegrationConfig]

    @property
    def developing(self) -> bool:
        """Whether it is for development: browsers reach the edge on this machine, or a Zendesk on this machine does."""
        return bool(self.zendesk.development_origins) or is_loopback_url(self.edge.public_url)

    @property
    def zendesk_hosts(self) -> ZendeskHosts:
        """The Zendesk accounts that may use the edge, and their hosts."""
        zendesk = self.zendesk
        return ZendeskHosts(zendesk.hosts, zendesk.development_origins, subdomains=zendesk.subdomains or (ANY,))
