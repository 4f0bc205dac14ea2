# SPDX-License-Identifier: Apache-2.0
"""Examines the address, the manifest and each endpoint as Zendesk would meet them (protocol: manifest)."""

from __future__ import annotations

import socket
import ssl
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from sealock_devkit.app.package import shown
from sealock_devkit.doctor.client import Answer, DoctorClient, Unreached
from sealock_devkit.doctor.report import Row, Verdict, failed, ok, warning
from sealock_devkit.zendesk.browser.rules import framing_obstacle
from sealock_devkit.zendesk.judge.http import strict_json
from sealock_devkit.zendesk.judge.manifest import Manifest, read_manifest
from sealock_devkit.zendesk.urls import WebOrigin, absolute, is_service_url, web_origin

CHECK = "TLS"
SECONDS = 15.0
SOON = timedelta(days=14)
MAX_REDIRECTS = 5
DOUBTFUL_SKEW, WRONG_SKEW = 30, 300
"""Seconds."""
STRANGER = "sealock-doctor"
"""A Zendesk account that nobody names."""
RETURN_PATH = "/zendesk/channels/integration_service_instances/editor_finalizer"
FOREIGN_HOST = "not-zendesk.example"


def check_tls(origin: WebOrigin, trust: ssl.SSLContext, now: Callable[[], datetime]) -> Row:
    """
    Connect, and look at what the server shows. Plain http is told here too; whether it may be is known elsewhere.

    `trust` says which authorities are believed, and refuses what is older than TLS 1.2.
    """
    if origin.scheme != "https":
        return ok(CHECK, "none: plain http on this machine, as it was allowed")
    try:
        with (
            socket.create_connection((origin.host, origin.port or 443), timeout=SECONDS) as plain,
            trust.wrap_socket(plain, server_hostname=origin.host) as wrapped,
        ):
            return _judged(wrapped, now())
    except ssl.SSLCertVerificationError as error:
        remedy = "Serve a certificate for this host, with its whole chain, from an authority that Zendesk trusts."
        return failed(CHECK, f"the certificate is refused: {error.verify_message}", remedy)
    except ssl.SSLError as error:
        return failed(CHECK, f"no TLS ({error.reason or 'refused'})", "Offer TLS 1.2 or 1.3 at this address.")
    except (OSError, UnicodeError):
        return failed(CHECK, "no connection", "Let the address lead to the service, and open its port to Zendesk.")


def _judged(wrapped: ssl.SSLSocket, now: datetime) -> Row:
    certificate = wrapped.getpeercert() or {}
    ends = datetime.fromtimestamp(ssl.cert_time_to_seconds(str(certificate["notAfter"])), UTC)
    seen = f"{wrapped.version()}, certificate until {ends:%Y-%m-%d}"
    if ends - now < SOON:
        return warning(CHECK, seen, "Renew the certificate, and see why it was not renewed by itself.")
    return ok(CHECK, seen)


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


def fetch_manifest(client: DoctorClient, url: str, *, loopback_http_is_https: bool) -> Fetched:
    """Follow what Zendesk is known to follow: 301, to https only. Raises `NoManifest`."""
    seen = {url}
    for redirects in range(MAX_REDIRECTS + 1):
        try:
            answer = client.get(url)
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
        raise NoManifest(failed("manifest", f"{answer.seen}{_error_info(answer)}", remedy))
    if answer.status != 301 or "location" not in answer.headers:
        remedy = "Answer 200, or 301 with a Location: Zendesk is not known to follow anything else."
        raise NoManifest(failed("redirects", answer.seen, remedy))
    target = absolute(url, answer.headers["location"])
    if not is_service_url(target, loopback_http_is_https=loopback_http_is_https):
        raise NoManifest(failed("redirects", "a 301 that does not lead to https", "Let it lead to an https address."))
    return target


def _error_info(answer: Answer) -> str:
    """What the answer says went wrong, after a colon; empty where it says nothing."""
    try:
        info = strict_json(answer.body)["error_info"]
    except (ValueError, KeyError, TypeError):
        return ""
    return f": {shown(info)}" if isinstance(info, str) else ""


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


def check_stability(client: DoctorClient, fetched: Fetched, manifest: Manifest, *, loopback_http_is_https: bool) -> Row:
    """Fetch it once more: an id that changes would be another integration each time."""
    check = "manifest: id"
    try:
        again = client.get(fetched.url)
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
        sent_at = parsedate_to_datetime(answer.headers["date"])
        age = int(answer.headers.get("age", "0"))
        skew = (now - sent_at).total_seconds() - age
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


