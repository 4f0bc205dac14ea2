# SPDX-License-Identifier: Apache-2.0
"""Webhooks: subscribed with a handshake, signed over their bytes, batched, tried again, and given up."""

from __future__ import annotations

import hmac
import json
from collections.abc import AsyncIterator

import pytest
from falcon.asgi import App, Request, Response

from tests.devkit.meta.callers import PICTURE, Meta
from tests.serving import serving

HOUR = 3_600
FIELDS = ["feed", "mention", "messages", "message_echoes", "message_edits"]


class Listener:
    """A webhook that answers the handshake, and keeps what it is told."""

    def __init__(self) -> None:
        self.deliveries: list[tuple[bytes, str]] = []
        self.status = 200
        self.verify_token = "listen-to-this"
        self.url = ""

    async def on_get(self, req: Request, resp: Response) -> None:
        if req.get_param("hub.verify_token") != self.verify_token or req.get_param("hub.mode") != "subscribe":
            resp.status = 403
            return
        resp.text = req.get_param("hub.challenge")

    async def on_post(self, req: Request, resp: Response) -> None:
        body = await req.stream.read()
        resp.status = self.status
        if self.status == 200:
            self.deliveries.append((body, req.get_header("X-Hub-Signature-256")))

    @property
    def updates(self) -> list[dict]:
        return [entry for body, _ in self.deliveries for entry in json.loads(body)["entry"]]

    @property
    def changes(self) -> list[dict]:
        return [change["value"] for entry in self.updates for change in entry.get("changes", ())]

    @property
    def messaging(self) -> list[dict]:
        return [each for entry in self.updates for each in entry.get("messaging", ())]


@pytest.fixture
async def listener() -> AsyncIterator[Listener]:
    found = Listener()
    app = App()
    app.add_route("/webhook", found)
    async with serving(lambda _: app) as url:
        found.url = f"{url}/webhook"
        yield found


def app_token(meta: Meta) -> str:
    return f"{meta.store.keys.app_id}|{meta.store.keys.app_secret}"


async def subscribe(meta: Meta, listener: Listener, object_: str = "page", fields=FIELDS, **changed):
    body = {
        "object": object_,
        "callback_url": listener.url,
        "verify_token": listener.verify_token,
        "fields": ",".join(fields),
        "include_values": "true",
        **changed,
    }
    return await meta.call("POST", f"{meta.store.keys.app_id}/subscriptions", token=app_token(meta), data=body)


@pytest.fixture
async def page(meta, listener) -> Listener:
    """The Page's webhook, ready."""
    assert (await subscribe(meta, listener)).json() == {"success": True}
    answer = await meta.call("POST", f"{meta.page.id}/subscribed_apps", params={"subscribed_fields": ",".join(FIELDS)})
    assert answer.json() == {"success": True}
    return listener


@pytest.fixture
async def instagram(meta, listener) -> Listener:
    """Instagram's webhook by Instagram Login, ready."""
    body = {"callback_url": listener.url, "verify_token": listener.verify_token, "fields": ["comments", "messages"]}
    answer = await meta.http.put(f"{meta.site.url}/dev/webhooks/instagram_login", json=body)
    assert answer.status_code == 204
    await meta.post("me/subscribed_apps", token=meta.instagram_token, subscribed_fields="comments,messages")
    return listener


async def deliver(meta: Meta) -> int:
    return await meta.site.emulator.deliveries.deliver_due()


async def test_the_handshake_decides_about_a_subscription(meta, listener):
    assert (await subscribe(meta, listener, verify_token="wrong")).json()["error"]["code"] == 2200
    assert (await subscribe(meta, listener, callback_url="http://127.0.0.1:1/x")).json()["error"]["code"] == 2200
    assert (await subscribe(meta, listener, object_="moon")).json()["error"]["code"] == 100
    assert (await subscribe(meta, listener, fields=["rain"])).json()["error"]["code"] == 100
    assert (await subscribe(meta, listener)).json() == {"success": True}
    told = (await meta.get(f"{meta.store.keys.app_id}/subscriptions", token=app_token(meta)))["data"]
    assert [(each["object"], each["callback_url"]) for each in told] == [("page", listener.url)]
    await meta.call("DELETE", f"{meta.store.keys.app_id}/subscriptions", token=app_token(meta))
    assert (await meta.get(f"{meta.store.keys.app_id}/subscriptions", token=app_token(meta)))["data"] == []


