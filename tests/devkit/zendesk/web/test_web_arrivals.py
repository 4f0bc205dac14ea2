# SPDX-License-Identifier: Apache-2.0
"""Pages say how what the origin has came here: by pull or push, and how long after it was written."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from sealock_devkit.zendesk.store import Account
from sealock_devkit.zendesk.web.arrivals import age
from tests.devkit.zendesk.scripted_service import resource
from tests.devkit.zendesk.web.conftest import words


@pytest.fixture
def service(service):
    service.manifest["push_client_id"] = "client-1"
    return service


def pushed(zendesk, account: Account, *resources, **fault) -> None:
    body = {"instance_push_id": account.instance_push_id, "external_resources": list(resources)}
    answer = zendesk.rest.push(f"Bearer {account.access_token}", json.dumps(body).encode(), **fault)
    assert answer.status in {200, 504}


def written(seconds: float) -> str:
    return (datetime.now(UTC) - timedelta(seconds=seconds)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


async def test_an_account_s_pushes_stand_beside_its_pulls_with_how_old_the_newest_item_was(
    browser, zendesk, service, account
):
    service.resources = [resource("pulled", created_at=written(50))]
    await zendesk.pull(account.id)
    pushed(zendesk, account, resource("old", created_at=written(7_300)), resource("new", created_at=written(20)))
    zendesk.faults.switch_on({"call": "push", "kind": "processing error"})
    pushed(zendesk, account, resource("pulled"), resource("new"), fault="processing error")
    page = await browser.open("/accounts/1")
    rows = [[cell.text().strip() for cell in row.css("td")] for row in page.css("tbody tr")]
    assert [(row[1], row[2], row[3], row[4], row[7]) for row in rows] == [
        ("push", "200", "0", "0", "1 processing_error, 1 halted"),
        ("push", "200", "2", "0", ""),
        ("pull", "200", "1", "0", ""),
        ("pull", "200", "0", "0", ""),
    ]
    assert [row[5] for row in rows] == ["", rows[1][5], rows[2][5], ""]
    assert 20 <= float(rows[1][5].removesuffix(" s")) < 50
    assert 50 <= float(rows[2][5].removesuffix(" s")) < 100


async def test_a_comment_says_by_what_it_came_and_how_long_after_it_was_written(browser, zendesk, service, account):
    service.resources = [resource("a", thread_id="t", created_at=written(600))]
    await zendesk.pull(account.id)
    pushed(zendesk, account, resource("b", thread_id="t", created_at=written(0)))
    await zendesk.settled(zendesk.reply(1, "answer"))
    page = await browser.open("/tickets/1")
    assert words(page, "#comment-1 .came").startswith("by pull after 10 min")
    assert words(page, "#comment-2 .came").startswith("by push after ")
    assert page.css("#comment-3 .came") == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "accepted"),
        ({"access_tokens": "ended"}, "ended"),
        ({"push_client": "refused"}, "refused"),
        ({"push_client": "gets no token"}, "none"),
    ],
)
async def test_an_account_s_page_says_what_becomes_of_its_token(browser, zendesk, service, account, changes, said):
    zendesk.change_settings(changes)
    page = await browser.open("/accounts/1")
    assert words(page, "#token .state") == said
    assert account.access_token not in page.html


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0.0 s"),
        (0.44, "0.4 s"),
        (9.9, "9.9 s"),
        (12.4, "12 s"),
        (99, "99 s"),
        (600, "10 min"),
        (7_200, "2 h"),
        (432_000, "5 days"),
    ],
)
def test_a_length_of_time_is_told_in_its_largest_unit(seconds, said):
    assert age(seconds) == said
