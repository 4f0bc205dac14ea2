# SPDX-License-Identifier: Apache-2.0
"""Secrets are dots everywhere, and calls can be made again without them."""

from __future__ import annotations

import asyncio
import io
import json
import shutil
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealock_devkit.zendesk import LocalZendesk
from sealock_devkit.zendesk.browser.admin_browser import AdminStopped
from sealock_devkit.zendesk.engine.service_calls import AGENT
from sealock_devkit.zendesk.redaction import as_curl, described_answer, dots, redacted_form, redacted_json, redacted_url
from sealock_devkit.zendesk.store import CallRecord
from tests.devkit.zendesk.conftest import QUICK
from tests.devkit.zendesk.scripted_service import ADMIN, ADMIN_STEP, CHANNELBACK, EVENTS, PULL, Canned, resource

CANARY = "canary-4711"


def test_a_secret_is_its_length():
    assert dots("abc") == "••• (3 characters)"
    assert dots("") == ""


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://s.example/a?t=canary&u=", "https://s.example/a?t=•••&u=•••"),
        ("https://ann:canary@s.example/a", "https://s.example/a"),
        ("https://s.example/a#canary", "https://s.example/a"),
        ("/events?token=canary", "/events?token=•••"),
        ("https://[canary", "••• (15 characters)"),
    ],
)
def test_a_url_is_shown_without_its_secrets(url, shown):
    assert redacted_url(url) == shown


@given(
    st.recursive(
        st.just(CANARY),
        lambda inner: st.one_of(
            st.lists(inner), st.dictionaries(st.sampled_from(["metadata", "state", "access_token"]), inner, min_size=1)
        ),
    )
)
def test_what_is_called_a_secret_is_hidden_at_any_depth(inside):
    hidden = redacted_json({"outer": [{"metadata": CANARY, "zendesk_access_token": CANARY}], "state": CANARY})
    assert CANARY not in str(hidden)
    assert CANARY not in str(redacted_json([{"metadata": inside}]))


def test_an_answer_is_described_without_what_it_keeps_secret():
    json_answer = b'{"metadata": "canary-4711", "a": "https://s.example/?t=canary-4711"}'
    assert "canary" not in described_answer(json_answer, "application/json")
    assert described_answer(b"<p>canary-4711", "text/html; charset=utf-8") == "text/html, 14 bytes"
    assert described_answer(b"", "") == "no type, 0 bytes"


def test_a_form_is_described_without_its_secrets():
    form = [("metadata", CANARY), ("state", CANARY), ("zendesk_access_token", CANARY), ("pw", CANARY), ("name", "n")]
    described = redacted_form(form, {"pw"})
    assert CANARY not in str(described)
    assert described[-1] == ("name", "n")


async def test_a_canary_is_read_nowhere_but_where_it_is_kept(tmp_path, service):
    console = io.StringIO()
    service.manifest["push_client_id"] = "client"
    answers = {"Site": "https://site.example", "password": CANARY}
    async with LocalZendesk(tmp_path / "data", QUICK, console=console) as zendesk:
        integration = await zendesk.install(service.manifest_url)
        account = await zendesk.add_account(integration, [answers])
        service.resources = [resource("c1")]
        await zendesk.wait_until(lambda: zendesk.store.accounts.get(account.id).pulls > 0)
        await zendesk.pull(account.id)
        service.script[PULL] = [
            Canned({"external_resources": [], "metadata": f"{CANARY}-2"}),
            Canned({"external_resources": [], "metadata": CANARY * 500, "state": {"a": CANARY}}),
        ]
        await zendesk.pull(account.id)
        failed = await zendesk.pull(account.id)
        service.script[CHANNELBACK] = [Canned({"external_id": "", "metadata": CANARY})]
        comment = zendesk.reply(1, "answer")
        await zendesk.settled(comment)
        service.script[ADMIN] = [Canned(service.first_page({}))]
        service.script[ADMIN_STEP] = [Canned(f"<p>{CANARY}</p>", status=500)]
        with pytest.raises(AdminStopped):
            await zendesk.edit_account(account, [answers])
        zendesk.lifecycle.deactivate(account, "api")
        await zendesk.wait_until(zendesk.is_idle)
        account = zendesk.store.accounts.get(account.id)
        assert CANARY in account.metadata
        records = (
            zendesk.store.calls.all(limit=1000),
            zendesk.store.violations.all(),
            zendesk.store.replies.all(),
            zendesk.store.accounts.all(),
            zendesk.store.integrations.all(),
            failed,
        )
        for record in records:
            for text in (repr(record), str(record)):
                assert CANARY not in text
                assert account.access_token not in text
    assert "was added" in console.getvalue()
    assert CANARY not in console.getvalue()


pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")

NASTY = 'it\'s $(reboot) `x`; "q" \\ é 🎉 & = % + @file\n--next\r\n ••• done'


async def run(command: str) -> None:
    process = await asyncio.create_subprocess_exec(
        "bash", "-c", command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    await process.communicate()
    assert process.returncode == 0


async def again(zendesk, service, kind: str) -> tuple[tuple, tuple]:
    """What the last call of a kind was for the service, and what it is when the command makes it."""
    await zendesk.wait_until(zendesk.is_idle)
    call = zendesk.store.calls.all(kind=kind)[-1]
    before = list(service.received)
    await run(as_curl(call, service.url))
    (arrived,) = service.received[len(before) :]
    return next(each for each in reversed(before) if each[0] == arrived[0]), arrived


def headers_that_count(headers: dict[str, str]) -> dict[str, str | None]:
    lowered = {name.lower(): value for name, value in headers.items()}
    return {name: lowered.get(name) for name in ("user-agent", "content-type", "authorization")}


async def test_a_channelback_arrives_as_it_did_but_for_its_secrets(zendesk, service, account):
    service.manifest["channelback_files"] = True
    await zendesk.installer.read_again(account.integration_id)
    service.resources = [resource("c1 [x]{a,b}", "question")]
    await zendesk.pull(account.id)
    await zendesk.settled(zendesk.reply(1, NASTY))
    (path, headers, form), (_, same_headers, same) = await again(zendesk, service, "channelback")
    assert path == CHANNELBACK
    assert headers_that_count(same_headers) == headers_that_count(headers)
    assert dict(same) == {**dict(form), "metadata": "FILL_IN_METADATA"}
    assert [name for name, _ in same] == [name for name, _ in form]


async def test_a_pull_has_both_its_secrets_to_be_filled_in(zendesk, service, account):
    await zendesk.pull(account.id)
    (path, _, form), (_, _, same) = await again(zendesk, service, "pull")
    assert path == PULL
    assert [name for name, _ in form] == ["metadata", "state"]
    assert same == [("metadata", "FILL_IN_METADATA"), ("state", "FILL_IN_STATE")]


async def test_an_event_callback_arrives_with_its_json(zendesk, service, account):
    zendesk.lifecycle.deactivate(account, "error", NASTY)
    await zendesk.wait_until(zendesk.is_idle)
    (path, headers, form), (_, same_headers, same) = await again(zendesk, service, "event_callback")
    assert path == EVENTS
    assert headers_that_count(same_headers) == headers_that_count(headers)
    events, (event,) = json.loads(dict(form)["json"])["events"], json.loads(dict(same)["json"])["events"]
    assert event == {**events[-1], "data": {**events[-1]["data"], "metadata": "FILL_IN_METADATA"}}


async def test_a_secret_in_a_url_is_to_be_filled_in_too(zendesk, service, account):
    call = zendesk.store.calls.all(kind="event_callback")[-1]
    assert as_curl(call, "").split("'")[-2].endswith(f"{EVENTS}?token=FILL_IN_TOKEN")


async def test_a_form_of_the_admin_ui_hides_what_was_typed_as_a_secret(zendesk, service, account):
    call = next(each for each in zendesk.store.calls.all(kind="admin_ui") if "password" in each.sent)
    command = as_curl(call, "")
    assert "password=FILL_IN_PASSWORD" in command
    assert "hunter-2-secret" not in command
    service.script["/admin_ui/step"] = [Canned("ok")]
    await run(command)
    path, _, form = service.received[-1]
    assert (path.startswith(ADMIN), dict(form)["site"]) == (True, "https://site.example")


async def test_a_get_is_a_get(zendesk, service, account):
    await zendesk.healthcheck(zendesk.store.integrations.all()[0])
    (path, headers, form), (_, same_headers, same) = await again(zendesk, service, "healthcheck")
    assert (path, form, same) == ("/healthcheck", [], [])
    assert (
        headers_that_count(same_headers)
        == headers_that_count(headers)
        == {"user-agent": AGENT, "content-type": None, "authorization": None}
    )


async def test_a_call_of_the_service_is_made_again_at_this_zendesk(zendesk, service, account):
    body = {
        "instance_push_id": account.instance_push_id,
        "external_resources": [resource("p1", NASTY, fields=[{"id": 7, "value": [None, True, 1.5]}])],
    }
    zendesk.rest.push(f"Bearer {account.access_token}", json.dumps(body).encode())
    call = zendesk.store.calls.all(kind="push")[-1]
    await run(as_curl(call, service.url))
    path, headers, form = service.received[-1]
    assert path == "/api/v2/any_channel/push"
    assert headers_that_count(headers)["authorization"] == "Bearer FILL_IN_ACCESS_TOKEN"
    assert headers_that_count(headers)["content-type"] == "application/json"
    assert json.loads(dict(form)["json"]) == body


@pytest.mark.parametrize("authorization", ["Bearer canary", "canary", "Basic canary", "Digest canary"])
async def test_a_credential_of_any_kind_is_to_be_filled_in(zendesk, service, account, authorization):
    zendesk.rest.validate_token(authorization, b"{}")
    command = as_curl(zendesk.store.calls.all(kind="validate_token")[-1], "http://127.0.0.1:1/")
    assert ("FILL_IN_ACCESS_TOKEN" in command, "canary" in command) == (True, False)
    assert command.endswith(" http://127.0.0.1:1/api/v2/any_channel/validate_token")


async def test_a_body_that_was_too_long_to_be_kept_has_no_command(zendesk, service, account):
    body = {"instance_push_id": account.instance_push_id, "external_resources": [resource("p1", "x" * 65_535)] * 2}
    zendesk.rest.push(f"Bearer {account.access_token}", json.dumps(body).encode())
    call = zendesk.store.calls.all(kind="push")[-1]
    assert (call.body, as_curl(call, "")) == ("", "")


CALL = CallRecord(
    id=1,
    kind="attachment",
    integration_id=1,
    account_id=1,
    request_id="",
    method="GET",
    url="/attachments/token/•••/",
    headers="[]",
    sent="[]",
    body="",
    status=200,
    answer="",
    results="[]",
    problem="",
    fault="",
    milliseconds=0,
    started_at="2026-01-01T00:00:00Z",
)


def test_the_token_in_an_attachments_path_is_to_be_filled_in():
    command = as_curl(CALL, "https://demo.zendesk.com")
    assert command.endswith(" https://demo.zendesk.com/attachments/token/FILL_IN_TOKEN/")
    message = [["message", "see http://127.0.0.1/attachments/token/•••/?name=a"]]
    form = replace(CALL, method="POST", url="https://s.example/a", sent=json.dumps(message))
    assert "/attachments/token/FILL_IN_TOKEN/?name=a" in as_curl(form, "")


def test_a_command_cannot_hold_another_command():
    sent = json.dumps([["message", "it's $(reboot) `x`; \n--next"], ["a'b=c d", "@/etc/passwd"]])
    command = as_curl(replace(CALL, method="POST", url="https://s.example/a?b=•••&c=•••", sent=sent), "")
    assert command == (
        """curl --globoff --request POST --data-urlencode 'message=it'"'"'s $(reboot) `x`; \n--next' """
        """--data-urlencode a%27b%3Dc%20d=@/etc/passwd 'https://s.example/a?b=FILL_IN_B&c=FILL_IN_C'"""
    )
