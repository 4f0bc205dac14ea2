# SPDX-License-Identifier: Apache-2.0
"""Builds an installer app of requirements only: the same bytes for the same description, on every machine."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import dataclass
from typing import Any

from sealock_devkit.app.logo import SIDE, SMALL_SIDE, logo

EARLIEST = (1980, 1, 1, 0, 0, 0)
"""A zip's first possible time: what every file of the app has."""
ORDINARY_FILE = 0o100644
UNIX = 3


@dataclass(frozen=True, slots=True)
class Description:
    """What the app says about the integration."""

    name: str
    """The app's name for people."""
    author: str
    identifier: str
    """The integration's name inside the app: its manifest's id, or any other text."""
    manifest_url: str
    version: str


def build_app(description: Description) -> bytes:
    """The app as a zip."""
    files = {
        "assets/logo-small.png": logo(SMALL_SIDE),
        "assets/logo.png": logo(SIDE),
        "manifest.json": _json(_manifest(description)),
        "requirements.json": _json(_requirements(description)),
        "translations/en.json": _json(_english(description)),
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in files.items():
            member = zipfile.ZipInfo(name, EARLIEST)
            member.create_system = UNIX
            member.external_attr = ORDINARY_FILE << 16
            archive.writestr(member, content)
    return packed.getvalue()


def _manifest(description: Description) -> dict[str, Any]:
    return {
        "name": description.name,
        "author": {"name": description.author},
        "defaultLocale": "en",
        "private": True,
        "requirementsOnly": True,
        "version": description.version,
    }


def _requirements(description: Description) -> dict[str, Any]:
    return {"channel_integrations": {description.identifier: {"manifest_url": description.manifest_url}}}


def _english(description: Description) -> dict[str, Any]:
    name = description.name
    return {
        "app": {
            "name": name,
            "short_description": f"Brings conversations from {name} into Zendesk.",
            "long_description": (
                f"Messages from {name} become tickets, and agents' public replies go back to where they were asked."
            ),
            "installation_instructions": (
                "After the installation, open the channel integrations in Zendesk's Admin Center, choose "
                f"{name}, and add an account."
            ),
        }
    }


def _json(value: dict[str, Any]) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode()
