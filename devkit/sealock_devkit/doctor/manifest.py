# SPDX-License-Identifier: Apache-2.0
"""Fetches the manifest as Zendesk does, and judges it (protocol: manifest)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from sealock_devkit.app.findings import shown
from sealock_devkit.doctor.caller import Answer, Caller, Unreached
from sealock_devkit.doctor.rows import Row, failed, ok, warning
from sealock_devkit.zendesk.judge.http import strict_json
from sealock_devkit.zendesk.judge.manifest import Manifest, read_manifest
from sealock_devkit.zendesk.urls import absolute, is_service_url

MAX_REDIRECTS = 5
DOUBTFUL_SKEW, WRONG_SKEW = 30, 300
"""Seconds."""


class NoManifest(Exception):
    """The manifest cannot be had. `row` says why."""

    def __init__(self, row: Row) -> None:
        super().__init__(row.seen)
        self.row = row


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer of 200, and where it was in the end."""

    answer: Answer
    url: str
    redirects: int


def fetch_manifest(caller: Caller, url: str, *, loopback_http_is_https: bool) -> Fetched:
    """Follow what Zendesk is known to follow: 301, to https only. Raises `NoManifest`."""
    seen = {url}
    for redirects in range(MAX_REDIRECTS + 1):
        try:
            answer = caller.get(url)
        except Unreached as problem:
            remedy = "Let this machine, and Zendesk, reach the address of the manifest."
            raise NoManifest(failed("manifest", str(problem), remedy)) from None
        if answer.status == 200:
            return Fetched(answer, url, redirects)
        url = _next(answer, url, loopback_http_is_https)
        if url in seen:
            raise NoManifest(failed("redirects", "they go round in a circle", "Answer the manifest at its address."))
        seen.add(url)
    remedy = "Answer the manifest at its address, or one redirect away."
    raise NoManifest(failed("redirects", f"more than {MAX_REDIRECTS}", remedy))


def _next(answer: Answer, url: str, loopback_http_is_https: bool) -> str:
    if not 300 <= answer.status < 400:
        remedy = "Answer GET with 200 and the manifest, to anybody and without a login."
        raise NoManifest(failed("manifest", answer.seen, remedy))
    if answer.status != 301 or "location" not in answer.headers:
        remedy = "Answer 200, or 301 with a Location: Zendesk is not known to follow anything else."
        raise NoManifest(failed("redirects", answer.seen, remedy))
    target = absolute(url, answer.headers["location"])
    if not is_service_url(target, loopback_http_is_https=loopback_http_is_https):
        raise NoManifest(failed("redirects", "a 301 that does not lead to https", "Let it lead to an https address."))
    return target


def check_manifest_answer(fetched: Fetched, *, loopback_http_is_https: bool) -> tuple[Manifest | None, list[Row]]:
    """Judge the manifest itself; `None` when it cannot be used."""
    answer = fetched.answer
    where = f", after {fetched.redirects} x 301" if fetched.redirects else ""
    rows = [ok("manifest", f"{answer.seen}, {len(answer.body)} bytes{where}")]
    if answer.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        rows.append(warning("manifest: type", "not application/json", "Say Content-Type: application/json."))
    read = read_manifest(answer.body, fetched.url, loopback_http_is_https=loopback_http_is_https)
    for finding in read.findings:
        row = failed if finding.refuses else warning
        what = f"{finding.rule} was asked for, got {finding.detail}" if finding.detail else finding.rule
        rows.append(row(f"manifest: {finding.path or 'whole'}", what, "Change it in the manifest."))
    if read.manifest is None:
        return None, rows
    rows.append(_absolute(strict_json(answer.body)["urls"]))
    return read.manifest, rows


def _absolute(urls: dict[str, Any]) -> Row:
    relative = [key for key, url in urls.items() if isinstance(url, str) and not _is_absolute(url)]
    if relative:
        remedy = "Write whole https addresses: Zendesk's schema asks for them."
        return warning("manifest: urls", f"relative: {shown(', '.join(sorted(relative)))}", remedy)
    return ok("manifest: urls", f"{len(urls)}, all absolute")


def _is_absolute(url: str) -> bool:
    return urlsplit(url).scheme in {"http", "https"}


def check_stability(caller: Caller, fetched: Fetched, manifest: Manifest, *, loopback_http_is_https: bool) -> Row:
    """Fetch it once more: an id that changes would be another integration each time."""
    check = "manifest: id"
    try:
        again = caller.get(fetched.url)
    except Unreached as problem:
        return failed(check, f"the second time {problem}", "Answer the manifest every time.")
    second = read_manifest(again.body, fetched.url, loopback_http_is_https=loopback_http_is_https).manifest
    if again.status != 200 or second is None:
        return failed(check, f"the second time {again.seen}", "Answer the same manifest every time.")
    if second.id != manifest.id:
        return failed(check, "another one the second time", "Keep the id for ever, on all replicas.")
    if second != manifest:
        remedy = "Let all replicas answer the same manifest."
        return warning(check, "the same twice, but not the rest of the manifest", remedy)
    return ok(check, "the same twice")


def check_clock(answer: Answer, now: datetime) -> Row:
    """Compare the service's clock with this machine's, by the Date header less what a cache added."""
    check = "clock"
    try:
        told = parsedate_to_datetime(answer.headers["date"])
        age = int(answer.headers.get("age", "0"))
        skew = (now - told).total_seconds() - age
    except (KeyError, ValueError, TypeError, OverflowError):
        return warning(check, "no Date that can be read", "Let the server send Date and, if cached, Age.")
    # Date has whole seconds, and the answer took its time.
    skew = max(0.0, abs(skew) - 1 - answer.seconds)
    remedy = "Keep the clocks of the service, and of this machine, by NTP."
    if skew > WRONG_SKEW:
        return failed(check, f"{skew:.0f} seconds apart", remedy)
    if skew > DOUBTFUL_SKEW:
        return warning(check, f"{skew:.0f} seconds apart", remedy)
    return ok(check, "agrees with this machine's")
