# SPDX-License-Identifier: Apache-2.0
"""The cause that a connector found out reaches whoever can act on it: log, metric, Zendesk, agent, administrator."""

from __future__ import annotations

import pytest

from sealock.connector.v1 import error_detail_pb2 as wire
from sealock.connector.v1.error_detail_pb2 import Reason
from sealock.connector.v1.pull_pb2 import PullResponse
from sealock_contract.causes import CATALOGUES, SENTENCES, cause_name
from tests.edge.admin_pages import open_set_up, zendesk_form
from tests.edge.scripted_connector import Refusal

CAUSES = [cause for cause in wire.Cause.values() if cause != wire.CAUSE_UNSPECIFIED]
UNAVAILABLE = Reason.REASON_ORIGIN_UNAVAILABLE
NEWER = 4711


def line_of(edge) -> tuple[int, str, str | None]:
    line = edge.calls[-1]
    return line["status"], line["outcome"], line.get("cause")


@pytest.mark.parametrize("cause", CAUSES, ids=cause_name)
async def test_a_pull_that_fails_says_why_to_zendesk_the_log_and_the_metric(edge, connector, cause):
    connector.script("Pull", Refusal(UNAVAILABLE, cause=cause))

    result = await edge.pull()

    assert (result.status_code, result.json["error_info"]) == (503, SENTENCES[cause].format(origin="Guestbook"))
    assert line_of(edge) == (503, "origin_unavailable", cause_name(cause))
    series = f'cause="{cause_name(cause)}",endpoint="pull",integration="guestbook",outcome="origin_unavailable"'
    assert await edge.metric(f"sealock_edge_call_causes_total{{{series}}}") == 1


async def test_zendesk_is_told_in_the_language_of_the_account(edge, connector):
    connector.script("Pull", Refusal(UNAVAILABLE, cause=wire.CAUSE_MAINTENANCE))

    result = await edge.pull(edge.metadata(locale="de-AT"))

    assert result.json["error_info"].startswith("Guestbook wird gerade gewartet.")


async def test_a_cause_that_is_newer_than_the_edge_is_no_fault(edge, connector):
    connector.script("Pull", Refusal(UNAVAILABLE, cause=NEWER))

    result = await edge.pull()

    assert result.status_code == 503
    assert result.json["error_info"] == "Guestbook does not answer. It is tried again by itself."
    assert line_of(edge) == (503, "origin_unavailable", "OTHER")


async def test_that_nobody_found_a_cause_is_said_too(edge, connector):
    connector.script("Pull", Refusal(UNAVAILABLE))
    await edge.pull()
    assert line_of(edge) == (503, "origin_unavailable", "UNSPECIFIED")

    connector.script("Channelback", Refusal(Reason.REASON_NOT_FOUND))
    await edge.channelback()
    assert line_of(edge) == (404, "not_found", None)


async def test_a_pull_that_was_cut_short_has_its_cause_in_the_log(edge, connector):
    detail = Refusal(UNAVAILABLE, cause=wire.CAUSE_CHALLENGE).detail()
    connector.script("Pull", PullResponse(state=b"2", interruption=detail))

    result = await edge.pull()

    assert result.status_code == 200
    assert line_of(edge) == (200, "origin_unavailable", "CHALLENGE")


async def test_a_quota_and_a_dead_account_keep_their_pulls_good_and_say_why_in_the_log(edge, connector):
    for reason, cause, outcome in (
        (Reason.REASON_ORIGIN_THROTTLED, wire.CAUSE_CALLS_USED_UP, "origin_throttled"),
        (Reason.REASON_ACCOUNT_REVOKED, wire.CAUSE_CREDENTIALS_REFUSED, "account_revoked"),
    ):
        connector.script("Pull", Refusal(reason, cause=cause))
        await edge.pull()
        assert line_of(edge) == (200, outcome, cause_name(cause))


@pytest.mark.parametrize(
    ("reason", "status"),
    [
        (UNAVAILABLE, 503),
        (Reason.REASON_ORIGIN_THROTTLED, 429),
        (Reason.REASON_ACCOUNT_REVOKED, 401),
        (Reason.REASON_MESSAGE_REJECTED, 422),
        (Reason.REASON_NOT_FOUND, 404),
    ],
)
async def test_the_agent_reads_the_cause_where_the_connector_says_nothing(edge, connector, reason, status):
    cause = wire.CAUSE_FIREWALL
    connector.script("Channelback", Refusal(reason, cause=cause))
    result = await edge.channelback(metadata=edge.metadata(locale="fr"))
    assert (result.status_code, result.json["error_info"]) == (
        status,
        CATALOGUES.for_reader("fr").gettext(SENTENCES[cause]).format(origin="Guestbook"),
    )

    connector.script("Channelback", Refusal(reason, cause=cause, message_for_agent="Leave out the link."))
    assert (await edge.channelback()).json["error_info"] == "Leave out the link."
    assert line_of(edge)[2] == "FIREWALL"


async def test_that_it_is_not_known_whether_a_reply_was_posted_is_more_important_than_why(edge, connector):
    connector.script("Channelback", Refusal(Reason.REASON_OUTCOME_UNKNOWN, cause=wire.CAUSE_CONNECTION_BROKEN))

    result = await edge.channelback()

    assert result.json["error_info"].startswith("It is not known whether this reply was posted.")
    assert line_of(edge)[2] == "CONNECTION_BROKEN"


@pytest.mark.parametrize("locale", ["en-US", "de", "es", "fr", "ja", "pt-BR"])
async def test_the_administrator_reads_the_cause_on_the_page(edge, connector, locale):
    cause = wire.CAUSE_CERTIFICATE
    connector.script("Setup", Refusal(UNAVAILABLE, cause=cause))

    page = await open_set_up(edge, locale=locale)

    assert CATALOGUES.for_reader(locale).gettext(SENTENCES[cause]).format(origin="Guestbook") in page.text
    assert line_of(edge) == (503, "origin_unavailable", "CERTIFICATE")


async def test_the_administrator_reads_the_connector_s_own_sentence_as_it_is_written_and_escaped(edge, connector):
    connector.script("Setup", Refusal(UNAVAILABLE, cause=wire.CAUSE_MOVED, message_for_agent="It moved to <b>x</b>."))

    page = await open_set_up(edge, locale="de")

    assert "It moved to <b>x</b>." in page.text
    assert not page.tree.css("b")


async def test_a_state_that_zendesk_cannot_keep_is_named_as_the_connector_s_fault(edge, connector):
    connector.script("Pull", PullResponse(state=b"x" * 3718))

    result = await edge.pull()

    assert result.json["error_info"].endswith("Its state or its account is larger than Zendesk keeps.")
    assert line_of(edge) == (503, "connector_faulty", "STATE_TOO_LARGE")


async def test_an_agent_reads_nothing_of_how_a_connector_is_reached_and_the_log_has_it(edge, connector):
    await connector.stop()
    result = await edge.channelback()
    assert result.json["error_info"] == "The connection to Guestbook is out of service. Try again later."
    assert line_of(edge) == (503, "connector_down", "NOTHING_LISTENS")


async def test_a_page_does_not_tell_an_administrator_how_the_connector_is_reached(edge):
    page = await edge.get("healthcheck", integration="other")
    assert page.json["error_info"].endswith("Nothing takes connections at its target.")

    page = await edge.post("admin_ui", zendesk_form(), integration="other")
    assert page.status_code == 503
    assert "target" not in page.text
