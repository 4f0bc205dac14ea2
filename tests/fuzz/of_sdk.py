# SPDX-License-Identifier: Apache-2.0
"""
What a connector reads of its callers: requests, accounts, states, ids, references, typed addresses, and markup; and
what an origin answers, whichever it is.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from types import SimpleNamespace

import httpx2
from google.protobuf.message import DecodeError, Message

from sealock.connector.v1 import (
    channelback_pb2,
    clickthrough_pb2,
    describe_pb2,
    event_pb2,
    file_pb2,
    pull_pb2,
    setup_pb2,
    webhook_pb2,
)
from sealock_connector import (
    Account,
    ConnectorError,
    Cursor,
    HmacSignature,
    InvalidRequest,
    MemoryOutbox,
    NotFound,
    NotJson,
    OriginThrottled,
    WebhookRequest,
    read_json,
)
from sealock_connector._cursor_bytes import MOST_BYTES
from sealock_connector._outbox import ReplyDelivery
from sealock_connector._serving.service import Servicer
from sealock_connector.answers import diagnosed, json_of
from sealock_connector.errors import InvalidAnswer
from sealock_connector.markup import as_html, clean_html, linked, one_line, plain_text
from sealock_origins.facebook.account import PageAccount
from sealock_origins.facebook.resources import read_id as read_facebook_id
from sealock_origins.instagram.account import InstagramAccount
from sealock_origins.instagram.media import read_id as read_instagram_id
from sealock_origins.meta.position import Position as MetaPosition
from sealock_origins.meta.resources import MESSAGE_FILE
from sealock_origins.wordpress.ids import BadSite, CommentId, canonical_site
from sealock_origins.wordpress.position import Position as WordPressPosition
from sealock_origins.wordpress.resources import SiteAccount
from tests.fuzz.edge_app import wire
from tests.fuzz.of_origins import facebook, instagram, wordpress
from tests.fuzz.scripted import SEPARATOR, run

CALLS: dict[str, type[Message]] = {
    "Describe": describe_pb2.DescribeRequest,
    "Setup": setup_pb2.SetupRequest,
    "Pull": pull_pb2.PullRequest,
    "Channelback": channelback_pb2.ChannelbackRequest,
    "ResolveClickthrough": clickthrough_pb2.ResolveClickthroughRequest,
    "ReceiveWebhook": webhook_pb2.ReceiveWebhookRequest,
    "OpenFile": file_pb2.OpenFileRequest,
    "HandleEvent": event_pb2.HandleEventRequest,
}
_SECONDS = 20.0


class _Addresses(HTMLParser):
    """What a browser would find at `href` and `src`, in `found`."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element's addresses."""
        self.found += [value or "" for name, value in attrs if name in {"href", "src"}]


def call(data: bytes) -> None:
    """
    A call of each connector: `Pull` and its message as JSON or as bytes; `Channelback` may have several messages, apart
    by `%%`. It is answered, or refused with one of the SDK's errors.
    """
    name, _, rest = data.partition(b"\n")
    rpc = name.decode("latin-1").strip()
    if rpc not in CALLS:
        return
    messages = []
    for part in rest.split(SEPARATOR):
        try:
            messages.append(CALLS[rpc].FromString(wire(CALLS[rpc], part)))
        except DecodeError:
            return
    for connector in (wordpress(b""), facebook(b""), instagram(b"")):
        run(_called(Servicer(connector, ReplyDelivery(MemoryOutbox(), "fuzz")), rpc, messages))


async def _called(servicer: Servicer, rpc: str, messages: list[Message]) -> None:
    async def stream() -> AsyncIterator[Message]:
        for message in messages:
            yield message

    context = SimpleNamespace(time_remaining=lambda: _SECONDS)
    asked = stream() if rpc == "Channelback" else messages[0]
    try:
        if rpc == "OpenFile":
            async for _part in servicer.OpenFile(asked, context):
                pass
        else:
            response = await getattr(servicer, rpc)(asked, context)
            type(response).FromString(response.SerializeToString())
            if rpc == "Pull" and response.HasField("interruption"):
                assert response.interruption.reason != 9, "a fault of the connector"
    except InvalidAnswer:
        raise
    except ConnectorError:
        pass


