# SPDX-License-Identifier: Apache-2.0
"""Accounts are added and edited through the integration's own pages, and those are held to what a browser minds."""

from __future__ import annotations

import json

import pytest

from sealock_devkit.zendesk.browser.admin_browser import AdminStopped
from tests.devkit.zendesk.scripted_service import ADMIN, ADMIN_STEP, PULL, Canned, return_page

FINALIZER = "https://demo.zendesk.com/zendesk/channels/integration_service_instances/editor_finalizer"


@pytest.fixture
async def integration(zendesk, service):
    return await zendesk.install(service.manifest_url)


def rules(zendesk) -> list[str]:
    return [violation.rule for violation in zendesk.store.violations.all()]


async def test_adding_an_account_posts_what_zendesk_posts_and_keeps_what_the_last_form_gives(
    zendesk, service, integration
):
    account = await zendesk.add_account(integration, [{**service.good_answers, "Import notes": True, "kind": "Some"}])
    (first,) = service.calls(ADMIN)
    assert first == {
        "name": "",
        "metadata": "",
        "state": "",
        "return_url": FINALIZER,
        "subdomain": "demo",
        "locale": "en-US",
    }
    (step,) = service.calls(ADMIN_STEP)
    assert (step["site"], step["notes"], step["kind"], step["go"]) == ("https://site.example", "yes", "b", "1")
    assert account.name == "https://site.example"
    assert json.loads(account.metadata)["password"] == "hunter-2-secret"
    assert account.state == ""
    assert await zendesk.wait_until(lambda: service.calls(PULL) != []), "pulling starts by itself"
    assert rules(zendesk) == []


async def test_editing_sends_what_is_kept_and_an_edit_without_state_keeps_it(zendesk, service, account):
    edited = await zendesk.edit_account(account, [{**service.good_answers, "Site": "https://other.example"}])
    first = service.calls(ADMIN)[-1]
    assert (first["name"], first["metadata"], first["state"]) == (account.name, account.metadata, "state-1")
    assert (edited.name, edited.state) == (account.name, "state-1")
    assert json.loads(edited.metadata)["site"] == "https://other.example"
    assert edited.instance_push_id == account.instance_push_id
    assert edited.access_token != account.access_token


async def test_what_an_edit_does_to_state_and_token_is_a_setting(zendesk, service, account):
    zendesk.change_settings({"edit_without_state": "clear", "edit_token": "same"})
    edited = await zendesk.edit_account(account, [service.good_answers])
    assert (edited.state, edited.access_token) == ("", account.access_token)


async def test_push_fields_are_sent_only_when_the_manifest_has_a_push_client(zendesk, service, integration):
    service.manifest["push_client_id"] = "client"
    integration = await zendesk.installer.read_again(integration.id)
    account = await zendesk.add_account(integration, [service.good_answers])
    (first,) = service.calls(ADMIN)
    assert (first["instance_push_id"], first["zendesk_access_token"]) == (
        account.instance_push_id,
        account.access_token,
    )
    assert len(account.access_token) == 64


async def test_a_first_state_may_come_with_the_last_form(zendesk, service, integration):
    service.script[ADMIN_STEP] = [Canned(return_page(FINALIZER, {"name": "n", "metadata": "m", "state": "s"}))]
    account = await zendesk.add_account(integration, [service.good_answers])
    assert (account.name, account.metadata, account.state) == ("n", "m", "s")


async def test_the_pages_problems_are_told_and_nothing_is_saved(zendesk, service, integration):
    with pytest.raises(AdminStopped) as stopped:
        await zendesk.add_account(integration, [{"Site": "x", "password": "wrong"}])
    assert stopped.value.problems == ("The site refuses this password.",)
    assert zendesk.store.accounts.all() == []
    with pytest.raises(AdminStopped):
        await zendesk.add_account(integration, [{"Site": "x", "password": "wrong"}, {"password": "also wrong"}][:1])
    account = await zendesk.add_account(
        integration, [{"Site": "x", "password": "wrong"}, {"Site": "x", "password": "right"}]
    )
    assert json.loads(account.metadata)["password"] == "right"


