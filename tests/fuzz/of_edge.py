# SPDX-License-Identifier: Apache-2.0
"""What the edge reads: requests of anybody, sealed strings, and what connectors answer."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from types import SimpleNamespace

import orjson
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from sealock.connector.v1.event_pb2 import HandleEventRequest
from sealock_connector._translate.announcements import event_from_wire
from sealock_contract.catalogues import chosen
from sealock_contract.error_details import detail_in
from sealock_contract.http_client.connection import joined
from sealock_devkit.zendesk.judge import Findings, check_channelback_answer, check_pull_answer, read_json
from sealock_devkit.zendesk.judge.http import NotJson
from sealock_devkit.zendesk.judge.manifest import read_manifest
from sealock_edge.attachments import Download, FileRefused, FileUnavailable, _next, name_of
from sealock_edge.connectors.errors import from_detail
from sealock_edge.endpoints.clickthrough import Destination, destination
from sealock_edge.endpoints.setup_form import StepForm
from sealock_edge.pages.rendering import translations
from sealock_edge.sealing import EventTokens, OpenAccount, Purpose, Unsealable
from sealock_edge.zendesk import BadForm, ZendeskHosts, read_events
from sealock_edge.zendesk.requests import AdminForm, ChannelbackForm, FileForm, PullForm
from sealock_edge.zendesk.rest import (
    LONGEST_PAUSE,
    SHORTEST_PAUSE,
    Unreadable,
    check_nothing_wrong,
    pause_asked_for,
    read_results,
)
from sealock_edge.zendesk_api.pushing import MOST_STOPS, Push
from tests.edge.edge_under_test import GUESTBOOK_ID
from tests.fuzz.edge_app import edge_app
from tests.zendesk_schemas import SCHEMAS, valid

FORMS = (PullForm, ChannelbackForm, FileForm, AdminForm, StepForm)
HOSTS = ZendeskHosts(subdomains=("*",))
NOW = datetime(2026, 12, 1, tzinfo=UTC)


def _posted(endpoint: bytes, form: bytes) -> bytes:
    return b"POST /guestbook/%s\ncontent-type: application/x-www-form-urlencoded\n\n%s" % (endpoint, form)


ASKED = {
    "Describe": (b"GET /guestbook/manifest.json", b"GET /guestbook/about", b"GET /guestbook/dashboard"),
    "Setup": (_posted(b"admin_ui/step", b"sealock-form={setup}&site=a"),),
    "Pull": (_posted(b"pull", b"metadata={metadata}&state={state}"),),
    "Channelback": (_posted(b"channelback", b"metadata={metadata}&message=a&request_unique_identifier=1&thread_id=t"),),
    "ResolveClickthrough": (b"GET /guestbook/clickthrough?external_id=a",),
    "HandleEvent": (),
    "ReceiveWebhook": (b"POST /guestbook/webhook/a\n\n{}", b"HEAD /guestbook/webhook?a=b"),
    "OpenFile": (b"GET /guestbook/files/{file}", b"HEAD /guestbook/files/{file}"),
}
"""What the edge is asked for each answer of a connector."""


def forms(data: bytes) -> None:
    """A form is read, or `BadForm` names a field."""
    for form in FORMS:
        try:
            form.read(data)
        except BadForm:
            continue


def events(data: bytes) -> None:
    """A body is events that can be passed on and events that are malformed, or `BadForm`."""
    try:
        found = read_events(data)
    except BadForm:
        return
    for event in found:
        if hasattr(event, "event"):
            request = HandleEventRequest.FromString(HandleEventRequest(event=event.event).SerializeToString())
            event_from_wire(request)


def zendesk_answers(data: bytes) -> None:
    """
    What Zendesk's API answers says of each resource what became of it, or is `Unreadable`; a pause is one within
    bounds. The first line is what was sent, the second a Retry-After.
    """
    ids, retry_after, body = (*data.split(b"\n", 2), b"", b"")[:3]
    sent = list(dict.fromkeys(ids.decode("latin-1").split()))[:200]
    seconds = pause_asked_for(retry_after.decode("latin-1"), NOW)
    assert SHORTEST_PAUSE <= seconds <= LONGEST_PAUSE
    with suppress(Unreadable):
        check_nothing_wrong(body)
    push = Push(
        {"external_id": each, "message": "a", "parent_id": sent[number - 1]} for number, each in enumerate(sent)
    )
    rounds = 0
    while push.batch():
        rounds += 1
        try:
            results = read_results(body, push.sent)
        except Unreadable:
            push.not_taken()
            continue
        assert [each.external_id for each in results] == list(push.sent)
        push.settle(results)
    result = push.result()
    assert sorted([*result.there, *(each.external_id for each in result.missing)]) == sorted(sent)
    assert rounds <= MOST_STOPS + 2 * len(sent)


def sealed(data: bytes) -> None:
    """What comes sealed opens or is `Unsealable`; so is what was sealed by us for something else."""
    app = edge_app()
    account = OpenAccount(app.handle.record(), GUESTBOOK_ID, stale=False)
    text = data.decode("utf-8", "replace")
    for name, value in app.given.items():
        text = text.replace(f"{{{name}}}", value)
    EventTokens(app.sealer).is_ours(text, GUESTBOOK_ID)
    for purpose in Purpose:
        _unless_unsealable(lambda: app.sealer.open(text, purpose=purpose, owner=(GUESTBOOK_ID,)))  # noqa: B023
    _unless_unsealable(lambda: app.handle.accounts.open_metadata(text, GUESTBOOK_ID))
    _unless_unsealable(lambda: app.handle.accounts.open_state(text, account))
    _unless_unsealable(lambda: app.handle.links.open(text, text[:255], GUESTBOOK_ID))


def _unless_unsealable(opening) -> None:
    try:
        opening()
    except Unsealable:
        return


def sealed_record(data: bytes) -> None:
    """Bytes that were sealed as an account's are an account or `Unsealable`."""
    app = edge_app()
    if len(data) > 3_000:
        return
    metadata = app.sealer.seal(data, purpose=Purpose.METADATA, owner=(GUESTBOOK_ID,))
    _unless_unsealable(lambda: app.handle.accounts.open_metadata(metadata, GUESTBOOK_ID))


