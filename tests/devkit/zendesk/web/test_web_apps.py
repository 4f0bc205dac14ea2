# SPDX-License-Identifier: Apache-2.0
"""Installing by the installer app: on the page, with what is wrong with an app beside the form."""

from __future__ import annotations

import io
import json
import zipfile
from urllib.parse import urlsplit

import pytest
from selectolax.lexbor import LexborHTMLParser

from sealock_devkit.app.build import SMALL_SIDE, Description, build_app, logo
from sealock_devkit.app.package import MAX_ZIP_BYTES
from tests.devkit.zendesk.scripted_service import Canned, resource
from tests.devkit.zendesk.web.conftest import words

LOGO = "assets/logo-small.png"


@pytest.fixture
def files(service):
    """A good app's files; a test changes some."""
    app = build_app(Description("Guestbook app", "Example Ltd", "org.example.guestbook", service.manifest_url, "1.2.3"))
    with zipfile.ZipFile(io.BytesIO(app)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(files, *more):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in [*files.items(), *more]:
            archive.writestr(name, content)
    return packed.getvalue()


async def uploaded(browser, content, name="app.zip"):
    sent = {"app": (name, content, "application/zip")}
    return await browser.client.post("/channels/app", files=sent, headers={"Origin": browser.url})


async def test_an_app_installs_the_integration_that_it_names(browser, zendesk, service, files):
    answer = await uploaded(browser, zipped(files))
    assert (answer.status_code, answer.headers["location"]) == (303, "/channels/1?done=installed")
    page = await browser.open("/channels/1?done=installed")
    assert "Next, add an account" in words(page, "#done")
    assert "the app Guestbook app 1.2.3" in words(page, "#channel dl")
    assert [event["type_id"] for event in service.events()] in ([], ["create_integration"])


async def test_the_apps_logo_is_the_channels_icon_everywhere(browser, zendesk, service, files):
    await uploaded(browser, zipped(files))
    account = await zendesk.add_account(zendesk.store.integrations.get(1), [service.good_answers])
    service.resources = [resource("c1")]
    await zendesk.pull(account.id)
    for path in ("/channels", "/channels/1", "/accounts/1", "/tickets"):
        page = await browser.open(path)
        assert page.css_first("img.channel").attributes["src"] == "/channels/1/logo.png", path
    answer = await browser.client.get("/channels/1/logo.png")
    assert (answer.headers["content-type"], answer.content) == ("image/png", logo(SMALL_SIDE))
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"


GOOD = logo(SMALL_SIDE)
NO_ICONS = [
    GOOD[:-1],
    GOOD + b"<script>alert(1)</script>",
    GOOD[:40] + b"\0" + GOOD[41:],
    b"\x89PNG\r\n\x1a\n",
    b"\x89PNG\r\n\x1a\n<svg onload=alert(1)>",
    logo(1025),
]


@pytest.mark.parametrize("content", NO_ICONS, ids=range(len(NO_ICONS)))
async def test_a_logo_that_is_no_sane_picture_is_not_shown(browser, zendesk, service, files, content):
    answer = await uploaded(browser, zipped({**files, LOGO: content}))
    assert answer.status_code == 303
    assert words(await browser.open("/channels"), "span.channel") == "S"
    assert (await browser.client.get("/channels/1/logo.png")).status_code == 404


async def test_a_channel_without_an_app_has_a_letter(browser, zendesk, service):
    await zendesk.install(service.manifest_url)
    assert words(await browser.open("/channels"), "span.channel") == "S"
    assert (await browser.client.get("/channels/1/logo.png")).status_code == 404
    assert (await browser.client.get("/channels/7/logo.png")).status_code == 404


async def test_an_app_that_comes_again_replaces_the_one_before(browser, zendesk, service, files):
    await zendesk.install(service.manifest_url)
    newer = {**json.loads(files["manifest.json"]), "version": "2.0.0"}
    for content in (files, {**files, "manifest.json": json.dumps(newer)}):
        assert (await uploaded(browser, zipped(content))).headers["location"] == "/channels/1?done=installed"
    assert zendesk.store.apps.of(1).version == "2.0.0"
    assert len(zendesk.store.integrations.all()) == 1


INTEGRATION = json.dumps({"name": "n", "author": "a", "urls": {"admin_ui": "https://s.example"}})
REFUSED = [
    ({"manifest.json": INTEGRATION}, "looks like the integration's manifest, not the app's"),
    ({"requirements.json": '{"channel_integrations": {}}'}, "has no integration"),
    ({"requirements.json": '{"channel_integrations": {"a": {"manifest_url": "http://s.example/"}}}'}, "https address"),
    ({"manifest.json": '{"name": "a", "name": "b"}'}, "is there twice in one object"),
    ({"manifest.json": "[" * 100_000}, "is nested too deeply"),
    ({"../../evil": "x"}, "leads out of the app"),
    ({"bomb.txt": b"\0" * 20_000_001}, "holds too much"),
    ({"inner.zip": b"PK\x05\x06" + b"\0" * 18}, "is a zip in the app"),
    ({LOGO: b"<svg/>"}, "is not a PNG image"),
    ({"<script>alert(1)</script>/../x": b""}, "leads out of the app"),
]


@pytest.mark.parametrize(("changes", "problem"), REFUSED, ids=[each[1] + str(i) for i, each in enumerate(REFUSED)])
async def test_what_zendesk_would_refuse_is_said_beside_the_form_with_what_to_do(
    browser, zendesk, service, files, changes, problem
):
    answer = await uploaded(browser, zipped({**files, **changes}))
    page = LexborHTMLParser(answer.text)
    assert (answer.status_code, page.css("main script")) == (422, [])
    found = [words(each, ".remedy") for each in page.css("#app-refused li")]
    assert (problem in words(page, "#app-refused"), all(found), len(found) > 0) == (True, True, True)
    assert (zendesk.store.integrations.all(), service.received) == ([], [])


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"not a zip", "the app is not a zip file"),
        (b"", "the app is not a zip file"),
        (b"x" * (MAX_ZIP_BYTES + 1), "Leave out what the app does not need"),
        (zipped({}), "the app is empty"),
    ],
)
async def test_what_is_no_app_is_refused_in_words(browser, zendesk, content, problem):
    answer = await uploaded(browser, content)
    shown = words(LexborHTMLParser(answer.text), "#app-refused")
    assert (answer.status_code, problem in shown) == (422, True)


