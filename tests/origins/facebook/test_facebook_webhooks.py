# SPDX-License-Identifier: Apache-2.0
"""What Facebook announces is taken if Facebook signed it, and tells the next pull what no list shows."""

from __future__ import annotations

import hashlib
import hmac
import json

import pytest

from sealock_connector import WebhookRequest
from sealock_connector.testing import running
from sealock_origins.facebook.connector import Facebook
from sealock_origins.facebook.pull import POSTS
from sealock_origins.meta.hints import MOST_POSTS
from sealock_origins.meta.webhooks import Webhooks
from tests.origins.facebook.conftest import VERIFY_TOKEN, account
from tests.origins.meta.fake_graph import APP_ID, APP_SECRET, GONE, PAGE, error

POST = f"{PAGE}_2002"


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


async def delivered(connector, told):
    answer = await connector.webhook(delivery(told))
    assert (answer.status, answer.body) == (200, b"EVENT_RECEIVED")
    return answer.deliveries


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
    assert (answer.status, answer.body, answer.deliveries) == (403, b"refused", {})


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
    assert (await connector.webhook(delivery(escaped))).deliveries == {PAGE: (f"p{POST}".encode(),)}


def writer(person):
    return {"from": {"id": person, "name": "Ann Example"}}


def of_another_shape(told):
    """A comment as older versions announce it: the change in the entry itself, and the writer beside it."""
    value = {**told["value"], "sender_id": "7007", "sender_name": "Ann"}
    del value["from"]
    return {"object": "page", "entry": [{"id": PAGE, **told, "value": value}]}


NEWS = {
    "a comment": (entry(comment()), [POST]),
    "a comment of an older shape": (of_another_shape(comment()), [POST]),
    "a comment that is shown again": (entry(comment(verb="unhide")), [POST]),
    "a comment without its post": (entry(comment(post_id=None)), []),
    "an answer to a comment": (entry(comment(parent_id="2002_1")), [POST]),
    "a comment of nobody": (entry(comment(**{"from": None})), [POST]),
    "the same comment twice": (entry(comment(), comment()), [POST]),
    "comments on two posts": (entry(comment(), comment(post_id=f"{PAGE}_2003")), [POST, f"{PAGE}_2003"]),
    "a visitor's post": (entry(feed(item="status", post_id=f"{PAGE}_1", **writer("7007"))), []),
    "a message": (entry(messaging=[message(text="Hello")]), []),
    "a message of a thread that another app holds": (
        {"object": "page", "entry": [{"id": PAGE, "time": 1, "standby": [message(text="Hello")]}]},
        [],
    ),
    "a message that the Page sent elsewhere": (
        entry(messaging=[message(PAGE, "7007", is_echo=True, app_id=999, text="Hi")]),
        [],
    ),
    "a message that the Page sent without an app": (
        entry(messaging=[message(PAGE, "7007", is_echo=True, text="Hi")]),
        [],
    ),
    "one odd update among others": (entry(comment(post_id=[]), {"field": 1}, comment()), [POST]),
}


@pytest.mark.parametrize("what", NEWS)
async def test_news_nudge_the_page_and_name_what_a_pull_may_not_look_at(connector, what):
    told, posts = NEWS[what]
    assert await delivered(connector, told) == {PAGE: tuple(f"p{post}".encode() for post in posts)}


SILENT = [
    entry(comment(who=PAGE)),
    entry(feed(item="status", post_id=f"{PAGE}_1", **writer(PAGE))),
    entry(comment(verb="remove")),
    entry(comment(verb="edited")),
    entry(comment(verb="hide")),
    entry(feed(item="like", post_id=f"{PAGE}_1", **writer("7007"))),
    entry({"field": "mention", "value": {"item": "post", "verb": "add", "post_id": "1_2"}}),
    entry(messaging=[message(PAGE, "7007", is_echo=True, app_id=int(APP_ID), text="ours")]),
    entry(messaging=[message(is_deleted=True)]),
    entry(messaging=[{"sender": {"id": "7007"}, "recipient": {"id": PAGE}, "timestamp": 1, "message_edit": {}}]),
    {"object": "instagram", "entry": [{"id": PAGE, "changes": [comment()]}]},
    {"object": "page"},
    {"object": "page", "entry": [None, {}, {"id": PAGE, "changes": [None, {"field": 1}]}]},
    [],
    b"no json",
]


@pytest.mark.parametrize("told", SILENT)
async def test_what_is_no_news_is_taken_without_a_word(connector, told):
    answer = await connector.webhook(delivery(told))
    assert (answer.status, answer.deliveries) == (200, {})


