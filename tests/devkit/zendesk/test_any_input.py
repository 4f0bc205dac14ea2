# SPDX-License-Identifier: Apache-2.0
"""Whatever a service sends, the local Zendesk reads it or refuses it, and never breaks."""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from sealock_devkit.zendesk import Settings
from sealock_devkit.zendesk.browser.admin_form import fill_in
from sealock_devkit.zendesk.browser.admin_page import read_page, return_form
from sealock_devkit.zendesk.browser.rules import form_obstacle, framing_obstacle
from sealock_devkit.zendesk.context import Changes, Console, Context
from sealock_devkit.zendesk.engine.conversion import Converter, clean_html
from sealock_devkit.zendesk.engine.events import EventOutbox
from sealock_devkit.zendesk.engine.faults import Faults
from sealock_devkit.zendesk.judge import Findings, check_pull_answer
from sealock_devkit.zendesk.judge.findings import parse_instant
from sealock_devkit.zendesk.judge.http import strict_json
from sealock_devkit.zendesk.judge.manifest import Manifest, read_manifest
from sealock_devkit.zendesk.local_zendesk import utc_now
from sealock_devkit.zendesk.redaction import described_answer, redacted_url
from sealock_devkit.zendesk.store import Database, Store
from sealock_devkit.zendesk.urls import is_service_url
from tests.devkit.zendesk.scripted_service import resource
from tests.zendesk_schemas import _is_date_time

JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)
URLS = st.one_of(
    st.text(max_size=20),
    st.sampled_from(["https://[", "https://x:y/", "//[::1", "https://x:99999/", "javascript:x", "http://\u2100/"]),
)
ATTRIBUTES = st.sampled_from(["action", "formaction", "href", "method", "type", "name", "value", "for", "id", "form"])
TAGS = st.sampled_from(["form", "input", "button", "select", "option", "textarea", "label", "base", "p", "title"])


@st.composite
def pages(draw) -> str:
    parts = []
    for _ in range(draw(st.integers(0, 8))):
        attributes = draw(st.dictionaries(ATTRIBUTES, URLS, max_size=3))
        written = "".join(f' {name}="{value}"' for name, value in attributes.items())
        parts.append(f"<{draw(TAGS)}{written}>{draw(st.text(max_size=5))}")
    return "".join(parts)


@given(st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_json_or_a_value_error(body):
    try:
        value = strict_json(body)
    except ValueError:
        return
    json.dumps(value, ensure_ascii=False).encode()


@given(st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()), URLS)
@example(b'{"name": "n", "id": "i", "urls": {"admin_ui": "https://x:y/"}}', "https://s.example/")
def test_any_bytes_are_a_manifest_or_a_problem(body, url):
    read = read_manifest(body, url, loopback_http_is_https=True)
    assert (read.manifest is None) == bool(read.problem)
    described_answer(body, "x")


@given(st.dictionaries(st.sampled_from(["external_resources", "state", "metadata"]), JSON) | JSON)
def test_any_json_is_a_pull_answer_or_has_findings(value):
    findings = Findings()
    check_pull_answer(value, findings, loopback_http_is_https=True)
    assert findings.refusals or isinstance(value["external_resources"], list)


@given(pages(), URLS)
def test_any_html_is_a_page_and_its_forms_can_be_filled_in(html, url):
    page = read_page(html, "https://s.example/admin", 200)
    return_form(page, url)
    for form in page.forms:
        filled = fill_in(form, {})
        assert all(isinstance(value, str) for _, value in filled.pairs)
        is_service_url(filled.action, loopback_http_is_https=True)
        form_obstacle(["form-action 'self' https://*.example:*"], page.url, filled.action)
    clean_html(html)


@given(st.text(max_size=60), st.text(max_size=10), URLS, URLS)
def test_any_policy_and_url_is_judged(policy, word, url, other):
    for text in (policy, f"frame-ancestors {policy}", f"form-action {policy}"):
        framing_obstacle([text], word, url, other)
        form_obstacle([text], url, other)


