# SPDX-License-Identifier: Apache-2.0
"""Webhooks: what they tell about what was written, and its delivery: batched, tried again, given up in the end."""

from __future__ import annotations

import asyncio
import hmac
import json
from collections.abc import Awaitable, Callable, Sequence
from itertools import groupby
from typing import Any

from sealock_devkit.emulators.meta.files import Cdn
from sealock_devkit.emulators.meta.records import (
    AppSubscription,
    Comment,
    Conversation,
    Delivery,
    Media,
    MediaComment,
    Message,
    Page,
    Post,
)
from sealock_devkit.emulators.meta.settings import HOUR, MINUTE
from sealock_devkit.emulators.meta.store import Store

MAX_BATCH = 1_000
BACK_OFF = (0, 15, MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR)
"""Seconds until the next attempt: at once, then ever more rarely."""
UNSUBSCRIBED_AFTER = HOUR
"""How long Messenger's updates may fail before the app is taken off the Page."""
GIVEN_UP_AFTER = 36 * HOUR
"""How long all others are tried."""
POLL_SECONDS = 0.05

Deliver = Callable[[str, bytes, dict[str, str]], Awaitable[int]]
"""Posts a body with headers to a URL. Returns the status, or 0 when there was no answer."""


class DeliveryQueue:
    """The queue. `run` works it off; `deliver_due` does so once."""

    def __init__(self, store: Store, post: Deliver) -> None:
        self._store = store
        self._post = post

    def add(self, subscription_id: str, owner_id: str, field: str, entry: dict[str, Any]) -> None:
        """Queue an update of a Page (`page`) or Instagram account, if the app subscribed to the field there."""
        store = self._store
        subscription = store.app_subscriptions.get(subscription_id)
        if (
            subscription is None
            or field not in subscription.fields
            or not self._is_installed(subscription, owner_id, field)
        ):
            return
        if store.faults.use("webhooks_lost"):
            return
        number = store.number("delivery", 1)
        now = store.now()
        store.deliveries.put(Delivery(number, subscription_id, owner_id, field, now, entry, due=now))

    async def run(self) -> None:
        """Deliver what is due, until it is cancelled."""
        while True:
            await self.deliver_due()
            await asyncio.sleep(POLL_SECONDS)

    async def deliver_due(self) -> int:
        """Send what is due now, in as few posts as it takes. Returns how many posts were sent."""
        now = self._store.now()
        due = sorted((each for each in self._store.deliveries if each.due <= now), key=_by_subscription)
        sent = 0
        for subscription_id, deliveries in groupby(due, _by_subscription):
            subscription = self._store.app_subscriptions.get(subscription_id)
            waiting = list(deliveries)
            if self._store.faults.webhooks_out_of_order:
                waiting.reverse()
            for start in range(0, len(waiting), MAX_BATCH):
                batch = waiting[start : start + MAX_BATCH]
                if subscription is None:
                    self._forget(batch)
                    continue
                sent += await self._send(subscription, batch)
        return sent

    def body(self, subscription: AppSubscription, batch: Sequence[Delivery]) -> bytes:
        """The bytes of a delivery: JSON in ASCII, with everything else escaped."""
        entries = []
        for each in batch:
            milliseconds = "messaging" in each.entry
            time = int(each.time * 1000) if milliseconds else int(each.time)
            entry = each.entry
            if not subscription.include_values and "changes" in entry:
                entry = {"changed_fields": [each.field]}
            entries.append({"id": each.owner_id, "time": time, **entry})
        payload = {"object": subscription.object, "entry": entries}
        return json.dumps(payload, ensure_ascii=True, separators=(",", ":")).replace("/", "\\/").encode("ascii")

    def signature(self, subscription: AppSubscription, body: bytes) -> str:
        """The value of `X-Hub-Signature-256`."""
        return "sha256=" + hmac.new(self._secret(subscription), body, "sha256").hexdigest()

    def _old_signature(self, subscription: AppSubscription, body: bytes) -> str:
        """The value of `X-Hub-Signature`, which is still sent, and nobody should look at."""
        return "sha1=" + hmac.new(self._secret(subscription), body, "sha1").hexdigest()

    def _secret(self, subscription: AppSubscription) -> bytes:
        keys = self._store.keys
        return (keys.instagram_app_secret if subscription.id == "instagram_login" else keys.app_secret).encode()

    async def _send(self, subscription: AppSubscription, batch: list[Delivery]) -> int:
        faults = self._store.faults
        body = self.body(subscription, batch)
        signature = self.signature(subscription, body if not faults.use("webhooks_unsigned") else b"something else")
        headers = {
            "Content-Type": "application/json",
            "X-Hub-Signature-256": signature,
            "X-Hub-Signature": self._old_signature(subscription, body),
            "User-Agent": "facebookexternalua",
        }
        times = 2 if faults.use("webhooks_twice") else 1
        statuses = [await self._post(subscription.callback_url, body, headers) for _ in range(times)]
        if statuses[-1] == 200:
            self._forget(batch)
        else:
            for each in batch:
                self._failed(each)
        return times

    def _failed(self, delivery: Delivery) -> None:
        now = self._store.now()
        delivery.first_failure = delivery.first_failure or now
        delivery.due = now + BACK_OFF[min(delivery.attempts, len(BACK_OFF) - 1)]
        delivery.attempts += 1
        failing = now - delivery.first_failure
        messenger = delivery.subscription_id == "page" and "messaging" in delivery.entry
        if messenger and failing >= UNSUBSCRIBED_AFTER:
            self._store.owner_subscriptions.remove(delivery.owner_id)
            self._forget([each for each in self._store.deliveries if each.owner_id == delivery.owner_id])
        elif failing >= GIVEN_UP_AFTER:
            self._forget([delivery])
        elif delivery.id in self._store.deliveries:
            self._store.deliveries.put(delivery)

    def _forget(self, deliveries: Sequence[Delivery]) -> None:
        for delivery in deliveries:
            self._store.deliveries.remove(delivery.id)

    def _is_installed(self, subscription: AppSubscription, owner_id: str, field: str) -> bool:
        """With Facebook Login, an Instagram account's events come if its Page has the app, whatever the fields."""
        if subscription.id != "instagram":
            installed = self._store.owner_subscriptions.get(owner_id)
            return installed is not None and field in installed.fields
        account = self._store.instagrams.get(owner_id)
        return account is not None and account.page_id in self._store.owner_subscriptions


