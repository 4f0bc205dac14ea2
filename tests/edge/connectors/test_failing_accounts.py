# SPDX-License-Identifier: Apache-2.0
"""An account whose pulls fail is on the dashboard and in the log: since when, why, and what can be done."""

from __future__ import annotations

import pytest

from sealock.connector.v1 import error_detail_pb2 as wire
from sealock.connector.v1.error_detail_pb2 import Reason
from sealock.connector.v1.pull_pb2 import PullResponse
from sealock_contract.causes import CATALOGUES, SENTENCES, cause_name
from sealock_edge.failing_accounts import FailingAccounts
from sealock_edge.outcomes import Outcome
from sealock_edge.problems import why_pulls_fail
from tests.edge.admin_pages import Page
from tests.edge.edge_under_test import MovedClock
from tests.edge.scripted_connector import Refusal

DOWN = Reason.REASON_ORIGIN_UNAVAILABLE


async def trouble(edge, **headers: str) -> str:
    node = Page.of(await edge.get("dashboard", headers=headers)).tree.css_first("#failing")
    return node.text(separator=" ", strip=True) if node is not None else ""


def lines(edge, event: str = "account_failing"):
    return [line for line in edge.lines if line["event"] == event]


@pytest.mark.parametrize("cause", [each for each in wire.Cause.values() if each], ids=cause_name)
async def test_each_cause_is_a_sentence_on_the_dashboard_and_in_the_log(edge, connector, cause):
    connector.script("Pull", Refusal(DOWN, cause=cause))

    await edge.pull(edge.metadata("a1b2c3d4e5f6"))

    said = await trouble(edge)
    assert "Account a1b2c3d4, since 20" in said
    sentence = SENTENCES[cause].format(origin="Guestbook")
    assert sentence in said
    assert "e5f6" not in said
    [line] = lines(edge)
    assert (line["account_id"], line["cause"], line["why"]) == ("a1b2c3d4e5f6", cause_name(cause), sentence)


OUTCOMES = [
    (Refusal(DOWN), "Guestbook does not answer. It is tried again by itself."),
    (Refusal(Reason.REASON_ORIGIN_THROTTLED), "Guestbook takes no more for now. This goes on by itself later."),
    (Refusal(Reason.REASON_ACCOUNT_REVOKED), "An administrator has to reconnect it."),
    (Refusal(Reason.REASON_NOT_FOUND), "Guestbook does not have this any more."),
    (Refusal(Reason.REASON_INTERNAL), "Whoever runs it finds out more in its log."),
    (PullResponse(state=b"x" * 3718), "Something is wrong with the connection to Guestbook."),
]


@pytest.mark.parametrize(("answer", "words"), OUTCOMES, ids=[words for _, words in OUTCOMES])
async def test_what_has_no_cause_has_a_sentence_all_the_same(edge, connector, answer, words):
    connector.script("Pull", answer)
    await edge.pull()
    assert words in await trouble(edge)
    assert words in lines(edge)[0]["why"]


async def test_nobody_is_told_to_try_a_pull_again(edge, connector):
    connector.script("Pull", Refusal(DOWN))
    assert (await edge.pull()).json["error_info"] == "Guestbook does not answer. It is tried again by itself."
    await connector.stop()
    await edge.pull()
    assert await trouble(edge)
    assert "Try" not in await trouble(edge)
    assert "is out of service. It is tried again by itself." in await trouble(edge)


def test_each_outcome_has_a_sentence():
    assert all(why_pulls_fail(outcome, "").endswith(".") for outcome in Outcome)


async def test_it_is_said_once_an_hour_since_when_it_lasts_and_when_it_is_over(edge, connector):
    connector.script("Pull", Refusal(DOWN, cause=wire.CAUSE_FIREWALL))
    for _ in range(65):
        await edge.pull()
        edge.clock.move(minutes=1)
    assert len(lines(edge)) == 2
    assert len({line["since"] for line in lines(edge)}) == 1

    connector.script("Pull", Refusal(DOWN, cause=wire.CAUSE_CHALLENGE))
    await edge.pull()
    assert [line["cause"] for line in lines(edge)] == ["FIREWALL", "FIREWALL", "CHALLENGE"]
    assert len({line["since"] for line in lines(edge)}) == 1

    connector.script("Pull", PullResponse())
    await edge.pull()
    assert await trouble(edge) == ""
    assert [line["since"] for line in lines(edge, "account_well")] == [lines(edge)[0]["since"]]


async def test_the_dashboard_is_in_the_reader_s_language_and_of_its_integration(edge, connector):
    connector.script("Pull", Refusal(DOWN, cause=wire.CAUSE_TIMED_OUT))
    await edge.pull()

    said = await trouble(edge, **{"Accept-Language": "de"})

    assert CATALOGUES.for_reader("de").gettext(SENTENCES[wire.CAUSE_TIMED_OUT]).format(origin="Guestbook") in said
    assert "Konto account-, seit" in said
    other = Page.of(await edge.get("dashboard", integration="other"))
    assert other.tree.css_first("#failing") is None


async def test_what_is_not_heard_of_any_more_is_forgotten(edge, connector):
    connector.script("Pull", Refusal(DOWN))
    await edge.pull()
    edge.clock.move(minutes=61)
    assert await trouble(edge) == ""


def test_so_many_are_remembered_and_no_more():
    class Silent:
        def account_failing(self, **_):
            """Nobody reads it."""

    failing = FailingAccounts(MovedClock(), Silent(), why_pulls_fail)
    for number in range(1_002):
        failing.pulled("guestbook", f"account-{number}", Outcome.ORIGIN_UNAVAILABLE, "", origin="x")
    found = failing.of("guestbook")
    assert (len(found), found[0].account_id) == (1_000, "account-2")
