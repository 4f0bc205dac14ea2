# SPDX-License-Identifier: Apache-2.0
"""A call is proved by the account's own token, where the configuration asks for it."""

from __future__ import annotations

import asyncio

import pytest

from sealock.connector.v1.channelback_pb2 import ChannelbackResponse
from sealock.connector.v1.pull_pb2 import PullResponse
from sealock_edge.config import ConfigError, read
from sealock_edge.zendesk_api import legitimacy
from tests.connector.loopback_http import Answer, site
from tests.edge.edge_under_test import add_key, build, settings, under_test
from tests.edge.serving import until
from tests.edge.zendesk_api.scripted_zendesk import VALIDATE

GOOD = Answer(200, b"null")


class Scripted:
    """What the development Zendesk answers: one after the other, then `otherwise`."""

    def __init__(self) -> None:
        self.answers: list[Answer] = []
        self.otherwise = GOOD
        self.held = asyncio.Event()
        self.held.set()

    async def answer(self, _request) -> Answer:
        answer = self.answers.pop(0) if self.answers else self.otherwise
        await self.held.wait()
        return answer


@pytest.fixture
def scripted():
    return Scripted()


@pytest.fixture
async def zendesk(scripted):
    async with site(scripted.answer) as there:
        yield there


def proving(zendesk, connector, **changes):
    tables = settings(connector.target)
    tables["zendesk"] = {"development_origins": [zendesk.url], "legitimacy": "validate_token"} | changes
    tables["integrations"]["other"]["push_client_id"] = "sealock_push"
    return tables


@pytest.fixture
async def edge(zendesk, connector, tmp_path, edge_clock):
    add_key(tmp_path / "keys", edge_clock)
    connector.script("Pull", PullResponse(state=b"2"))
    connector.script("Channelback", ChannelbackResponse(external_id="reply-1"))
    built, ring, log = build(proving(zendesk, connector), tmp_path / "keys", edge_clock)
    handle = under_test(built, ring, tmp_path / "keys", edge_clock, log)
    async with handle.client:
        yield handle


async def test_calls_of_an_account_whose_token_is_good_are_answered_and_zendesk_is_asked_once(edge, zendesk):
    for _ in range(3):
        assert (await edge.pull()).status_code == 200
        assert (await edge.channelback()).status_code == 200
    [request] = zendesk.requests
    assert request.target == VALIDATE
    assert request.headers["authorization"] == "Bearer canary-token"


async def test_after_some_minutes_zendesk_is_asked_again(edge, zendesk, edge_clock):
    await edge.pull()
    edge_clock.move(seconds=legitimacy.PROVED_SECONDS + 1)
    assert (await edge.pull()).status_code == 200
    assert len(zendesk.requests) == 2


async def test_each_account_is_proved_by_its_own_token(edge, zendesk):
    await edge.pull()
    await edge.pull(edge.metadata("account-2", zendesk_access_token="another"))
    assert [each.headers["authorization"] for each in zendesk.requests] == ["Bearer canary-token", "Bearer another"]


@pytest.mark.parametrize("status", [401, 403, 404, 422, 302])
async def test_a_token_that_zendesk_refuses_proves_nothing(edge, scripted, connector, zendesk, edge_clock, status):
    scripted.answers = [Answer(status, headers={"location": "https://evil.example/"})]
    refused = [await edge.pull(), await edge.channelback(), await edge.pull()]
    assert [each.status_code for each in refused] == [401] * 3
    assert refused[0].json["error_info"] == (await edge.pull("not sealed")).json["error_info"]
    assert connector.seen("Pull") == connector.seen("Channelback") == []
    assert len(zendesk.requests) == 1
    assert [line["outcome"] for line in edge.calls][:3] == ["not_proved"] * 3
    edge_clock.move(seconds=legitimacy.REFUSED_SECONDS + 1)
    assert (await edge.pull()).status_code == 200


