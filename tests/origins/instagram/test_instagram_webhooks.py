# SPDX-License-Identifier: Apache-2.0
"""What Instagram announces is taken if one of the two apps signed it, and tells the next pull what no list shows."""

from __future__ import annotations

import hashlib
import hmac
import json

import pytest

from sealock_connector import WebhookRequest
from sealock_origins.instagram.pull import POSTS
from tests.devkit.meta.callers import PICTURE
from tests.origins.instagram.conftest import VERIFY_TOKEN, account


def delivery(told, secret):
    body = json.dumps(told).encode()
    signature = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return WebhookRequest("POST", "", "", [("x-hub-signature-256", signature)], body)


def entry(meta, *changes, flat=False, messaging=()):
    told = {"id": meta.instagram.id, "time": int(meta.store.now())}
    if flat:
        told |= changes[0]
    elif changes:
        told |= {"changes": list(changes)}
    told |= {"messaging": list(messaging)} if messaging else {}
    return {"object": "instagram", "entry": [told]}


def comment(meta, number="17873440459141021", name="id", **more):
    value = {
        "from": {"id": "9009", "username": "ann.example"},
        name: number,
        "text": "How much?",
        "media": {"id": meta.media.id, "media_product_type": "FEED"},
        **more,
    }
    return {"field": "comments", "value": value}


def message(meta, **more):
    told = {"sender": {"id": "9009"}, "recipient": {"id": meta.instagram.id}}
    return {**told, "timestamp": int(meta.store.now() * 1000), "message": {"mid": "aWdf", "text": "Hi", **more}}


async def delivered(meta, connector, told, secret=None):
    answer = await connector.webhook(delivery(told, secret or meta.store.keys.app_secret))
    assert answer.status == 200
    return answer.deliveries


def hint(media):
    return f"p{media.id}".encode()


async def test_either_apps_secret_signs_and_no_other(meta, connector):
    keys, told = meta.store.keys, entry(meta, comment(meta))
    for secret in (keys.app_secret, keys.instagram_app_secret):
        assert await delivered(meta, connector, told, secret) == {meta.instagram.id: (hint(meta.media),)}
    answer = await connector.webhook(delivery(told, "another"))
    assert (answer.status, answer.body, answer.deliveries) == (403, b"refused", {})


async def test_the_handshake_gives_the_challenge_back(connector):
    query = f"hub.mode=subscribe&hub.verify_token={VERIFY_TOKEN}&hub.challenge=42"
    answer = await connector.webhook(WebhookRequest("GET", "", query, [], b""))
    assert (answer.status, answer.body) == (200, b"42")


@pytest.mark.parametrize("flat", [False, True])
@pytest.mark.parametrize("name", ["id", "comment_id"])
async def test_all_shapes_of_a_comment_name_its_post(meta, connector, flat, name):
    told = entry(meta, comment(meta, name=name), flat=flat)
    assert await delivered(meta, connector, told) == {meta.instagram.id: (hint(meta.media),)}


def news(meta):
    ig = meta.instagram.id
    return [
        (entry(meta, comment(meta), comment(meta)), [hint(meta.media)]),
        (entry(meta, {**comment(meta), "field": "live_comments"}), [hint(meta.media)]),
        (entry(meta, comment(meta, media=None)), []),
        (entry(meta, messaging=[message(meta)]), []),
        (entry(meta, messaging=[message(meta, is_echo=True)]), []),
        (entry(meta, messaging=[message(meta, attachments=[{"type": "story_mention"}])]), []),
        (entry(meta, {"field": "mentions", "value": {"media_id": "5", "comment_id": "6"}}), [b"m5/6"]),
        (entry(meta, {"field": "mentions", "value": {"media_id": 5}}), [b"m5/"]),
        (entry(meta, {"field": "mentions", "value": {}}, comment(meta)), [hint(meta.media)]),
        (
            {"object": "instagram", "entry": [None, {"id": ig, "changes": 5}, *entry(meta, comment(meta))["entry"]]},
            [hint(meta.media)],
        ),
    ]


