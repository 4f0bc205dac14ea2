# SPDX-License-Identifier: Apache-2.0
"""A set-up is of one Zendesk account: each page names it, it alone frames them, and it begins only there."""

from __future__ import annotations

import pytest

from sealock.connector.v1.setup_pb2 import SetupDone, SetupField, SetupForm, SetupResponse
from tests.edge.admin_pages import RETURN_URL, Page, open_set_up, zendesk_form
from tests.edge.endpoints.test_sign_in import begun, came_back, code

FORM = SetupResponse(form=SetupForm(step_id="site", fields=[SetupField(name="site")]))
DONE = SetupResponse(done=SetupDone(account_name="Ours", account=b"tokens"))
ZENDESK = "https://example.zendesk.com"
EVIL = "https://evil.example"
SUBMITS = 'document.getElementById("return").submit()'


def framed_by(page: Page) -> str:
    return page.result.headers["content-security-policy"].rpartition("frame-ancestors ")[2]


async def test_every_page_of_a_set_up_names_its_zendesk_account_and_is_framed_by_it_alone(edge, connector):
    connector.script("Setup", FORM)
    form = await open_set_up(edge)
    connector.script("Setup", DONE)
    finished = await form.submit(edge)
    waiting, state = await begun(edge, connector)
    window = await came_back(edge, state, code="x")
    connector.script("Setup", DONE)
    asking = await waiting.submit(edge, **{"sealock-sign-in": code(window)})

    for page in (form, finished, waiting, window, asking):
        assert page.tree.css_first("p.for").text() == "For example.zendesk.com"
    assert [framed_by(page) for page in (form, finished, waiting, asking)] == [ZENDESK] * 4
    assert framed_by(window) == "'none'"


async def test_the_origin_of_development_is_named_as_it_is(edge, connector):
    connector.script("Setup", FORM)
    page = await open_set_up(edge, return_url="http://127.0.0.1:8800/finish")

    assert page.tree.css_first("p.for").text() == "For http://127.0.0.1:8800"
    assert framed_by(page) == "http://127.0.0.1:8800"


async def test_the_last_page_asks_after_a_sign_in_and_goes_on_by_itself_after_a_form(edge, connector):
    waiting, state = await begun(edge, connector, locale="fr")
    window = await came_back(edge, state, code="x")
    connector.script("Setup", DONE)
    asking = await waiting.submit(edge, **{"sealock-sign-in": code(window)})

    assert SUBMITS not in asking.result.text
    assert asking.tree.css_first("button").text() == "Enregistrer dans example.zendesk.com"
    assert "Ours" in asking.text
    assert asking.action == RETURN_URL

    connector.script("Setup", FORM)
    page = await open_set_up(edge)
    connector.script("Setup", DONE)
    assert SUBMITS in (await page.submit(edge)).result.text


async def test_an_edit_from_another_zendesk_account_is_refused_and_moves_nothing(edge, connector):
    connector.script("Setup", DONE)
    form = zendesk_form(
        subdomain="globex",
        return_url=RETURN_URL.replace("example", "globex", 1),
        metadata=edge.metadata(),
        state=edge.state(b"s"),
    )

    page = Page.of(await edge.post("admin_ui", form))

    assert (page.result.status_code, connector.seen("Setup")) == (401, [])
    assert "This account is not known here." in page.text
    assert [call["outcome"] for call in edge.calls] == ["other_zendesk"]
    assert framed_by(page) == "https://globex.zendesk.com"


OPENED = [
    ({}, 200),
    ({"Origin": ZENDESK, "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "iframe"}, 200),
    ({"Origin": ZENDESK, "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "document"}, 200),
    ({"Origin": "null", "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "iframe"}, 200),
    ({"Origin": "null"}, 200),
    ({"Sec-Fetch-Dest": "iframe"}, 200),
    ({"Origin": EVIL}, 403),
    ({"Origin": EVIL, "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "iframe"}, 403),
    ({"Origin": "https://globex.zendesk.com", "Sec-Fetch-Dest": "iframe"}, 403),
    ({"Origin": "https://example.zendesk.com.evil.example"}, 403),
    ({"Origin": "http://example.zendesk.com"}, 403),
    ({"Origin": ""}, 403),
    ({"Origin": f"{ZENDESK}, {EVIL}"}, 403),
    ({"Origin": "null", "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "document"}, 403),
    ({"Origin": "null", "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "empty"}, 403),
    ({"Sec-Fetch-Dest": "document"}, 403),
    ({"Sec-Fetch-Dest": "object"}, 403),
]


@pytest.mark.parametrize(("headers", "status"), OPENED, ids=[str(headers) for headers, _ in OPENED])
async def test_a_set_up_begins_in_its_zendesk_as_far_as_the_browser_says(edge, connector, headers, status):
    connector.script("Setup", FORM)

    page = Page.of(await edge.post("admin_ui", zendesk_form(), headers=headers))

    assert page.result.status_code == status
    assert len(connector.seen("Setup")) == (status == 200)
    assert framed_by(page) == ZENDESK
    assert edge.calls[-1]["outcome"] == ("ok" if status == 200 else "foreign_page")


SENT = [
    ({}, 200),
    ({"Origin": "null", "Sec-Fetch-Site": "same-origin"}, 200),
    ({"Origin": "https://channels.example.com"}, 200),
    ({"Origin": "null"}, 200),
    ({"Origin": "null", "Sec-Fetch-Site": "none"}, 200),
    ({"Origin": "null", "Sec-Fetch-Site": "cross-site"}, 403),
    ({"Origin": "null", "Sec-Fetch-Site": "same-site"}, 403),
    ({"Origin": ZENDESK, "Sec-Fetch-Site": "cross-site"}, 403),
    ({"Origin": EVIL}, 403),
    ({"Origin": "https://channels.example.com.evil.example"}, 403),
    ({"Origin": "http://channels.example.com"}, 403),
]


@pytest.mark.parametrize(("headers", "status"), SENT, ids=[str(headers) for headers, _ in SENT])
async def test_a_step_comes_from_our_own_page_as_far_as_the_browser_says(edge, connector, headers, status):
    connector.script("Setup", FORM)
    page = await open_set_up(edge)

    assert (await edge.post("admin_ui/step", page.fields, headers=headers)).status_code == status
    assert len(connector.seen("Setup")) == 1 + (status == 200)


async def test_a_page_that_is_out_of_date_says_so_in_its_zendesk(edge, connector):
    connector.script("Setup", FORM)
    page = await open_set_up(edge, locale="de")
    edge.clock.move(hours=1, seconds=1)

    late = await page.submit(edge)

    assert (late.result.status_code, framed_by(late)) == (401, ZENDESK)
    assert "Diese Seite" in late.text
    assert len(connector.seen("Setup")) == 1
    edge.clock.move(days=1)
    assert framed_by(await page.submit(edge)) == "'none'"


@pytest.mark.parametrize(
    "form",
    [
        zendesk_form(subdomain="no such"),
        zendesk_form(return_url="https://evil.zendesk.com/x"),
        zendesk_form(return_url="https://evil.example/x"),
        {},
    ],
    ids=["a subdomain", "another zendesk", "another site", "nothing"],
)
async def test_nobody_frames_a_refusal_before_it_is_known_for_whom_it_is(edge, form):
    page = Page.of(await edge.post("admin_ui", form))
    assert (page.result.status_code, framed_by(page)) == (400, "'none'")
    assert page.tree.css_first("p.for") is None
