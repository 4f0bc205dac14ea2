# SPDX-License-Identifier: Apache-2.0
"""What Facebook announces is taken if Facebook signed it, and is what a pull would have brought."""

from __future__ import annotations

import hashlib
import hmac
import json

import pytest

from sealock_connector import WebhookRequest
from sealock_connector.testing import running
from sealock_origins.facebook.connector import Facebook
from sealock_origins.meta.webhooks import Webhooks
from tests.origins.facebook.conftest import VERIFY_TOKEN, account
from tests.origins.meta.fake_graph import APP_ID, APP_SECRET, PAGE

ALL = f"{PAGE}.cvm"


def signed(body, secret=APP_SECRET):
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def delivery(body, *, signature=None, method="POST", headers=None):
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    given = headers if headers is not None else [("x-hub-signature-256", signature or signed(body))]
    return WebhookRequest(method, "", "", given, body)


def entry(*changes, messaging=(), page=PAGE):
    told = {"id": page, "time": 1_795_330_000}
    told |= {"changes": list(changes)} if changes else {}
    told |= {"messaging": list(messaging)} if messaging else {}
    return {"object": "page", "entry": [told]}


def feed(**value):
    return {"field": "feed", "value": {"verb": "add", "created_time": 1_795_329_990, **value}}


def comment(number="3003", who="7007", **more):
    given = {"item": "comment", "comment_id": f"2002_{number}", "post_id": f"{PAGE}_2002", "parent_id": f"{PAGE}_2002"}
    return feed(**{**given, "from": {"id": who, "name": "Ann Example"}, "message": "Are you open?", **more})


def message(who="7007", to=PAGE, at=1_795_329_999_987, **more):
    return {"sender": {"id": who}, "recipient": {"id": to}, "timestamp": at, "message": {"mid": "m_1", **more}}


async def ids(connector, told, key=ALL):
    answer = await connector.webhook(delivery(told))
    assert (answer.status, answer.body) == (200, b"EVENT_RECEIVED")
    return [each.external_id for each in dict(answer.deliveries).get(key, ())]


def handshake(**query):
    text = "&".join(f"hub.{name}={value}" for name, value in query.items())
    return WebhookRequest("GET", "", text, [], b"")


async def test_the_handshake_gives_the_challenge_back(connector):
    answer = await connector.webhook(handshake(mode="subscribe", verify_token=VERIFY_TOKEN, challenge="123"))
    assert (answer.status, answer.body) == (200, b"123")


BODY = json.dumps(entry(comment())).encode()
REFUSED = [
    handshake(mode="subscribe", verify_token="wrong", challenge="123"),
    handshake(mode="unsubscribe", verify_token=VERIFY_TOKEN, challenge="123"),
    handshake(mode="subscribe", challenge="123"),
    delivery(BODY, method="PUT"),
    delivery(BODY, headers=[]),
    delivery(BODY, signature=signed(BODY, "another-secret")),
    delivery(BODY, signature=signed(BODY + b" ")),
    delivery(BODY, signature=signed(BODY).removeprefix("sha256=")),
    delivery(BODY, signature=signed(BODY)[:-1]),
    delivery(BODY, signature="sha256=ünicode"),
    delivery(BODY, headers=[("x-hub-signature", "sha1=" + hmac.new(b"x", BODY, hashlib.sha1).hexdigest())]),
    delivery(BODY, headers=[("x-hub-signature-256", signed(BODY))] * 2),
]


@pytest.mark.parametrize("request_", REFUSED)
async def test_whatever_is_wrong_gets_one_and_the_same_answer(connector, request_):
    answer = await connector.webhook(request_)
    assert (answer.status, answer.body, answer.deliveries) == (403, b"refused", ())


async def test_without_a_verify_token_nothing_is_taken(graph, arguments):
    async with running(Facebook(), *arguments[:-1]) as connector:
        for request in (delivery(BODY), handshake(mode="subscribe", verify_token="", challenge="1")):
            assert (await connector.webhook(request)).status == 403


@pytest.mark.parametrize("secrets", [("",), ("", APP_SECRET)])
def test_a_secret_that_is_empty_signs_nothing(secrets):
    delivered = delivery(b"{}", signature=signed(b"{}", secret=""))
    assert Webhooks("page", secrets, VERIFY_TOKEN).handshake(delivered).status == 403


async def test_the_signature_is_of_the_exact_bytes(connector):
    escaped = json.dumps(entry(comment(message="Grüße"))).replace("\\u00fc", "\\u00FC").encode()
    answer = await connector.webhook(delivery(escaped))
    assert dict(answer.deliveries)[ALL][0].message == "Grüße"


