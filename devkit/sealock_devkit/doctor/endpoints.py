# SPDX-License-Identifier: Apache-2.0
"""Tries each endpoint with calls that cannot change anything, and that a careless service would take."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from sealock_devkit.doctor.caller import Answer, Caller, Unreached
from sealock_devkit.doctor.rows import Row, Verdict, failed, ok, warning
from sealock_devkit.zendesk.browser.rules import framing_obstacle
from sealock_devkit.zendesk.judge.manifest import Manifest
from sealock_devkit.zendesk.urls import absolute, origin

SUBDOMAIN = "sealock-doctor"
ZENDESK = f"https://{SUBDOMAIN}.zendesk.com"
RETURN_PATH = "/zendesk/channels/integration_service_instances/editor_finalizer"
FOREIGN_HOST = "not-zendesk.example"
SLOW_SECONDS = 5.0

Judge = Callable[[str, Answer, str], Row]
"""Judges an answer: the check's name, the answer, the URL that was called."""


def check_endpoints(caller: Caller, manifest: Manifest) -> list[Row]:
    """A row or more for each endpoint that the manifest names."""
    urls = manifest.urls
    own, foreign = _admin_form(manifest, ZENDESK), _admin_form(manifest, f"https://{FOREIGN_HOST}")
    unknown = {"external_id": f"sealock-doctor-{uuid.uuid4()}"}
    probes: list[tuple[str, str, Callable[[str], Answer], Judge]] = [
        ("admin_ui: GET", "admin_ui", caller.get, _any_answer),
        ("admin_ui: POST", "admin_ui", lambda url: caller.post_form(url, own), _framed_page),
        ("admin_ui: foreign return_url", "admin_ui", lambda url: caller.post_form(url, foreign), _foreign_refused),
        ("pull_url", "pull_url", lambda url: caller.post_form(url, {"metadata": "", "state": ""}), _nobody_refused),
        ("channelback_url", "channelback_url", lambda url: caller.post_form(url, {}), _nobody_refused),
        ("clickthrough_url", "clickthrough_url", lambda url: caller.get(url, unknown), _unknown_refused),
        ("event_callback_url", "event_callback_url", lambda url: caller.post_json(url, {"events": []}), _taken),
        ("healthcheck_url", "healthcheck_url", caller.get, _healthy),
        ("about_url", "about_url", caller.get, _shown),
        ("dashboard_url", "dashboard_url", caller.get, _shown),
    ]
    return [_tried(check, urls[key], call, judge) for check, key, call, judge in probes if key in urls]


def _admin_form(manifest: Manifest, zendesk: str) -> Mapping[str, str]:
    form = {
        "return_url": zendesk + RETURN_PATH,
        "subdomain": SUBDOMAIN,
        "locale": "en-US",
        "name": "",
        "metadata": "",
        "state": "",
    }
    push = {"instance_push_id": str(uuid.UUID(int=0)), "zendesk_access_token": "0" * 64}
    return form | push if manifest.push_client_id else form


def _tried(check: str, url: str, call: Callable[[str], Answer], judge: Judge) -> Row:
    try:
        answer = call(url)
    except Unreached as problem:
        return failed(check, str(problem), "Let the address in the manifest lead to the service.")
    row = judge(check, answer, url)
    if row.verdict is Verdict.OK and answer.seconds > SLOW_SECONDS:
        return warning(check, row.seen, "Find out why it is slow: Zendesk's patience is short.")
    return row


def _any_answer(check: str, answer: Answer, _url: str) -> Row:
    if answer.status >= 500:
        return failed(check, answer.seen, "Answer a page, or 405: nothing may break at a GET.")
    return ok(check, answer.seen)


def _framed_page(check: str, answer: Answer, url: str) -> Row:
    if answer.status != 200:
        return failed(check, answer.seen, "Answer the form of a new account with 200 and a page.")
    policies = answer.headers.get_list("content-security-policy")
    lists = [policy for header in policies for policy in header.split(",")]
    obstacle = framing_obstacle(lists, answer.headers.get("x-frame-options", ""), url, ZENDESK)
    if obstacle:
        remedy = "Say frame-ancestors https://*.zendesk.com, and no X-Frame-Options: Zendesk shows it in a frame."
        return failed(check, obstacle, remedy)
    return ok(check, f"{answer.seen}, may be framed by Zendesk")


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
        if origin(target) != origin(url):
            host = urlsplit(target).hostname if origin(target).host else "nowhere"
            return failed(check, f"an unknown item leads to {host}", "Redirect only for items that there are.")
    if answer.status >= 500:
        return failed(check, answer.seen, "Answer 404 for an item that is not there.")
    return warning(check, f"an unknown item is answered: {answer.seen}", "Answer 404 for an item that is not there.")


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
