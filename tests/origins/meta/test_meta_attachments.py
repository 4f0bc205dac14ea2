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
    event_files,
    event_notes,
    told_files,
    told_notes,
)

URL = "https://lookaside.example/ig_messaging_cdn/?asset_id=1&signature=x"
EVENT = {"sender": {"id": "7007"}, "recipient": {"id": "1001"}, "timestamp": 1_795_329_875_000}
TOLD = {"id": "m_1", "created_time": "2026-11-22T06:44:35+0000", "from": {"id": "7007"}}
EVENTS = [
    ({"type": "sticker", "payload": {"url": URL, "sticker_id": 42}}, f"(a sticker: {URL})"),
    ({"type": "image", "payload": {"url": URL, "sticker_id": 42}}, f"(a sticker: {URL})"),
    ({"type": "sticker", "payload": {"url": URL, "sticker_id": 369239263222822}}, "(a like)"),
    ({"type": "like_heart"}, "(a heart)"),
    (
        {"type": "reel", "payload": {"url": URL, "title": "Our bread", "reel_video_id": 7}},
        f"(a reel: Our bread, {URL})",
    ),
    ({"type": "ig_reel", "payload": {"url": URL, "title": "Our bread"}}, f"(a reel: Our bread, {URL})"),
    ({"type": "post", "payload": {"url": URL, "title": "News"}}, f"(a Facebook post: News, {URL})"),
    ({"type": "ig_post", "payload": {"url": URL, "title": "Two\nlines"}}, f"(an Instagram post: Two lines, {URL})"),
    ({"type": "ig_story", "payload": {"url": URL}}, f"(a story: {URL})"),
    ({"type": "story_mention", "payload": {"url": URL}}, f"(mentioned you in a story: {URL})"),
    ({"type": "share", "payload": {"url": URL}}, f"(shared: {URL})"),
    ({"type": "fallback", "title": "A page", "url": URL, "payload": None}, f"(shared: A page, {URL})"),
    ({"type": "fallback", "payload": {"title": "A page", "url": URL}}, f"(shared: A page, {URL})"),
    ({"type": "fallback"}, "(shared something of which Meta shows nothing)"),
    ({"type": "unsupported_type"}, "(something that cannot be shown here)"),
    ({"type": "ephemeral"}, "(a picture or video that disappears after it was seen)"),
    ({"type": "animated_image", "payload": {"url": URL}}, f"(an animated picture: {URL})"),
    (
        {
            "type": "location",
            "title": "Ann's Location",
            "url": URL,
            "payload": {"coordinates": {"lat": 52.5, "long": 13}},
        },
        f"(a location: Ann's Location, 52.5, 13, {URL})",
    ),
    (
        {
            "type": "appointment_booking",
            "payload": {"booking_id": "1", "status": "confirmed", "start_time": 1739612400, "end_time": 1739616000},
        },
        "(an appointment: confirmed, 2025-02-15 09:40 UTC - 2025-02-15 10:40 UTC)",
    ),
    (
        {
            "type": "template",
            "payload": {
                "product": {"elements": [{"id": "5", "title": "Rye", "subtitle": "4 euros", "image_url": URL}]}
            },
        },
        f"(a product: Rye, 4 euros, {URL})",
    ),
    (
        {"type": "template", "payload": {"template_type": "generic", "elements": [{"title": "One"}, {"title": "Two"}]}},
        "(a card with buttons: One)\n(a card with buttons: Two)",
    ),
    (
        {"type": "template", "payload": {"template_type": "button", "text": "Choose"}},
        "(a card with buttons: Choose)",
    ),
    (
        {"type": "carousel", "payload": {"children": [{"url": URL}, {"title": "x"}]}},
        f"(an album: {URL})\n(an album: x)",
    ),
    ({"type": "image"}, "(a picture)"),
    ({"type": "audio", "payload": {"url": "not an address"}}, "(a voice message)"),
    (
        {"type": "hologram", "title": "Me", "payload": {"url": URL}},
        f"(something of the type hologram: Me, {URL})",
    ),
    ({"payload": {"title": "Me"}}, "(something that cannot be shown here: Me)"),
]


@pytest.mark.parametrize(("attachment", "words"), EVENTS)
def test_an_attachment_of_a_webhook_is_said_with_its_title_and_link(attachment, words):
    message = {"mid": "m", "attachments": [attachment]}
    assert Message.of_event({**EVENT, "message": message}).said() == words
    assert Message.of_event({**EVENT, "message": {**message, "text": "Hi"}}).said() == f"Hi\n{words}"


@pytest.mark.parametrize("kind", [*FILE_WORDS])
def test_a_file_of_a_webhook_is_a_file(kind):
    [file] = event_files([{"type": kind, "payload": {"url": URL}}])
    assert (file.kind, file.url) == (kind, URL)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (
            {"type": "image", "payload": {"url": URL, "sticker_id": 42}},
            {"type": "sticker", "payload": {"sticker_id": 42}},
        ),
        (
            {"type": "share", "payload": {"ig_post_media_id": "1", "url": URL}},
            {"type": "ig_post", "payload": {"ig_post_media_id": "1", "url": URL, "title": "Bread"}},
        ),
    ],
)
def test_what_meta_tells_twice_while_it_changes_the_kind_is_said_once(old, new):
    both = {"attachments": [old, new]}
    assert list(event_notes(both)) == list(event_notes({"attachments": [new]}))
    assert list(event_files([old, new])) == []


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
    message = {
        "mid": "m",
        "text": "How much?",
        "reply_to": {"story": {"id": "1", "url": URL}},
        "referral": {"source": "ADS", "ads_context_data": {"ad_title": "Bread sale", "photo_url": URL}},
    }
    said = Message.of_event({**EVENT, "message": message}).said()
    assert said == f"How much?\n(an answer to your story: {URL})\n(came from the ad: Bread sale, {URL})"


KIND = st.sampled_from([*KIND_WORDS, *FILE_WORDS, "hologram", "\x00", ""]) | st.text(max_size=60)
VALUE = st.none() | st.integers() | st.text(max_size=9) | st.just(URL) | st.floats() | st.lists(st.just({"title": "x"}))
PAYLOAD = st.dictionaries(
    st.sampled_from(["url", "title", "coordinates", "elements", "product", "children", "sticker_id", "start_time"]),
    VALUE | st.dictionaries(st.sampled_from(["lat", "long", "elements", "data"]), VALUE),
)


@given(st.lists(st.fixed_dictionaries({"type": KIND, "payload": PAYLOAD, "title": VALUE}), min_size=1, max_size=4))
def test_no_attachment_is_left_out_whatever_it_is(attached):
    message = Message.of_event({**EVENT, "message": {"mid": "m", "attachments": attached}})
    assert message.notes or message.files
    assert "something shared)" not in message.said()
    told = {"attachments": {"data": [{**each, **each["payload"]} for each in attached]}}
    assert [*told_files(told), *told_notes(told)]


@pytest.mark.parametrize("sender", ["1001", "17841400000000001", "99"])
def test_an_echo_is_the_accounts_whatever_its_sender_is(sender):
    event = {"sender": {"id": sender}, "recipient": {"id": "7007"}, "timestamp": EVENT["timestamp"]}
    echo = Message.of_event({**event, "message": {"mid": "m", "text": "Yes", "is_echo": True}})
    assert echo.is_from({"1001"})
    assert echo.person({"1001"}) == "7007"
