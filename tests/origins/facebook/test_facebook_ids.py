# SPDX-License-Identifier: Apache-2.0
"""External ids name the item and its Page, and lead to its page at Facebook."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealock_connector import NotFound
from sealock_origins.facebook.resources import CommentId, ConversationId, MessageId, PostId, read_id
from sealock_origins.meta.resources import person_id

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