async def test_subscriptions_are_the_apps_own_business(meta):
    assert await meta.refusal("GET", f"{meta.store.keys.app_id}/subscriptions") == (190, 0)


async def test_the_app_is_installed_listed_and_removed(meta):
    path = f"{meta.page.id}/subscribed_apps"
    assert (await meta.get(path))["data"] == []
    await meta.post(path, subscribed_fields=["feed", "messages"])
    (told,) = (await meta.get(path))["data"]
    assert (told["id"], told["subscribed_fields"]) == (meta.store.keys.app_id, ["feed", "messages"])
    assert (await meta.call("DELETE", path)).json() == {"success": True}
    assert (await meta.get(path))["data"] == []
    assert await meta.refusal("POST", path, json={"subscribed_fields": "messaging_seen"}) == (100, 0)
    assert await meta.refusal("POST", path, json={}) == (100, 0)
    meta.without("pages_messaging")
    assert await meta.refusal("POST", path, json={"subscribed_fields": "messages"}) == (200, 0)
    meta.without("pages_manage_metadata")
    assert await meta.refusal("POST", path, json={"subscribed_fields": "feed"}) == (200, 0)


async def test_the_signature_is_over_the_bytes_with_everything_escaped(meta, page):
    meta.comment(meta.page_post, "Grüße/☼")
    await deliver(meta)
    ((body, signature),) = page.deliveries
    assert body.isascii()
    assert b"Gr\\u00fc\\u00dfe\\/\\u263c" in body
    expected = hmac.new(meta.store.keys.app_secret.encode(), body, "sha256").hexdigest()
    assert signature == f"sha256={expected}"
    plain = json.dumps(json.loads(body), ensure_ascii=False).encode()
    assert hmac.new(meta.store.keys.app_secret.encode(), plain, "sha256").hexdigest() != expected


async def test_comments_are_told_with_all_that_happens_to_them(meta, page):
    comment = meta.comment(meta.page_post, "Open?", picture=PICTURE)
    reply = meta.comment(comment, "I wonder")
    meta.do("edit", target=comment.id, text="Open today?")
    await meta.post(comment.id, is_hidden=True)
    await meta.post(comment.id, is_hidden=False)
    own = await meta.post(f"{comment.id}/comments", message="Yes")
    meta.do("delete", target=comment.id)
    await deliver(meta)
    assert [(each["verb"], each["comment_id"]) for each in page.changes] == [
        ("add", comment.id),
        ("add", reply.id),
        ("edited", comment.id),
        ("hide", comment.id),
        ("unhide", comment.id),
        ("add", own["id"]),
        ("remove", reply.id),
        ("remove", own["id"]),
        ("remove", comment.id),
    ]
    first, second, third, *_, last = page.changes
    assert first["item"] == "comment"
    assert (first["parent_id"], second["parent_id"]) == (meta.page_post.id, comment.id)
    assert first["from"] == {"id": meta.scoped(), "name": "Ann Example"}
    assert isinstance(first["created_time"], int)
    assert first["photo"].startswith(meta.site.url)
    assert first["post"]["id"] == meta.page_post.id
    assert third["message"] == "Open today?"
    assert "message" not in last


async def test_visitors_posts_and_mentions_are_told(meta, page):
    post = meta.visitor_post("Hello")
    told = [each for each in await told_after(meta, page) if each["post_id"] == post.id]
    assert [(each["item"], each["verb"], each["message"]) for each in told] == [("post", "add", "Hello")]
    meta.do("post", account=meta.other_page, text="Better is @harbour.cafe")
    mention = (await told_after(meta, page))[-1]
    assert (mention["item"], mention["message"]) == ("post", "Better is @harbour.cafe")
    assert page.updates[-1]["changes"][0]["field"] == "mention"


async def told_after(meta, listener):
    await deliver(meta)
    return listener.changes


