# SPDX-License-Identifier: Apache-2.0
"""Webhooks by API: the app's subscriptions, and on which Pages and accounts the app is installed."""

from __future__ import annotations

import secrets
from typing import Any

from sealock_devkit.emulators.meta.files import Handshake
from sealock_devkit.emulators.meta.graph.call import Call
from sealock_devkit.emulators.meta.graph.errors import bad_parameter, refused
from sealock_devkit.emulators.meta.records import Account, AppSubscription, InstagramAccount, OwnerSubscription, Page

SUCCESS = {"success": True}
PAGE_FIELDS = frozenset(
    {
        "feed",
        "mention",
        "messages",
        "message_deliveries",
        "message_echoes",
        "message_edits",
        "message_reactions",
        "message_reads",
        "messaging_handovers",
        "messaging_optins",
        "messaging_postbacks",
        "messaging_referrals",
        "standby",
    }
)
INSTAGRAM_FIELDS = frozenset(
    {
        "comments",
        "live_comments",
        "mentions",
        "message_edits",
        "message_reactions",
        "messages",
        "messaging_postbacks",
        "messaging_referral",
        "messaging_seen",
        "standby",
        "story_insights",
    }
)
OBJECTS = {"page": PAGE_FIELDS, "instagram": INSTAGRAM_FIELDS}


async def install(call: Call, owner: Account) -> dict[str, bool]:
    """`POST /{page}/subscribed_apps`, `POST /me/subscribed_apps`: install the app there, for these fields."""
    _may_install(call, owner)
    known = PAGE_FIELDS if isinstance(owner, Page) else INSTAGRAM_FIELDS - {"messaging_seen"}
    fields = _fields(call, "subscribed_fields", known)
    if isinstance(owner, Page) and any(field.startswith("messag") for field in fields):
        call.need_to_write("pages_messaging")
    call.store.owner_subscriptions.put(OwnerSubscription(owner.id, fields))
    return SUCCESS


async def uninstall(call: Call, owner: Account) -> dict[str, bool]:
    """`DELETE /{page}/subscribed_apps`."""
    _may_install(call, owner)
    call.store.owner_subscriptions.remove(owner.id)
    return SUCCESS


async def installed(call: Call, owner: Account) -> dict[str, Any]:
    """`GET /{page}/subscribed_apps`."""
    _may_install(call, owner)
    found = call.store.owner_subscriptions.get(owner.id)
    keys = call.store.keys
    if found is None:
        return {"data": []}
    app_id = keys.instagram_app_id if isinstance(owner, InstagramAccount) else keys.app_id
    app = {"link": call.store.base_url, "name": "Sealock", "id": app_id}
    return {"data": [{**app, "subscribed_fields": found.fields}]}


async def subscribe(call: Call, _: Any) -> dict[str, bool]:
    """`POST /{app}/subscriptions`: where the app wants to be told; the address has to answer the handshake."""
    kind = call.params.required("object")
    if kind not in OBJECTS:
        raise bad_parameter("param object must be one of {PAGE, INSTAGRAM}")
    fields = _fields(call, "fields", OBJECTS[kind])
    url, token = call.params.required("callback_url"), call.params.required("verify_token")
    await verify(call.emulator.handshake, url, token, challenge=str(secrets.randbelow(10**10)))
    include = call.params.flag("include_values")
    call.store.app_subscriptions.put(AppSubscription(kind, url, token, fields, include))
    return SUCCESS


async def unsubscribe(call: Call, _: Any) -> dict[str, bool]:
    """`DELETE /{app}/subscriptions`: one object's, or all."""
    kind = call.params.get("object")
    for each in (kind,) if kind else tuple(OBJECTS):
        call.store.app_subscriptions.remove(each)
    return SUCCESS


async def subscriptions(call: Call, _: Any) -> dict[str, Any]:
    """`GET /{app}/subscriptions`."""
    found = [each for each in call.store.app_subscriptions if each.id in OBJECTS]
    return {
        "data": [
            {
                "object": each.object,
                "callback_url": each.callback_url,
                "active": True,
                "fields": [{"name": name, "version": call.version} for name in each.fields],
            }
            for each in found
        ]
    }


async def verify(handshake: Handshake, url: str, verify_token: str, *, challenge: str) -> None:
    """Let the address answer the challenge. Raises `GraphError` 2200 if it does not."""
    query = {"hub.mode": "subscribe", "hub.challenge": challenge, "hub.verify_token": verify_token}
    status, text = await handshake(url, query)
    if status == 200 and text.strip() == challenge:
        return
    problem = f"HTTP Status Code = {status}" if status else "no answer"
    raise refused(
        "verification",
        f"(#2200) Callback verification failed with the following errors: {problem}; the challenge was not returned",
    )


def _may_install(call: Call, owner: Account) -> None:
    if isinstance(owner, Page):
        call.need_page_token(owner)
        call.need_to_write("pages_manage_metadata")
    elif call.kind != "instagram":
        raise refused("permission", "(#10) With Facebook Login the app is installed on the account's Page")
    else:
        call.need_instagram("basic")


def _fields(call: Call, name: str, known: frozenset[str]) -> list[str]:
    fields = call.params.names(name)
    if not fields:
        raise bad_parameter(f"The parameter {name} is required")
    for at, field in enumerate(fields):
        if field not in known:
            raise bad_parameter(f"Param {name}[{at}] must be one of {{{', '.join(sorted(known))}}}")
    return fields
