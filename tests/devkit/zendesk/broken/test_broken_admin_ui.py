# SPDX-License-Identifier: Apache-2.0
"""Admin UIs that are wrong on purpose: what is said of each, and that nothing is saved when it cannot be."""

from __future__ import annotations

import json

import pytest

from sealock_devkit.zendesk.browser.admin_browser import AdminStopped
from tests.devkit.zendesk.broken.conftest import CANARY, at
from tests.devkit.zendesk.scripted_service import ADMIN, ADMIN_STEP, Canned, return_page

FINALIZER = "https://demo.zendesk.com/zendesk/channels/integration_service_instances/editor_finalizer"
FIELDS = {"name": "n", "metadata": "m"}
FRAMED = ("", "a page that Zendesk may show in a frame", "documented")
HTML = ("", "an HTML page", "documented")
STATUS = ("", "HTTP 200", "documented")
FORM_GONE = "the form with name and metadata goes to return_url"
HTTPS = ("", "pages and forms lead to https URLs", "protocol", "another URL")
NEXT = f'<form method="post" action="{ADMIN}"><input type="hidden" name="n" value="1"><button>Next</button></form>'


@pytest.fixture
async def integration(zendesk, service):
    return await zendesk.install(service.manifest_url)


def ending(action: str = FINALIZER, **fields: str) -> Canned:
    """The last page, with other fields."""
    return Canned(return_page(action, {**FIELDS, **fields}))


def framing(**headers: str) -> Canned:
    return Canned(
        return_page(FINALIZER, FIELDS), headers={name.replace("_", "-"): value for name, value in headers.items()}
    )


def long(key: str, most: int, length: int):
    return (key, f"at most {most} characters", "protocol", f"{length} characters")


STOPS = {
    "X-Frame-Options DENY": (
        framing(x_frame_options="DENY"),
        [(*FRAMED, "X-Frame-Options: DENY does not allow Zendesk")],
    ),
    "X-Frame-Options SAMEORIGIN": (
        framing(x_frame_options="SameOrigin"),
        [(*FRAMED, "X-Frame-Options: SAMEORIGIN does not allow Zendesk")],
    ),
    "frame-ancestors none": (
        framing(content_security_policy="frame-ancestors 'none'"),
        [(*FRAMED, "Content-Security-Policy's frame-ancestors does not allow Zendesk")],
    ),
    "frame-ancestors of another": (
        framing(content_security_policy=f"default-src 'self'; frame-ancestors https://{CANARY}.example"),
        [(*FRAMED, "Content-Security-Policy's frame-ancestors does not allow Zendesk")],
    ),
    "form-action self": (
        framing(content_security_policy="form-action 'self'"),
        [
            (
                "",
                "forms that a browser sends",
                "protocol",
                "Content-Security-Policy's form-action does not allow the form's action",
            )
        ],
    ),
    "404": (Canned("<p>Nothing", 404), [(*STATUS, "HTTP 404")]),
    "500": (Canned("<p>Broken", 500), [(*STATUS, "HTTP 500")]),
    "503 for now": (Canned("<p>Later", 503), []),
    "204": (Canned(b"", 204, content_type=""), [(*HTML, "no content type"), (*STATUS, "HTTP 204")]),
    "JSON": (Canned({"token": 1}), [(*HTML, "application/json")]),
    "plain text": (Canned("hello", content_type="text/plain"), [(*HTML, "text/plain")]),
    "a form to a foreign address": (
        ending(f"https://{CANARY}.example/finish"),
        [("", FORM_GONE, "protocol", "another address")],
    ),
    "a form to return_url with a query": (
        ending(f"{FINALIZER}?more={CANARY}"),
        [("", FORM_GONE, "protocol", "another address")],
    ),
    "a return form by http": (
        ending(FINALIZER.replace("https", "http")),
        [("", FORM_GONE, "protocol", "another address")],
    ),
    "a return form by GET": (
        Canned(return_page(FINALIZER, FIELDS).replace("post", "get")),
        [("", "the form to return_url is sent by POST", "protocol", "another method")],
    ),
    "no name": (
        Canned(return_page(FINALIZER, {"metadata": CANARY})),
        [("name", "required", "protocol", "nothing")],
    ),
    "empty name": (ending(name=""), [("name", "required", "protocol", "an empty string")]),
    "name of 256": (ending(name=CANARY.ljust(256, "x")), [long("name", 255, 256)]),
    "no metadata": (
        Canned(return_page(FINALIZER, {"name": CANARY})),
        [("metadata", "required", "protocol", "nothing")],
    ),
    "metadata of 5001": (ending(metadata=CANARY.ljust(5_001, "x")), [long("metadata", 5_000, 5_001)]),
    "state of 5001": (ending(state=CANARY.ljust(5_001, "x")), [long("state", 5_000, 5_001)]),
    "redirect to http": (Canned("", 302, {"location": f"http://{CANARY}.example/"}), [HTTPS]),
    "a form to http": (
        Canned(f'<form method="post" action="http://{CANARY}.example/"><button>Next</button></form>'),
        [HTTPS],
    ),
    "redirects in circles": (
        Canned("", 303, {"location": ADMIN}),
        [("", "a page after less than 10 redirects", "protocol", "none")],
    ),
    "endless pages": (Canned(NEXT), [("", "an end after at most 20 pages", "protocol", "none")]),
    "a page that leads nowhere": (Canned("<p>nothing to do"), []),
}


