# SPDX-License-Identifier: Apache-2.0
"""A step of set-up that fails is no dead end: the form again, with what was typed, and a sentence."""

from __future__ import annotations

import pytest

from sealock.connector.v1 import error_detail_pb2 as wire
from sealock.connector.v1.error_detail_pb2 import Reason
from sealock.connector.v1.setup_pb2 import (
    SetupDone,
    SetupField,
    SetupFieldKind,
    SetupForm,
    SetupRedirect,
    SetupResponse,
)
from sealock_contract.causes import CATALOGUES, SENTENCES
from tests.edge.admin_pages import open_set_up
from tests.edge.scripted_connector import Refusal

FORM = SetupResponse(
    form=SetupForm(
        step_id="site",
        fields=[
            SetupField(name="site", label="Site"),
            SetupField(name="token", label="Token", kind=SetupFieldKind.SETUP_FIELD_KIND_SECRET),
        ],
    )
)
FAILURES = [
    Refusal(Reason.REASON_INTERNAL),
    Refusal(Reason.REASON_ORIGIN_UNAVAILABLE, cause=wire.CAUSE_FIREWALL),
    Refusal(Reason.REASON_NOT_FOUND),
    Refusal(Reason.REASON_ACCOUNT_REVOKED),
    Refusal(Reason.REASON_MESSAGE_REJECTED, message_for_agent="No."),
]


@pytest.mark.parametrize("failure", FAILURES, ids=str)
async def test_the_form_comes_again_with_what_was_typed(edge, connector, failure):
    connector.script("Setup", FORM)
    page = await open_set_up(edge)
    connector.script("Setup", failure, FORM)

    again = await page.submit(edge, site="https://blog.example", token="canary", **{"sealock-name": "Blog"})

    assert again.result.status_code == 200
    assert (again.fields["site"], again.fields["token"], again.fields["sealock-name"]) == (
        "https://blog.example",
        "",
        "Blog",
    )
    line = edge.calls[-1]
    assert line["request_id"] in again.alert
    assert line["outcome"] not in {"ok", ""}
    assert "canary" not in again.result.text
    connector.script("Setup", SetupResponse(done=SetupDone(account_name="A", account=b"a")))
    assert (await again.submit(edge, site="https://blog.example", token="t")).fields["name"] == "Blog"


async def test_a_sign_in_begins_again_and_says_why_in_the_administrator_s_language(edge, connector):
    sign_in = SetupResponse(
        redirect=SetupRedirect(step_id="oauth", url="https://origin.example/", description="Hello.")
    )
    connector.script("Setup", FORM)
    page = await open_set_up(edge, locale="de")
    connector.script("Setup", Refusal(Reason.REASON_ORIGIN_UNAVAILABLE, cause=wire.CAUSE_TIMED_OUT), sign_in)

    again = await page.submit(edge, site="x", token="y")

    assert CATALOGUES.for_reader("de").gettext(SENTENCES[wire.CAUSE_TIMED_OUT]).format(origin="Guestbook") in again.text
    assert "Es wurde nichts gespeichert." in again.text
    assert again.tree.css_first("a.button") is not None


async def test_the_last_resort_says_whom_to_tell_the_number(edge, connector):
    connector.script("Setup", FORM)
    page = await open_set_up(edge)
    connector.script("Setup", Refusal(Reason.REASON_INTERNAL))

    lost = await page.submit(edge, site="x", token="y")

    assert lost.result.status_code == 500
    assert f"tell whoever runs this integration this number: {edge.calls[-1]['request_id']}" in lost.text


async def test_a_page_that_is_out_of_date_says_so(edge, connector):
    connector.script("Setup", FORM)
    page = await open_set_up(edge)
    connector.script("Setup", Refusal(Reason.REASON_INVALID_REQUEST), FORM)

    assert "This page is out of date." in (await page.submit(edge, site="x", token="y")).text
