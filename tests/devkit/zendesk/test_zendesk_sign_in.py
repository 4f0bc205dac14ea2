# SPDX-License-Identifier: Apache-2.0
"""An admin UI that waits for a sign-in at the origin (OAuth) is gone through without a screen."""

from __future__ import annotations

from html import escape

import pytest

from sealock_devkit.zendesk.browser.admin_browser import AdminStopped
from tests.devkit.zendesk.scripted_service import ADMIN, ADMIN_STEP, Canned, ScriptedService, return_page

CALLBACK = "/callback"
FINALIZER = "https://demo.zendesk.com/zendesk/channels/integration_service_instances/editor_finalizer"


class OAuthOrigin:
    """An origin with a sign-in form and a form of consent, which lead back to the service with a code."""

    def __init__(self, origin: ScriptedService, service: ScriptedService) -> None:
        self.origin = origin
        self.service = service
        self.entered = []
        origin.script["/authorize"] = [Canned(self.form("/consent", '<input name="user">'))]
        origin.script["/consent"] = [self.consent]
        origin.script["/done"] = [self.done]
        service.script[CALLBACK] = [self.callback]
        service.script[ADMIN] = [Canned(self.waiting())]
        service.script[ADMIN_STEP] = [self.take]

    def form(self, action: str, fields: str) -> str:
        return f'<title>Origin</title><form method="post" action="{action}">{fields}<button>Go on</button></form>'

    def waiting(self, field: str = 'autocomplete="one-time-code"') -> str:
        """What the service shows: a link that opens a window, and a field for the code."""
        link = f'<a href="{self.origin.url}/authorize?client=1" target="_blank" rel="opener">Sign in</a>'
        return f'<title>Sign in</title>{link}<form method="post" action="{ADMIN_STEP}"><label>Code \
            <input name="code" required {field}></label><button>Go on</button></form>'

    def consent(self, _, form):
        self.entered.append(form)
        return Canned(self.form("/done", '<label><input type="checkbox" name="all" checked> Everything</label>'))

    def done(self, _, form):
        self.entered.append(form)
        return Canned(status=302, headers={"location": f"{self.service.url}{CALLBACK}?code=c-1#_=_"})

    def callback(self, request, _):
        return Canned(f'<title>Back</title><input readonly value="sealed {escape(request.get_param("code"))}">')

    def take(self, _, form):
        self.entered.append(form)
        return Canned(return_page(FINALIZER, {"name": "n", "metadata": form["code"], "state": ""}))


@pytest.fixture
async def oauth(service):
    async with ScriptedService() as origin:
        yield OAuthOrigin(origin, service)


@pytest.fixture
async def integration(zendesk, service):
    return await zendesk.install(service.manifest_url)


async def test_the_window_takes_the_next_answers_and_brings_its_code_back(zendesk, oauth, integration):
    account = await zendesk.add_account(integration, [{"user": "olivia"}, {"Everything": False}])

    assert account.metadata == "sealed c-1"
    assert oauth.entered == [{"user": "olivia"}, {}, {"code": "sealed c-1"}]
    assert [violation.rule for violation in zendesk.store.violations.all()] == []


async def test_the_window_is_not_framed_and_its_calls_are_told_apart(zendesk, oauth, integration):
    page = oauth.origin.script["/authorize"][0]
    page.headers["x-frame-options"] = "DENY"

    await zendesk.add_account(integration, [{"user": "olivia"}, {}])

    kinds = [call.kind for call in zendesk.store.calls.all() if call.kind in {"admin_ui", "sign_in"}]
    assert kinds == ["admin_ui", "sign_in", "sign_in", "sign_in", "sign_in", "admin_ui"]


async def test_a_code_that_is_among_the_answers_is_typed_and_no_window_is_opened(zendesk, oauth, integration):
    account = await zendesk.add_account(integration, [{"Code": "by hand"}])

    assert account.metadata == "by hand"
    assert oauth.origin.received == []


async def test_a_sign_in_without_answers_says_which_page_asks(zendesk, oauth, integration):
    with pytest.raises(AdminStopped, match="no answers for the page 'Origin'"):
        await zendesk.add_account(integration, [{"user": "olivia"}])


async def test_an_origin_that_refuses_ends_the_walk_with_its_words(zendesk, oauth, integration):
    oauth.origin.script["/authorize"] = [Canned('<p role="alert">Unknown app.</p>', status=400)]

    with pytest.raises(AdminStopped, match=r"Unknown app\."):
        await zendesk.add_account(integration, [{"user": "olivia"}])


async def test_a_code_on_a_page_of_the_origins_is_not_believed(zendesk, oauth, integration):
    oauth.origin.script["/authorize"] = [Canned('<title>Trap</title><input readonly value="mine">')]

    with pytest.raises(AdminStopped, match="the sign-in ended"):
        await zendesk.add_account(integration, [])


async def test_a_window_that_leads_off_this_machine_is_not_followed(zendesk, oauth, integration):
    oauth.origin.script["/authorize"] = [Canned(status=302, headers={"location": "https://www.example.com/login"})]

    with pytest.raises(AdminStopped, match=r"leads to www\.example\.com"):
        await zendesk.add_account(integration, [])


async def test_a_field_for_a_code_without_a_link_is_a_field_like_any_other(zendesk, service, oauth, integration):
    service.script[ADMIN] = [Canned(oauth.waiting().replace('rel="opener"', 'rel="noopener"'))]

    with pytest.raises(AdminStopped, match="no answers for the page 'Sign in'"):
        await zendesk.add_account(integration, [])
