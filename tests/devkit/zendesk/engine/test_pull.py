# SPDX-License-Identifier: Apache-2.0
"""Pulls, and the main path: a comment becomes a ticket, a reply goes back, the link opens."""

from __future__ import annotations

import asyncio
import io
import re

import pytest

from sealock_devkit.zendesk import LocalZendesk
from sealock_devkit.zendesk.engine.puller import NotPullable
from tests.devkit.zendesk.conftest import QUICK
from tests.devkit.zendesk.scripted_service import CHANNELBACK, PULL, Canned, resource


async def test_a_comment_becomes_a_ticket_and_a_reply_goes_back(zendesk, service, account):
    service.resources = [resource("c1", "Is it blue?"), resource("c2", "Or green?", parent_id="c1")]
    result = await zendesk.pull(account.id)
    assert (result.received, result.duplicates, result.problem) == (2, 0, "")
    (ticket,) = zendesk.tickets()
    first, second = zendesk.store.tickets.comments(ticket.id)
    assert (ticket.subject, first.body, second.body) == ("Is it blue?", "Is it blue?", "Or green?")

    comment = zendesk.reply(ticket.id, "It is red.")
    reply = await zendesk.settled(comment)
    assert (reply.status, reply.external_id) == ("delivered", "reply-1")
    (sent,) = service.calls(CHANNELBACK)
    assert sent == {
        "message": "It is red.",
        "parent_id": "c2",
        "thread_id": "c1",
        "recipient_id": "ann",
        "metadata": account.metadata,
        "request_unique_identifier": reply.request_unique_identifier,
    }

    link = await zendesk.open_link(first)
    assert (link.location, link.title) == (f"{service.url}/page?external_id=c1", "The page")
    assert zendesk.store.violations.all() == []


async def test_a_reply_that_a_pull_brings_back_is_no_new_comment(zendesk, service, account):
    service.resources = [resource("c1")]
    await zendesk.pull(account.id)
    await zendesk.settled(zendesk.reply(1, "answer"))
    service.resources = [resource("c1"), resource("reply-1", "answer")]
    result = await zendesk.pull(account.id)
    assert (result.received, result.duplicates) == (0, 2)
    assert len(zendesk.store.tickets.comments(1)) == 2
    assert service.calls(PULL)[-1] == {"metadata": account.metadata, "state": "state-1"}


def metadata_and_state(zendesk, account):
    now = zendesk.store.accounts.get(account.id)
    return now.metadata, now.state


async def test_a_pull_sends_the_metadata_and_the_last_state_and_nothing_else(zendesk, service, account):
    service.state = 'state "2" é & more'
    await zendesk.pull(account.id)
    await zendesk.pull(account.id)
    first, second, third = service.calls(PULL)
    assert first == {"metadata": account.metadata, "state": ""}
    assert second == {"metadata": account.metadata, "state": "state-1"}
    assert third == {"metadata": account.metadata, "state": service.state}
    headers = [headers for path, headers, _ in service.received if path == PULL][-1]
    assert headers["content-type"] == "application/x-www-form-urlencoded"
    assert "cookie" not in headers


async def test_new_metadata_replaces_the_old_and_a_missing_state_keeps_it(zendesk, service, account):
    service.script[PULL] = [Canned({"external_resources": [], "metadata": "renewed"})]
    await zendesk.pull(account.id)
    assert metadata_and_state(zendesk, account) == ("renewed", "state-1")


async def test_an_empty_state_is_a_state(zendesk, service, account):
    service.script[PULL] = [Canned({"external_resources": [], "state": ""})]
    await zendesk.pull(account.id)
    assert metadata_and_state(zendesk, account) == (account.metadata, "")


HALF_A_CHARACTER = b'{"external_resources": [], "state": "\\ud800"}'
BAD = [
    (Canned(b"not json", content_type="application/json"), "the answer is not JSON"),
    (Canned(b'{"external_resources": [NaN]}', content_type="application/json"), "the answer is not JSON"),
    (
        Canned(b'{"external_resources": [], "state": "\\ud800"}', content_type="application/json"),
        "the answer is not JSON",
    ),
    (Canned(b"\xff", content_type="application/json"), "the answer is not JSON"),
    (Canned(b"[" * 100_000, content_type="application/json"), "the answer is not JSON"),
    (Canned(b""), "the answer is not JSON"),
    (Canned({"state": "s2"}), "the answer is invalid: external_resources: required, got nothing"),
    (Canned({"external_resources": [], "state": {}}), "the answer is invalid: state: a string, got an object"),
    (
        Canned({"external_resources": [resource("c1"), resource("")], "state": "s2"}),
        "the answer is invalid: external_resources[1].external_id: at least 1 character, got an empty string",
    ),
    (Canned({"external_resources": []}, status=201), "HTTP 201"),
    (Canned("", status=302, headers={"location": "/elsewhere"}), "HTTP 302"),
    (Canned({"error_info": "no such site"}, status=404), "HTTP 404: no such site"),
    (Canned("<p>broken</p>", status=500), "HTTP 500"),
    (Canned("", status=503), "HTTP 503"),
    (Canned("", status=401), "HTTP 401"),
]