async def test_a_form_that_comes_back_with_an_error_status_can_be_filled_in_again(zendesk, service, integration):
    again = service.first_page({"return_url": FINALIZER}, "Which site?")
    service.script[ADMIN_STEP] = [Canned(again, status=422)]
    await zendesk.add_account(integration, [service.good_answers, service.good_answers])
    service.script[ADMIN_STEP] = [Canned(again, status=422)]
    with pytest.raises(AdminStopped, match=r"Which site\?"):
        await zendesk.add_account(integration, [service.good_answers])


async def test_pages_that_ask_nothing_are_sent_by_themselves(zendesk, service, integration):
    service.script[ADMIN] = [
        Canned(
            f'<form method="post" action="{ADMIN}"><input type="hidden" name="n" value="1"><button>Next</button></form>'
        )
    ]
    service.script[ADMIN_STEP] = []
    with pytest.raises(AdminStopped, match="no answers for the page 'Connect'"):
        await zendesk.add_account(integration, [])
    assert [call.get("n") for call in service.calls(ADMIN)] == [None, "1"]


STOPS = [
    (Canned("<p>Not here</p>", status=404), "HTTP 404: Not here"),
    (Canned('<p role="alert">No such thing</p>', status=400), "No such thing"),
    (Canned("<p>nothing to do</p>"), "a page without a form: nothing to do"),
    (Canned("", status=302, headers={"location": "http://other.example/"}), "https is required"),
    (Canned("", status=302, headers={"location": "https://other.example/"}), "other.example, where this browser does"),
    (Canned("", status=303, headers={"location": ADMIN}), "redirects more than 10 times"),
    (Canned('<form enctype="multipart/form-data"><input name="Site"><input name="password"></form>'), "multipart"),
    (Canned('<form><input name="Site"></form>'), "no field password"),
    (Canned(return_page(FINALIZER, {"name": "", "metadata": "m"})), "name: required"),
    (Canned(return_page(FINALIZER, {"name": "n", "metadata": "x" * 5_001})), "metadata: at most 5000 characters"),
]


@pytest.mark.parametrize(("page", "problem"), STOPS)
async def test_pages_that_lead_nowhere_stop_with_a_sentence(zendesk, service, integration, page, problem):
    service.script[ADMIN] = [page] * 11
    with pytest.raises(AdminStopped) as stopped:
        await zendesk.add_account(integration, [service.good_answers])
    assert problem in str(stopped.value)
    assert zendesk.store.accounts.all() == []


async def test_redirects_are_followed_with_get_and_with_cookies(zendesk, service, integration):
    headers = {"location": ADMIN, "set-cookie": "session=1; Path=/"}
    service.script[ADMIN] = [
        Canned("", status=303, headers=headers),
        Canned(service.first_page({"return_url": FINALIZER})),
    ]
    await zendesk.add_account(integration, [service.good_answers])
    assert [headers.get("cookie") for path, headers, _ in service.received if path.startswith(ADMIN)] == [
        None,
        "session=1",
        "session=1",
    ]
    assert service.calls(ADMIN)[1] == {}, "a browser follows a 303 with GET"
    await zendesk.add_account(integration, [service.good_answers])
    assert "cookie" not in service.received[-1][1], "another administrator, another browser"


@pytest.mark.parametrize(
    ("headers", "rule"),
    [
        ({"x-frame-options": "DENY"}, "a page that Zendesk may show in a frame"),
        ({"content-security-policy": "frame-ancestors 'none'"}, "a page that Zendesk may show in a frame"),
        ({"content-security-policy": "form-action 'none'"}, "forms that a browser sends"),
        ({"content-security-policy": "a b, form-action 'none'"}, "forms that a browser sends"),
    ],
)
async def test_a_page_that_a_browser_would_not_show_or_send_is_a_violation(
    zendesk, service, integration, headers, rule
):
    service.script[ADMIN] = [Canned(service.first_page({}), headers=headers)]
    with pytest.raises(AdminStopped, match="the browser refuses"):
        await zendesk.add_account(integration, [service.good_answers])
    assert rules(zendesk) == [rule]


