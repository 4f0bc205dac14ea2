# SPDX-License-Identifier: Apache-2.0
"""Messages and their files: none is left out silently."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealock_connector._translate.resources import resource_to_wire
from sealock_edge.zendesk import ResourceLinks, answer_resource
from sealock_origins.facebook.account import PageAccount
from sealock_origins.facebook.posts import Comment, Picture, Post, Writer
from sealock_origins.facebook.resources import message_resource as facebook_message
from sealock_origins.facebook.resources import post_resource
from sealock_origins.instagram.account import INSTAGRAM_LOGIN, InstagramAccount
from sealock_origins.instagram.media import message_resource as instagram_message
from sealock_origins.meta.graph import Unreadable, instant
from sealock_origins.meta.messages import Message
from sealock_origins.meta.messages.attachments import MessageFile

TOLD = {
    "id": "m_1",
    "created_time": "2026-11-22T06:44:35+0000",
    "from": {"id": "7007", "name": "Ann", "email": "7007@facebook.com"},
    "to": {"data": [{"id": "1001", "name": "The Bakery"}]},
    "message": " Hello ",
}
NOTES = [
    ({"shares": {"data": [{"link": "https://example.test/a"}]}}, "(shared: https://example.test/a)"),
    ({"shares": {"data": [{}]}}, "(shared something of which Meta shows nothing)"),
    ({"sticker": "https://scontent.example/s.png"}, "(a sticker: https://scontent.example/s.png)"),
    ({"story": {"mention": {"link": "https://x.test"}}}, "(mentioned you in a story: https://x.test)"),
    ({"story": {"reply_to": {"link": "https://x.test"}}}, "(an answer to your story: https://x.test)"),
    ({"reply_to": {"story": {"url": "https://x.test"}}}, "(an answer to your story: https://x.test)"),
    ({"is_unsupported": True}, "(something that cannot be shown here)"),
    ({}, "(a message without text)"),
]


@pytest.mark.parametrize(("more", "words"), NOTES)
def test_what_is_there_instead_of_a_text_is_said(more, words):
    assert Message.read({**TOLD, "message": "", **more}).said() == words
    assert Message.read({**TOLD, **more}).said().startswith("Hello")


@pytest.mark.parametrize("missing", [("id",), ("created_time",)])
def test_what_lacks_something_is_unreadable_by_name(missing):
    with pytest.raises(Unreadable, match=missing[0]):
        Message.read({key: value for key, value in TOLD.items() if key not in missing})


@pytest.mark.parametrize(("receiver", "ours"), [("1001", False), ("7007", True)])
def test_a_message_whose_writer_is_not_told_is_whose_it_is_not_to(receiver, ours):
    told = Message.read({**TOLD, "from": None, "to": {"data": [{"id": receiver}]}})
    assert told.is_from({"1001"}) == ours
    assert told.person({"1001"}) == ("7007" if ours else "")


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


@pytest.mark.parametrize(
    "told",
    [1_795_329_875, 1_795_329_875_000, "2026-11-22T06:44:35+0000", "2026-11-22T06:44:35Z", "2026-11-22T06:44:35"],
)
def test_an_instant_is_the_same_in_every_spelling(told):
    assert instant(told).isoformat() == "2026-11-22T06:44:35+00:00"


@pytest.mark.parametrize("told", [None, "", "soon", [], 10**30, float("nan"), -(10**30)])
def test_what_is_no_instant_is_the_beginning(told):
    assert instant(told).year == 1970


NOW = datetime(2026, 11, 22, tzinfo=UTC)
PAGE = PageAccount(
    page="1001",
    name="The Bakery",
    token="t",
    since=1,
    messages_since=1,
    comments=True,
    visitor_posts=True,
    messages=True,
)
INSTAGRAM = InstagramAccount(
    login=INSTAGRAM_LOGIN,
    id="1784",
    own_id="1784",
    username="bakery",
    token="t",
    token_at=1,
    since=1,
    messages_since=1,
    comments=True,
    mentions=False,
    messages=True,
)
LINKS = ResourceLinks(file_link=lambda _resource, file: f"https://channels.example/files/{file.reference}")
RESOURCES = {
    "facebook": lambda message: facebook_message(message, PAGE),
    "instagram": lambda message: instagram_message(message, INSTAGRAM),
}


def message(files: int, name: str = "m_1") -> Message:
    told = [MessageFile("image", f"{number}.png", "image/png", "https://cdn.example/x") for number in range(files)]
    return Message(name, NOW, "7007", "Ann", "1001", "Look", told)


@pytest.mark.parametrize("origin", RESOURCES)
def test_a_messages_files_beyond_the_tenth_are_linked_in_the_text(origin):
    body, _ = answer_resource(resource_to_wire(RESOURCES[origin](message(12))), LINKS)
    assert body["file_urls"] == [f"https://channels.example/files/m:{number}:m_1" for number in range(10)]
    assert body["message"] == (
        "Look\n\nMore files:\n"
        "10.png: https://channels.example/files/m:10:m_1\n11.png: https://channels.example/files/m:11:m_1"
    )


@pytest.mark.parametrize("origin", RESOURCES)
def test_files_of_a_message_with_an_endless_id_are_named(origin):
    body, _ = answer_resource(resource_to_wire(RESOURCES[origin](message(1, "m_" + "x" * 400))), LINKS)
    assert "file_urls" not in body
    assert body["message"] == "Look\n\nFiles that stayed at the origin:\n0.png"


def test_a_posts_pictures_beyond_the_tenth_are_linked_in_the_text():
    pictures = [Picture("photo", f"https://scontent.example/{number}.jpg") for number in range(12)]
    post = Post("1001_2", NOW, NOW, Writer("7007", "Ann"), "Look", pictures=pictures)
    body, _ = answer_resource(resource_to_wire(post_resource(post, PAGE)), LINKS)
    assert len(body["file_urls"]) == 10
    assert body["message"] == (
        "Look\n\nMore files:\n"
        "picture-11.jpg: https://scontent.example/10.jpg\npicture-12.jpg: https://scontent.example/11.jpg"
    )
