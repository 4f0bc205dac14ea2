# SPDX-License-Identifier: Apache-2.0
"""What Meta cannot give at once, or at all, does not keep the rest back: on each list of an Instagram account."""

from __future__ import annotations

import json

import pytest

from sealock_connector import OriginUnavailable
from sealock_origins.meta.resources import ASIDE
from tests.origins.instagram.conftest import account

URL = "https://lookaside.example/x"


def words(page):
    return [each.message for each in page.resources]


@pytest.mark.parametrize("most", [1, 3, 10, 25])
async def test_everything_comes_however_little_meta_gives_at_once(meta, connector, values, most):
    top = meta.media_comment(meta.media, "Comment")
    written = ["Comment"]
    for number in range(12):
        meta.store.clock.advance(1)
        meta.media_comment(meta.media, f"Comment {number}")
        meta.media_comment(top, f"Answer {number}")
        meta.message(f"Message {number}", account=meta.instagram)
        written += [f"Comment {number}", f"Answer {number}", f"Message {number}"]
    meta.store.clock.advance(600)
    meta.store.faults.too_much_above = most
    page = await connector.pull_all(values, max_resources=100)
    assert sorted(words(page)) == sorted(written)


async def test_a_comment_that_meta_cannot_give_is_a_note_with_its_link(meta, connector, values):
    before, heavy, after = (meta.media_comment(meta.media, text) for text in ("Before", "Heavy", "After"))
    meta.store.faults.heavy = {heavy.id: ["text"]}
    page = await connector.pull({**values, "messages": False})
    found = {each.external_id.split("/")[3]: each for each in page.resources}
    assert (found[before.id].message, found[after.id].message) == ("Before", "After")
    assert found[heavy.id].internal_note
    assert found[heavy.id].message.startswith(ASIDE)
    assert meta.media.shortcode in found[heavy.id].message
    assert (await connector.pull({**values, "messages": False}, page.state)).resources == ()


@pytest.mark.parametrize("denied", ["caption", "permalink", "hidden", "replies", "comments", "story"])
async def test_a_field_that_needs_a_permission_is_done_without(meta, connector, values, denied):
    top = meta.media_comment(meta.media, "A comment")
    meta.media_comment(top, "An answer")
    meta.message("A message", account=meta.instagram)
    meta.store.faults.denied_fields = [denied]
    assert sorted(words(await connector.pull(values))) == ["A comment", "A message", "An answer"]


async def test_posts_that_cannot_be_listed_do_not_keep_messages_back(meta, connector, values):
    meta.message("A message", account=meta.instagram)
    meta.store.faults.refused_reads = {"media": "service"}
    page = await connector.pull(values)
    assert words(page) == ["A message"]
    assert isinstance(page.interruption, OriginUnavailable)


async def test_tags_that_may_not_be_read_keep_nothing_back(meta, connector):
    meta.media_comment(meta.media, "A comment")
    meta.store.faults.refused_reads = {"tags": "scope"}
    values = account(meta, "facebook")
    page = await connector.pull(values)
    assert words(page) == ["A comment"]
    assert isinstance(page.interruption, OriginUnavailable), "it is told"
    page = await connector.pull(values, page.state)
    assert (words(page), page.interruption) == ([], None), "once"


async def test_each_picture_of_an_album_that_tags_the_account_is_linked(meta, connector):
    emulator = meta.site.emulator
    photo = meta.media.photo
    album = emulator.instagram_posts.publish(meta.person("Ann Example").id, f"Look @{meta.instagram.username}", photo)
    album.children = [photo, photo]
    [found] = (await connector.pull(account(meta, "facebook"))).resources
    assert found.message.startswith(album.caption)
    assert found.message.count("(a picture: http") == 2


@pytest.mark.parametrize("kind", ["ig_reel", "ig_post", "share", "ig_story", "hologram"])
async def test_a_shared_thing_is_said_with_its_title_and_link(meta, connector, values, kind):
    shared = {"type": kind, "payload": {"url": URL, "title": "Bread"}}
    meta.do("attach", text=json.dumps(shared), account=meta.instagram)
    [found] = (await connector.pull(values)).resources
    assert found.message == f"(shared: Bread, {URL})"
