# SPDX-License-Identifier: Apache-2.0
"""External ids name the item and its account, and lead to its page."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealock_connector import NotFound
from sealock_origins.instagram.media import CommentId, ConversationId, MessageId, PostId, named_id, read_id

NUMBERS = st.integers(1, 10**17).map(str)
CODES = st.from_regex(r"[A-Za-z0-9_-]{0,12}", fullmatch=True)
IDS = st.one_of(
    st.builds(CommentId, NUMBERS, NUMBERS, NUMBERS, CODES, mention=st.booleans()),
    st.builds(PostId, NUMBERS, NUMBERS, CODES),
    st.builds(ConversationId, NUMBERS, NUMBERS),
    st.builds(MessageId, NUMBERS, NUMBERS, st.from_regex(r"[A-Za-z0-9_/=-]{1,170}", fullmatch=True)),
)


@given(IDS)
def test_an_id_is_read_back_as_it_was_made(item):
    text = str(item)
    assert read_id(text) == item
    assert text.isascii()
    assert len(text) <= 255


@pytest.mark.parametrize(
    ("external_id", "path"),
    [
        ("instagram:1/comment/2/3/Cabc", "/p/Cabc/c/3/"),
        ("instagram:1/mention/2/3/C-_c", "/p/C-_c/c/3/"),
        ("instagram:1/post/2/Cabc", "/p/Cabc/"),
        ("instagram:1/comment/2/3", "/"),
        ("instagram:1/messages/9", "/direct/inbox/"),
        ("instagram:1/message/9/aWdf", "/direct/inbox/"),
    ],
)
async def test_a_link_leads_to_the_item(meta, connector, external_id, path):
    assert await connector.clickthrough(external_id) == meta.site.host("www.instagram.com") + path


@pytest.mark.parametrize(
    "external_id",
    [
        "",
        "instagram:1",
        "instagram:x/post/1",
        "instagram:1/comment/2/3/../..",
        "instagram:1/post/2/C\n",
        named_id("1", "x"),
    ],
)
def test_what_this_connector_does_not_make_is_not_found(external_id):
    with pytest.raises(NotFound):
        read_id(external_id)


async def test_it_says_what_it_can_do_and_where_links_lead(connector):
    told = await connector.describe()
    assert told.clickthrough_hosts == ("instagram.com", "*.instagram.com")
    assert told.capabilities >= {"CHANNELBACK", "CHANNELBACK_FILES", "CLICKTHROUGH", "WEBHOOK", "FILES"}
