# SPDX-License-Identifier: Apache-2.0
"""The integration manifest (protocol: integration manifest)."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

import orjson

from sealock_edge.zendesk import limits
from sealock_edge.zendesk.errors import BadSetting

_HASH_CHARS: Final = 12


@dataclass(frozen=True, slots=True)
class ManifestUrls:
    """
    Where Zendesk finds what an integration has, as absolute URLs.

    An empty one is left out of the manifest; agents see no reply box without `channelback`, and no links without
    `clickthrough`.
    """

    admin_ui: str
    pull: str
    channelback: str = ""
    clickthrough: str = ""
    healthcheck: str = ""
    event_callback: str = ""
    about: str = ""
    dashboard: str = ""


def manifest(
    *,
    name: str,
    integration_id: str,
    version: str,
    urls: ManifestUrls,
    author: str = "",
    push_client_id: str = "",
    channelback_files: bool = False,
    create_followup_tickets: bool = True,
) -> dict[str, Any]:
    """
    The manifest, ready for JSON.

    Its version is the given one and a hash of all the rest, so that Zendesk notices every change.

    Raises `BadSetting`: something is empty or longer than Zendesk takes; names the integration's setting.
    """
    _check("name", name, limits.MANIFEST_NAME_CHARS)
    _check("id", integration_id, limits.MANIFEST_ID_CHARS)
    body: dict[str, Any] = {"name": name, "id": integration_id}
    if author:
        body["author"] = _check("author", author, limits.MANIFEST_AUTHOR_CHARS)
    if push_client_id:
        body["push_client_id"] = _check("push_client_id", push_client_id, limits.PUSH_CLIENT_ID_CHARS)
    body["channelback_files"] = channelback_files
    body["create_followup_tickets"] = create_followup_tickets
    body["urls"] = _urls(urls)
    digest = sha256(orjson.dumps(body)).hexdigest()[:_HASH_CHARS]
    body["version"] = _check("version", f"{version}+{digest}", limits.MANIFEST_VERSION_CHARS)
    return body


def _urls(urls: ManifestUrls) -> dict[str, str]:
    all_urls = {
        "admin_ui": urls.admin_ui,
        "pull_url": urls.pull,
        "channelback_url": urls.channelback,
        "clickthrough_url": urls.clickthrough,
        "healthcheck_url": urls.healthcheck,
        "event_callback_url": urls.event_callback,
        "about_url": urls.about,
        "dashboard_url": urls.dashboard,
    }
    # Each begins with the edge's public URL: it is the only part of them that can be too long.
    return {key: _check("public_url", url, limits.MANIFEST_URL_CHARS) for key, url in all_urls.items() if url}


def _check(setting: str, value: str, max_chars: int) -> str:
    if not value:
        raise BadSetting(setting, "is empty")
    if len(value) > max_chars:
        raise BadSetting(setting, f"makes more than {max_chars} characters in the manifest")
    return value