@pytest.mark.parametrize(("answer", "problem"), BAD)
async def test_a_bad_answer_changes_nothing_and_is_told_in_the_event(zendesk, service, account, answer, problem):
    service.script[PULL] = [answer]
    before = metadata_and_state(zendesk, account)
    result = await zendesk.pull(account.id)
    assert result.problem == problem
    assert (metadata_and_state(zendesk, account), zendesk.tickets()) == (before, [])
    await zendesk.wait_until(zendesk.is_idle)
    event = [event for event in service.events() if event["type_id"] == "pull_request"][-1]
    assert (event["error"], event["data"]["duplicate_external_ids"]) == (problem, [])
    now = zendesk.store.accounts.get(account.id)
    assert (now.active, now.last_problem, now.failures) == (True, problem, 1)
    assert now.failing_since is not None
    assert (await zendesk.pull(account.id)).problem == ""
    now = zendesk.store.accounts.get(account.id)
    assert (now.failures, now.failing_since) == (0, None)


async def test_since_when_pulls_fail_is_when_the_first_of_them_did(zendesk, service, account):
    service.script[PULL] = [Canned({"error_info": text}, status=503) for text in ("It is maintained.", "It moved.")]
    await zendesk.pull(account.id)
    first = zendesk.store.accounts.get(account.id)
    await zendesk.pull(account.id)
    second = zendesk.store.accounts.get(account.id)
    assert (first.failing_since, first.failures) == (first.last_pull_at, 1)
    assert (second.failing_since, second.failures) == (first.failing_since, 2)
    assert second.last_problem == "HTTP 503: It moved."


async def test_the_console_tells_of_trouble_once_and_of_its_end(tmp_path, service):
    console = io.StringIO()
    async with LocalZendesk(tmp_path / "data", QUICK, console=console) as zendesk:
        account = await zendesk.add_account(await zendesk.install(service.manifest_url), [service.good_answers])
        await zendesk.wait_until(lambda: zendesk.store.accounts.get(account.id).pulls > 0)
        service.script[PULL] = [Canned("", 503), Canned("", 503), Canned("", 500)]
        service.resources = []
        for _ in range(5):
            await zendesk.pull(account.id)
    said = [line.split(" ", 1)[1] for line in console.getvalue().splitlines() if "pull of" in line]
    assert [re.sub(r"\d+ ms", "9 ms", line) for line in said] == [
        "pull of https://site.example failed after 9 ms: HTTP 503",
        "pull of https://site.example failed after 9 ms: HTTP 500",
        "pull of https://site.example works again",
    ]


async def test_a_pull_that_takes_too_long_is_a_timeout(zendesk, service, account):
    zendesk.change_settings({"pull_timeout_seconds": 0.2})
    service.script[PULL] = [Canned({"external_resources": []}, delay=2)]
    assert (await zendesk.pull(account.id)).problem == "timeout"


async def test_a_service_that_is_down_is_a_network_error(zendesk, service, account):
    await service.__aexit__()
    assert (await zendesk.pull(account.id)).problem == "network error (ConnectError)"


async def test_violations_are_recorded_with_their_call_and_place(zendesk, service, account):
    long = resource("c1", author={"external_id": "a", "image_url": "https://a.example/" + "x" * 300})
    service.script[PULL] = [Canned({"external_resources": [long]}, content_type="text/plain")]
    assert (await zendesk.pull(account.id)).problem == ""
    content_type, url = zendesk.store.violations.all()
    assert (content_type.rule, content_type.source) == ("content type application/json", "documented")
    assert (url.path, url.source) == ("external_resources[0].author.image_url", "documented")
    call = zendesk.store.calls.all(kind="pull")[-1]
    assert (url.call_id, url.account_id, url.endpoint) == (call.id, account.id, "pull")


async def test_more_than_the_documented_200_is_taken_and_recorded_more_than_256_is_refused(zendesk, service, account):
    service.resources = [resource(f"c{n}", thread_id="t") for n in range(201)]
    assert (await zendesk.pull(account.id)).received == 201
    service.resources = [resource(f"d{n}", thread_id="t") for n in range(257)]
    assert "at most 256 items" in (await zendesk.pull(account.id)).problem
    zendesk.change_settings({"resources_refused_above": 200})
    service.resources = [resource(f"e{n}", thread_id="t") for n in range(201)]
    assert "at most 200 items (setting)" in (await zendesk.pull(account.id)).problem


async def test_one_invalid_resource_can_be_set_to_be_skipped(zendesk, service, account):
    zendesk.change_settings({"invalid_resource": "skip"})
    service.resources = [resource("c1"), resource("c2", ""), resource("c3")]
    result = await zendesk.pull(account.id)
    assert (result.received, result.problem) == (2, "")
    assert [violation.path for violation in zendesk.store.violations.all()] == ["external_resources[1].message"]


