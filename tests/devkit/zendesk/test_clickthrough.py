# SPDX-License-Identifier: Apache-2.0
"""Links from comments to the origin's own pages."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealock_devkit.zendesk.browser.clickthrough import NoClickthrough, clickthrough_url
from tests.devkit.zendesk.scripted_service import Canned, resource


@pytest.mark.parametrize(
    ("base", "external_id", "url"),
    [
        ("https://s.example/c", "a", "https://s.example/c?external_id=a"),
        ("https://s.example/c?t=1", "a", "https://s.example/c?t=1&external_id=a"),
        ("https://s.example/c#top", "a", "https://s.example/c?external_id=a"),
        (
            "https://s.example/c",
            "8:2:https://blog.example/post/#comment-2",
            "https://s.example/c?external_id=8%3A2%3Ahttps%3A%2F%2Fblog.example%2Fpost%2F%23comment-2",
        ),
    ],
)
def test_a_link_carries_the_external_id_and_keeps_the_manifests_query(base, external_id, url):
    assert clickthrough_url(base, external_id) == url


@given(st.text(min_size=1, max_size=40))
def test_every_external_id_arrives_as_it_was(external_id):
    query = urlsplit(clickthrough_url("https://s.example/c?t=1", external_id)).query
    assert parse_qsl(query, keep_blank_values=True) == [("t", "1"), ("external_id", external_id)]


@pytest.fixture
async def comment(zendesk, service, account):
    service.resources = [resource("c 1/#")]
    await zendesk.pull(account.id)
    return zendesk.store.tickets.comments(1)[0]


async def test_a_link_is_followed_to_the_page(zendesk, service, comment):
    link = await zendesk.open_link(comment)
    assert link.hops == (
        f"{service.url}/clickthrough?external_id=c%201%2F%23",
        f"{service.url}/page?external_id=c%201%2F%23",
    )
    assert (link.status, link.title, link.text, link.left_this_machine) == (200, "The page", "hello", False)


async def test_a_link_that_leaves_this_machine_is_not_followed_there(zendesk, service, comment):
    elsewhere = "https://blog.example/post"
    service.script["/clickthrough"] = [Canned("", status=302, headers={"location": elsewhere})]
    link = await zendesk.open_link(comment)
    assert (link.location, link.left_this_machine, link.status) == (elsewhere, True, 302)


async def test_an_interstitial_or_an_error_is_where_the_link_ends(zendesk, service, comment):
    service.script["/clickthrough"] = [Canned("<title>Leaving</title>You go to b.example"), Canned("gone", status=404)]
    assert (await zendesk.open_link(comment)).text == "You go to b.example"
    assert (await zendesk.open_link(comment)).status == 404


async def test_a_link_that_turns_in_circles_is_given_up(zendesk, service, comment):
    service.script["/clickthrough"] = [Canned("", status=302, headers={"location": "/clickthrough"})] * 20
    with pytest.raises(NoClickthrough, match="redirects"):
        await zendesk.open_link(comment)


async def test_there_is_no_link_without_the_service_offering_it_or_an_external_id(zendesk, service, account, comment):
    with pytest.raises(NoClickthrough, match="no link"):
        await zendesk.open_link(zendesk.reply(1, "note", public=False))
    del service.manifest["urls"]["clickthrough_url"]
    await zendesk.installer.read_again(account.integration_id)
    with pytest.raises(NoClickthrough, match="no link"):
        await zendesk.open_link(comment)


async def test_a_service_that_is_down_shows_no_page(zendesk, service, comment):
    await service.__aexit__()
    with pytest.raises(NoClickthrough, match="could not be opened"):
        await zendesk.open_link(comment)
