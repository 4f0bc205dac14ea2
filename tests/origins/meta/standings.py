# SPDX-License-Identifier: Apache-2.0
"""What can become of an account at Meta, and who is told of it by a pull and a reply: for both connectors."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from sealock_connector import AccountRevoked, Cause, ConnectorError, MessageRejected, OriginUnavailable


def ended(death):
    return lambda meta: meta.tokens.end(meta.owner.id, death)


def without(scope):
    return lambda meta: meta.without(scope, scope.replace("instagram_", "instagram_business_", 1))


def role_lost(meta):
    del meta.page.tasks[meta.owner.id]


def merged(meta):
    meta.page.merged_into = meta.other_page.id


def page_deleted(meta):
    meta.page.deleted = True


def personal(meta):
    meta.instagram.professional = False


def app_switched_off(meta):
    meta.store.settings.app_enabled = False


def app_deleted(meta):
    meta.store.faults.errors = ["app_unknown"] * 30


def version_ended(meta):
    meta.store.faults.errors = ["version"] * 30


@dataclass(frozen=True)
class Fate:
    """Something that happens to an account."""

    happens: object
    cause: Cause
    words: str
    revoked: bool = True
    """The administrator connects it again; else it is for whoever runs the app."""


FATES = {
    "the password was changed": Fate(ended("password"), Cause.CREDENTIALS_REFUSED, "the password was changed"),
    "the app was removed": Fate(ended("removed"), Cause.CREDENTIALS_REFUSED, "the app was removed"),
    "the sign-in expired": Fate(ended("expired"), Cause.CREDENTIALS_REFUSED, "the sign-in expired"),
    "logged out": Fate(ended("invalid"), Cause.CREDENTIALS_REFUSED, "no longer valid"),
    "a checkpoint": Fate(ended("checkpoint"), Cause.OWNER_NEEDED, "a checkpoint is waiting"),
    "another checkpoint": Fate(ended("blocking_checkpoint"), Cause.OWNER_NEEDED, "a checkpoint is waiting"),
    "the session is gone": Fate(ended("session"), Cause.CREDENTIALS_REFUSED, "no longer accepts"),
    "the app was switched off": Fate(app_switched_off, Cause.APP_REFUSED, "Meta app", revoked=False),
}
"""What happens to accounts of either kind and either login."""
OF_PAGES = {
    "the role was lost": Fate(role_lost, Cause.CREDENTIALS_REFUSED, "lost their role"),
    "the Page was merged": Fate(merged, Cause.MOVED, "part of another one"),
    "the Page is gone": Fate(page_deleted, Cause.SUSPENDED, "no longer shows it"),
}


async def ending(connector, values):
    """What a pull ends with: an error instead of an answer, or one after what could be had."""
    try:
        return (await connector.pull(values)).interruption
    except ConnectorError as error:
        return error


async def fate_is_told(meta, connector, values, fate, parent):
    """After it happened a pull and a reply end with what it is, and what is posted is nothing."""
    fate.happens(meta)
    pulled = await ending(connector, values)
    with pytest.raises(ConnectorError) as replied:
        await connector.channelback(values, "Hello", parent_id=parent)
    assert type(pulled) is (AccountRevoked if fate.revoked else OriginUnavailable)
    assert type(replied.value) is (AccountRevoked if fate.revoked else MessageRejected)
    assert {pulled.cause, replied.value.cause} == {fate.cause}
    assert fate.words in replied.value.message_for_agent
    assert fate.words in pulled.message_for_agent or not fate.revoked


REFUSED_MESSAGES = {
    "window": "the time to answer is over",
    "window_earlier": "the time to answer is over",
    "instagram_window": "the time to answer is over",
    "cannot_receive": "cannot deliver messages to this person",
    "not_receiving": "cannot deliver messages to this person",
    "not_sent": "cannot deliver messages to this person",
    "unavailable": "cannot deliver messages to this person",
    "user_not_found": "cannot deliver messages to this person",
    "not_reviewed": "has not approved this integration's app",
    "human_agent": "The sign-in is in order",
    "permission": "The sign-in is in order",
    "scope": "The sign-in is in order",
    "capability": "The sign-in is in order",
    "malformed": "The sign-in is in order",
    "password": "The sign-in is in order",
    "other_app": "Another app has this conversation",
    "other_app_instagram": "Another app has this conversation",
    "messages_off": "switched off messages for apps",
    "page_restricted": "has restricted this account",
    "instagram_blocked": "has restricted this account",
    "link_off": "Send it without links",
    "abusive": "with other words",
}
"""Refusals of a message while nothing is wrong with the account, and what its agent reads."""


async def refused_message_is_told(meta, connector, values, name, parent):
    """The agent reads why; the account goes on, and the next message is sent."""
    meta.store.faults.refusals = {"messages": name}
    with pytest.raises(MessageRejected) as refused:
        await connector.channelback(values, "Hello", key="a", parent_id=parent)
    assert REFUSED_MESSAGES[name] in refused.value.message_for_agent
    meta.store.faults.refusals = {}
    await connector.channelback(values, "Hello", key="b", parent_id=parent)
    assert [each.text for each in meta.store.messages if not each.by_person] == ["Hello"]
