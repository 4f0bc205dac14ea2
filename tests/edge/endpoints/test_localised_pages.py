# SPDX-License-Identifier: Apache-2.0
"""People read the pages in their own language: Zendesk's locale first, else their browser's."""

from __future__ import annotations

import pytest

from sealock.connector.v1.clickthrough_pb2 import ResolveClickthroughResponse
from sealock.connector.v1.error_detail_pb2 import Reason
from sealock.connector.v1.setup_pb2 import SetupDone, SetupField, SetupForm, SetupResponse
from tests.edge.admin_pages import Page, open_set_up
from tests.edge.scripted_connector import Refusal, described

FORM = SetupResponse(form=SetupForm(step_id="site", fields=[SetupField(name="site", label="Adresse")]))
GERMAN = {"Accept-Language": "de-AT,en;q=0.5"}


def language(page: Page) -> tuple[str | None, str | None, str]:
    root = page.tree.css_first("html")
    return root.attributes["lang"], root.attributes["dir"], page.result.headers["content-language"]


@pytest.mark.parametrize(
    ("locale", "tag", "heading"),
    [
        ("en-US", "en", "Set up the account"),
        ("de", "de", "Konto einrichten"),
        ("es-419", "es", "Configurar la cuenta"),
        ("fr-ca", "fr", "Configurer le compte"),
        ("ja", "ja", "アカウントの設定"),
        ("pt", "pt-BR", "Configurar a conta"),
        ("tlh", "en", "Set up the account"),
    ],
)
async def test_set_up_speaks_the_language_that_zendesk_names(edge, connector, locale, tag, heading):
    connector.script("Setup", FORM)

    page = await open_set_up(edge, locale=locale)

    assert language(page) == (tag, "ltr", tag)
    assert page.tree.css_first("h1").text() == heading
    connector.script("Setup", SetupResponse(done=SetupDone(account_name="x", account=b"{}")))
    assert language(await page.submit(edge))[0] == tag


async def test_a_problem_is_told_in_the_administrators_language(edge, connector):
    connector.script("Setup", Refusal(Reason.REASON_ORIGIN_UNAVAILABLE))

    page = await open_set_up(edge, locale="fr")

    assert language(page)[0] == "fr"
    assert "origine ne répond pas. Réessayez plus tard." in page.text
    assert page.result.headers["x-request-id"] in page.text


async def test_an_account_too_large_is_told_with_its_numbers(edge, connector):
    connector.script("Setup", SetupResponse(done=SetupDone(account_name="x", account=b"y" * 3800)))

    page = await open_set_up(edge, locale="de")

    assert "Zendesk kann ein so großes Konto nicht speichern" in page.text
    assert "3717" in page.text
    assert "{" not in page.text


async def test_a_technical_reason_stays_english_and_is_marked_so(edge):
    page = Page.of(await edge.get("clickthrough", headers=GERMAN))

    assert page.result.status_code == 400
    assert "Die Anfrage ist fehlerhaft." in page.text
    assert "external_id" in page.tree.css_first("[lang=en]").text()


@pytest.mark.parametrize("endpoint", ["about", "dashboard"])
async def test_open_pages_speak_the_browsers_language(edge, connector, endpoint):
    limits = {"reply_max_chars": 1000, "reply_window": {"seconds": 7 * 86_400}, "reply_max_file_bytes": 2_500_000}
    connector.script("Describe", described(limits=limits))
    await edge.get("healthcheck")

    page = Page.of(await edge.get(endpoint, headers=GERMAN))

    assert language(page) == ("de", "ltr", "de")
    for words in ("Was sie kann", "1.000 Zeichen", "bis 7 Tage nach der letzten Nachricht", "2,5 MB", "neu verbunden"):
        assert words in page.text


@pytest.mark.parametrize("endpoint", ["about", "dashboard"])
async def test_open_pages_have_the_connectors_words_in_the_readers_language(edge, connector, endpoint):
    words = {"de": "Gästebuch", "": "Guestbook"}
    connector.script("Describe", lambda request: described(display_name=words[request.locale]))
    await edge.get("healthcheck")

    assert "Gästebuch" in Page.of(await edge.get(endpoint, headers=GERMAN)).text


async def test_the_page_before_a_foreign_site_speaks_the_browsers_language(edge, connector):
    connector.script("ResolveClickthrough", ResolveClickthroughResponse(url="https://elsewhere.example/x"))

    page = Page.of(await edge.get("clickthrough", params={"external_id": "x"}, headers=GERMAN))

    assert language(page)[0] == "de"
    assert "Weiter zu elsewhere.example" in page.text


async def test_a_hostile_accept_language_changes_nothing(edge):
    page = Page.of(await edge.get("about", headers={"Accept-Language": '"><script>alert(1)</script>,de;q=9'}))

    assert page.result.status_code == 200
    assert language(page)[0] == "en"
    assert "alert" not in page.result.text
