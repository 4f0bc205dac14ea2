# SPDX-License-Identifier: Apache-2.0
"""The rules of an app's JSON files: manifest.json, its translations, requirements.json (protocol: installer app)."""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

from sealock_devkit.app.package import BROKEN, MAX_JSON_BYTES, Findings, Package, shown
from sealock_devkit.zendesk.judge.findings import kind
from sealock_devkit.zendesk.urls import is_service_url

MANIFEST = "manifest.json"
LOCALE = re.compile(r"[a-z]{2}(-\w{2,3})?", re.ASCII)
TRANSLATION = re.compile(r"translations/([^/]*)\.json")
STRINGS = ("name", "version", "frameworkVersion", "defaultLocale", "remoteInstallationURL", "termsConditionsURL")
BOOLEANS = ("requirementsOnly", "marketingOnly", "private", "singleInstall", "signedUrls")
TEXTS = ("name", "short_description", "long_description", "installation_instructions")
REQUIREMENTS = "requirements.json"
MAX_REQUIREMENTS = 5000
ANOTHER_FILES_KEYS = ("urls", "defaultLocale", "requirementsOnly", "author")


def read_object(package: Package, name: str, findings: Findings) -> dict[str, Any] | None:
    """The object in a file that is there; `None`, with a finding, when it holds something else."""
    place = shown(name)
    if package.sizes[name] > MAX_JSON_BYTES:
        findings.add(place, f"has {package.sizes[name]} bytes", f"At most {MAX_JSON_BYTES}; shorten its texts.")
        return None
    repeated: list[str] = []
    try:
        value = _parse(package.read_up_to(name, MAX_JSON_BYTES + 1), repeated)
    except BROKEN as error:
        findings.add(place, *_said(error))
        return None
    for key in dict.fromkeys(repeated):
        findings.add(f"{place}: {shown(key)}", "is there twice in one object", "Keep the one that is meant.")
    if not isinstance(value, dict):
        findings.add(place, f"is {kind(value)} instead of an object", "Begin it with {.")
        return None
    return value


def _said(error: Exception) -> tuple[str, str]:
    if isinstance(error, UnicodeDecodeError):
        return "is not UTF-8", "Save it as UTF-8."
    if isinstance(error, json.JSONDecodeError):
        return f"is not JSON, at line {error.lineno}", "Mend it there; a comma is often too many."
    if isinstance(error, RecursionError):
        return "is nested too deeply", "An app needs a few levels only."
    return "is damaged or not JSON", "Write it anew, and make the zip again."


def _parse(body: bytes, repeated: list[str]) -> Any:
    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        whole = dict(found)
        if len(whole) != len(found):
            keys = [key for key, _ in found]
            repeated.extend(key for key in whole if keys.count(key) > 1)
        return whole

    return json.loads(body.decode("utf-8"), object_pairs_hook=pairs, parse_constant=_no_constant)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


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
