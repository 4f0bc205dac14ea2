# SPDX-License-Identifier: Apache-2.0
"""External ids of a Page, and the files of what it shows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealock_connector import NotFound
from sealock_origins.facebook.resources import CommentId, ConversationId, MessageId, PostId, read_id
from sealock_origins.meta.account import person_id
from tests.origins.facebook.conftest import account
from tests.origins.meta.fake_graph import error

NUMBERS = st.integers(1, 10**17).map(str)
PAIRS = st.tuples(NUMBERS, NUMBERS).map("_".join)
IDS = st.one_of(
    st.builds(PostId, NUMBERS, PAIRS),
    st.builds(CommentId, NUMBERS, PAIRS, PAIRS),
    st.builds(ConversationId, NUMBERS, NUMBERS),
    st.builds(MessageId, NUMBERS, NUMBERS, st.from_regex(r"m_[A-Za-z0-9_/=-]{1,170}", fullmatch=True)),
)
LINKS = [
    (f"facebook:1001/post/{'1001_2002'}", "https://www.facebook.com/1001/posts/2002"),
    ("facebook:1001/comment/1001_2002/2002_3003", "https://www.facebook.com/1001/posts/2002/?comment_id=3003"),
    ("facebook:1001/messages/7007", "https://www.facebook.com/1001/inbox/?selected_item_id=7007"),
    ("facebook:1001/message/7007/m_1", "https://www.facebook.com/1001/inbox/?selected_item_id=7007"),
]
FOREIGN = [
    "",
    "facebook:1001",
    "facebook:x/post/1_2",
    "facebook:1001/post/1001_2002/../../evil",
    "facebook:1001/post/1001_2002\n",
    "facebook:1001/comment/1001_2002/2002",
    "facebook:1001/message/7007/with space",
    "facebook:1001/message/7007/",
    "facebook:\uff11/messages/2",
    "https://evil.example/?p=1#comment-2",
    person_id("facebook", "1001", "7007"),
]


@given(IDS)
def test_an_id_is_read_back_as_it_was_made(item):
    text = str(item)
    assert read_id(text) == item
    assert text.isascii()
    assert len(text) <= 255


@given(st.text(max_size=400))
def test_the_id_of_any_message_fits(message):
    text = str(MessageId("1" * 17, "7" * 17, message or "x"))
    assert text.isascii()
    assert len(text) <= 255
    assert isinstance(read_id(text), MessageId)


def test_ids_of_two_long_messages_differ():
    assert str(MessageId("1", "7", "x" * 200)) != str(MessageId("1", "7", "x" * 201))


@pytest.mark.parametrize(("external_id", "link"), LINKS)
async def test_a_link_leads_to_the_item(connector, external_id, link):
    assert await connector.clickthrough(external_id) == link


@pytest.mark.parametrize("external_id", FOREIGN)
def test_what_this_connector_does_not_make_is_not_found(external_id):
    with pytest.raises(NotFound):
        read_id(external_id)


async def test_links_lead_to_facebook_only(served):
    async with served("--clickthrough-host=pages.example.com") as connector:
        told = await connector.describe()
    assert told.clickthrough_hosts == ("facebook.com", "*.facebook.com", "pages.example.com")
    assert told.capabilities >= {"CHANNELBACK", "CHANNELBACK_FILES", "CLICKTHROUGH", "WEBHOOK", "FILES"}


DATA = b"\x89PNG" * 200_000


async def test_a_messages_file_is_opened(graph, connector):
    graph.files["/cdn/a"] = DATA
    files = [
        {"id": "1", "mime_type": "image/png", "name": "a.png", "image_data": {"url": f"{graph.url}/cdn/a?oh=1"}},
        {"id": "2", "mime_type": "application/pdf", "name": "b", "file_url": f"{graph.url}/cdn/b"},
        {"id": "3", "mime_type": "video/mp4", "video_data": {"url": f"{graph.url}/cdn/c"}},
    ]
    graph.message(text="", files=tuple(files))
    [found] = (await connector.pull(account())).resources
    assert found.message == "(a picture)\n(a file)\n(a video)"
    assert [(file.name, file.content_type, file.url) for file in found.files] == [
        ("a.png", "image/png", ""),
        ("b-2.bin", "application/pdf", ""),
        ("video-3.mp4", "video/mp4", ""),
    ]
    opened = await connector.open_file(account(), found.files[0].reference)
    assert (opened.name, opened.data) == ("a.png", DATA)
    with pytest.raises(NotFound):
        await connector.open_file(account(), found.files[1].reference)


@pytest.mark.parametrize("kind", ["comment", "post"])
async def test_a_picture_whose_link_is_long_is_asked_for_again(graph, connector, kind):
    graph.files["/cdn/p"] = b"picture"
    picture = f"{graph.url}/cdn/p?{'x' * 600}"
    if kind == "post":
        graph.post("7007", picture=picture)
    else:
        graph.comment(graph.post(), picture=picture)
    [found] = (await connector.pull(account())).resources
    opened = await connector.open_file(account(), found.files[0].reference)
    assert (opened.name, opened.data) == ("picture-1.jpg", b"picture")


async def test_pictures_beyond_the_tenth_are_opened_too(graph, connector):
    graph.files["/cdn/p"] = b"picture"
    shown = [{"media_type": "photo", "media": {"image": {"src": f"{graph.url}/cdn/{number}"}}} for number in range(11)]
    shown.append({"media_type": "photo", "media": {"image": {"src": f"{graph.url}/cdn/p"}}})
    graph.post("7007", more={"attachments": {"data": [{"subattachments": {"data": shown}}]}})
    [found] = (await connector.pull(account())).resources
    opened = await connector.open_file(account(), found.files[11].reference)
    assert (opened.name, opened.data) == ("picture-12.jpg", b"picture")


@pytest.mark.parametrize("reference", ["", "x", "c:1_2:0", "m:0:m_1", "p:1_2:99", "m:0:../../me", "c:..:0"])
async def test_a_reference_to_what_is_not_there_is_not_found(graph, connector, reference):
    with pytest.raises(NotFound if reference else Exception):
        await connector.open_file(account(), reference)
    assert all("me" not in call for call in graph.calls)


async def test_a_file_that_was_taken_away_is_not_found(graph, connector):
    message = graph.message()
    with pytest.raises(NotFound):
        await connector.open_file(account(), f"m:0:{message}")
    graph.faults[f"GET /{message}"] = [error(100, 33)]
    with pytest.raises(NotFound):
        await connector.open_file(account(), f"m:0:{message}")