async def test_messages_are_told_in_milliseconds_and_echoes_with_their_metadata(meta, page):
    message = meta.message("Hello")
    body = {"recipient": {"id": meta.scoped()}, "message": {"text": "Yes", "metadata": "zd:1"}}
    sent = await meta.post(f"{meta.page.id}/messages", **body)
    meta.do("page_message", text="By hand")
    meta.do("edit", target=message.id, text="Hello!")
    meta.do("delete", target=message.id)
    await deliver(meta)
    first, echo, by_hand, edit, gone = page.messaging
    assert first == {
        "sender": {"id": meta.scoped()},
        "recipient": {"id": meta.page.id},
        "timestamp": int(meta.store.now() * 1000),
        "message": {"mid": message.id, "text": "Hello"},
    }
    assert echo["message"] == {
        "mid": sent["message_id"],
        "text": "Yes",
        "is_echo": True,
        "app_id": int(meta.store.keys.app_id),
        "metadata": "zd:1",
    }
    assert echo["sender"] == {"id": meta.page.id}
    assert by_hand["message"]["app_id"] == int(meta.store.settings.page_inbox_app_id)
    assert edit["message_edit"] == {"mid": message.id, "text": "Hello!", "num_edit": 1}
    assert gone["message"] == {"mid": message.id, "is_deleted": True}


async def test_pictures_in_messages_are_links_that_expire(meta, page):
    meta.message("", picture=PICTURE)
    await deliver(meta)
    (attachment,) = page.messaging[0]["message"]["attachments"]
    assert attachment["type"] == "image"
    assert (await meta.http.get(attachment["payload"]["url"])).content == PICTURE.data
    meta.store.clock.advance(HOUR)
    assert (await meta.http.get(attachment["payload"]["url"])).status_code == 403


async def test_only_what_was_subscribed_comes(meta, page):
    await meta.post(f"{meta.page.id}/subscribed_apps", subscribed_fields="feed")
    meta.message()
    meta.comment(meta.page_post)
    meta.do("post", account=meta.other_page, text="Not installed here")
    await deliver(meta)
    assert page.messaging == []
    assert len(page.changes) == 1


async def test_without_advanced_access_only_people_with_a_role_are_told_of(meta, page):
    meta.store.settings.advanced_access = False
    meta.comment(meta.page_post, "as anybody")
    meta.comment(meta.page_post, "as a tester", person="Max Moderator")
    assert [each["message"] for each in await told_after(meta, page)] == ["as a tester"]


@pytest.mark.parametrize("shape", ["changes", "flat"])
async def test_instagrams_comments_have_two_shapes(meta, instagram, shape):
    meta.store.settings.instagram_comment_shape = shape
    comment = meta.media_comment(meta.media)
    reply = meta.media_comment(comment)
    await deliver(meta)
    first, second = instagram.updates
    values = [each["changes"][0] if shape == "changes" else each for each in (first, second)]
    assert {each["field"] for each in values} == {"comments"}
    assert ("comment_id" in values[0]["value"]) == (shape == "changes")
    assert values[0]["value"]["id"] == comment.id
    assert values[0]["value"]["media"] == {"id": meta.media.id, "media_product_type": "FEED"}
    assert values[1]["value"]["parent_id"] == comment.id
    assert reply.id == values[1]["value"]["id"]
    assert first["id"] == meta.instagram.id


async def test_the_shapes_may_alternate(meta, instagram):
    meta.store.settings.instagram_comment_shape = "alternating"
    for _ in range(2):
        meta.media_comment(meta.media)
    await deliver(meta)
    assert ["changes" in each for each in instagram.updates] == [False, True]


async def test_each_login_signs_with_its_own_secret(meta, instagram):
    await subscribe(meta, instagram, "instagram", ["comments"])
    await meta.post(f"{meta.page.id}/subscribed_apps", subscribed_fields="feed")
    meta.media_comment(meta.media)
    await deliver(meta)
    keys = meta.store.keys
    signed_by = {
        secret
        for body, signature in instagram.deliveries
        for secret in (keys.app_secret, keys.instagram_app_secret)
        if signature == "sha256=" + hmac.new(secret.encode(), body, "sha256").hexdigest()
    }
    assert (len(instagram.deliveries), signed_by) == (2, {keys.app_secret, keys.instagram_app_secret})


async def test_mentions_come_by_the_login(meta, instagram):
    await subscribe(meta, instagram, "instagram", ["comments", "mentions"])
    await meta.post(f"{meta.page.id}/subscribed_apps", subscribed_fields="feed")
    media = meta.store.media[meta.do("publish", text="At @harbour.cafe", picture=PICTURE)]
    comment = meta.media_comment(media, "Yes, @harbour.cafe!")
    await deliver(meta)
    fields = [(each["changes"][0]["field"], each["changes"][0]["value"]) for each in instagram.updates]
    assert ("mentions", {"media_id": media.id}) in fields
    assert ("mentions", {"media_id": media.id, "comment_id": comment.id}) in fields
    assert [value["id"] for field, value in fields if field == "comments"] == [comment.id]


