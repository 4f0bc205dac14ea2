# SPDX-License-Identifier: Apache-2.0
"""The integration's admin UI in a frame: what is posted to it, and what its last form does."""

from __future__ import annotations

import json
from urllib.parse import urlsplit

import pytest

from tests.devkit.zendesk.web.conftest import words

RETURNED = {"name": "Site", "metadata": json.dumps({"token": "secret-1"}), "state": ""}


async def opened(browser, path):
    """What the page posts to the admin UI."""
    page = await browser.open(path)
    form = page.css_first("form[target='admin-ui']")
    fields = {node.attributes["name"]: node.attributes["value"] or "" for node in form.css("input")}
    return form.attributes["action"], fields


async def returned(browser, fields, form=None, origin="https://integration.example"):
    """What a browser posts from the integration's last page, whose origin is not ours."""
    return await browser.client.post(
        urlsplit(fields["return_url"]).path, data=form or RETURNED, headers={"Origin": origin}
    )


async def test_a_new_account_goes_through_the_frame(browser, zendesk, service):
    await zendesk.install(service.manifest_url)
    action, fields = await opened(browser, "/channels/1/accounts/new")
    assert action == f"{service.url}/admin_ui"
    assert fields["return_url"].startswith(f"{browser.url}/admin-ui/return/")
    assert (fields["name"], fields["metadata"], fields["state"]) == ("", "", "")
    assert (fields["subdomain"], fields["locale"]) == ("demo", "en-US")
    assert "zendesk_access_token" not in fields
    answer = await returned(browser, fields)
    assert (answer.status_code, "The account is saved" in answer.text) == (200, True)
    assert '"/accounts/1?done=added"' in answer.text
    assert words(await browser.open("/accounts/1?done=added"), "#done").endswith(
        "The account was added. It is pulled from now on."
    )
    account = zendesk.store.accounts.get(1)
    assert (account.name, account.metadata) == ("Site", RETURNED["metadata"])


async def test_editing_posts_what_zendesk_keeps_and_ends_the_need_for_an_update(browser, zendesk, account):
    zendesk.store.accounts.update(1, needs_update=True, state="state-7")
    _, fields = await opened(browser, "/accounts/1/edit")
    assert (fields["metadata"], fields["state"]) == (account.metadata, "state-7")
    answer = await returned(browser, fields, {"name": "New name", "metadata": "m"})
    assert answer.status_code == 200
    edited = zendesk.store.accounts.get(1)
    assert (edited.name, edited.metadata, edited.needs_update, edited.state) == ("New name", "m", False, "state-7")
    assert len(zendesk.store.accounts.all()) == 1


async def test_a_pushing_integration_gets_its_token(browser, zendesk, service):
    service.manifest["push_client_id"] = "client-1"
    await zendesk.install(service.manifest_url)
    _, fields = await opened(browser, "/channels/1/accounts/new")
    await returned(browser, fields)
    account = zendesk.store.accounts.get(1)
    assert fields["instance_push_id"] == account.instance_push_id
    assert fields["zendesk_access_token"] == account.access_token


async def test_the_last_form_counts_once_and_only_with_its_key(browser, zendesk, service):
    await zendesk.install(service.manifest_url)
    _, fields = await opened(browser, "/channels/1/accounts/new")
    assert (await returned(browser, {"return_url": "http://x/admin-ui/return/guessed"})).status_code == 409
    assert (await returned(browser, fields)).status_code == 200
    assert (await returned(browser, fields)).status_code == 409
    assert len(zendesk.store.accounts.all()) == 1


@pytest.mark.parametrize(
    ("form", "problem"),
    [
        ({"name": "", "metadata": "m"}, "name"),
        ({"name": "n"}, "metadata"),
        ({"name": "n", "metadata": "m" * 5_001}, "5001 characters"),
        ({"name": "n", "metadata": "m", "state": "s" * 5_001}, "5001 characters"),
    ],
)
async def test_what_zendesk_cannot_keep_is_refused_and_a_violation(browser, zendesk, service, form, problem):
    await zendesk.install(service.manifest_url)
    _, fields = await opened(browser, "/channels/1/accounts/new")
    answer = await returned(browser, fields, form)
    assert (answer.status_code, problem in answer.text) == (422, True)
    assert "mmmm" not in answer.text
    assert zendesk.store.accounts.all() == []
    assert zendesk.store.violations.count() > 0


async def test_only_the_integrations_origin_is_framed_and_posted_to(browser, zendesk, service):
    await zendesk.install(service.manifest_url)
    policy = (await browser.client.get("/channels/1/accounts/new")).headers["content-security-policy"]
    assert f"frame-src 'self' {service.url};" in policy
    assert f"form-action 'self' {service.url};" in policy
    assert "frame-ancestors 'none'" in policy


async def test_the_end_is_shown_in_our_own_frame_only(browser, zendesk, service):
    await zendesk.install(service.manifest_url)
    _, fields = await opened(browser, "/channels/1/accounts/new")
    answer = await returned(browser, fields)
    assert answer.headers["content-security-policy"].endswith("frame-ancestors 'self'")


async def test_visits_that_never_end_are_forgotten(browser, zendesk, service):
    await zendesk.install(service.manifest_url)
    _, first = await opened(browser, "/channels/1/accounts/new")
    for _ in range(50):
        _, last = await opened(browser, "/channels/1/accounts/new")
    answer = await returned(browser, first)
    assert (answer.status_code, "has ended already" in answer.text) == (409, True)
    assert (await returned(browser, last)).status_code == 200


async def test_an_account_that_does_not_exist_is_not_edited(browser):
    assert "there is no account 7" in words(await browser.open("/accounts/7/edit", 404))


async def test_an_account_that_was_deleted_meanwhile_is_not_saved_and_the_way_on_is_told(browser, zendesk, account):
    _, fields = await opened(browser, "/accounts/1/edit")
    zendesk.lifecycle.delete(zendesk.store.accounts.get(1))

    answer = await returned(browser, fields, {"name": "New name", "metadata": "m"})

    assert answer.status_code == 422
    assert "this account was deleted while it was edited" in answer.text
    assert 'href="/channels/1"' in answer.text
    deleted = zendesk.store.accounts.get(1)
    assert (deleted.name, deleted.metadata, deleted.active) == (account.name, account.metadata, False)


async def test_an_account_of_an_integration_that_was_removed_meanwhile_is_not_added(browser, zendesk, service):
    await zendesk.install(service.manifest_url)
    _, fields = await opened(browser, "/channels/1/accounts/new")
    zendesk.lifecycle.remove_integration(1)

    answer = await returned(browser, fields)

    assert (answer.status_code, 'href="/channels"' in answer.text) == (422, True)
    assert zendesk.store.accounts.all() == []