def answers(data: bytes) -> None:
    """An origin's answer: its status, its headers, an empty line and its content. It is JSON, or has a cause."""
    head, _, content = data.partition(b"\n\n")
    status, *lines = head.split(b"\n")
    headers = [(name.strip(), value.strip()) for name, _, value in (line.partition(b":") for line in lines) if name]
    for method in ("GET", "POST"):
        answer = httpx2.Response(
            int(status) if status.isdigit() and len(status) == 3 else 200,
            headers=headers,
            content=content,
            request=httpx2.Request(method, "https://site.example/api"),
        )
        errors = [diagnosed(answer)]
        try:
            json.dumps(json_of(answer), ensure_ascii=False, allow_nan=False).encode()
        except ConnectorError as error:
            errors.append(error)
        assert all(error.cause is not None or isinstance(error, OriginThrottled) for error in errors)


def states(data: bytes) -> None:
    """A state is one of the connector's, which it writes again as it was, or `InvalidRequest`."""
    try:
        cursor = Cursor.load(data, overlap=timedelta(hours=6))
    except InvalidRequest:
        pass
    else:
        assert cursor.since is None or cursor.newest is not None
        at = datetime(2026, 11, 20, tzinfo=UTC)
        again = Cursor.load(cursor.seen(at, "a").dump(), overlap=timedelta(hours=6))
        assert (at, "a") in again
        assert len(again.dump()) <= MOST_BYTES
    for load in (WordPressPosition.load, lambda state: MetaPosition.load(state, since=1, messages_since=1)):
        try:
            position = load(data)
        except InvalidRequest:
            continue
        load(position.dump())


def accounts(data: bytes) -> None:
    """An account is one of the connector's, or `InvalidRequest` names what it lacks."""
    try:
        values = read_json(data)
    except NotJson:
        return
    json.dumps(values, allow_nan=False).encode()
    if not isinstance(values, dict):
        return
    for kind in (SiteAccount, PageAccount, InstagramAccount):
        try:
            account = kind.of(Account("account-1", values))
        except InvalidRequest:
            continue
        account.as_values()


def ids(data: bytes) -> None:
    """External ids, references of files, and addresses as administrators type them."""
    text = data.decode("utf-8", "replace")
    for read in (CommentId.read, read_facebook_id, read_instagram_id):
        try:
            found = read(text)
        except NotFound:
            continue
        assert str(found) == text
    MESSAGE_FILE.fullmatch(text)
    try:
        site = canonical_site(text)
    except BadSite:
        return
    assert canonical_site(site) == site


def markup(data: bytes) -> None:
    """HTML becomes harmless HTML, and text."""
    rendered = data.decode("utf-8", "replace")
    cleaned = run(clean_html(rendered, site="https://blog.example.com"))
    assert "<script" not in cleaned.lower()
    assert all(address.startswith(("http://", "https://", "mailto:")) for address in _Addresses(cleaned).found)
    run(plain_text(cleaned))
    run(linked(rendered, "https://api.w.org/"))
    assert "\n" not in one_line(rendered, 255)
    as_html(rendered)


_HEX = HmacSignature(
    "signature", prefix="v1=", separator=",", signed="{timestamp}.{body}", timestamp_prefix="t=", clock=lambda: 1e9
)
_BASE64 = HmacSignature("signature", prefix="sha256=", encoding="base64", algorithm="sha512")


def signature(data: bytes) -> None:
    """A line of a signature and a body, signed by nobody who knows the secret: it is not valid, in any shape."""
    line, _, body = data.partition(b"\n")
    request = WebhookRequest("POST", "", "", [("Signature", line.decode("latin-1"))], body)
    assert not _HEX.is_valid(request, ["secret of the origin", ""])
    assert not _BASE64.is_valid(request, ["secret of the origin", ""])
