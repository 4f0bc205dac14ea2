# SPDX-License-Identifier: Apache-2.0
"""Reads an integration's manifest, and checks its limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sealock_devkit.zendesk.judge.findings import Finding, Findings, Text, check_boolean, check_text, kind
from sealock_devkit.zendesk.judge.http import read_json
from sealock_devkit.zendesk.urls import absolute, is_service_url

NAME = Text(schema_max=255, required=True)
ID = Text(schema_max=511, required=True)
OPTIONAL = Text(schema_max=255)
PUSH_CLIENT_ID = Text(schema_max=128, documented_max=127)
URL = Text(schema_max=511)

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


@dataclass(frozen=True, slots=True)
class ManifestReading:
    """How a manifest is read where that is not known."""

    empty_urls_are_absent: bool = False
    relative_urls_are_resolved: bool = True
    documented_is_refused: bool = False


def read_manifest(
    body: bytes, final_url: str, *, loopback_http_is_https: bool, reading: ManifestReading = ManifestReading()
) -> ReadManifest:
    """Read a manifest that was fetched from `final_url`, against which its relative URLs are resolved."""
    findings = Findings(strict=reading.documented_is_refused)
    if len(body) > MAX_BYTES:
        findings.add("", f"at most {MAX_BYTES} bytes", "protocol", f"{len(body)} bytes")
        return ReadManifest(None, list(findings))
    try:
        raw = read_json(body, findings)
    except ValueError:
        return ReadManifest(None, list(findings))
    resolved = _resolve(raw, final_url, reading) if isinstance(raw, dict) else raw
    check_manifest(resolved, findings, loopback_http_is_https=loopback_http_is_https)
    if findings.refusals:
        return ReadManifest(None, list(findings))
    known = {key: resolved[key] for key in Manifest.__slots__ if key in resolved}
    known["urls"] = {key: url for key, url in resolved["urls"].items() if key in URL_KEYS}
    return ReadManifest(Manifest(**known), list(findings))


def _resolve(raw: dict[str, Any], final_url: str, reading: ManifestReading) -> dict[str, Any]:
    urls = raw.get("urls")
    if not isinstance(urls, dict):
        return raw
    resolved = {}
    for key, url in urls.items():
        if url == "" and reading.empty_urls_are_absent:
            continue
        relative = isinstance(url, str) and url and reading.relative_urls_are_resolved
        resolved[key] = absolute(final_url, url) if relative else url
    return {**raw, "urls": resolved}


def _words(finding: Finding) -> str:
    return str(finding) if finding.path else f"it should be {finding.rule}; found: {finding.detail}"