async def test_an_account_without_a_token_is_not_served_and_nobody_is_asked(edge, zendesk):
    assert (await edge.pull(edge.metadata(zendesk_access_token=""))).status_code == 401
    assert zendesk.requests == []


async def test_a_token_that_was_saved_anew_is_proved_at_once(edge, scripted):
    scripted.answers = [Answer(401)]
    assert (await edge.pull()).status_code == 401
    assert (await edge.pull(edge.metadata(zendesk_access_token="another"))).status_code == 200


@pytest.mark.parametrize("away", [Answer(429, headers={"retry-after": "90"}), Answer(200, b"<html>"), Answer(503)])
async def test_a_zendesk_that_cannot_be_asked_holds_up_only_those_it_never_vouched_for(
    edge, scripted, edge_clock, away
):
    await edge.pull()
    edge_clock.move(seconds=legitimacy.PROVED_SECONDS + 1)
    scripted.otherwise = away
    assert (await edge.pull()).status_code == 200
    refused = await edge.pull(edge.metadata("account-2", zendesk_access_token="another"))
    assert refused.status_code == 503
    assert int(refused.headers["retry-after"]) >= 1
    edge_clock.move(seconds=legitimacy.KEPT_SECONDS)
    assert (await edge.pull()).status_code == 503
    scripted.otherwise = GOOD
    edge_clock.move(seconds=100)
    assert (await edge.pull()).status_code == 200


async def test_a_zendesk_that_is_away_is_not_asked_by_every_call(edge, scripted, zendesk):
    scripted.otherwise = Answer(500)
    await edge.pull()
    tries = len(zendesk.requests)
    for _ in range(3):
        assert (await edge.pull()).status_code == 503
    assert len(zendesk.requests) == tries


async def test_calls_at_the_same_time_ask_once_and_who_hangs_up_takes_nothing_from_the_others(edge, scripted, zendesk):
    scripted.held.clear()
    calls = [asyncio.create_task(edge.pull()) for _ in range(5)]
    await until(lambda: bool(zendesk.requests))
    calls[0].cancel()
    scripted.held.set()
    answers = await asyncio.gather(*calls, return_exceptions=True)
    assert [each.status_code for each in answers[1:]] == [200] * 4
    assert len(zendesk.requests) == 1


async def test_a_metadata_that_does_not_open_asks_nobody(edge, zendesk):
    assert (await edge.pull("x" * 100)).status_code == 401
    assert zendesk.requests == []


async def test_the_log_says_why_an_account_is_not_served(edge, scripted):
    scripted.answers = [Answer(401)]
    await edge.pull()
    [line] = [line for line in edge.lines if line["event"] == "account_failing"]
    assert "token has ended" in line["why"]


async def test_without_the_setting_zendesk_is_not_asked(zendesk, connector, tmp_path, edge_clock):
    add_key(tmp_path / "keys", edge_clock)
    tables = proving(zendesk, connector, legitimacy="sealed")
    built, ring, log = build(tables, tmp_path / "keys", edge_clock)
    edge = under_test(built, ring, tmp_path / "keys", edge_clock, log)
    connector.script("Pull", PullResponse())
    async with edge.client:
        assert (await edge.pull()).status_code == 200
    assert zendesk.requests == []


def test_the_setting_needs_a_push_client_for_each_integration():
    integration = {"id": "a", "name": "A", "target": "x:1", "insecure": True}
    tables = {
        "edge": {"public_url": "https://channels.example.com", "keys": "unused"},
        "zendesk": {"subdomains": ["acme"], "legitimacy": "validate_token"},
        "integrations": {"a": integration | {"push_client_id": "p"}, "b": integration | {"id": "b"}},
    }
    with pytest.raises(ConfigError, match=r"integrations\.b\.push_client_id is missing"):
        read(tables, {})
    tables["zendesk"]["legitimacy"] = "perhaps"
    with pytest.raises(ConfigError, match=r"zendesk\.legitimacy must be sealed or validate_token"):
        read(tables, {})