async def test_a_thousand_updates_are_one_hint_for_each_post(connector):
    posts = [f"{PAGE}_{number % 10}" for number in range(1_000)]
    told = entry(*(comment(str(number), post_id=post) for number, post in enumerate(posts)))
    assert sorted(map(bytes.decode, (await delivered(connector, told))[PAGE])) == sorted({f"p{post}" for post in posts})


async def test_more_hints_than_are_taken_give_the_first_ones_up(connector, caplog):
    told = entry(*(comment(post_id=f"{PAGE}_{number}") for number in range(1_100)))
    hints = (await delivered(connector, told))[PAGE]
    assert (len(hints), hints[0], hints[-1]) == (1_000, f"p{PAGE}_100".encode(), f"p{PAGE}_1099".encode())
    assert "the first of them are given up" in caplog.text


async def test_updates_of_several_pages_nudge_each(connector):
    told = {"object": "page", "entry": [*entry(comment(), page="1")["entry"], *entry(comment(), page="2")["entry"]]}
    assert list(await delivered(connector, told)) == ["1", "2"]


def old_post(graph):
    """A post of the Page that is older than those that pulls look at."""
    post = graph.post(text="Last year")
    many_posts(graph, PAGE)
    return post


def many_posts(graph, who):
    """As many newer posts as pulls look at."""
    graph.now += 1
    for _ in range(POSTS):
        graph.post(who, text="News")


def hint(post):
    return f"p{post}".encode()


async def test_a_comment_on_a_post_that_no_list_shows_comes_by_a_hint_once(graph, connector):
    post, values = old_post(graph), account()
    state = (await connector.pull_all(values)).state
    graph.now += 60
    written = graph.comment(post)
    assert (await connector.pull(values, state)).resources == ()
    page = await connector.pull(values, state, hints=[hint(post)])
    assert [each.rsplit("/", 1)[1] for each in page.ids] == [written]
    assert page.resources[0].thread_id == f"facebook:{PAGE}/comment/{post}/{written}"
    assert page.unread_hints == ()
    again = await connector.pull(values, page.state, hints=[hint(post), hint(post)])
    assert (again.resources, again.unread_hints) == ((), ())


async def test_a_comment_on_an_old_post_of_a_visitor_comes_where_visitors_posts_are_brought(graph, connector):
    post = graph.post("7008", text="Where are you?")
    many_posts(graph, "7009")
    values = account(comments=False)
    state = (await connector.pull_all(values)).state
    graph.now += 60
    written = graph.comment(post)
    page = await connector.pull(values, state, hints=[hint(post)])
    assert [each.rsplit("/", 1)[1] for each in page.ids] == [post, written]


FAULTS = {
    "Meta fails": (error(2, status=500, transient=True), True),
    "a permission is missing": (error(10, status=403), True),
    "the post is gone": (GONE, False),
    "it is no post": ((200, {"id": "x"}, {}), False),
}


@pytest.mark.parametrize("what", FAULTS)
async def test_a_hint_that_cannot_be_followed_is_kept_if_it_may_be_later(graph, connector, what):
    fault, later = FAULTS[what]
    post, values = old_post(graph), account()
    state = (await connector.pull_all(values)).state
    graph.now += 60
    graph.comment(post)
    graph.faults[f"GET /{post}"] = [fault] * 3
    page = await connector.pull(values, state, hints=[hint(post)])
    assert (page.resources, page.interruption) == ((), None)
    assert page.unread_hints == ((hint(post),) if later else ())
    graph.faults.clear()
    if later:
        assert len((await connector.pull(values, page.state, hints=page.unread_hints)).resources) == 1


async def test_many_hints_are_followed_a_few_at_a_time(graph, connector):
    posts = [graph.post(text="Old") for _ in range(MOST_POSTS + 5)]
    many_posts(graph, PAGE)
    values = account()
    state = (await connector.pull_all(values)).state
    graph.now += 60
    for post in posts:
        graph.comment(post)
    page = await connector.pull(values, state, hints=[hint(post) for post in posts])
    assert (len(page.resources), len(page.unread_hints)) == (MOST_POSTS, 5)
    page = await connector.pull(values, page.state, hints=page.unread_hints)
    assert (len(page.resources), page.unread_hints) == (5, ())


@pytest.mark.parametrize("odd", [b"", b"p", b"p../me", b"m1/2", b"\xff\x00", b"p1_2_3_4", b"p" + b"9" * 200])
async def test_what_is_no_hint_of_ours_changes_nothing(graph, connector, odd):
    values = account()
    graph.comment(graph.post())
    assert len((await connector.pull(values, hints=[odd])).resources) == 1
