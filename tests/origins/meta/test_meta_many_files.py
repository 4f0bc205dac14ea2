# SPDX-License-Identifier: Apache-2.0
"""No file is left out silently: what a ticket's comment cannot carry is linked or named in its text."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from sealock_connector._translate.resources import resource_to_wire
from sealock_edge.zendesk import Terms, answer_resource
from sealock_origins.facebook.account import PageAccount
from sealock_origins.facebook.posts import Picture, Post, Writer
from sealock_origins.facebook.resources import message_resource as facebook_message
from sealock_origins.facebook.resources import post_resource
from sealock_origins.instagram.account import INSTAGRAM_LOGIN, InstagramAccount
from sealock_origins.instagram.media import message_resource as instagram_message
from sealock_origins.meta.messages import Message, MessageFile

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
LINKS = Terms(file_link=lambda _resource, file: f"https://channels.example/files/{file.reference}")
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
