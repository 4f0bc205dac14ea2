# SPDX-License-Identifier: Apache-2.0
"""Adding and editing an account through the pages, as an administrator's browser does."""

from __future__ import annotations

import grpc
import pytest

from sealock.connector.v1.error_detail_pb2 import Reason
from sealock.connector.v1.setup_pb2 import (
    SetupDone,
    SetupField,
    SetupFieldKind,
    SetupForm,
    SetupOption,
    SetupProblem,
    SetupResponse,
)
from sealock_edge.endpoints.setup_form import shown_groups
from tests.edge.admin_pages import RETURN_URL, Page, open_set_up, zendesk_form
from tests.edge.scripted_connector import BareCode, Refusal

FORM = SetupForm(
    step_id="site",
    title="Connect a <guestbook>",
    description="Where is it?",
    session=b"canary-session",
    fields=[
        SetupField(
            name="site",
            label="Guestbook's address",
            kind=SetupFieldKind.SETUP_FIELD_KIND_URL,
            required=True,
            value='https://x.example/"><script>alert(1)</script>',
            help="Its first page.",
        ),
        SetupField(
            name="token",
            label="Owner's token",
            kind=SetupFieldKind.SETUP_FIELD_KIND_SECRET,
            required=True,
            value="canary-secret-of-a-careless-connector",
        ),
        SetupField(
            name="start",
            label="Start",
            kind=SetupFieldKind.SETUP_FIELD_KIND_SELECT,
            value="new",
            options=[SetupOption(value="all", label="Everything"), SetupOption(value="new")],
        ),
        SetupField(name="notes", label="Notes", kind=SetupFieldKind.SETUP_FIELD_KIND_MULTILINE, value="<b>\nline"),
        SetupField(name="spam", label="Spam too", kind=SetupFieldKind.SETUP_FIELD_KIND_CHECKBOX),
        SetupField(name="held", label="Held too", kind=SetupFieldKind.SETUP_FIELD_KIND_CHECKBOX, value="true"),
    ],
)
DONE = SetupResponse(done=SetupDone(account_name="My guestbook", account=b'{"token":"canary-password"}'))


async def finished(edge, connector, page: Page, **answers: str) -> dict[str, str]:
    """Send the form; what the browser then posts to Zendesk."""
    connector.script("Setup", DONE)
    last = await page.submit(edge, **answers)
    assert last.result.status_code == 200
    assert last.action == RETURN_URL
    return last.fields


async def test_a_new_account_is_set_up_in_two_pages(edge, connector):
    connector.script("Setup", SetupResponse(form=FORM))

    page = await open_set_up(edge)
    back = await finished(edge, connector, page, site="https://g.example", token="canary-typed", spam="true")

    first, second = (call.request for call in connector.seen("Setup"))
    assert (first.step_id, dict(first.answers), first.HasField("account")) == ("", {}, False)
    assert second.account_id == first.account_id != ""
    assert (second.step_id, second.session) == ("site", b"canary-session")
    assert dict(second.answers) == {
        "site": "https://g.example",
        "token": "canary-typed",
        "start": "new",
        "notes": "<b>\nline",
        "spam": "true",
        "held": "true",
    }
    assert set(back) == {"name", "metadata", "state"}
    assert (back["name"], back["state"]) == ("My guestbook", "")
    record = edge.opened(back["metadata"])
    assert (record.subdomain, record.locale, record.account_id) == ("example", "en-US", first.account_id)
    assert (record.instance_push_id, record.zendesk_access_token) == ("push-7", "canary-fresh-token")
    assert record.connector_account == b'{"token":"canary-password"}'
    assert record.create_time.seconds > 0


async def test_an_unchecked_box_is_answered_with_false(edge, connector):
    connector.script("Setup", SetupResponse(form=FORM))
    page = await open_set_up(edge)

    fields = page.fields
    del fields["held"]
    connector.script("Setup", DONE)
    await edge.post("admin_ui/step", fields)

    answers = connector.seen("Setup")[-1].request.answers
    assert (answers["held"], answers["spam"]) == ("false", "false")


async def test_every_field_is_labelled_and_everything_is_escaped(edge, connector):
    connector.script("Setup", SetupResponse(form=FORM))

    page = await open_set_up(edge)

    assert page.field("start").parent.tag == "label"
    assert page.tree.css_first("fieldset.radios > legend").text() == "Start"
    for name in ("site", "token", "notes"):
        identity = page.field(name).attributes["id"]
        assert page.tree.css_first(f"label[for={identity}]") is not None
    assert page.field("spam").parent.tag == "label"
    assert page.tree.css_first("h1").text() == "Connect a <guestbook>"
    assert page.fields["site"].endswith("<script>alert(1)</script>")
    nonce = page.tree.css_first("style").attributes["nonce"]
    assert [script.attributes.get("nonce") for script in page.tree.css("script")] == [nonce]
    assert "alert(1)" not in page.tree.css_first("script").text()
    assert "canary" not in page.result.text.replace(page.fields["sealock-form"], "")