@pytest.mark.parametrize("case", STOPS)
async def test_an_admin_ui_that_cannot_be_used_saves_nothing_and_says_why(
    zendesk, service, evidence, integration, case
):
    page, violations = STOPS[case]
    service.script[ADMIN] = [page] * 21
    with pytest.raises(AdminStopped) as stopped:
        await zendesk.add_account(integration, [service.good_answers])
    assert stopped.value.problems
    assert CANARY not in str(stopped.value)
    assert await evidence.violations() == at("admin_ui", *violations)
    assert zendesk.store.accounts.all() == []
    service.script.clear()
    assert (await zendesk.add_account(integration, [service.good_answers])).name == "https://site.example"


async def test_a_redirect_to_another_host_is_not_followed_and_may_be_the_origins_sign_in(
    zendesk, service, evidence, integration
):
    service.script[ADMIN] = [Canned("", 302, {"location": "https://origin.example/oauth"})]
    with pytest.raises(AdminStopped, match=r"origin\.example, where this browser does not go"):
        await zendesk.add_account(integration, [])
    assert await evidence.violations() == []


TAKEN = {
    "name of 255, metadata and state of 5000": (ending(name="x" * 255, metadata="x" * 5_000, state="x" * 5_000), []),
    "frame-ancestors of Zendesk": (framing(content_security_policy="frame-ancestors https://*.zendesk.com"), []),
    "201": (Canned(return_page(FINALIZER, FIELDS), 201), [(*STATUS, "HTTP 201")]),
    "no content type": (
        Canned(return_page(FINALIZER, FIELDS).encode(), content_type=""),
        [(*HTML, "no content type")],
    ),
    "quotes that are not escaped": (
        Canned(return_page(FINALIZER, FIELDS).replace('value="m"', f'value="{{"token":"{CANARY}"}}"')),
        [("", "quotes in values are escaped", "advice", "a value that ends at its first quote")],
    ),
}


@pytest.mark.parametrize("case", TAKEN)
async def test_an_admin_ui_that_is_only_careless_adds_the_account_and_says_so(
    zendesk, service, evidence, integration, case
):
    page, violations = TAKEN[case]
    service.script[ADMIN] = [page]
    await zendesk.add_account(integration, [])
    assert await evidence.violations() == at("admin_ui", *violations)
    assert len(zendesk.store.accounts.all()) == 1


async def test_typed_markup_that_is_not_escaped_is_told(zendesk, service, evidence, integration):
    markup = f"<b>{CANARY}</b>"
    echo = service.first_page({"return_url": FINALIZER}).replace("<form", f"<p>You typed {markup}</p><form", 1)
    service.script[ADMIN_STEP] = [Canned(echo)]
    await zendesk.add_account(integration, [{**service.good_answers, "Site": markup}, service.good_answers])
    rule = ("", "what was typed is escaped where it is shown", "advice", "typed markup")
    assert await evidence.violations() == at("admin_ui", rule)


async def test_typed_markup_that_is_escaped_is_fine(zendesk, service, evidence, integration):
    echo = service.first_page({"return_url": FINALIZER}, problem="<b>no</b>", site="<b>no such site</b>")
    service.script[ADMIN_STEP] = [Canned(echo)]
    await zendesk.add_account(
        integration, [{**service.good_answers, "Site": "<b>no such site</b>"}, service.good_answers]
    )
    assert await evidence.violations() == []


async def test_a_password_in_a_form_by_get_is_told(zendesk, service, evidence, integration):
    form = service.first_page({"return_url": FINALIZER}).replace('method="post"', 'method="get"')
    service.script[ADMIN] = [Canned(form)]
    service.script[ADMIN_STEP] = [ending()]
    await zendesk.add_account(integration, [{**service.good_answers, "password": CANARY}])
    rule = ("", "a form with a password is sent by POST", "advice", "another method")
    assert await evidence.violations() == at("admin_ui", rule)
    call = zendesk.store.calls.all(kind="admin_ui")[-1]
    assert CANARY not in call.url


async def test_a_secret_that_comes_back_on_an_edit_is_told(zendesk, service, evidence, integration):
    account = await zendesk.add_account(integration, [{**service.good_answers, "password": CANARY}])
    await zendesk.wait_until(zendesk.is_idle)
    metadata = json.loads(account.metadata)
    page = service.first_page({"return_url": FINALIZER}).replace(
        'name="password"', f'name="password" value="{metadata["password"]}"'
    )
    service.script[ADMIN] = [Canned(page)]
    await zendesk.edit_account(account, [service.good_answers])
    rule = ("", "no page shows a secret that was typed before", "advice", "a typed secret")
    assert await evidence.violations() == at("admin_ui", rule)


@pytest.mark.parametrize("slow", [Canned("<p>", delay=30), Canned(NEXT, drip=0.1)], ids=["hangs", "never ends"])
async def test_a_page_that_does_not_come_in_time_is_told(zendesk, service, evidence, integration, slow):
    zendesk.change_settings({"page_timeout_seconds": 0.5})
    service.script[ADMIN] = [slow]
    with pytest.raises(AdminStopped, match="could not be opened: timeout"):
        await zendesk.add_account(integration, [])
    rule = ("", "the whole answer within 0.5 seconds", "protocol", "no end in time")
    assert await evidence.violations() == at("admin_ui", rule)
