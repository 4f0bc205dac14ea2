# SPDX-License-Identifier: Apache-2.0
"""The rules of the app's own manifest.json, and of its translations (protocol: installer app and registration)."""

from __future__ import annotations

import re
from typing import Any

from sealock_devkit.app.findings import Findings, shown
from sealock_devkit.zendesk.judge.findings import kind

MANIFEST = "manifest.json"
LOCALE = re.compile(r"[a-z]{2}(-\w{2,3})?", re.ASCII)
TRANSLATION = re.compile(r"translations/([^/]*)\.json")

STRINGS = ("name", "version", "frameworkVersion", "defaultLocale", "remoteInstallationURL", "termsConditionsURL")
BOOLEANS = ("requirementsOnly", "marketingOnly", "private", "singleInstall", "signedUrls")
TEXTS = ("name", "short_description", "long_description", "installation_instructions")


def check_app_manifest(manifest: dict[str, Any], findings: Findings) -> None:
    """Check the app's manifest, and that it is not the integration's."""
    if "urls" in manifest or isinstance(manifest.get("author"), str):
        remedy = (
            "That one stays on your service, at manifest_url. The app's own has an author object, defaultLocale and "
            "requirementsOnly: true."
        )
        findings.add(MANIFEST, "looks like the integration's manifest, not the app's", remedy)
        return
    _check_types(manifest, findings)
    _check_author(manifest, findings)
    locale = manifest.get("defaultLocale")
    if locale is None:
        findings.add(f"{MANIFEST}: defaultLocale", "is missing", 'Add it, such as "en".')
    elif isinstance(locale, str) and not LOCALE.fullmatch(locale):
        findings.add(f"{MANIFEST}: defaultLocale", "is not a language", 'Write one such as "en" or "pt-BR".')
    _check_kind_of_app(manifest, findings)


def _check_types(manifest: dict[str, Any], findings: Findings) -> None:
    for names, wanted, article in ((STRINGS, str, "a string"), (BOOLEANS, bool, "a boolean")):
        for name in names:
            if name in manifest and not isinstance(manifest[name], wanted):
                findings.add(f"{MANIFEST}: {name}", f"is {kind(manifest[name])}", f"It must be {article}.")
    parameters = manifest.get("parameters", [])
    if not isinstance(parameters, list):
        findings.add(f"{MANIFEST}: parameters", f"is {kind(parameters)}", "It must be an array.")


def _check_author(manifest: dict[str, Any], findings: Findings) -> None:
    author = manifest.get("author")
    if author is None:
        findings.add(f"{MANIFEST}: author", "is missing", "Add an object with your name.")
    elif not isinstance(author, dict):
        findings.add(f"{MANIFEST}: author", f"is {kind(author)}", "It must be an object with your name.")
    else:
        for name in ("name", "email", "url"):
            if name in author and not isinstance(author[name], str):
                findings.add(f"{MANIFEST}: author.{name}", f"is {kind(author[name])}", "It must be a string.")
        if not author.get("name"):
            findings.add(f"{MANIFEST}: author.name", "is missing", "Say who made the app.")


def _check_kind_of_app(manifest: dict[str, Any], findings: Findings) -> None:
    alone = manifest.get("requirementsOnly") is True
    for name in ("location", "frameworkVersion"):
        if alone and manifest.get(name):
            remedy = "Remove it, or remove requirementsOnly if the app has pages of its own."
            findings.add(f"{MANIFEST}: {name}", "stands in an app of requirements only", remedy)
        if not alone and not manifest.get(name):
            remedy = "Say requirementsOnly: true, as an app without pages of its own has neither; or add it."
            findings.add(f"{MANIFEST}: {name}", "is missing", remedy)
    if manifest.get("marketingOnly") is True:
        findings.add(f"{MANIFEST}: marketingOnly", "excludes requirements", "Remove it.")


def check_translation_name(name: str, findings: Findings) -> bool:
    """Whether a file is a translation; its name must be a language's."""
    match = TRANSLATION.fullmatch(name)
    if match is None:
        return False
    if not LOCALE.fullmatch(match[1]):
        findings.add(shown(name), "is not named after a language", "Name it as en.json or pt-BR.json.")
    return True


def check_translation(name: str, texts: dict[str, Any], *, private: bool, findings: Findings) -> None:
    """Check a translation's texts. A public app's English has all that Zendesk shows of it, a private one's a name."""
    place = shown(name)
    app = texts.get("app")
    if not isinstance(app, dict):
        findings.add(f"{place}: app", "is missing or not an object", "Put the app's name and descriptions there.")
        return
    if name != "translations/en.json":
        return
    for text in TEXTS[:1] if private else TEXTS:
        if not isinstance(app.get(text), str) or not app[text]:
            findings.add(f"{place}: app.{text}", "is missing", "Write it: Zendesk shows it where the app is installed.")
