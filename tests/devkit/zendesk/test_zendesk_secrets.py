# SPDX-License-Identifier: Apache-2.0
"""Secrets that pass through are read in no log, journal, error or repr."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealock_devkit.zendesk import LocalZendesk
from sealock_devkit.zendesk.browser.admin_browser import AdminStopped
from sealock_devkit.zendesk.redaction import described_answer, dots, redacted_form, redacted_json, redacted_url
from tests.devkit.zendesk.conftest import QUICK
from tests.devkit.zendesk.scripted_service import ADMIN, ADMIN_STEP, CHANNELBACK, PULL, Canned, resource

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
