# SPDX-License-Identifier: Apache-2.0
"""Setting up an account by signing in at the origin (OAuth), with and without the two windows talking."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from sealock.connector.v1.setup_pb2 import SetupDone, SetupRedirect, SetupResponse
from tests.edge.admin_pages import RETURN_URL, Page, open_set_up
from tests.edge.edge_under_test import PUBLIC_URL

DONE = SetupResponse(done=SetupDone(account_name="Signed in", account=b"tokens"))


def sign_in(request) -> SetupResponse:
    """What an OAuth connector answers the first step with."""
    url = f"https://origin.example/authorize?redirect_uri={request.callback_url}&state={request.callback_state}"
    return SetupResponse(redirect=SetupRedirect(step_id="oauth", url=url, session=b"canary-verifier", title="Connect"))


async def begun(edge, connector, **changes: str) -> tuple[Page, str]:
    """The page with the sign-in link, and the state that the origin has to bring back."""
    connector.script("Setup", sign_in)
    page = await open_set_up(edge, **changes)
    query = parse_qs(urlsplit(page.tree.css_first("a.button").attributes["href"]).query)
    assert query["redirect_uri"] == [f"{PUBLIC_URL}/guestbook/admin_ui/callback"]
    return page, query["state"][0]


async def came_back(edge, state: str, **query: str) -> Page:
    return Page.of(await edge.get("admin_ui/callback", params={"state": state, **query}))


def code(page: Page) -> str:
    return page.tree.css_first("#code").attributes["value"]


async def test_an_account_is_set_up_by_signing_in(edge, connector):
    page, state = await begun(edge, connector)
    window = await came_back(edge, state, code="canary-code", scope="a b")
    connector.script("Setup", DONE)

    last = await page.submit(edge, **{"sealock-sign-in": code(window)})

    request = connector.seen("Setup")[-1].request
    assert (request.step_id, request.session) == ("oauth", b"canary-verifier")
    assert dict(request.callback_query) == {"code": "canary-code", "scope": "a b"}
    assert last.action == RETURN_URL
    assert edge.opened(last.fields["metadata"]).connector_account == b"tokens"
    assert "canary" not in window.result.text
    assert b"canary" not in edge.log.getvalue()


async def test_the_sign_in_opens_a_window_that_can_talk_back(edge, connector):
    page, state = await begun(edge, connector)

    link = page.tree.css_first("a.button")
    assert (link.attributes["target"], link.attributes["rel"]) == ("_blank", "opener")
    assert "event.origin !== location.origin" in page.result.text
    window = await came_back(edge, state, code="x")
    assert "postMessage({sealockSignIn: code.value}, location.origin)" in window.result.text
    assert window.result.headers["content-security-policy"].endswith("frame-ancestors 'none'")


async def test_the_code_can_be_carried_by_hand(edge, connector):
    page, state = await begun(edge, connector)
    window = await came_back(edge, state, code="x")
    connector.script("Setup", DONE)

    assert page.field("sealock-sign-in").attributes["type"] == "text"
    last = await page.submit(edge, **{"sealock-sign-in": f"  {code(window)}\n"})
    assert last.action == RETURN_URL


async def test_a_sign_in_of_another_run_does_not_fit(edge, connector):
    page, _ = await begun(edge, connector)
    _, state_of_another = await begun(edge, connector)
    window = await came_back(edge, state_of_another, code="attackers")

    assert (await page.submit(edge, **{"sealock-sign-in": code(window)})).result.status_code == 401


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("code=x", 401),
        ("state=", 401),
        ("state=forged&code=x", 401),
        ("state=a&state=b", 400),
        ("state=%FF", 400),
    ],
)
async def test_a_callback_that_nobody_waits_for_is_refused(edge, query, status):
    result = await edge.get("admin_ui/callback", query_string=query)

    assert Page.of(result).result.status_code == status


async def test_a_state_of_another_integration_or_purpose_is_refused(edge, connector):
    page, state = await begun(edge, connector)
    window = await came_back(edge, state, code="x")

    assert (await edge.get("admin_ui/callback", integration="other", params={"state": state})).status_code == 401
    assert (await came_back(edge, code(window))).result.status_code == 401
    assert (await page.submit(edge, **{"sealock-sign-in": state})).result.status_code == 401


@pytest.mark.parametrize(("minutes", "status"), [(9, 200), (11, 401)])
async def test_what_came_back_is_good_for_ten_minutes(edge, connector, minutes, status):
    page, state = await begun(edge, connector)
    window = await came_back(edge, state, code="x")
    connector.script("Setup", DONE)
    edge.clock.move(minutes=minutes)

    assert (await page.submit(edge, **{"sealock-sign-in": code(window)})).result.status_code == status


@pytest.mark.parametrize("url", ["javascript:alert(1)", "http://origin.example/", "", "https://"])
async def test_a_sign_in_page_that_is_not_https_is_never_linked(edge, connector, url):
    connector.script("Setup", SetupResponse(redirect=SetupRedirect(step_id="oauth", url=url)))

    page = await open_set_up(edge)

    assert page.result.status_code == 503
    assert "javascript" not in page.result.text


async def test_an_edit_by_signing_in_keeps_the_name(edge, connector):
    page, state = await begun(edge, connector, name="As it is called", metadata=edge.metadata())
    window = await came_back(edge, state, code="x")
    connector.script("Setup", DONE)

    last = await page.submit(edge, **{"sealock-sign-in": code(window)})

    assert last.fields["name"] == "As it is called"
