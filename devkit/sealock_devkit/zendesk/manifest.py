# SPDX-License-Identifier: Apache-2.0
"""Reads an integration's manifest."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sealock_devkit.zendesk.limits.findings import Finding, Findings
from sealock_devkit.zendesk.limits.manifest import URL_KEYS, check_manifest
from sealock_devkit.zendesk.strict_json import strict_json
from sealock_devkit.zendesk.urls import absolute

MAX_BYTES = 262_144


@dataclass(frozen=True, slots=True)
class Manifest:
    """A manifest with all its URLs absolute."""

    name: str
    id: str
    urls: dict[str, str]
    """By key: `admin_ui`, `pull_url`, ...; keys that the manifest does not have are not here."""
    version: str = ""
    author: str = ""
    push_client_id: str = ""
    """Empty when the integration does not push."""
    channelback_files: bool = False
    create_followup_tickets: bool = True


@dataclass(frozen=True, slots=True)
class ReadManifest:
    """A manifest, if it could be used, and what is wrong with it."""

    manifest: Manifest | None
    findings: list[Finding] = field(default_factory=list)

    @property
    def problem(self) -> str:
        """Why it cannot be used, in a sentence; empty when it can."""
        return "; ".join(_words(finding) for finding in self.findings if finding.refuses)


def read_manifest(
    body: bytes, final_url: str, *, loopback_http_is_https: bool, empty_urls_are_absent: bool = False
) -> ReadManifest:
    """Read a manifest that was fetched from `final_url`, against which its relative URLs are resolved."""
    findings = Findings()
    if len(body) > MAX_BYTES:
        findings.add("", f"at most {MAX_BYTES} bytes", "protocol", f"{len(body)} bytes")
        return ReadManifest(None, list(findings))
    try:
        raw = strict_json(body)
    except ValueError:
        findings.add("", "JSON", "protocol", _looks_like(body))
        return ReadManifest(None, list(findings))
    resolved = _resolve(raw, final_url, empty_urls_are_absent) if isinstance(raw, dict) else raw
    check_manifest(resolved, findings, loopback_http_is_https=loopback_http_is_https)
    if findings.refusals:
        return ReadManifest(None, list(findings))
    known = {key: resolved[key] for key in Manifest.__slots__ if key in resolved}
    known["urls"] = {key: url for key, url in resolved["urls"].items() if key in URL_KEYS}
    return ReadManifest(Manifest(**known), list(findings))


def _resolve(raw: dict[str, Any], final_url: str, empty_urls_are_absent: bool) -> dict[str, Any]:
    urls = raw.get("urls")
    if not isinstance(urls, dict):
        return raw
    resolved = {}
    for key, url in urls.items():
        if url == "" and empty_urls_are_absent:
            continue
        resolved[key] = absolute(final_url, url) if isinstance(url, str) and url else url
    return {**raw, "urls": resolved}


def _words(finding: Finding) -> str:
    return str(finding) if finding.path else f"it should be {finding.rule}, and is {finding.detail}"


def _looks_like(body: bytes) -> str:
    start = body.lstrip()[:1]
    return {b"": "nothing", b"<": "what looks like a web page"}.get(start, "something else")
