# SPDX-License-Identifier: Apache-2.0
"""Whose pushes Zendesk refuses stands on the dashboard, since when and why, until it takes one again."""

from __future__ import annotations

import pytest

from sealock_edge.failing_accounts import MOST
from sealock_edge.zendesk_api import Refusal, RefusedAccounts, ZendeskRefused, ZendeskUnavailable
from sealock_edge.zendesk_api.refused import SENTENCES
from tests.connector.loopback_http import Answer
from tests.edge.edge_under_test import MovedClock
from tests.edge.zendesk_api.scripted_zendesk import account, resource

ONE = [resource("a")]


async def push(here, **changes) -> None:
    await here.client.push(account(**changes), ONE, request_id="call-1")


def whys(here) -> list[str]:
    return [each.why for each in here.refused.of("guestbook")]


@pytest.mark.parametrize(("status", "why"), [(401, SENTENCES[0]), (403, SENTENCES[1]), (404, SENTENCES[2])])
async def test_a_refused_account_is_remembered_with_why_until_a_push_is_taken(here, zendesk, status, why):
    zendesk.answers = [Answer(status)]
    with pytest.raises(ZendeskRefused):
        await push(here)
    [first] = here.refused.of("guestbook")
    assert (first.short_id, first.why) == ("account-", why)
    here.clock.seconds += 600
    with pytest.raises(ZendeskRefused):
        await push(here)
    [again] = here.refused.of("guestbook")
    assert again.since == first.since
    assert here.refused.of("other") == []
    await push(here, zendesk_access_token="another")
    assert whys(here) == []


async def test_an_account_that_another_process_was_refused_for_is_shown_too(here, zendesk):
    zendesk.answers = [Answer(401)]
    with pytest.raises(ZendeskRefused):
        await here.another().push(account(), ONE, request_id="call-1")
    assert await here.client.may_push(account()) is Refusal.EARLIER
    assert whys(here) == [SENTENCES[0]]


async def test_accounts_without_push_and_a_zendesk_that_is_away_are_no_trouble_of_an_account(here, zendesk):
    zendesk.otherwise = lambda _: Answer(500)
    with pytest.raises(ZendeskRefused):
        await push(here, zendesk_access_token="")
    with pytest.raises(ZendeskUnavailable):
        await push(here)
    assert whys(here) == []


def test_what_was_not_heard_of_for_hours_is_forgotten_and_so_many_are_remembered():
    clock = MovedClock()
    accounts = RefusedAccounts(clock)
    for number in range(MOST + 5):
        accounts.refused("guestbook", f"account-{number}", Refusal.TOKEN)
    assert len(accounts.of("guestbook")) == MOST
    clock.move(hours=3, seconds=1)
    assert accounts.of("guestbook") == []


@pytest.mark.parametrize(("language", "words"), [("en", "come later"), ("de", "später kommen"), ("ja", "トークン")])
async def test_the_dashboard_says_whose_messages_come_later_and_why(edge, language, words):
    empty = await edge.get("dashboard", headers={"Accept-Language": language})
    assert 'id="refused"' not in empty.text
    edge.edge.refused.refused("guestbook", "0123456789abcdef", Refusal.TOKEN)
    page = await edge.get("dashboard", headers={"Accept-Language": language})
    assert words in page.text
    assert "01234567" in page.text
    assert "0123456789" not in page.text