Judge = Callable[[str, Answer, str], Row]
"""Judges an answer: the check's name, the answer, the URL that was called."""


@dataclass(frozen=True, slots=True)
class Accounts:
    """The Zendesk accounts that may set up."""

    subdomain: str = ""
    """One of them; empty if the doctor was told none."""
    any: bool = False
    """Whether any may, on purpose."""


def check_endpoints(client: DoctorClient, manifest: Manifest, accounts: Accounts, slow_seconds: float) -> list[Row]:
    """A row or more for each endpoint that the manifest names; one that takes longer than that is warned of."""
    urls = manifest.urls
    subdomain = accounts.subdomain or STRANGER
    zendesk = f"https://{subdomain}.zendesk.com"
    own, foreign = (_admin_form(manifest, subdomain, at) for at in (zendesk, f"https://{FOREIGN_HOST}"))
    strangers = _admin_form(manifest, STRANGER, f"https://{STRANGER}.zendesk.com")
    unknown = {"external_id": f"sealock-doctor-{uuid.uuid4()}"}
    probes: list[tuple[str, str, Callable[[str], Answer], Judge]] = [
        ("admin_ui: GET", "admin_ui", client.get, _any_answer),
        ("admin_ui: POST", "admin_ui", lambda url: client.post_form(url, own), _set_up_page(accounts, zendesk)),
        ("admin_ui: strangers", "admin_ui", lambda url: client.post_form(url, strangers), _strangers(accounts)),
        ("admin_ui: foreign return_url", "admin_ui", lambda url: client.post_form(url, foreign), _foreign_refused),
        ("pull_url", "pull_url", lambda url: client.post_form(url, {"metadata": "", "state": ""}), _nobody_refused),
        ("channelback_url", "channelback_url", lambda url: client.post_form(url, {}), _nobody_refused),
        ("clickthrough_url", "clickthrough_url", lambda url: client.get(url, unknown), _unknown_refused),
        ("event_callback_url", "event_callback_url", lambda url: client.post_json(url, {"events": []}), _taken),
        ("healthcheck_url", "healthcheck_url", client.get, _healthy),
        ("about_url", "about_url", client.get, _shown),
        ("dashboard_url", "dashboard_url", client.get, _shown),
    ]
    return [_tried(check, urls[key], call, judge, slow_seconds) for check, key, call, judge in probes if key in urls]


def _admin_form(manifest: Manifest, subdomain: str, zendesk: str) -> Mapping[str, str]:
    form = {
        "return_url": zendesk + RETURN_PATH,
        "subdomain": subdomain,
        "locale": "en-US",
        "name": "",
        "metadata": "",
        "state": "",
    }
    push = {"instance_push_id": str(uuid.UUID(int=0)), "zendesk_access_token": "0" * 64}
    return form | push if manifest.push_client_id else form


def _tried(check: str, url: str, call: Callable[[str], Answer], judge: Judge, slow_seconds: float) -> Row:
    try:
        answer = call(url)
    except Unreached as problem:
        return failed(check, str(problem), "Let the address in the manifest lead to the service.")
    row = judge(check, answer, url)
    if row.verdict is Verdict.OK and answer.seconds > slow_seconds:
        return warning(check, row.seen, "Find out why it is slow: Zendesk's patience is short.")
    return row


def _any_answer(check: str, answer: Answer, _url: str) -> Row:
    if answer.status >= 500:
        return failed(check, answer.seen, "Answer a page, or 405: nothing may break at a GET.")
    return ok(check, answer.seen)


def _set_up_page(accounts: Accounts, zendesk: str) -> Judge:
    def judge(check: str, answer: Answer, url: str) -> Row:
        if answer.status in {401, 403} and not accounts.subdomain:
            remedy = "Give --subdomain the name of a Zendesk account that may set up."
            return warning(check, f"not seen: {answer.seen}", remedy)
        if answer.status != 200:
            return failed(check, answer.seen, "Answer the form of a new account with 200 and a page.")
        policies = answer.headers.get_list("content-security-policy")
        lists = [policy for header in policies for policy in header.split(",")]
        obstacle = framing_obstacle(lists, answer.headers.get("x-frame-options", ""), url, zendesk)
        if obstacle:
            remedy = f"Say frame-ancestors {zendesk}, and no X-Frame-Options: Zendesk shows it in a frame."
            return failed(check, obstacle, remedy)
        return ok(check, f"{answer.seen}, may be framed by Zendesk")

    return judge


