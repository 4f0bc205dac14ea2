# SPDX-License-Identifier: Apache-2.0
"""What is still to be told: queued, batched, tried again, and given up in the end."""

from __future__ import annotations

import asyncio
import hmac
import json
from collections.abc import Awaitable, Callable, Sequence
from itertools import groupby
from typing import Any

from sealock_devkit.emulators.meta.clock import HOUR, MINUTE
from sealock_devkit.emulators.meta.webhooks.records import AppSubscription, Delivery
from sealock_devkit.emulators.meta.world import World

MAX_BATCH = 1_000
BACK_OFF = (0, 15, MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR)
"""Seconds until the next attempt: at once, then ever more rarely."""
UNSUBSCRIBED_AFTER = HOUR
"""How long Messenger's updates may fail before the app is taken off the Page."""
GIVEN_UP_AFTER = 36 * HOUR
"""How long all others are tried."""
POLL_SECONDS = 0.05

Post = Callable[[str, bytes, dict[str, str]], Awaitable[int]]
"""Posts a body with headers to a URL. Returns the status, or 0 when there was no answer."""


class Outbox:
    """The queue. `run` works it off; `deliver_due` does so once."""

    def __init__(self, world: World, post: Post) -> None:
        self._world = world
        self._post = post

    def add(self, subscription_id: str, owner_id: str, field: str, entry: dict[str, Any]) -> None:
        """Queue an update of a Page (`page`) or Instagram account, if the app subscribed to the field there."""
        world = self._world
        subscription = world.app_subscriptions.get(subscription_id)
        if (
            subscription is None
            or field not in subscription.fields
            or not self._is_installed(subscription, owner_id, field)
        ):
            return
        if world.faults.use("webhooks_lost"):
            return
        number = world.number("delivery", 1)
        now = world.now()
        world.deliveries.put(Delivery(number, subscription_id, owner_id, field, now, entry, due=now))

    async def run(self) -> None:
        """Deliver for ever."""
        while True:
            await self.deliver_due()
            await asyncio.sleep(POLL_SECONDS)

    async def deliver_due(self) -> int:
        """Send what is due now, in as few posts as it takes. Returns how many posts were sent."""
        now = self._world.now()
        due = sorted((each for each in self._world.deliveries if each.due <= now), key=_by_subscription)
        sent = 0
        for subscription_id, deliveries in groupby(due, _by_subscription):
            subscription = self._world.app_subscriptions.get(subscription_id)
            waiting = list(deliveries)
            if self._world.faults.webhooks_out_of_order:
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
        told = {"object": subscription.object, "entry": entries}
        return json.dumps(told, ensure_ascii=True, separators=(",", ":")).replace("/", "\\/").encode("ascii")

    def signature(self, subscription: AppSubscription, body: bytes) -> str:
        """The value of `X-Hub-Signature-256`."""
        return "sha256=" + hmac.new(self._secret(subscription), body, "sha256").hexdigest()

    def _old_signature(self, subscription: AppSubscription, body: bytes) -> str:
        """The value of `X-Hub-Signature`, which is still sent, and nobody should look at."""
        return "sha1=" + hmac.new(self._secret(subscription), body, "sha1").hexdigest()

    def _secret(self, subscription: AppSubscription) -> bytes:
        keys = self._world.keys
        return (keys.instagram_app_secret if subscription.id == "instagram_login" else keys.app_secret).encode()

    async def _send(self, subscription: AppSubscription, batch: list[Delivery]) -> int:
        faults = self._world.faults
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
        now = self._world.now()
        delivery.first_failure = delivery.first_failure or now
        delivery.due = now + BACK_OFF[min(delivery.attempts, len(BACK_OFF) - 1)]
        delivery.attempts += 1
        failing = now - delivery.first_failure
        messenger = delivery.subscription_id == "page" and "messaging" in delivery.entry
        if messenger and failing >= UNSUBSCRIBED_AFTER:
            self._world.owner_subscriptions.remove(delivery.owner_id)
            self._forget([each for each in self._world.deliveries if each.owner_id == delivery.owner_id])
        elif failing >= GIVEN_UP_AFTER:
            self._forget([delivery])
        elif delivery.id in self._world.deliveries:
            self._world.deliveries.put(delivery)

    def _forget(self, deliveries: Sequence[Delivery]) -> None:
        for delivery in deliveries:
            self._world.deliveries.remove(delivery.id)

    def _is_installed(self, subscription: AppSubscription, owner_id: str, field: str) -> bool:
        """With Facebook Login, an Instagram account's events come if its Page has the app, whatever the fields."""
        if subscription.id != "instagram":
            installed = self._world.owner_subscriptions.get(owner_id)
            return installed is not None and field in installed.fields
        account = self._world.instagrams.get(owner_id)
        return account is not None and account.page_id in self._world.owner_subscriptions


def _by_subscription(delivery: Delivery) -> str:
    return delivery.subscription_id