def urls(data: bytes) -> None:
    """Addresses: where an account is sent to, where its files are, where a clickthrough and a redirect lead."""
    url, _, other = data.decode("utf-8", "replace").partition("\n")
    try:
        HOSTS.check_return_url(url, other or "example")
    except BadForm:
        pass
    else:
        assert url.startswith("https://")
    HOSTS.owns(url, other or "example")
    kind, host = destination(url, ("example.com", "*.pages.example.com"), loopback_http=False)
    if kind is not Destination.NONE:
        assert host
        assert url.isascii()
    with suppress(FileUnavailable, FileRefused):
        name_of(_next("https://example.zendesk.com/attachments/token/x?name=a.png", url))


def headers(data: bytes) -> None:
    """Values of headers: languages, the length and type of a file, the details of a failed call."""
    text = data.decode("latin-1")
    TraceContextTextMapPropagator().extract({"traceparent": text, "tracestate": text})
    chosen(text, ("en", "de", "pt-BR"))
    translations(text)
    lines = [line for line in data.split(b"\n") if b":" in line]
    pairs = [(name, value.strip()) for name, _, value in (line.partition(b":") for line in lines)]
    with suppress(FileUnavailable, FileRefused):
        answer = SimpleNamespace(headers=joined(pairs), status=200)
        Download("https://example.zendesk.com/a?name=b", answer, max_bytes=1_000, until=0)
    if (detail := detail_in(data)) is not None:
        from_detail(detail)


def request(data: bytes) -> None:
    """Any request gets an answer, and none is a fault of the edge."""
    app = edge_app()
    app.channel.use(b"Describe\n{}")
    app.ask(data)


def answer(data: bytes) -> None:
    """Whatever a connector answers, nothing invalid goes to Zendesk, and no fault is the edge's."""
    app = edge_app()
    app.channel.use(data)
    for rpc in [*app.channel.script]:
        for asked in ASKED[rpc]:
            status, body = app.ask(asked)
            schema = {"Pull": "pull_payload", "Channelback": "channelback_payload_v2"}.get(rpc)
            if schema and status == 200 and (SCHEMAS / "manifest.json").is_file():
                valid(schema, orjson.loads(body))


def manifest(data: bytes) -> None:
    """A manifest that a local Zendesk fetches is read, or it says what is wrong with it; so are other answers."""
    read = read_manifest(data, "https://x.example/manifest.json", loopback_http_is_https=False)
    assert read.manifest is not None or read.problem
    findings = Findings()
    try:
        content = read_json(data, findings)
    except NotJson:
        return
    check_pull_answer(content, findings, loopback_http_is_https=False)
    check_channelback_answer(content, findings)