def _strangers(accounts: Accounts) -> Judge:
    def judge(check: str, answer: Answer, _url: str) -> Row:
        if answer.status >= 500:
            return failed(check, answer.seen, "Refuse a Zendesk account that is not named: 401.")
        if answer.status >= 400:
            return ok(check, f"an account that nobody named is refused: {answer.seen}")
        if accounts.any:
            return ok(check, f"any Zendesk account may set up, as was said: {answer.seen}")
        remedy = "Name those that may: `[zendesk] subdomains` of the edge. If any may on purpose, say --any-account."
        return warning(check, f"any Zendesk account may set up: {answer.seen}", remedy)

    return judge


def _foreign_refused(check: str, answer: Answer, _url: str) -> Row:
    remedy = "Refuse a return_url that is not https at the account's own Zendesk host, before anything is shown."
    if 400 <= answer.status < 500:
        return ok(check, f"refused: {answer.seen}")
    sent_on = FOREIGN_HOST.encode() in answer.body or FOREIGN_HOST in answer.headers.get("location", "")
    if answer.status >= 500 or sent_on:
        seen = "taken: accounts could be sent to a foreign page" if sent_on else answer.seen
        return failed(check, seen, remedy)
    return warning(check, f"not refused at once: {answer.seen}", remedy)


def _nobody_refused(check: str, answer: Answer, _url: str) -> Row:
    if 400 <= answer.status < 500:
        return ok(check, f"refused without metadata: {answer.seen}")
    if answer.status < 300:
        return failed(check, f"taken without metadata: {answer.seen}", "Answer 401 to metadata that you did not make.")
    return failed(check, answer.seen, "Answer 401 without metadata: Zendesk repeats what looks like a breakdown.")


def _unknown_refused(check: str, answer: Answer, url: str) -> Row:
    if 400 <= answer.status < 500:
        return ok(check, f"an unknown item is refused: {answer.seen}")
    if 300 <= answer.status < 400:
        target = absolute(url, answer.headers.get("location", ""))
        if web_origin(target) != web_origin(url):
            host = urlsplit(target).hostname if web_origin(target).host else "nowhere"
            return failed(check, f"an unknown item leads to {host}", "Redirect only for items that there are.")
    if answer.status >= 500:
        return failed(check, answer.seen, "Answer 404 for an item that is not there.")
    return warning(check, f"an unknown item is answered: {answer.seen}", "Answer 404 for an item that is not there.")


def check_webhook(client: DoctorClient, manifest_url: str, slow_seconds: float) -> Row:
    """Send what no origin has signed to an edge's route for webhooks, which is beside its manifest."""
    return _tried(
        "webhook", absolute(manifest_url, "webhook"), lambda url: client.post_json(url, {}), _unsigned, slow_seconds
    )


def _unsigned(check: str, answer: Answer, _url: str) -> Row:
    # The edge says so with every answer of this route; what stands in front of it does not.
    if "sandbox" in answer.headers.get("content-security-policy", ""):
        return _unsigned_at_the_edge(check, answer)
    if 300 <= answer.status < 400:
        return failed(check, f"led elsewhere: {answer.seen}", "Answer at the address itself: origins follow nothing.")
    remedy = "Let every webhook pass to the edge, by any method and without a login or a check for browsers."
    return failed(check, f"something in front of the edge answers: {answer.seen}", remedy)


def _unsigned_at_the_edge(check: str, answer: Answer) -> Row:
    if answer.status in {400, 401, 403}:
        return ok(check, f"an unsigned one is refused: {answer.seen}")
    if answer.status == 429:
        return warning(check, f"not seen: {answer.seen}", "Try again, and see whether `trusted_proxies` is set.")
    if 200 <= answer.status < 300:
        return failed(check, f"an unsigned one is taken: {answer.seen}", "Let the connector check the signature.")
    if answer.status == 404:
        remedy = "Leave --webhook out, or run a connector that takes webhooks."
        return failed(check, f"the connector takes none: {answer.seen}", remedy)
    return failed(check, f"not refused by the connector: {answer.seen}", "See what the edge's log says of it.")


def _taken(check: str, answer: Answer, _url: str) -> Row:
    if 200 <= answer.status < 300:
        return ok(check, f"no events taken: {answer.seen}")
    return failed(check, answer.seen, "Answer 2xx to every list of events, also to an empty one.")


def _healthy(check: str, answer: Answer, _url: str) -> Row:
    if answer.status == 200:
        return ok(check, f"healthy: {answer.seen}")
    return failed(check, answer.seen, "See what the service, and what is behind it, complains about.")


def _shown(check: str, answer: Answer, _url: str) -> Row:
    if answer.status < 400:
        return ok(check, answer.seen)
    return failed(check, answer.seen, "Show the page, or leave its address out of the manifest.")