async def test_a_page_that_allows_zendesks_frame_is_fine(zendesk, service, integration):
    headers = {"content-security-policy": "frame-ancestors https://*.zendesk.com; form-action 'self'"}
    service.script[ADMIN] = [Canned(service.first_page({"return_url": FINALIZER}), headers=headers)]
    await zendesk.add_account(integration, [service.good_answers])
    assert rules(zendesk) == []


async def test_a_page_that_is_not_html_is_a_violation(zendesk, service, integration):
    service.script[ADMIN] = [Canned({"no": "page"})]
    with pytest.raises(AdminStopped):
        await zendesk.add_account(integration, [service.good_answers])
    assert rules(zendesk) == ["an HTML page"]


SHOWN = "no page shows a secret that was typed before"


async def test_a_secret_that_comes_back_in_a_later_page_is_a_violation(zendesk, service, integration):
    page = service.first_page({"return_url": FINALIZER}).replace(
        'type="password"', 'type="password" value="hunter-2-secret"'
    )
    service.script[ADMIN_STEP] = [Canned(page)]
    await zendesk.add_account(integration, [service.good_answers] * 2)
    assert rules(zendesk) == [SHOWN]
    assert "hunter" not in str(zendesk.store.violations.all())


async def test_a_secret_that_an_edit_shows_is_a_violation(zendesk, service, account):
    page = service.first_page({"return_url": FINALIZER}, problem="Your password is hunter-2-secret")
    service.script[ADMIN] = [Canned(page)]
    await zendesk.edit_account(account, [service.good_answers])
    assert rules(zendesk) == [SHOWN]


async def test_a_return_form_that_asks_too_much_is_a_violation(zendesk, service, integration):
    service.script[ADMIN_STEP] = [Canned(return_page(FINALIZER, {"name": "n", "metadata": "x" * 5_001}))]
    with pytest.raises(AdminStopped):
        await zendesk.add_account(integration, [service.good_answers])
    (violation,) = zendesk.store.violations.all()
    assert (violation.endpoint, violation.path, violation.detail) == ("admin_ui", "metadata", "5001 characters")


async def test_whether_two_accounts_may_have_one_name_is_a_setting(zendesk, service, account):
    integration = zendesk.store.integrations.get(account.integration_id)
    await zendesk.add_account(integration, [service.good_answers])
    zendesk.change_settings({"duplicate_account_name": "refused"})
    with pytest.raises(AdminStopped, match="another account has this name"):
        await zendesk.add_account(integration, [service.good_answers])
    assert len(zendesk.store.accounts.all()) == 2


@pytest.mark.parametrize(("reactivates", "active"), [(True, True), (False, False)])
async def test_saving_a_deactivated_account_clears_its_flag_and_may_reactivate_it(
    zendesk, service, account, reactivates, active
):
    zendesk.change_settings({"edit_reactivates": reactivates})
    zendesk.lifecycle.deactivate(account, "error", "dead token")
    zendesk.store.accounts.update(account.id, needs_update=True)
    edited = await zendesk.edit_account(account, [service.good_answers])
    assert (edited.active, edited.needs_update, edited.state) == (active, False, "state-1")


async def test_a_development_return_url_can_be_set(zendesk, service, integration):
    zendesk.change_settings({"return_url": "http://127.0.0.1:8800/finalizer"})
    await zendesk.add_account(integration, [service.good_answers])
    assert service.calls(ADMIN)[0]["return_url"] == "http://127.0.0.1:8800/finalizer"