def _by_subscription(delivery: Delivery) -> str:
    return delivery.subscription_id


class Announcements:
    """Says what happened. Each method is called after it did."""

    def __init__(self, store: Store, deliveries: DeliveryQueue, cdn: Cdn) -> None:
        self._store = store
        self._deliveries = deliveries
        self._cdn = cdn
        self._flat = False

    def post(self, post: Post, verb: str) -> None:
        """A post on a wall: `add`, `edited`, `remove`, `hide`, `unhide`."""
        photo = self._photo(post.photos[0]) if post.photos else ""
        value: dict[str, Any] = {
            "item": "photo" if photo else ("status" if post.author_id in self._store.pages else "post"),
            "verb": verb,
            "post_id": post.id,
            "from": self._facebook_author(post.page_id, post.author_id),
            "created_time": int(post.created),
        }
        if verb != "remove":
            value |= {"message": post.message, **({"link": photo} if photo else {})}
        self._page_change(post.page_id, "feed", value, post.author_id)
        for page_id in post.tagged:
            mention = {"item": "post", "verb": verb, "post_id": post.id, "created_time": int(post.created)}
            self._page_change(page_id, "mention", {**mention, "message": post.message}, post.author_id)

    def comment(self, comment: Comment, verb: str) -> None:
        """A comment below a post: `add`, `edited`, `remove`, `hide`, `unhide`."""
        post = self._store.posts[comment.post_id]
        value: dict[str, Any] = {
            "item": "comment",
            "verb": verb,
            "comment_id": comment.id,
            "post_id": post.id,
            "parent_id": comment.parent_id or post.id,
            "from": self._facebook_author(post.page_id, comment.author_id),
            "created_time": int(comment.created),
        }
        if verb != "remove":
            page_id, _, number = post.id.partition("_")
            permalink = self._store.permalink("www.facebook.com", f"/{page_id}/posts/{number}")
            value |= {
                "message": comment.message,
                "post": {"id": post.id, "permalink_url": permalink, "status_type": "mobile_status_update"},
            }
            if comment.photo:
                value["photo"] = self._photo(comment.photo)
        self._page_change(post.page_id, "feed", value, comment.author_id)

    def media_comment(self, comment: MediaComment, mentioned: list[str]) -> None:
        """A comment on Instagram, and whom it mentions (ids of accounts)."""
        media = self._store.media[comment.media_id]
        owner = self._store.instagrams.get(media.owner_id)
        if owner is not None and owner.is_public:
            self._instagram_comment(owner.id, media, comment)
        for account_id in mentioned:
            account = self._store.instagrams[account_id]
            if account_id == media.owner_id or not account.is_public:
                continue
            mention = {"comment_id": comment.id, "media_id": media.id}
            self._instagram_change(account_id, "mentions", mention, comment.author_id, product="instagram")
            self._instagram_comment(account_id, media, comment, product="instagram_login")

    def media_mention(self, media: Media, mentioned: list[str]) -> None:
        """Somebody's post whose caption mentions accounts."""
        for account_id in mentioned:
            if self._store.instagrams[account_id].is_public:
                value = {"media_id": media.id}
                self._instagram_change(account_id, "mentions", value, media.owner_id, product="instagram")

    def message(self, conversation: Conversation, message: Message) -> None:
        """A message, or the echo of one that the Page or account sent."""
        payload: dict[str, Any] = {"mid": message.id}
        if message.text:
            payload["text"] = message.text
        if message.attachments:
            payload["attachments"] = [self._attachment(each) for each in message.attachments]
        if message.reply_to:
            payload["reply_to"] = {"mid": message.reply_to}
        if message.story.get("kind") == "reply_to":
            story = self._store.media[message.story["media"]]
            payload["reply_to"] = {"story": {"id": story.id, "url": self._cdn.link(story.photo)}}
        if message.unsupported:
            payload["is_unsupported"] = True
        if not message.by_person:
            payload["is_echo"] = True
            app_id = message.app_id or self._store.settings.page_inbox_app_id
            if conversation.platform == "messenger":
                payload["app_id"] = int(app_id)
            if message.metadata:
                payload["metadata"] = message.metadata
        echoes = conversation.platform == "messenger" and not message.by_person
        self._messaging(conversation, message, "message_echoes" if echoes else "messages", {"message": payload})

    def message_edited(self, conversation: Conversation, message: Message) -> None:
        """Somebody changed a message."""
        edit = {"mid": message.id, "text": message.text, "num_edit": message.edits}
        self._messaging(conversation, message, "message_edits", {"message_edit": edit})

    def message_deleted(self, conversation: Conversation, message: Message) -> None:
        """Somebody took a message back."""
        self._messaging(conversation, message, "messages", {"message": {"mid": message.id, "is_deleted": True}})

    def _messaging(self, conversation: Conversation, message: Message, field: str, what: dict[str, Any]) -> None:
        contact = self._store.contact(conversation.owner_id, conversation.person_id)
        person, owner = {"id": contact.scoped_id}, {"id": conversation.owner_id}
        update = {
            "sender": person if message.by_person else owner,
            "recipient": owner if message.by_person else person,
            "timestamp": int(self._store.now() * 1000),
            **what,
        }
        entry = {"messaging": [update]}
        if conversation.platform == "messenger":
            self._tell("page", conversation.owner_id, field, entry, conversation.person_id)
            return
        if not self._store.instagrams[conversation.owner_id].allows_messages:
            return
        for product in ("instagram", "instagram_login"):
            self._tell(product, conversation.owner_id, field, entry, conversation.person_id)

    def _instagram_comment(self, account_id: str, media: Media, comment: MediaComment, product: str = "") -> None:
        value: dict[str, Any] = {
            "from": {"id": self._instagram_id(account_id, comment.author_id), "username": self._name(comment)},
            "id": comment.id,
            "text": comment.text,
            "media": {"id": media.id, "media_product_type": media.product_type},
        }
        if comment.parent_id:
            value["parent_id"] = comment.parent_id
        self._instagram_change(account_id, "comments", value, comment.author_id, product=product)

    def _instagram_change(
        self, account_id: str, field: str, value: dict[str, Any], author_id: str, *, product: str = ""
    ) -> None:
        shape = self._store.settings.instagram_comment_shape
        if shape == "alternating":
            self._flat = not self._flat
        flat = field == "comments" and (shape == "flat" or (shape == "alternating" and self._flat))
        payload = dict(value)
        if field == "comments" and not flat:
            payload["comment_id"] = payload["id"]
        entry = {"field": field, "value": payload} if flat else {"changes": [{"field": field, "value": payload}]}
        for each in (product,) if product else ("instagram", "instagram_login"):
            self._tell(each, account_id, field, entry, author_id)

    def _page_change(self, page_id: str, field: str, value: dict[str, Any], author_id: str) -> None:
        self._tell("page", page_id, field, {"changes": [{"field": field, "value": value}]}, author_id)

    def _tell(self, product: str, owner_id: str, field: str, entry: dict[str, Any], person_id: str) -> None:
        person = self._store.people.get(person_id)
        if person is not None and not person.has_role and not self._store.settings.advanced_access:
            return
        self._deliveries.add(product, owner_id, field, entry)

    def _facebook_author(self, page_id: str, author_id: str) -> dict[str, str]:
        page = self._store.pages.get(author_id)
        if isinstance(page, Page):
            return {"id": page.id, "name": page.name}
        return {"id": self._store.contact(page_id, author_id).scoped_id, "name": self._store.people[author_id].name}

    def _instagram_id(self, account_id: str, author_id: str) -> str:
        if author_id in self._store.instagrams:
            return author_id
        return self._store.contact(account_id, author_id).scoped_id

    def _name(self, comment: MediaComment) -> str:
        account = self._store.instagrams.get(comment.author_id)
        return account.username if account else self._store.people[comment.author_id].username

    def _photo(self, file_id: str) -> str:
        return self._cdn.link(file_id)

    def _attachment(self, attachment: dict[str, Any]) -> dict[str, Any]:
        if "payload" in attachment:
            return {name: attachment[name] for name in ("type", "title", "url", "payload") if name in attachment}
        url = attachment.get("url") or self._cdn.link(attachment["file"])
        return {"type": attachment["type"], "payload": {"url": url}}
