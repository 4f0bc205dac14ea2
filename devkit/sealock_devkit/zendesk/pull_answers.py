# SPDX-License-Identifier: Apache-2.0
"""Makes of a pull's answer what is used of it, as the settings say."""

from __future__ import annotations

from typing import Any

from sealock_devkit.zendesk.limits import Findings, check_external_resource, check_pull_answer
from sealock_devkit.zendesk.settings import Settings
from sealock_devkit.zendesk.urls import absolute

INSIDE = "external_resources["
"""How the path of what is wrong inside one resource begins."""


def check_pull(body: Any, findings: Findings, settings: Settings, manifest_url: str) -> Any:
    """Check a pull's answer; the body without what the settings leave out."""
    if isinstance(body, dict) and isinstance(body.get("external_resources"), list):
        resources = with_absolute_files(body["external_resources"], settings, manifest_url)
        if settings.too_many_resources == "take the first":
            resources = _first(resources, settings.resources_refused_above, findings)
        body = {**body, "external_resources": resources}
    found = Findings(strict=settings.leeway.documented_is_refused)
    https, skips = settings.loopback_http_is_https, settings.invalid_resource == "skip"
    check_pull_answer(body, found, loopback_http_is_https=https, leeway=settings.leeway)
    for finding in found:
        keep = findings.tolerate if skips and finding.path.startswith(INSIDE) else findings.extend
        keep([finding])
    if skips and not findings.refusals:
        usable = [resource for resource in body["external_resources"] if _is_usable(resource, settings)]
        body = {**body, "external_resources": usable}
    return body


def with_absolute_files(resources: list[Any], settings: Settings, manifest_url: str) -> list[Any]:
    """Resources whose relative file_urls are meant from the manifest's folder on, if the settings resolve them."""
    if settings.relative_file_urls == "refused":
        return resources
    return [_resolved(resource, manifest_url) for resource in resources]


def _resolved(resource: Any, manifest_url: str) -> Any:
    urls = resource.get("file_urls") if isinstance(resource, dict) else None
    if not isinstance(urls, list):
        return resource
    return {**resource, "file_urls": [absolute(manifest_url, url) if isinstance(url, str) else url for url in urls]}


def _first(resources: list[Any], most: int, findings: Findings) -> list[Any]:
    if len(resources) > most:
        rule = f"at most {most} items"
        findings.add("external_resources", rule, "schema", f"{len(resources)} items", tolerated=True)
    return resources[:most]


def _is_usable(resource: Any, settings: Settings) -> bool:
    found, https = Findings(strict=settings.leeway.documented_is_refused), settings.loopback_http_is_https
    check_external_resource(resource, "", found, loopback_http_is_https=https, leeway=settings.leeway)
    return not found.refusals
