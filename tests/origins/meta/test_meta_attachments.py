# SPDX-License-Identifier: Apache-2.0
"""Every kind of attachment that Meta documents is said in words, with its title and its link or file."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealock_origins.meta.messages import Message
from sealock_origins.meta.messages.attachments import (
    FILE_WORDS,
    KIND_WORDS,
    told_files,
    told_notes,
)

URL = "https://lookaside.example/ig_messaging_cdn/?asset_id=1&signature=x"
TOLD = {"id": "m_1", "created_time": "2026-11-22T06:44:35+0000", "from": {"id": "7007"}}
API = [
    ({"id": "1", "image_data": {"url": URL, "render_as_sticker": True}}, f"(a sticker: {URL})"),
    ({"id": "1", "type": "sticker", "sticker_id": "369239263222822"}, "(a like)"),
    (
        {"id": "1", "generic_template": {"title": "Rye", "subtitle": "4 euros", "cta": {"url": URL}}},
        f"(a card with buttons: Rye, 4 euros, {URL})",
    ),
    ({"id": "1", "mime_type": "application/pdf", "name": "a.pdf"}, "(a file: a.pdf)"),
    ({"id": "1", "mime_type": "video/mp4"}, "(a video)"),
    ({"id": "1", "type": "hologram", "url": URL}, f"(something of the type hologram: {URL})"),
]


@pytest.mark.parametrize(("attachment", "words"), API)
@pytest.mark.parametrize("listed", [lambda each: {"data": [each]}, lambda each: [each]])
def test_an_attachment_of_a_conversation_is_said(attachment, words, listed):
    assert Message.read({**TOLD, "attachments": listed(attachment)}).said() == words


def test_a_shared_things_title_and_text_are_said_with_its_link():
    shared = {"data": [{"id": "1", "link": URL, "name": "Bread", "description": "Fresh daily"}]}
    assert Message.read({**TOLD, "shares": shared}).said() == f"(shared: Bread, Fresh daily, {URL})"


def test_an_animated_picture_and_one_with_only_a_preview_are_files():
    told = [{"image_data": {"animated_gif_url": URL}}, {"video_data": {"preview_url": URL}}]
    assert [(file.kind, file.url) for file in told_files({"attachments": told})] == [("image", URL), ("video", URL)]


def test_a_story_that_is_answered_and_an_ad_are_linked():
    more = {
        "message": "How much?",
        "reply_to": {"story": {"id": "1", "url": URL}},
        "referral": {"source": "ADS", "ads_context_data": {"ad_title": "Bread sale", "photo_url": URL}},
    }
    said = Message.read({**TOLD, **more}).said()
    assert said == f"How much?\n(an answer to your story: {URL})\n(came from the ad: Bread sale, {URL})"


KIND = st.sampled_from([*KIND_WORDS, *FILE_WORDS, "hologram", "\x00", ""]) | st.text(max_size=60)
VALUE = st.none() | st.integers() | st.text(max_size=9) | st.just(URL) | st.floats() | st.lists(st.just({"title": "x"}))
PAYLOAD = st.dictionaries(
    st.sampled_from(["url", "title", "coordinates", "elements", "product", "children", "sticker_id", "start_time"]),
    VALUE | st.dictionaries(st.sampled_from(["lat", "long", "elements", "data"]), VALUE),
)


@given(st.lists(st.fixed_dictionaries({"type": KIND, "payload": PAYLOAD, "title": VALUE}), min_size=1, max_size=4))
def test_no_attachment_is_left_out_whatever_it_is(attached):
    told = {"attachments": {"data": [{**each, **each["payload"]} for each in attached]}}
    assert [*told_files(told), *told_notes(told)]
    assert "something shared)" not in Message.read({**TOLD, **told}).said()


@pytest.mark.parametrize("sender", ["1001", "17841400000000001", "99"])
def test_an_echo_is_the_accounts_whatever_its_sender_is(sender):
    told = {**TOLD, "from": {"id": sender}, "to": {"data": [{"id": "7007"}]}, "is_echo": True}
    echo = Message.read(told)
    assert echo.is_from({"1001"})
    assert echo.person({"1001"}) == "7007"
