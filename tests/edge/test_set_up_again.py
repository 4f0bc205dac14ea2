# SPDX-License-Identifier: Apache-2.0
"""A step of set-up that fails is no dead end: the form again, with what was typed, and a sentence."""

from __future__ import annotations

import grpc
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
from tests.edge.scripted_connector import BareCode, Refusal

FORM = SetupResponse(
    form=SetupForm(
        step_id="site",
        fields=[
            SetupField(name="site", label="Site"),
            SetupField(name="token", label="Token", kind=SetupFieldKind.SETUP_FIELD_KIND_SECRET),
        ],
    )
)
SIGN_IN = SetupResponse(redirect=SetupRedirect(step_id="oauth", url="https://origin.example/", description="Hello."))
DONE = SetupResponse(done=SetupDone(account_name="A", account=b"a"))
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
    connector.script("Setup", FORM)
    page = await open_set_up(edge, locale="de")
    connector.script("Setup", Refusal(Reason.REASON_NOT_FOUND, cause=wire.CAUSE_MOVED), SIGN_IN)

    again = await page.submit(edge, site="x", token="y")

    assert CATALOGUES.for_reader("de").gettext(SENTENCES[wire.CAUSE_MOVED]).format(origin="Guestbook") in again.text
    assert "Es wurde nichts gespeichert." in again.text
    assert again.tree.css_first("a.button") is not None


async def test_where_there_is_no_first_step_either_the_page_before_comes_again(edge, connector):
    connector.script("Setup", FORM)
    page = await open_set_up(edge)
    connector.script("Setup", Refusal(Reason.REASON_INTERNAL))

    again = await page.submit(edge, site="x", token="canary")

    assert again.fields["site"] == "x"
    assert f"tell whoever runs this integration this number: {edge.calls[-1]['request_id']}" in again.alert
    connector.script("Setup", DONE)
    await again.submit(edge, site="x", token="y")
    assert connector.seen("Setup")[-1].request.step_id == "site"


async def test_a_form_that_meets_no_connector_comes_again_with_what_was_typed_and_its_session(edge, connector):
    form = SetupResponse.FromString(FORM.SerializeToString())
    form.form.session = b"signed in"
    connector.script("Setup", form)
    page = await open_set_up(edge, locale="fr")
    connector.script("Setup", BareCode(grpc.StatusCode.UNAVAILABLE))

    again = await page.submit(edge, site="https://blog.example", token="canary", **{"sealock-name": "Blog"})

    assert (again.fields["site"], again.fields["sealock-name"]) == ("https://blog.example", "Blog")
    assert "canary" not in again.result.text
    assert "La liaison avec Guestbook est hors service." in again.alert
    assert edge.calls[-1]["outcome"] == "connector_down"
    connector.script("Setup", DONE)
    await again.submit(edge, site="x", token="y")
    asked = connector.seen("Setup")[-1].request
    assert (asked.step_id, asked.session, asked.answers["site"]) == ("site", b"signed in", "x")


@pytest.mark.parametrize(
    "answer",
    [
        SetupResponse(done=SetupDone(account_name="A", account=b"a" * 3_700)),
        SetupResponse(done=SetupDone(account_name="A")),
        SetupResponse(done=SetupDone(account=b"a")),
        SetupResponse(redirect=SetupRedirect(step_id="x", url="http://origin.example")),
        SetupResponse(form=SetupForm(step_id="x", fields=[SetupField(name="A b")])),
        SetupResponse(),
    ],
    ids=["too large an account", "no account", "no name", "a sign-in without https", "a nameless field", "nothing"],
)
async def test_an_answer_that_no_page_can_show_leaves_the_form(edge, connector, answer):
    connector.script("Setup", FORM)
    page = await open_set_up(edge)
    connector.script("Setup", answer)

    again = await page.submit(edge, site="https://blog.example", token="t")

    assert again.fields["site"] == "https://blog.example"
    assert "Nothing was saved." in again.alert
    connector.script("Setup", DONE)
    assert (await again.submit(edge, site="x", token="t")).fields["name"] == "A"


async def test_a_problem_that_passed_is_not_told_with_the_next_one(edge, connector):
    wrong = SetupResponse.FromString(FORM.SerializeToString())
    wrong.form.problems.add(field="token", message="The token is wrong.")
    connector.script("Setup", wrong)
    page = await open_set_up(edge)
    for _ in range(2):
        connector.script("Setup", BareCode(grpc.StatusCode.UNAVAILABLE))
        page = await page.submit(edge, site="x", token="y")

    assert "The token is wrong." not in page.text
    assert page.text.count("Nothing was saved.") == 1


async def test_what_cannot_be_read_leaves_the_rest_of_the_form(edge, connector):
    connector.script("Setup", FORM)
    page = await open_set_up(edge)

    for token in ("a\x00b", "x" * 70_000):
        again = await page.submit(edge, site="https://blog.example", token=token)
        assert (again.result.status_code, again.fields["site"]) == (400, "https://blog.example")
        assert "Something that was entered cannot be taken" in again.alert
        assert "frame-ancestors https://example.zendesk.com" in again.result.headers["content-security-policy"]
    assert len(connector.seen("Setup")) == 1


async def test_a_code_that_is_none_leaves_the_sign_in_and_says_so(edge, connector):
    connector.script("Setup", SIGN_IN)
    page = await open_set_up(edge)

    for code in ("not-a-code", "x" * 500):
        page = await page.submit(edge, **{"sealock-sign-in": code})
        assert "This sign-in is out of date, or was begun elsewhere." in page.text
        assert page.tree.css_first("a.button").attributes["href"] == "https://origin.example/"
    assert len(connector.seen("Setup")) == 1


async def test_a_window_that_comes_back_too_late_says_where_to_sign_in_again(edge, connector, edge_clock):
    for state in ("", "made-up"):
        window = await edge.get("admin_ui/callback", params={"code": "c", **({"state": state} if state else {})})
        assert window.status_code == 401
        assert "Sign in again from the page in Zendesk." in window.text


async def test_a_set_up_that_cannot_begin_begins_with_one_button(edge, connector):
    connector.script("Setup", BareCode(grpc.StatusCode.UNAVAILABLE))
    lost = await open_set_up(edge)
    assert lost.result.status_code == 503
    assert "The connection to Guestbook is out of service." in lost.text

    lost = await lost.submit(edge)
    assert lost.result.status_code == 503
    connector.script("Setup", FORM)
    assert "site" in (await lost.submit(edge)).fields


async def test_a_form_that_is_too_large_to_travel_along_is_shown_all_the_same(edge, connector):
    large = SetupResponse.FromString(FORM.SerializeToString())
    large.form.description = "d" * 500
    large.form.fields[0].help = "h" * 300
    for number in range(300):
        large.form.fields.add(name=f"field_{number}", label="l" * 60)
    connector.script("Setup", large)
    page = await open_set_up(edge)
    connector.script("Setup", BareCode(grpc.StatusCode.UNAVAILABLE))

    lost = await page.submit(edge, site="x")

    assert lost.result.status_code == 503
    assert "Try it once more." in lost.text


async def test_a_page_that_is_out_of_date_says_so(edge, connector):
    connector.script("Setup", FORM)
    page = await open_set_up(edge)
    connector.script("Setup", Refusal(Reason.REASON_INVALID_REQUEST), FORM)

    assert "This page is out of date." in (await page.submit(edge, site="x", token="y")).text
