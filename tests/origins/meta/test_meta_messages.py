# SPDX-License-Identifier: Apache-2.0
"""Messages are read in both of their shapes, whatever they hold."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealock_origins.facebook.posts import Comment, Post
from sealock_origins.meta.graph import Unreadable, instant
from sealock_origins.meta.messages import Message

TOLD = {
    "id": "m_1",
    "created_time": "2026-11-22T06:44:35+0000",
    "from": {"id": "7007", "name": "Ann", "email": "7007@facebook.com"},
    "to": {"data": [{"id": "1001", "name": "The Bakery"}]},
    "message": " Hello ",
}
EVENT = {"sender": {"id": "7007"}, "recipient": {"id": "1001"}, "timestamp": 1_795_329_875_000}
NOTES = [
    ({"shares": {"data": [{"link": "https://example.test/a"}]}}, "(shared: https://example.test/a)"),
    ({"shares": {"data": [{}]}}, "(something shared)"),
    ({"sticker": "https://scontent.example/s.png"}, "(a sticker)"),
    ({"story": {"mention": {"link": "https://x.test"}}}, "(mentioned you in a story)"),
    ({"story": {"reply_to": {"link": "https://x.test"}}}, "(an answer to your story)"),
    ({"reply_to": {"story": {"url": "https://x.test"}}}, "(an answer to your story)"),
    ({"is_unsupported": True}, "(something that cannot be shown here)"),
    ({}, "(a message without text)"),
]


def test_both_shapes_are_one_message():
    read = Message.read(TOLD)
    event = Message.of_event({**EVENT, "message": {"mid": "m_1", "text": "Hello"}})
    for name in ("id", "at", "sender", "receiver", "text"):
        assert getattr(read, name) == getattr(event, name)


@pytest.mark.parametrize(("more", "words"), NOTES)
def test_what_is_there_instead_of_a_text_is_said(more, words):
    assert Message.read({**TOLD, "message": "", **more}).words == words
    assert Message.read({**TOLD, **more}).words.startswith("Hello")


@pytest.mark.parametrize(
    ("kind", "words"), [("story_mention", "(mentioned you in a story)"), ("audio", "(a voice message)")]
)
def test_attachments_of_webhooks_are_said(kind, words):
    attached = [{"type": kind, "payload": {"url": "https://x.test"}}]
    assert Message.of_event({**EVENT, "message": {"mid": "m", "attachments": attached}}).words == words


@pytest.mark.parametrize("name", ["id", "created_time", "from"])
def test_what_lacks_something_is_unreadable_by_name(name):
    with pytest.raises(Unreadable, match=name):
        Message.read({key: value for key, value in TOLD.items() if key != name})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "data", "url", "src"]), inner),
    max_leaves=6,
)
NAMES = ["from", "to", "message", "attachments", "shares", "sticker", "story", "reply_to", "parent", "attachment"]


@given(st.dictionaries(st.sampled_from([*NAMES, "created_time", "updated_time", "id"]), JSON))
def test_whatever_meta_tells_is_read_or_unreadable(told):
    given_ids = {"id": "1_2", "created_time": "2026-11-22T06:44:35+0000", "from": {"id": "1"}}
    for reading in (Message.read, Comment.read, Post.read):
        for odd in (told, {**given_ids, **told}, {**told, **given_ids}):
            with suppress(Unreadable):
                reading(odd)


@given(st.dictionaries(st.sampled_from(["sender", "recipient", "message", "timestamp"]), JSON))
def test_whatever_a_webhook_tells_is_read_or_unreadable(told):
    for odd in (told, {**EVENT, **told}, {**EVENT, "message": {"mid": "m", "attachments": told.get("message")}}):
        with suppress(Unreadable):
            Message.of_event(odd)


@pytest.mark.parametrize(
    "told",
    [1_795_329_875, 1_795_329_875_000, "2026-11-22T06:44:35+0000", "2026-11-22T06:44:35Z", "2026-11-22T06:44:35"],
)
def test_an_instant_is_the_same_in_every_spelling(told):
    assert instant(told).isoformat() == "2026-11-22T06:44:35+00:00"


@pytest.mark.parametrize("told", [None, "", "soon", [], 10**30, float("nan"), -(10**30)])
def test_what_is_no_instant_is_the_beginning(told):
    assert instant(told).year == 1970
