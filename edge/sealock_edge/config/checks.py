# SPDX-License-Identifier: Apache-2.0
"""What settings have to be beyond their types, and how they have to fit together."""

from __future__ import annotations

import ipaddress
import re
import ssl
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from sealock_edge.config.section import Section
from sealock_edge.config.tree import EdgeConfig, IntegrationConfig, ZendeskConfig
from sealock_edge.zendesk import BadSetting, ZendeskHosts

_PATH = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_HOST_PATTERN = re.compile(r"(?:\*\.)?[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?")
_TARGET = re.compile(r"(?:dns:(?://[^/\s]+)?/?|dns:///|ipv4:|ipv6:|unix:)?[^\s/][^\s]*|unix:///[^\s]+")
_ID = re.compile(r"[!-~](?:[ -~]*[!-~])?")


def check_edge(section: Section, edge: EdgeConfig) -> None:
    """The public URL, the listeners, and the timeouts' relations to each other."""
    _check_public_url(section, edge.public_url)
    if edge.listen == edge.internal_listen:
        section.problem("internal_listen", "must not be the same address as edge.listen")
    longest = max(edge.pull_seconds, edge.channelback_seconds)
    if edge.shutdown_seconds < longest:
        section.problem(
            "shutdown_seconds",
            f"must be at least edge.pull_seconds and edge.channelback_seconds ({longest:g}), "
            "or calls under way would be cut off",
        )
    _check_pair(section, edge.certificate, edge.key)


def check_zendesk(section: Section, zendesk: ZendeskConfig) -> None:
    """Hosts are host names; development origins are loopback, or they would be a hole in production."""
    if not zendesk.hosts and not zendesk.development_origins:
        section.problem("hosts", "must name at least one host")
    try:
        ZendeskHosts(zendesk.hosts)
    except BadSetting:
        section.problem("hosts", "must be lower-case host names such as zendesk.com")
    try:
        ZendeskHosts((), zendesk.development_origins)
    except BadSetting:
        section.problem("development_origins", "must be loopback origins such as http://127.0.0.1:8800")


def check_path(section: Section, path: str) -> None:
    """An integration's name is the first part of its URLs."""
    if not _PATH.fullmatch(path):
        section.problem(
            "<name>", "must be lower-case letters, digits and hyphens: it is the first part of the integration's URLs"
        )


def check_integration(section: Section, integration: IntegrationConfig) -> None:
    """The id's form, the target, and the choice between TLS and plaintext."""
    if integration.id and not _ID.fullmatch(integration.id):
        section.problem("id", "must be printable ASCII without outer spaces")
    if integration.target and not _TARGET.fullmatch(integration.target):
        section.problem("target", "must be a gRPC target such as dns:///connector:9443")
    for host in integration.clickthrough_hosts:
        if not _HOST_PATTERN.fullmatch(host):
            section.problem("clickthrough_hosts", "must be host names such as example.com or *.example.com")
    if integration.insecure and (integration.ca or integration.certificate or integration.server_name):
        section.problem("insecure", "must not be true together with ca, certificate or server_name")
    _check_pair(section, integration.certificate, integration.key)
    if integration.ca is not None:
        try:
            ssl.create_default_context(cafile=integration.ca)
        except (ssl.SSLError, OSError):
            section.problem("ca", "does not name a PEM file of certificates")


def check_integrations(integrations: Mapping[str, IntegrationConfig]) -> Iterator[str]:
    """There is one, and no two share an id: accounts are sealed to it."""
    if not integrations:
        yield "integrations needs at least one table, such as [integrations.guestbook]"
    first: dict[str, str] = {}
    for path, integration in integrations.items():
        if integration.id and first.setdefault(integration.id, path) != path:
            yield f"integrations.{path}.id is the same as integrations.{first[integration.id]}.id"


def is_loopback(host: str | None) -> bool:
    """Whether the host is this machine itself, by its name or address."""
    if host is None:
        return False
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def is_loopback_url(url: str) -> bool:
    """Whether the URL's host is this machine itself."""
    parts = _split(url)
    return parts is not None and is_loopback(parts.hostname)


def _check_public_url(section: Section, url: str) -> None:
    if not url:
        return
    parts = _split(url)
    if parts is None or parts.scheme not in ("http", "https"):
        section.problem("public_url", "must be a URL such as https://channels.example.com")
    elif parts.scheme == "http" and not is_loopback(parts.hostname):
        section.problem("public_url", "must be https; http is only for a loopback host")


def _check_pair(section: Section, certificate: Path | None, key: Path | None) -> None:
    for setting, given, other in (("certificate", certificate, key), ("key", key, certificate)):
        if given is None and other is not None:
            section.problem(setting, "is missing: certificate and key belong together")
        elif given is not None and not given.is_file():
            section.problem(setting, "does not name a file")
    if certificate is not None and key is not None and certificate.is_file() and key.is_file():
        try:
            ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(certificate, key)
        except (ssl.SSLError, OSError):
            section.problem("certificate", "and key are not a PEM certificate and its key")


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - reading it checks it
    except ValueError:
        return None
    has_oddities = parts.username is not None or parts.password is not None or any(c in url for c in "\\ \t\r\n#?")
    return None if has_oddities or not parts.hostname or not url.isascii() or not url.isprintable() else parts
