# SPDX-License-Identifier: Apache-2.0
"""Checks an installer app by Zendesk's rules, and reads it (protocol: installer app and registration)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sealock_devkit.app.package import (
    BROKEN,
    Finding,
    Findings,
    Package,
    PackageUnreadable,
    open_archive,
    open_package,
    shown,
)
from sealock_devkit.app.rules import (
    MANIFEST,
    REQUIREMENTS,
    TRANSLATION,
    check_app_manifest,
    check_requirements,
    check_translation,
    check_translation_name,
    read_object,
)

LOGOS = ("assets/logo.png", "assets/logo-small.png")
PNG = b"\x89PNG\r\n\x1a\n"
MAX_LOGO_BYTES = 500_000

__all__ = ["App", "AppRefused", "Finding", "PackageUnreadable", "lint", "read_app", "read_app_zip"]


@dataclass(frozen=True, slots=True)
class App:
    """An installer app that Zendesk would take."""

    name: str
    """From the app's manifest; empty when it has none."""
    version: str
    identifier: str
    """The integration's name inside the app; free text."""
    manifest_url: str
    """Where the integration's manifest is served."""
    logo: bytes = field(repr=False)
    """What `assets/logo-small.png` holds, or its first 500 kB: it begins as a PNG does, more is not known of it."""


class AppRefused(Exception):
    """Zendesk would not take this app. `findings` say why; the message is all of them."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__("; ".join(map(str, findings)))
        self.findings = tuple(findings)


def lint(path: Path, *, loopback_http_is_https: bool = False) -> list[Finding]:
    """
    What is wrong with the app in a zip file or a folder; empty when nothing is.

    `loopback_http_is_https` takes a manifest_url of plain http on this machine. Raises `PackageUnreadable`.
    """
    findings = Findings()
    return _examined(open_package(path, findings), path.name, findings, loopback_http_is_https)[1]


def read_app(path: Path, *, loopback_http_is_https: bool = False) -> App:
    """The app in a zip file or a folder. Raises `AppRefused` for what `lint` finds, and `PackageUnreadable`."""
    findings = Findings()
    return _usable(*_examined(open_package(path, findings), path.name, findings, loopback_http_is_https))


def read_app_zip(content: bytes, *, name: str = "the app", loopback_http_is_https: bool = False) -> App:
    """The app in a zip that somebody sent, whose findings call it `name`. Nothing is unpacked. Otherwise `read_app`."""
    findings = Findings()
    package = open_archive(name, content, findings)
    return _usable(*_examined(package, name, findings, loopback_http_is_https))


def _usable(app: App | None, findings: list[Finding]) -> App:
    if app is None:
        raise AppRefused(findings)
    return app


def _examined(
    package: Package, name: str, findings: Findings, loopback_http_is_https: bool
) -> tuple[App | None, list[Finding]]:
    if not package.sizes:
        if not len(findings):
            findings.add(name, "is empty", "Build an app with `sealock app build`.")
        return None, list(findings)
    manifest = _required(package, MANIFEST, findings)
    if manifest is not None:
        check_app_manifest(manifest, findings)
    requirements = _required(package, REQUIREMENTS, findings)
    integration = None
    if requirements is not None:
        integration = check_requirements(requirements, findings, loopback_http_is_https=loopback_http_is_https)
    _check_translations(package, manifest or {}, findings)
    logo = _checked_logos(package, findings)[-1]
    if len(findings) or manifest is None or integration is None:
        return None, list(findings)
    identifier, url = integration
    return App(str(manifest.get("name", "")), str(manifest.get("version", "")), identifier, url, logo), []


def _required(package: Package, name: str, findings: Findings) -> dict[str, Any] | None:
    if name in package.sizes:
        return read_object(package, name, findings)
    deeper = next((each for each in package.sizes if each.endswith(f"/{name}") and each.count("/") == 1), "")
    if deeper:
        findings.add(name, f"is only at {shown(deeper)}", "Zip the folder's contents, not the folder.")
    else:
        findings.add(name, "is missing", "Add it: no app is installed without it.")
    return None


def _check_translations(package: Package, manifest: dict[str, Any], findings: Findings) -> None:
    locale = manifest.get("defaultLocale", "en")
    wanted = f"translations/{locale}.json"
    if isinstance(locale, str) and wanted not in package.sizes:
        findings.add(shown(wanted), "is missing", "Add it: it is the translation that defaultLocale names.")
    for name in package.sizes:
        if TRANSLATION.fullmatch(name) and check_translation_name(name, findings):
            texts = read_object(package, name, findings)
            if texts is not None:
                private = manifest.get("private", True) is True
                check_translation(name, texts, private=private, findings=findings)


def _checked_logos(package: Package, findings: Findings) -> list[bytes]:
    """Each logo's bytes, or as many of them as are looked at; none of one that is not a PNG."""
    return [_checked_logo(package, name, findings) for name in LOGOS]


def _checked_logo(package: Package, name: str, findings: Findings) -> bytes:
    if name not in package.sizes:
        findings.add(name, "is missing", "Add it: Zendesk shows it where the app is installed.")
        return b""
    try:
        content = package.read_up_to(name, MAX_LOGO_BYTES)
    except BROKEN:
        content = b""
    if not content.startswith(PNG):
        findings.add(name, "is not a PNG image", "Save it as PNG.")
        return b""
    return content
