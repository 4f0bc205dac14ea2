# SPDX-License-Identifier: Apache-2.0
"""Installing by an installer app: through the API, and what is remembered of it."""

from __future__ import annotations

import base64

import pytest
from falcon.testing import ASGIConductor
from hypothesis import given
from hypothesis import strategies as st

from sealock_devkit.app.build import SMALL_SIDE, Description, build_app, logo
from sealock_devkit.app.lint import AppRefused, PackageUnreadable
from sealock_devkit.zendesk import LocalZendesk
from sealock_devkit.zendesk.api.app import create_app
from sealock_devkit.zendesk.api.integrations import install_app
from sealock_devkit.zendesk.engine.files import is_sane_png, picture_type
from tests.devkit.zendesk.conftest import QUICK


def app_of(manifest_url):
    return build_app(Description("Guestbook app", "Example Ltd", "org.example.guestbook", manifest_url, "1.2.3"))


async def test_an_app_is_remembered_over_a_restart(tmp_path, service):
    async with LocalZendesk(tmp_path / "data", QUICK) as zendesk:
        integration = await install_app(zendesk, app_of(service.manifest_url))
    async with LocalZendesk(tmp_path / "data", QUICK) as zendesk:
        app = zendesk.store.apps.of(integration.id)
        assert (app.name, app.version, app.identifier) == ("Guestbook app", "1.2.3", "org.example.guestbook")
        assert app.logo == logo(SMALL_SIDE)
        assert zendesk.store.apps.with_logo() == {integration.id}


async def test_what_cannot_be_installed_leaves_nothing_behind(zendesk, service):
    with pytest.raises(AppRefused, match="absolute https address"):
        await install_app(zendesk, app_of("http://s.example/manifest.json"))
    with pytest.raises(PackageUnreadable):
        await install_app(zendesk, b"no zip")
    assert zendesk.store.integrations.all() == []


async def test_an_app_is_installed_through_the_api(zendesk, service):
    async with ASGIConductor(create_app(zendesk)) as api:

        async def post(**body):
            return await api.simulate_post("/api/integrations", host="127.0.0.1", json=body)

        made = await post(app=base64.b64encode(app_of(service.manifest_url)).decode())
        assert (made.status_code, made.json["app"]["name"], made.json["logo"]) == (
            201,
            "Guestbook app",
            "/channels/1/logo.png",
        )
        assert made.json["next_poll_at"] > made.json["polled_at"]
        refused = await post(app=base64.b64encode(app_of("http://s.example/")).decode())
        (finding,) = refused.json["findings"]
        assert (refused.status_code, finding["problem"]) == (422, "is not an absolute https address")
        assert finding["place"].startswith("requirements.json: channel_integrations.")
        assert finding["remedy"]
        assert (await post(app="?")).json["error"] == "app is a file's bytes in base64"
        assert (await post(app="", manifest_url="x")).status_code == 400
        assert (await post(app="AAAA")).json == {"error": "the app is not a zip file"}


async def test_pulls_are_told_through_the_api(zendesk, service, account):
    await zendesk.pull(account.id)
    async with ASGIConductor(create_app(zendesk)) as api:
        answer = await api.simulate_get("/api/accounts/1/pulls", host="127.0.0.1", params={"limit": 1})
        (pull,) = answer.json["pulls"]
        assert (pull["status"], pull["received"], pull["duplicates"], pull["problem"]) == (200, 0, 0, "")
        assert (await api.simulate_get("/api/accounts/9/pulls", host="127.0.0.1")).status_code == 404
        shown = (await api.simulate_get("/api/accounts/1", host="127.0.0.1")).json
        assert shown["sizes"] == {"metadata": len(account.metadata), "state": len(account.state)}
        assert shown["next_pull_at"] > shown["last_pull_at"]


@given(st.binary(max_size=200))
def test_no_bytes_confuse_the_eye_for_pictures(content):
    assert picture_type(content) in {"", "image/png", "image/jpeg", "image/gif", "image/webp"}
    assert not is_sane_png(content)
    assert not is_sane_png(logo(2)[:33] + content)


@given(st.integers(0, len(logo(4)) - 1), st.integers(1, 255))
def test_any_changed_byte_spoils_a_png(at, difference):
    content = bytearray(logo(4))
    content[at] ^= difference
    assert not is_sane_png(bytes(content))


@pytest.mark.parametrize(("side", "sane"), [(1, True), (320, True), (1024, True), (1025, False)])
def test_a_logo_has_a_side_of_at_most_1024_pixels(side, sane):
    assert is_sane_png(logo(side)) is sane