async def test_the_state_can_be_set_to_be_saved_after_conversion(zendesk, service, account):
    zendesk.change_settings({"state_saved": "after conversion"})
    service.resources, service.state = [resource("c1")], "later"
    await zendesk.pull(account.id)
    assert (metadata_and_state(zendesk, account)[1], len(zendesk.tickets())) == ("later", 1)


async def test_five_401s_in_a_row_deactivate_the_account_and_flag_it(zendesk, service, account):
    service.script[PULL] = [Canned("", 401)] * 4
    for _ in range(5):  # the fifth is fine, so the row is broken
        await zendesk.pull(account.id)
    service.script[PULL] = [Canned("", 401)] * 5
    for _ in range(4):
        await zendesk.pull(account.id)
    assert zendesk.store.accounts.get(account.id).active
    await zendesk.pull(account.id)
    now = zendesk.store.accounts.get(account.id)
    assert (now.active, now.needs_update) == (False, True)
    with pytest.raises(NotPullable):
        await zendesk.pull(account.id)
    await zendesk.wait_until(zendesk.is_idle)
    event = next(event for event in service.events() if event["type_id"] == "deactivate_integration_instance")
    assert event["data"] == {
        "metadata": account.metadata,
        "deactivated_by": "error",
        "deactivating_error": "5 pulls in a row were answered 401",
    }


@pytest.mark.parametrize(
    ("setting", "status"), [("pull_401s_until_deactivation", 401), ("pull_errors_until_deactivation", 500)]
)
@pytest.mark.parametrize(("limit", "active"), [(0, True), (2, False)])
async def test_how_many_failures_deactivate_is_a_setting(zendesk, service, account, setting, status, limit, active):
    zendesk.change_settings({setting: limit})
    service.script[PULL] = [Canned("", status)] * 3
    for _ in range(2):
        await zendesk.pull(account.id)
    assert zendesk.store.accounts.get(account.id).active is active


async def test_the_services_wish_for_the_administrator_flags_the_account(zendesk, service, account):
    service.script[PULL] = [Canned({"external_resources": [resource("c1")], "metadata_needs_update": True})]
    await zendesk.pull(account.id)
    assert zendesk.store.accounts.get(account.id).needs_update
    assert len(zendesk.tickets()) == 1


@pytest.mark.parametrize(("winner", "metadata"), [("last writer", "from the pull"), ("admin", "from the admin")])
async def test_who_wins_when_an_administrator_saves_during_a_pull_is_a_setting(
    zendesk, service, account, winner, metadata
):
    zendesk.change_settings({"metadata_race": winner})

    def saved_meanwhile(_request, _form):
        edits = zendesk.store.accounts.get(account.id).edits + 1
        zendesk.store.accounts.update(account.id, metadata="from the admin", edits=edits)
        return Canned({"external_resources": [], "metadata": "from the pull"})

    service.script[PULL] = [saved_meanwhile]
    await zendesk.pull(account.id)
    assert metadata_and_state(zendesk, account)[0] == metadata


async def test_two_pulls_of_an_account_never_overlap_and_two_accounts_do_not_wait_for_each_other(
    zendesk, service, account
):
    integration = zendesk.store.integrations.get(account.integration_id)
    other = await zendesk.add_account(integration, [service.good_answers])
    await zendesk.wait_until(zendesk.is_idle)
    open_now, seen = [], []

    class Slow(Canned):
        def fill(self, response):
            super().fill(response)
            open_now.remove(self.who)

    def slow(_request, form):
        open_now.append(form["metadata"])
        seen.append(tuple(open_now))
        canned = Slow({"external_resources": []}, delay=0.2)
        canned.who = form["metadata"]
        return canned

    zendesk.store.accounts.update(other.id, metadata="other")
    service.script[PULL] = [slow] * 6
    await asyncio.gather(*(zendesk.pull(number) for number in (account.id, other.id) for _ in range(3)))
    assert all(len(set(at_once)) == len(at_once) for at_once in seen), "an account overlapped with itself"
    assert any(len(at_once) == 2 for at_once in seen)


async def test_an_account_is_pulled_again_and_again_until_it_is_paused(zendesk, service, account):
    before = zendesk.store.accounts.get(account.id).pulls
    zendesk.change_settings({"pull_interval_seconds": 0.05})
    assert await zendesk.wait_until(lambda: zendesk.store.accounts.get(account.id).pulls >= before + 3)
    zendesk.store.accounts.update(account.id, interval_seconds=3600)
    zendesk.context.changes.announce()
    await zendesk.wait_until(zendesk.is_idle)
    paused = zendesk.store.accounts.get(account.id).pulls
    assert not await zendesk.wait_until(lambda: zendesk.store.accounts.get(account.id).pulls > paused + 1, 0.3)


async def test_a_manifest_without_pull_url_is_not_pulled(zendesk, service):
    del service.manifest["urls"]["pull_url"]
    integration = await zendesk.install(service.manifest_url)
    account = await zendesk.add_account(integration, [service.good_answers])
    with pytest.raises(NotPullable):
        await zendesk.pull(account.id)
    assert service.calls(PULL) == []
