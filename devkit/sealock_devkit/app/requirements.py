# SPDX-License-Identifier: Apache-2.0
"""The rules of an app's requirements.json (protocol: installer app and registration)."""

from __future__ import annotations

from typing import Any

from sealock_devkit.app.findings import Findings, shown
from sealock_devkit.zendesk.judge.findings import kind
from sealock_devkit.zendesk.urls import is_service_url

REQUIREMENTS = "requirements.json"
MAX_REQUIREMENTS = 5000
ANOTHER_FILES_KEYS = ("urls", "defaultLocale", "requirementsOnly", "author")


def check_requirements(
    requirements: dict[str, Any], findings: Findings, *, loopback_http_is_https: bool
) -> tuple[str, str] | None:
    """Check the requirements; the integration's identifier and manifest URL, when they can be used."""
    if any(key in requirements for key in ANOTHER_FILES_KEYS):
        remedy = 'It has {"channel_integrations": {"<identifier>": {"manifest_url": "https://..."}}}.'
        findings.add(REQUIREMENTS, "looks like a manifest", remedy)
        return None
    count = sum(_count(each) for each in requirements.values())
    if count > MAX_REQUIREMENTS:
        findings.add(REQUIREMENTS, f"has {count} requirements", f"At most {MAX_REQUIREMENTS}; spread them over apps.")
    for name, group in requirements.items():
        if not isinstance(group, dict):
            remedy = "It must be an object, of one requirement for each identifier."
            findings.add(f"{REQUIREMENTS}: {shown(name)}", f"is {kind(group)}", remedy)
    return _integration(requirements.get("channel_integrations"), findings, loopback_http_is_https)


def _count(group: Any) -> int:
    if not isinstance(group, dict):
        return len(group) if isinstance(group, list) else 1
    return sum(len(each) if isinstance(each, list) else 1 for each in group.values())


def _integration(group: Any, findings: Findings, loopback_http_is_https: bool) -> tuple[str, str] | None:
    place = f"{REQUIREMENTS}: channel_integrations"
    if group is None or group == {}:
        remedy = 'Add {"<identifier>": {"manifest_url": "https://..."}}: the app is there to install it.'
        findings.add(place, "has no integration", remedy)
        return None
    if not isinstance(group, dict):
        return None
    if len(group) > 1:
        findings.add(place, f"has {len(group)} integrations", "Make an app for each: Zendesk takes one.")
        return None
    ((identifier, fields),) = group.items()
    if not identifier:
        findings.add(place, "has an integration without an identifier", "Name it, such as by the integration's id.")
    place = f"{place}.{shown(identifier)}"
    if not isinstance(fields, dict):
        findings.add(place, f"is {kind(fields)}", "It must be an object with manifest_url.")
        return None
    url = fields.get("manifest_url")
    place = f"{place}.manifest_url"
    if not url:
        findings.add(place, "is missing", "Add the https address of the integration's manifest.")
    elif not isinstance(url, str):
        findings.add(place, f"is {kind(url)}", "It must be the https address of the integration's manifest.")
    elif not is_service_url(url, loopback_http_is_https=loopback_http_is_https):
        findings.add(place, "is not an absolute https address", "Zendesk takes no other; it cannot be changed later.")
    else:
        return identifier, url
    return None
