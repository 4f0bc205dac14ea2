# SPDX-License-Identifier: Apache-2.0
"""Whether a Page's account is dead is asked of Facebook: a refused message is told from a lost sign-in."""

from __future__ import annotations

from functools import partial

import pytest

from sealock_connector import (
    AccountRevoked,
    Cause,
    MessageRejected,
    NotFound,
    OriginThrottled,
    OriginUnavailable,
)
from tests.devkit.meta.callers import PICTURE
from tests.origins.meta.standings import (
    FATES,
    OF_PAGES,
    REFUSED_MESSAGES,
    app_deleted,
    fate_is_told,
    refused_message_is_told,
    version_ended,
)

ALL = {**FATES, **OF_PAGES}


@pytest.mark.parametrize("kind", ["comment", "message"])
@pytest.mark.parametrize("fate", ALL)
async def test_what_became_of_the_account_is_told_to_who_can_help(meta, connector, values, fate, kind):
    meta.comment(meta.page_post) if kind == "comment" else meta.message()
    [found] = (await connector.pull(values)).resources
    await fate_is_told(meta, connector, values, ALL[fate], found.external_id)


@pytest.mark.parametrize("name", REFUSED_MESSAGES)
async def test_a_refused_message_leaves_the_account_alone(meta, connector, values, name):
    meta.message()
    [found] = (await connector.pull(values)).resources
    await refused_message_is_told(meta, connector, values, name, found.external_id)


SCOPES = {"comment": "pages_manage_engagement", "message": "pages_messaging", "pull": "pages_read_user_content"}


@pytest.mark.parametrize("kind", SCOPES)
async def test_a_permission_that_was_taken_back_is_named_on_every_path(meta, connector, values, kind):
    meta.message() if kind == "message" else meta.comment(meta.page_post)
    [found] = (await connector.pull(values)).resources
    meta.without(SCOPES[kind])
    reply = partial(connector.channelback, values, "Hello", parent_id=found.external_id)
    with pytest.raises(AccountRevoked) as refused:
        await (connector.pull(values) if kind == "pull" else reply())
    assert SCOPES[kind] in refused.value.message_for_agent
    assert refused.value.cause is Cause.RIGHT_MISSING


@pytest.mark.parametrize(("happens", "cause"), [(app_deleted, Cause.APP_REFUSED), (version_ended, Cause.VERSION_ENDED)])
async def test_what_is_wrong_with_the_app_is_not_the_administrators(meta, connector, values, happens, cause):
    meta.message()
    [found] = (await connector.pull(values)).resources
    happens(meta)
    with pytest.raises(OriginUnavailable) as pulled:
        await connector.pull(values)
    with pytest.raises(MessageRejected) as replied:
        await connector.channelback(values, "Hello", parent_id=found.external_id)
    assert pulled.value.cause is replied.value.cause is cause
    assert "Meta app" in replied.value.message_for_agent


async def test_an_account_that_cannot_be_asked_for_is_not_called_dead(meta, connector, values):
    meta.message()
    [found] = (await connector.pull(values)).resources
    # The conversation is looked at twice; the message is refused, and then whoever asks for the account hears errors.
    meta.store.faults.errors = ["", "", "password", *["service"] * 9]
    with pytest.raises(OriginUnavailable) as refused:
        await connector.channelback(values, "Hello", parent_id=found.external_id)
    assert refused.value.cause is Cause.ORIGIN_FAILED


async def test_a_page_in_development_sends_to_people_of_the_app_only(meta, connector, values):
    meta.message()
    [found] = (await connector.pull(values)).resources
    meta.store.settings.advanced_access = False
    with pytest.raises(MessageRejected) as refused:
        await connector.channelback(values, "Hello", parent_id=found.external_id)
    assert "has not approved" in refused.value.message_for_agent
    assert refused.value.cause is Cause.RIGHT_MISSING


async def test_another_app_that_took_the_conversation_is_named(meta, connector, values):
    meta.message()
    [found] = (await connector.pull(values)).resources
    [contact] = [each for each in meta.store.contacts if each.owner_id == meta.page.id]
    contact.other_app = True
    with pytest.raises(MessageRejected) as refused:
        await connector.channelback(values, "Hello", parent_id=found.external_id)
    assert "Another app" in refused.value.message_for_agent


FILES = [
    ("permission", NotFound),
    ("gone", NotFound),
    ("malformed", NotFound),
    ("server_address", OriginUnavailable),
    ("service", OriginUnavailable),
    ("messenger_limit", OriginThrottled),
]


@pytest.mark.parametrize(("name", "expected"), FILES)
async def test_a_file_that_meta_does_not_give_leaves_the_account_alone(meta, connector, values, name, expected):
    meta.message("", picture=PICTURE)
    [found] = (await connector.pull(values)).resources
    meta.store.faults.errors = [name]
    with pytest.raises(expected):
        await connector.open_file(values, found.files[0].reference)


async def test_a_file_of_a_dead_account_is_said_to_be_one(meta, connector, values):
    meta.message("", picture=PICTURE)
    [found] = (await connector.pull(values)).resources
    meta.tokens.end(meta.owner.id, "removed")
    with pytest.raises(AccountRevoked):
        await connector.open_file(values, found.files[0].reference)