async def test_a_private_account_is_told_of_no_comments(meta, instagram):
    meta.instagram.is_public = False
    meta.media_comment(meta.media)
    assert await deliver(meta) == 0


async def test_instagrams_messages_and_their_echoes_come_as_messages(meta, instagram):
    meta.do("story_reply", account=meta.instagram, target=meta.story.id, text="Wow")
    meta.do("unsupported", account=meta.instagram)
    body = {"recipient": {"id": meta.scoped(account=meta.instagram)}, "message": {"text": "Thanks"}}
    await meta.post("me/messages", token=meta.instagram_token, **body)
    await deliver(meta)
    story, unsupported, echo = (each["message"] for each in instagram.messaging)
    assert set(story["reply_to"]["story"]) == {"id", "url"}
    assert unsupported["is_unsupported"] is True
    assert (echo["is_echo"], echo["text"]) == (True, "Thanks")


async def test_many_updates_come_in_batches_of_a_thousand(meta, page):
    for number in range(1_200):
        meta.site.emulator.deliveries.add(
            "page", meta.page.id, "feed", {"changes": [{"field": "feed", "value": number}]}
        )
    while await deliver(meta):
        pass
    assert [len(json.loads(body)["entry"]) for body, _ in page.deliveries][:1] == [1_000]
    assert [each["changes"][0]["value"] for each in page.updates] == list(range(1_200))


async def test_what_fails_is_tried_again_ever_more_rarely(meta, page):
    page.status = 500
    meta.comment(meta.page_post)
    assert await deliver(meta) == 1
    assert await deliver(meta) == 1, "the first repetition comes at once"
    assert await deliver(meta) == 0
    meta.store.clock.advance(15)
    assert await deliver(meta) == 1
    meta.store.clock.advance(59)
    assert await deliver(meta) == 0
    page.status = 200
    meta.store.clock.advance(1)
    assert await deliver(meta) == 1
    assert len(page.changes) == 1
    assert await deliver(meta) == 0


async def fail_for(meta, seconds, step=900):
    for _ in range(int(seconds // step) + 1):
        await deliver(meta)
        meta.store.clock.advance(step)


async def test_after_an_hour_of_failing_messages_the_app_is_taken_off_the_page(meta, page):
    page.status = 500
    meta.message()
    await fail_for(meta, HOUR - 1_800)
    assert len((await meta.get(f"{meta.page.id}/subscribed_apps"))["data"]) == 1
    await fail_for(meta, HOUR)
    assert (await meta.get(f"{meta.page.id}/subscribed_apps"))["data"] == []
    page.status = 200
    meta.message("lost")
    assert await deliver(meta) == 0


async def test_comments_are_dropped_after_a_day_and_a_half_and_the_app_stays(meta, page):
    page.status = 500
    meta.comment(meta.page_post)
    await fail_for(meta, 38 * HOUR, step=HOUR)
    page.status = 200
    assert await deliver(meta) == 0
    assert page.changes == []
    assert len((await meta.get(f"{meta.page.id}/subscribed_apps"))["data"]) == 1


async def test_updates_can_be_lost(meta, page):
    meta.store.faults.webhooks_lost = 1
    meta.comment(meta.page_post, "lost")
    meta.comment(meta.page_post, "kept")
    assert [each["message"] for each in await told_after(meta, page)] == ["kept"]


async def test_updates_can_come_twice_and_in_the_wrong_order(meta, page):
    meta.store.faults.webhooks_twice = 1
    meta.store.faults.webhooks_out_of_order = True
    for text in ("first", "second"):
        meta.comment(meta.page_post, text)
    while await deliver(meta):
        pass
    assert [each["message"] for each in page.changes] == ["second", "first"] * 2


async def test_a_signature_can_be_wrong(meta, page):
    meta.store.faults.webhooks_unsigned = 1
    meta.comment(meta.page_post)
    await deliver(meta)
    ((body, signature),) = page.deliveries
    assert signature != "sha256=" + hmac.new(meta.store.keys.app_secret.encode(), body, "sha256").hexdigest()