@given(URLS)
def test_any_url_can_be_shown_and_judged(url):
    redacted_url(url)
    is_service_url(url, loopback_http_is_https=True)


@given(st.text(max_size=30) | st.datetimes().map(lambda instant: instant.isoformat() + "Z"))
@example("2026-01-02T03:04:05.123456789+05:30")
@example("2026-01-02T24:00:00Z")
@example("\uff12\uff10\uff12\uff16-01-02T03:04:05Z")
def test_an_instant_is_what_the_schemas_take_for_one(text):
    assert (parse_instant(text) is not None) == _is_date_time(text)


class Conversion:
    """Conversion alone: no HTTP, no clock that matters."""

    def __init__(self, folder: str, follow_ups: bool) -> None:
        self.database = Database(Path(folder))
        self.store = Store(self.database)
        context = Context(self.store, Settings(), Changes(), Console(None, utc_now), utc_now, lambda: "id")
        self.converter = Converter(context, EventOutbox(context, None, Faults()))
        manifest = Manifest("n", "i", {}, create_followup_tickets=follow_ups)
        integration = self.store.integrations.add("https://s.example/", manifest, "now")
        self.account = self.store.accounts.add(
            integration_id=integration.id, name="a", metadata="m", instance_push_id="p", created_at="now"
        )

    def arrive(self, request_id: str, resources: list[dict]) -> None:
        for each in resources:
            if self.store.resources.claim(f"account {self.account.id}", each["external_id"], request_id):
                self.store.resources.queue(self.account.id, request_id, each)
        while self.store.resources.waiting_count():
            self.converter.convert_some()


STEPS = st.lists(
    st.tuples(
        st.integers(0, 12),  # which resource
        st.sampled_from(["none", "thread", "parent"]),
        st.integers(0, 4),  # which thread or parent
        st.booleans(),  # close a ticket before it comes
    ),
    max_size=25,
)


@hypothesis_settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(STEPS, st.booleans())
def test_whatever_comes_in_whatever_order_each_resource_is_one_comment(steps, follow_ups):
    with tempfile.TemporaryDirectory() as folder:
        conversion = Conversion(folder, follow_ups)
        try:
            for number, (which, kind, other, close) in enumerate(steps):
                if close and conversion.store.tickets.all():
                    conversion.store.tickets.update(conversion.store.tickets.all()[-1].id, status="closed")
                ids = {"thread": {"thread_id": f"t{other}"}, "parent": {"parent_id": f"c{other}"}}.get(kind, {})
                conversion.arrive(f"r{number}", [resource(f"c{which}", **ids)])
            check(conversion, {f"c{which}" for which, *_ in steps}, follow_ups)
        finally:
            conversion.database.close()


def check(conversion: Conversion, external_ids: set[str], follow_ups: bool) -> None:
    tickets = conversion.store.tickets.all()
    comments = [comment for ticket in tickets for comment in conversion.store.tickets.comments(ticket.id)]
    assert Counter(comment.external_id for comment in comments) == dict.fromkeys(external_ids, 1)
    for ticket in tickets:
        assert conversion.store.tickets.comments(ticket.id), "no ticket is empty"
        if ticket.follow_up_of is not None:
            assert follow_ups
            assert conversion.store.tickets.get(ticket.follow_up_of).status == "closed"
    open_threads = Counter(ticket.thread_id for ticket in tickets if ticket.status != "closed")
    assert all(count == 1 for count in open_threads.values()), "a thread leads to one open ticket"
    for external_id in external_ids:
        assert conversion.store.resources.find(f"account {conversion.account.id}", external_id).comment_id is not None


@pytest.mark.parametrize("depth", [10, 10_000])
def test_deep_json_does_not_break_the_journal(depth):
    assert described_answer(b"[" * depth + b"]" * depth, "application/json")
