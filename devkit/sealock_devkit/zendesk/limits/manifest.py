# SPDX-License-Identifier: Apache-2.0
"""The manifest's limits. Relative URLs are resolved before these checks."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from sealock_devkit.zendesk.limits.findings import Findings, kind
from sealock_devkit.zendesk.limits.text import Text, check_boolean, check_text

NAME = Text(schema_max=255, required=True)
ID = Text(schema_max=511, required=True)
OPTIONAL = Text(schema_max=255)
PUSH_CLIENT_ID = Text(schema_max=128, documented_max=127)
URL = Text(schema_max=511)

NOT_IN_URLS = re.compile(r"[^\x21-\x7e]|[\"<>\\^`{|}]")

URL_KEYS = (
    "admin_ui",
    "pull_url",
    "channelback_url",
    "clickthrough_url",
    "healthcheck_url",
    "event_callback_url",
    "about_url",
    "dashboard_url",
)


def check_manifest(manifest: Any, findings: Findings, *, loopback_http_is_https: bool) -> None:
    """Check a manifest against both sets of limits."""
    if not isinstance(manifest, Mapping):
        findings.add("", "a JSON object", "schema", kind(manifest))
        return
    check_text(manifest, "name", "", NAME, findings)
    check_text(manifest, "id", "", ID, findings)
    check_text(manifest, "version", "", OPTIONAL, findings)
    check_text(manifest, "author", "", OPTIONAL, findings)
    check_text(manifest, "push_client_id", "", PUSH_CLIENT_ID, findings)
    check_boolean(manifest, "channelback_files", "", findings)
    check_boolean(manifest, "create_followup_tickets", "", findings)
    urls = manifest.get("urls")
    if not isinstance(urls, Mapping):
        rule = "an object" if "urls" in manifest else "required"
        findings.add("urls", rule, "schema", kind(urls) if "urls" in manifest else "nothing")
        return
    if "admin_ui" not in urls:
        findings.add("urls.admin_ui", "required", "schema", "nothing")
    for key in URL_KEYS:
        url = check_text(urls, key, "urls", URL, findings)
        if url and not is_service_url(url, loopback_http_is_https=loopback_http_is_https):
            findings.add(f"urls.{key}", "an https URL", "schema", "another text")


def is_service_url(url: str, *, loopback_http_is_https: bool) -> bool:
    """Whether this is an absolute https URL, or plain http on this machine where that counts as https."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
        _ = parts.port
    except ValueError:
        return False
    if not host or NOT_IN_URLS.search(url):
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and loopback_http_is_https and is_loopback(host))


def is_loopback(host: str) -> bool:
    """Whether a host is this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
