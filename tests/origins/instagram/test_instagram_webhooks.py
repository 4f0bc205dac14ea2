# SPDX-License-Identifier: Apache-2.0
"""What Instagram announces is taken if one of the two apps signed it, and is what a pull would have brought."""

from __future__ import annotations

import hashlib
import hmac
import json

import pytest

from sealock_connector import WebhookRequest
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


async def ids(meta, connector, told, secret=None, kinds="cm"):
    answer = await connector.webhook(delivery(told, secret or meta.store.keys.app_secret))
    assert answer.status == 200
    return [each.external_id for each in dict(answer.deliveries).get(f"{meta.instagram.id}.{kinds}", ())]


async def test_either_apps_secret_signs_and_no_other(meta, connector, values):
    await connector.pull(values)
    keys, told = meta.store.keys, entry(meta, comment(meta))
    for secret in (keys.app_secret, keys.instagram_app_secret):
        assert len(await ids(meta, connector, told, secret)) == 1
    answer = await connector.webhook(delivery(told, "another"))
    assert (answer.status, answer.body, answer.deliveries) == (403, b"refused", ())


async def test_the_handshake_gives_the_challenge_back(connector):
    query = f"hub.mode=subscribe&hub.verify_token={VERIFY_TOKEN}&hub.challenge=42"
    answer = await connector.webhook(WebhookRequest("GET", "", query, [], b""))
    assert (answer.status, answer.body) == (200, b"42")


@pytest.mark.parametrize("flat", [False, True])
@pytest.mark.parametrize("name", ["id", "comment_id"])
async def test_all_shapes_of_a_comment_are_one(meta, connector, values, flat, name):
    await connector.pull(values)
    [found] = await ids(meta, connector, entry(meta, comment(meta, name=name), flat=flat))
    expected = f"instagram:{meta.instagram.id}/comment/{meta.media.id}/17873440459141021/{meta.media.shortcode}"
    assert found == expected


async def test_a_webhook_brings_what_a_pull_brings(meta, connector, values):
    await connector.pull(values)
    written = meta.media_comment(meta.media, "How much?")
    answer = meta.media_comment(written, "Five", person="Ben Sample")
    sent = meta.message("Hi", account=meta.instagram)
    people = [meta.scoped(name, meta.instagram) for name in ("Ann Example", "Ben Sample")]
    told = entry(
        meta,
        comment(meta, written.id, **{"from": {"id": people[0], "username": "x"}}),
        comment(meta, answer.id, text="Five", parent_id=written.id, **{"from": {"id": people[1], "username": "y"}}),
        messaging=[{**message(meta, mid=sent.id), "sender": {"id": people[0]}}],
    )
    brought = await connector.webhook(delivery(told, meta.store.keys.app_secret))
    page = await connector.pull(values)
    found = dict(brought.deliveries)[page.origin_account_key]
    assert {whole(each) for each in found} == {whole(each) for each in page.resources}


def whole(resource):
    return resource.external_id, resource.message, resource.thread_id, resource.author.external_id


async def test_before_the_first_pull_nothing_is_delivered_that_would_have_another_id(meta, connector, values):
    told = entry(meta, comment(meta))
    assert await ids(meta, connector, told) == []
    await connector.pull(values)
    assert len(await ids(meta, connector, told)) == 1


async def test_a_comment_on_an_old_post_comes_by_webhook_alone(meta, connector, values):
    await connector.pull(values)
    told = entry(meta, comment(meta, media={"id": "17000000000000001"}))
    [found] = await ids(meta, connector, told)
    assert found == f"instagram:{meta.instagram.id}/comment/17000000000000001/17873440459141021"


def silent(meta):
    return [
        entry(meta, comment(meta, **{"from": {"id": meta.instagram.id}})),
        entry(meta, messaging=[message(meta, is_echo=True)]),
        entry(meta, messaging=[message(meta, is_deleted=True)]),
        entry(meta, messaging=[{**message(meta), "recipient": {"id": "1"}}]),
        entry(meta, comment(meta, "no number")),
        entry(meta, comment(meta, media=None)),
        entry(meta, {"field": "story_insights", "value": {}}),
        {"object": "page", "entry": []},
    ]


@pytest.mark.parametrize("number", range(8))
async def test_what_is_no_news_is_taken_without_a_word(meta, connector, values, number):
    await connector.pull(values)
    answer = await connector.webhook(delivery(silent(meta)[number], meta.store.keys.app_secret))
    assert (answer.status, answer.deliveries) == (200, ())


async def test_an_ad_comment_that_arrives_twice_is_delivered_once(meta, connector, values):
    await connector.pull(values)
    assert len(await ids(meta, connector, entry(meta, comment(meta), comment(meta)))) == 1


async def test_a_mention_is_read_by_the_next_pull(meta, connector):
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
    assert await ids(meta, connector, entry(meta, *mentions)) == []
    later = await connector.pull_all(values, page.state, max_resources=1)
    ig = meta.instagram.id
    assert sorted(each.external_id for each in later.resources) == [
        f"instagram:{ig}/mention/{media.id}/{written.id}/{media.shortcode}",
        f"instagram:{ig}/post/{captioned.id}/{captioned.shortcode}",
    ]
    posted = await connector.channelback(values, "Thank you!", parent_id=later.ids[0])
    assert posted.external_id
    assert (await connector.pull(values, later.state)).resources == ()


async def test_what_the_emulator_announces_is_understood(meta, connector, values):
    page = await connector.pull(values)
    meta.store.settings.instagram_comment_shape = "alternating"
    told = []
    announced = meta.site.emulator.deliveries.add
    meta.site.emulator.deliveries.add = lambda *update: told.append(update) or announced(*update)
    for number in range(2):
        meta.media_comment(meta.media, f"Number {number}")
    meta.message("Hello", account=meta.instagram)
    found = set()
    for product, owner, _, update in told:
        if product == ("instagram" if values["page"] else "instagram_login"):
            body = {"object": "instagram", "entry": [{"id": owner, "time": int(meta.store.now()), **update}]}
            found |= set(await ids(meta, connector, body))
    assert found == set((await connector.pull(values, page.state)).ids)
    assert len(found) == 3