async def test_the_form_without_a_file_asks_for_one(browser):
    answer = await uploaded(browser, b"", name="")
    assert (answer.status_code, "Choose the app&#39;s zip file." in answer.text) == (422, True)


async def test_a_good_app_of_a_bad_manifest_says_what_is_wrong_with_that(browser, zendesk, service, files):
    service.script["/manifest.json"] = [Canned(status=404)]
    answer = await uploaded(browser, zipped(files))
    assert (answer.status_code, "could not be read: HTTP 404" in answer.text) == (422, True)
    assert zendesk.store.apps.with_logo() == set()


async def test_plain_http_is_refused_where_it_does_not_count_as_https(browser, zendesk, service, files):
    zendesk.change_settings({"loopback_http_is_https": False})
    answer = await uploaded(browser, zipped(files))
    assert (answer.status_code, "is not an absolute https address" in answer.text) == (422, True)


async def test_an_app_from_another_site_is_refused(browser, zendesk, files):
    sent = {"app": ("app.zip", zipped(files), "application/zip")}
    answer = await browser.client.post("/channels/app", files=sent, headers={"Origin": "https://evil.example"})
    assert (answer.status_code, zendesk.store.integrations.all()) == (403, [])


async def test_nothing_is_unpacked_to_the_disk(browser, zendesk, service, files, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    before = {path for path in tmp_path.rglob("*") if not path.name.startswith("zendesk.sqlite")}
    await uploaded(browser, zipped(files))
    assert {path for path in tmp_path.rglob("*") if not path.name.startswith("zendesk.sqlite")} == before
    assert urlsplit(zendesk.store.integrations.get(1).manifest_url).path == "/manifest.json"