async def test_problems_stand_beside_their_field_and_in_a_summary_and_secrets_are_typed_again(edge, connector):
    connector.script("Setup", SetupResponse(form=FORM))
    page = await open_set_up(edge)
    again = SetupForm()
    again.CopyFrom(FORM)
    again.fields[0].value = ""
    again.problems.append(SetupProblem(field="token", message="The guestbook does not take this token."))
    again.problems.append(SetupProblem(message="Something else, too."))
    connector.script("Setup", SetupResponse(form=again))

    page = await page.submit(edge, site="https://typed.example", token="canary-typed", notes="kept")

    assert "Owner's token" in page.alert
    assert "Something else, too." in page.alert
    assert page.field("token").attributes["aria-invalid"] == "true"
    described_by = page.field("token").attributes["aria-describedby"]
    assert "does not take this token" in page.tree.css_first(f"#{described_by}").text()
    summary = page.tree.css_first("[role=alert]")
    assert summary.attributes["tabindex"] == "-1"
    assert [link.attributes["href"] for link in summary.css("a")] == ["#field-token"]
    assert page.tree.css_first("title").text().startswith("Problem: ")
    assert page.fields["site"] == "https://typed.example"
    assert page.fields["token"] == ""
    assert "canary-typed" not in page.result.text


def test_a_secret_has_no_value_even_before_it_meets_a_template():
    groups = shown_groups(FORM, {"token": "canary-typed", "notes": "typed"})
    by_name = {field.name: field for group in groups for field in group.fields}

    assert by_name["token"].value == ""
    assert "canary" not in repr(by_name)


async def test_an_edit_keeps_account_state_and_name_and_never_shows_the_secret(edge, connector):
    kept = SetupForm(step_id="site", fields=[FORM.fields[1]])
    kept.fields[0].secret_kept = True
    connector.script("Setup", SetupResponse(form=kept))
    metadata = edge.metadata(create_time={"seconds": 5})

    page = await open_set_up(edge, name="As it is called", metadata=metadata, state=edge.state(b"far"))
    assert "canary" not in page.result.text.replace(page.fields["sealock-form"], "")
    assert "required" not in page.field("token").attributes
    assert "unchanged" in page.text
    back = await finished(edge, connector, page)

    first = connector.seen("Setup")[0].request
    assert first.account == b'{"password":"canary-password"}'
    assert first.account_name == "As it is called"
    assert back["name"] == "As it is called"
    assert edge.opened_state(back["state"]) == b"far"
    record = edge.opened(back["metadata"])
    assert (record.account_id, record.create_time.seconds) == ("account-1", 5)
    assert record.zendesk_access_token == "canary-fresh-token"
    assert record.update_time.seconds > 5


async def test_push_fields_that_zendesk_leaves_out_of_an_edit_stay_as_they_were(edge, connector):
    connector.script("Setup", SetupResponse(form=FORM))
    fields = {"instance_push_id": None, "zendesk_access_token": None, "metadata": edge.metadata(), "name": "Old"}

    back = await finished(edge, connector, await open_set_up(edge, **fields))

    record = edge.opened(back["metadata"])
    assert (record.instance_push_id, record.zendesk_access_token) == ("push-1", "canary-token")


async def test_the_administrator_can_choose_the_name(edge, connector):
    connector.script("Setup", SetupResponse(form=FORM))

    back = await finished(edge, connector, await open_set_up(edge), sealock__name="  Our book ")

    assert back["name"] == "Our book"


async def test_a_state_that_the_connector_gives_replaces_the_old_one(edge, connector):
    done = SetupResponse(done=SetupDone(account_name="x", account=b"{}", state=b"start here"))
    connector.script("Setup", done)

    page = await open_set_up(edge, metadata=edge.metadata(), state=edge.state(b"far"))

    assert edge.opened_state(page.fields["state"]) == b"start here"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"return_url": "javascript:alert(1)//example.zendesk.com"}, "return_url"),
        ({"return_url": "http://example.zendesk.com/finish"}, "return_url"),
        ({"return_url": "https://evil.example/finish"}, "return_url"),
        ({"return_url": "https://other.zendesk.com/finish"}, "return_url"),
        ({"return_url": "https://example.zendesk.com.evil.example/"}, "return_url"),
        ({"return_url": "https://example.zendesk.com@evil.example/"}, "return_url"),
        ({"return_url": ""}, "return_url"),
        ({"return_url": None}, "return_url"),
        ({"subdomain": "exa/mple"}, "subdomain"),
        ({"subdomain": None}, "subdomain"),
        ({"name": "x" * 256}, "name"),
        ({"metadata": "x" * 5001}, "metadata"),
    ],
)
async def test_a_form_that_is_not_zendesks_is_refused_before_anything_is_shown(edge, connector, changes, field):
    page = Page.of(await edge.post("admin_ui", zendesk_form(**changes)))

    assert page.result.status_code == 400
    assert field in page.text
    assert "evil" not in page.result.text
    assert connector.seen("Setup") == []