async def test_a_webhook_brings_what_a_pull_brings(graph, connector):
    post = graph.post("", text="News")
    written = graph.comment(post, more={"permalink_url": "https://www.facebook.com/1"})
    visitors = graph.post("7008", text="Where?")
    below = graph.comment(visitors, "7009")
    inbound = graph.message("7007", "Hello")
    outbound = graph.message(PAGE, "Hi", "7007")
    for each in [*graph.comments.values(), *graph.posts.values(), *graph.messages.values()]:
        each.at = graph.now - 3_600
    graph.posts[post].who = PAGE
    told = entry(
        feed(item="status", post_id=visitors, message="Where?", created_time=graph.now - 3_600, **writer("7008")),
        announced(graph, written, post),
        announced(graph, below, visitors),
        messaging=[
            message(text="Hello", at=(graph.now - 3_600) * 1_000) | {"message": {"mid": inbound, "text": "Hello"}},
            message(PAGE, "7007", (graph.now - 3_600) * 1_000)
            | {"message": {"mid": outbound, "text": "Hi", "is_echo": True, "app_id": 999}},
        ],
    )
    answer = await connector.webhook(delivery(told))
    for values in (account(), account(per_post=True), account(messages=False), account(comments=False)):
        page = await connector.pull(values)
        brought = dict(answer.deliveries)[page.origin_account_key]
        assert {whole(each) for each in brought} == {whole(each) for each in page.resources}


def writer(person):
    return {"from": {"id": person, "name": "Ann Example"}}


def announced(graph, name, post):
    thing = graph.comments[name]
    return feed(
        item="comment",
        comment_id=name,
        post_id=post,
        parent_id=thing.parent,
        message=thing.text,
        created_time=thing.at,
        **writer(thing.who),
    )


def whole(resource):
    """What has to be the same; names of people are not in every webhook."""
    return (
        resource.external_id,
        resource.message,
        resource.created_at,
        resource.thread_id,
        resource.author.external_id,
    )


async def test_an_answer_to_a_comment_belongs_to_its_thread(connector):
    answer = await connector.webhook(delivery(entry(comment(parent_id="2002_1"))))
    found = dict(answer.deliveries)
    assert found[ALL][0].thread_id == f"facebook:{PAGE}/comment/{PAGE}_2002/2002_1"
    assert found[f"{ALL}p"][0].thread_id == f"facebook:{PAGE}/post/{PAGE}_2002"


SILENT = [
    entry(comment(who=PAGE)),
    entry(feed(item="status", post_id=f"{PAGE}_1", **writer(PAGE))),
    entry(comment(verb="remove")),
    entry(comment(verb="edited")),
    entry(feed(item="like", post_id=f"{PAGE}_1", **writer("7007"))),
    entry({"field": "mention", "value": {"item": "post", "verb": "add", "post_id": "1_2"}}),
    entry(messaging=[message(PAGE, "7007", is_echo=True, app_id=int(APP_ID), text="ours")]),
    entry(messaging=[message(is_deleted=True)]),
    entry(messaging=[{"sender": {"id": "7007"}, "recipient": {"id": PAGE}, "timestamp": 1, "message_edit": {}}]),
    entry(messaging=[message("1", "2", text="of somebody else")]),
    {"object": "instagram", "entry": [{"id": PAGE, "changes": [comment()]}]},
    {"object": "page"},
    {"object": "page", "entry": [None, {}, {"id": PAGE, "changes": [None, {"field": 1}]}]},
    entry(comment(comment_id="no number")),
    entry(comment(created_time="never")),
    [],
    b"no json",
]


@pytest.mark.parametrize("told", SILENT)
async def test_what_is_no_news_is_taken_without_a_word(connector, told):
    answer = await connector.webhook(delivery(told))
    assert (answer.status, answer.deliveries) == (200, ())


async def test_one_odd_update_does_not_stop_the_others(connector):
    assert len(await ids(connector, entry(comment("1", created_time=None), comment("2")))) == 1


async def test_what_comes_twice_is_delivered_once(connector):
    assert len(await ids(connector, entry(comment(), comment()))) == 1
    assert len(await ids(connector, entry(comment()))) == 1


async def test_a_thousand_updates_come_in_the_order_of_their_time(connector):
    told = {"object": "page", "entry": []}
    for number in range(1_000):
        at = 1_795_330_000_000 + (number * 7_919 % 1_000) * 1_000
        event = {**message(at=at), "message": {"mid": f"m_{at}", "text": "Hello"}}
        told["entry"].append({"id": PAGE, "time": at, "messaging": [event]})
    found = await ids(connector, told)
    assert found == sorted(found)
    assert len(found) == 1_000


async def test_messages_of_a_thread_that_another_app_holds_come_too(connector):
    told = {"object": "page", "entry": [{"id": PAGE, "time": 1, "standby": [message(text="Hello")]}]}
    assert await ids(connector, told) == [f"facebook:{PAGE}/message/7007/m_1"]


async def test_older_shapes_are_read(connector):
    told = comment()
    del told["value"]["from"]
    told["value"] |= {"sender_id": "7007", "sender_name": "Ann"}
    answer = await connector.webhook(delivery({"object": "page", "entry": [{"id": PAGE, **told}]}))
    assert dict(answer.deliveries)[ALL][0].author.name == "Ann"


async def test_files_of_a_message_are_named(connector):
    attached = [
        {"type": "image", "payload": {"url": "https://cdn.example/i.jpg"}},
        {"type": "fallback", "payload": {"url": "https://example.test/shared"}},
    ]
    answer = await connector.webhook(delivery(entry(messaging=[message(attachments=attached)])))
    [found] = dict(answer.deliveries)[ALL]
    assert found.message == "(shared: https://example.test/shared)\n(a picture)"
    assert [file.reference for file in found.files] == ["m:0:m_1"]
