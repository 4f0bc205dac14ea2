# SPDX-License-Identifier: Apache-2.0
"""How often set-up may be tried: nobody guesses passwords through us, or uses up an account's steps."""

from __future__ import annotations

import pytest
from falcon.testing import Result

from sealock.connector.v1.setup_pb2 import SetupField, SetupForm, SetupResponse
from sealock_edge.pace import Pace, Paces
from sealock_edge.problems import TooManySteps
from tests.edge.admin_pages import RETURN_URL, Page, zendesk_form
from tests.edge.edge_under_test import EdgeUnderTest, add_key, build, settings, under_test

AGAIN = SetupResponse(form=SetupForm(step_id="site", fields=[SetupField(name="password")]))


class Watch:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def taken(pace: Pace, name: str, times: int) -> int:
    count = 0
    for _ in range(times):
        try:
            pace.take(name)
        except TooManySteps:
            continue
        count += 1
    return count


def test_a_minute_s_steps_may_come_at_once_and_then_one_each_time_another_is_due():
    watch = Watch()
    pace = Pace(6, watch)
    assert taken(pace, "a", 100) == 6
    with pytest.raises(TooManySteps) as caught:
        pace.take("a")
    assert caught.value.retry_after == 10

    watch.now += 9.5
    assert taken(pace, "a", 100) == 0
    watch.now += 0.5
    assert taken(pace, "a", 100) == 1
    watch.now += 25
    assert taken(pace, "a", 100) == 2
    watch.now += 10_000
    assert taken(pace, "a", 100) == 6
    assert taken(pace, "b", 100) == 6


def test_what_is_remembered_is_bounded_and_the_one_that_still_tries_is_not_forgotten():
    pace = Pace(2, Watch(), most_kept=10)
    assert taken(pace, "busy", 5) == 2
    for number in range(1000):
        pace.take(f"other-{number}")
        assert taken(pace, "busy", 1) == 0
    assert len(pace._left) == 10


def test_one_client_cannot_use_up_the_steps_of_a_zendesk_account():
    watch = Watch()
    pace = Paces(by_address=Pace(3, watch), by_owner=Pace(5, watch))
    for _ in range(3):
        pace.take("203.0.113.7", "acme")
    for _ in range(100):
        with pytest.raises(TooManySteps):
            pace.take("203.0.113.7", "acme")
    pace.take("203.0.113.8", "acme")
    pace.take("203.0.113.9", "acme")
    with pytest.raises(TooManySteps):
        pace.take("203.0.113.10", "acme")
    pace.take("203.0.113.10", "globex")


@pytest.fixture
async def edge(connector, tmp_path, edge_clock):
    add_key(tmp_path / "keys", edge_clock)
    tables = settings(connector.target, setup_steps_per_minute=7, setup_steps_per_minute_by_address=4)
    tables["edge"]["connections"] = {"trusted_proxies": ["127.0.0.0/8"]}
    built, ring, log = build(tables, tmp_path / "keys", edge_clock)
    handle = under_test(built, ring, tmp_path / "keys", edge_clock, log)
    async with handle.client:
        yield handle


async def opened(edge: EdgeUnderTest, client: str, subdomain: str = "example") -> Result:
    form = zendesk_form(subdomain=subdomain, return_url=RETURN_URL.replace("example", subdomain, 1))
    return await edge.post("admin_ui", form, headers={"X-Forwarded-For": client})


async def test_guesses_are_refused_with_words_and_a_time_before_the_connector_hears_of_them(
    edge, connector, edge_clock
):
    connector.script("Setup", AGAIN)
    page = Page.of(await opened(edge, "203.0.113.7"))

    answers = [
        await edge.post(
            "admin_ui/step", {**page.fields, "password": f"guess-{number}"}, headers={"X-Forwarded-For": "203.0.113.7"}
        )
        for number in range(20)
    ]

    assert [answer.status_code for answer in answers] == [200] * 3 + [429] * 17
    assert len(connector.seen("Setup")) == 4
    assert answers[-1].headers["retry-after"] == "15"
    assert "Set-up was tried too often in a short time. Try again in 15 s." in Page.of(answers[-1]).text
    sample = 'sealock_edge_calls_total{endpoint="admin_ui",integration="guestbook",outcome="too_many_steps"}'
    assert await edge.metric(sample) == 17

    edge_clock.move(seconds=16)
    assert (await opened(edge, "203.0.113.7")).status_code == 200


async def test_others_and_other_zendesk_accounts_go_on(edge, connector):
    connector.script("Setup", AGAIN)
    for _ in range(10):
        await opened(edge, "203.0.113.7")

    assert [(await opened(edge, f"203.0.113.{n}")).status_code for n in range(10, 14)] == [200, 200, 200, 429]
    assert (await opened(edge, "203.0.113.20", "globex")).status_code == 200


async def test_a_client_of_ipv6_is_one_however_many_addresses_it_has(edge, connector):
    connector.script("Setup", AGAIN)
    statuses = [(await opened(edge, f"2001:db8:1:2::{n}")).status_code for n in range(1, 6)]
    assert statuses == [200] * 4 + [429]


async def test_what_is_refused_anyway_uses_up_no_steps(edge, connector):
    connector.script("Setup", AGAIN)
    for _ in range(20):
        bad = await edge.post("admin_ui", zendesk_form(return_url="https://evil.example/"))
        assert bad.status_code == 400
        assert (await edge.post("admin_ui/step", {"sealock-form": "nonsense"})).status_code == 401
    assert (await opened(edge, "127.0.0.1")).status_code == 200
