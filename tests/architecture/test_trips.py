# SPDX-License-Identifier: Apache-2.0
"""A call can be followed by reading a few files, and a folder can be seen at once."""

from __future__ import annotations

from tests.architecture.trips import pull_of_a_facebook_page, pull_of_a_guestbook, rooms

WEBHOOKS = 4
"""Files that a pull enters where the connector has webhooks: what waits for it, and what is remembered of it."""
MOST_OF_THE_EDGE, MOST_IN_ALL, MOST_SIBLINGS = 20 + WEBHOOKS, 60 + WEBHOOKS, 14


async def test_a_plain_pull_enters_few_files_of_the_edge():
    trip = await pull_of_a_guestbook()
    assert 0 < trip.files("sealock_edge") <= MOST_OF_THE_EDGE


async def test_a_pull_of_a_facebook_page_enters_few_files_in_all():
    trip = await pull_of_a_facebook_page()
    assert 0 < trip.files() <= MOST_IN_ALL


def test_no_folder_has_more_files_than_can_be_seen_at_once():
    _, siblings = rooms()
    assert {folder: many for folder, many in siblings.items() if many > MOST_SIBLINGS} == {}