@pytest.mark.parametrize("number", range(10))
async def test_news_nudge_the_account_and_name_what_a_pull_may_not_look_at(meta, connector, number):
    told, hints = news(meta)[number]
    assert await delivered(meta, connector, told) == {meta.instagram.id: tuple(hints)}


def silent(meta):
    return [
        entry(meta, comment(meta, **{"from": {"id": meta.instagram.id}})),
        entry(meta, messaging=[message(meta, is_deleted=True)]),
        entry(meta, messaging=[{"sender": {"id": "1"}, "read": {"mid": "x"}, "timestamp": 1}]),
        entry(meta, {"field": "mentions", "value": {"media_id": "no number"}}),
        entry(meta, {"field": "story_insights", "value": {}}),
        {"object": "page", "entry": []},
    ]


@pytest.mark.parametrize("number", range(6))
async def test_what_is_no_news_is_taken_without_a_word(meta, connector, number):
    assert await delivered(meta, connector, silent(meta)[number]) == {}


async def test_a_comment_on_a_post_that_no_list_shows_comes_by_a_hint_once(meta, connector, values):
    old = meta.media
    for number in range(POSTS):
        meta.site.emulator.instagram_posts.publish(meta.instagram.id, f"Number {number}", old.photo)
    state = (await connector.pull_all(values)).state
    written = meta.media_comment(old, "How much?")
    assert (await connector.pull(values, state)).resources == ()
    page = await connector.pull(values, state, hints=[hint(old)])
    assert page.ids == [f"instagram:{meta.instagram.id}/comment/{old.id}/{written.id}/{old.shortcode}"]
    again = await connector.pull(values, page.state, hints=[hint(old)])
    assert (again.resources, again.unread_hints) == ((), ())


async def test_mentions_are_read_by_the_pull_that_is_told_of_them(meta, connector):
    values = account(meta, "facebook")
    page = await connector.pull(values)
    media = meta.store.media[meta.do("publish", text="My breakfast", picture=PICTURE)]
    written = meta.media_comment(media, f"Better than @{meta.instagram.username}", person="Ben Sample")
    captioned = meta.store.media[meta.do("publish", text=f"At @{meta.instagram.username}", picture=PICTURE)]
    mentions = [
        {"field": "mentions", "value": {"media_id": media.id, "comment_id": written.id}},
        {"field": "mentions", "value": {"media_id": captioned.id}},
        {"field": "mentions", "value": {"media_id": media.id, "comment_id": "1"}},
    ]
    hints = (await delivered(meta, connector, entry(meta, *mentions)))[meta.instagram.id]
    found, state, more = [], page.state, True
    while more:  # a page of one: the hints come again until there is no more
        step = await connector.pull(values, state, hints=hints, max_resources=1)
        found, state, more = [*found, *step.ids], step.state, step.more
    ig = meta.instagram.id
    assert sorted(found) == [
        f"instagram:{ig}/mention/{media.id}/{written.id}/{media.shortcode}",
        f"instagram:{ig}/post/{captioned.id}/{captioned.shortcode}",
    ]
    assert step.unread_hints == ()
    posted = await connector.channelback(values, "Thank you!", parent_id=min(found))
    assert posted.external_id
    assert (await connector.pull(values, state)).resources == ()


async def test_what_the_emulator_announces_brings_all_of_it(meta, connector, values):
    page = await connector.pull(values)
    meta.store.settings.instagram_comment_shape = "alternating"
    told = []
    announced = meta.site.emulator.deliveries.add
    meta.site.emulator.deliveries.add = lambda *update: told.append(update) or announced(*update)
    for number in range(2):
        meta.media_comment(meta.media, f"Number {number}")
    meta.message("Hello", account=meta.instagram)
    hints = set()
    for product, owner, _, update in told:
        if product == ("instagram" if values["page"] else "instagram_login"):
            body = {"object": "instagram", "entry": [{"id": owner, "time": int(meta.store.now()), **update}]}
            nudged = await delivered(meta, connector, body)
            assert list(nudged) == [page.origin_account_key]
            hints |= set(nudged[owner])
    assert hints == {hint(meta.media)}
    assert len((await connector.pull(values, page.state, hints=sorted(hints))).ids) == 3