async def test_a_loopback_origin_counts_as_zendesk_only_because_it_is_configured(edge, connector):
    connector.script("Setup", DONE)

    page = await open_set_up(edge, return_url="http://127.0.0.1:8800/finish")
    assert page.action == "http://127.0.0.1:8800/finish"
    assert "form-action 'self' http://127.0.0.1:8800;" in page.result.headers["content-security-policy"]

    refused = await open_set_up(edge, return_url="http://127.0.0.1:8801/finish")
    assert refused.result.status_code == 400


async def test_every_page_is_guarded(edge, connector):
    connector.script("Setup", SetupResponse(form=FORM))

    page = await open_set_up(edge)

    headers = page.result.headers
    policy = headers["content-security-policy"]
    nonce = page.tree.css_first("style").attributes["nonce"]
    assert f"style-src 'nonce-{nonce}'" in policy
    assert "default-src 'none'" in policy
    assert policy.endswith("frame-ancestors https://example.zendesk.com")
    assert "x-frame-options" not in headers
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert nonce not in (await open_set_up(edge)).result.text


async def test_an_account_too_large_for_zendesk_gets_a_page_that_says_so(edge, connector):
    connector.script("Setup", SetupResponse(done=SetupDone(account_name="x", account=b"y" * 3800)))

    page = await open_set_up(edge)

    assert page.result.status_code == 422
    assert "3,717" in page.text


@pytest.mark.parametrize(
    ("changes", "status"),
    [({"sealock-form": "forged"}, 401), ({"sealock-form": None}, 400), ({"sealock-form": ""}, 400)],
)
async def test_a_page_that_is_not_ours_is_refused(edge, connector, changes, status):
    connector.script("Setup", SetupResponse(form=FORM))
    page = await open_set_up(edge)
    fields = {name: value for name, value in {**page.fields, **changes}.items() if value is not None}

    assert (await edge.post("admin_ui/step", fields)).status_code == status
    assert len(connector.seen("Setup")) == 1


async def test_a_page_of_another_integration_is_refused(edge, connector):
    connector.script("Setup", SetupResponse(form=FORM))
    page = await open_set_up(edge)

    assert (await edge.post("admin_ui/step", page.fields, integration="other")).status_code == 401


async def test_a_page_that_lay_open_for_more_than_an_hour_is_refused(edge, connector):
    connector.script("Setup", SetupResponse(form=FORM))
    page = await open_set_up(edge)
    edge.clock.move(hours=1, seconds=1)

    assert (await page.submit(edge)).result.status_code == 401


@pytest.mark.parametrize(
    ("answer", "status", "words"),
    [
        (Refusal(Reason.REASON_INVALID_REQUEST), 400, "start again from Zendesk"),
        (Refusal(Reason.REASON_ORIGIN_THROTTLED), 429, "Try again later"),
        (Refusal(Reason.REASON_ORIGIN_UNAVAILABLE), 503, "Try again later"),
        (Refusal(Reason.REASON_INTERNAL), 500, "Something went wrong"),
        (SetupResponse(), 503, "is wrong"),
        (SetupResponse(done=SetupDone(account_name="x")), 503, "is wrong"),
        (SetupResponse(done=SetupDone(account=b"x")), 503, "is wrong"),
        (
            SetupResponse(form=SetupForm(step_id="x", fields=[SetupField(name="sealock-form")])),
            503,
            "Something is wrong",
        ),
        (
            SetupResponse(form=SetupForm(step_id="x", fields=[FORM.fields[0], FORM.fields[0]])),
            503,
            "Something is wrong",
        ),
        (b"\xff\xff\xff", 503, "is wrong"),
    ],
)
async def test_a_connector_that_fails_gets_a_page_that_says_what_to_do(edge, connector, answer, status, words):
    connector.script("Setup", answer)

    page = await open_set_up(edge)

    assert page.result.status_code == status
    assert words in page.text
    assert page.result.headers["x-request-id"] in page.text
    assert "canary" not in page.result.text


async def test_a_step_of_set_up_is_never_made_twice(edge, connector):
    connector.script("Setup", BareCode(grpc.StatusCode.UNAVAILABLE))

    assert (await open_set_up(edge)).result.status_code == 503
    assert len(connector.seen("Setup")) == 1


@pytest.mark.parametrize("endpoint", ["admin_ui", "admin_ui/step"])
async def test_the_set_up_pages_are_only_posted_to(edge, endpoint):
    assert (await edge.get(endpoint)).status_code == 405
