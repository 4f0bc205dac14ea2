# SPDX-License-Identifier: Apache-2.0
"""Integrations are installed from their manifests, or by their apps, and read again."""

from __future__ import annotations

import base64
import json
import struct
import zlib

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
from sealock_devkit.zendesk.engine.installation import ManifestRefused
from sealock_devkit.zendesk.judge.manifest import MAX_BYTES, ManifestReading, read_manifest
from tests.devkit.zendesk.conftest import QUICK
from tests.devkit.zendesk.scripted_service import PULL, Canned

MANIFEST = "/manifest.json"
URL = "https://s.example/deep/manifest.json"


def read(manifest: object, url: str = URL, **options):
    body = manifest if isinstance(manifest, bytes) else json.dumps(manifest).encode()
    return read_manifest(body, url, loopback_http_is_https=False, **options)


@pytest.mark.parametrize(
    ("given", "resolved"),
    [
        ("./pull", "https://s.example/deep/pull"),
        ("/pull", "https://s.example/pull"),
        ("//t.example/pull", "https://t.example/pull"),
        ("https://u.example/pull?token=1", "https://u.example/pull?token=1"),
    ],
)
def test_relative_urls_are_resolved_against_the_manifests_own(given, resolved):
    found = read({"name": "n", "id": "i", "urls": {"admin_ui": "admin", "pull_url": given}})
    assert found.problem == ""
    assert found.manifest.urls == {"admin_ui": "https://s.example/deep/admin", "pull_url": resolved}


def test_what_a_manifest_leaves_out_has_the_documented_defaults():
    manifest = read({"name": "n", "id": "i", "urls": {"admin_ui": "a"}, "more": 1}).manifest
    assert (manifest.channelback_files, manifest.create_followup_tickets, manifest.push_client_id) == (False, True, "")


def test_unknown_urls_are_left_alone():
    urls = {"admin_ui": "a", "my_own": "b", "other": 7}
    assert read({"name": "n", "id": "i", "urls": urls}).manifest.urls == {"admin_ui": "https://s.example/deep/a"}


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"{", "it should be JSON; found: an error in line 1, column 2"),
        (b" <!doctype html>", "it should be JSON; found: "),
        (b"", "it should be JSON; found: nothing"),
        (b"[]", "it should be a JSON object; found: an array"),
        (b'{"name": "\xff"}', "it should be JSON; found: bytes that are not UTF-8"),
        (b" " * (MAX_BYTES + 1), f"it should be at most {MAX_BYTES} bytes; found: {MAX_BYTES + 1} bytes"),
        (b'{"name": "n", "id": "i", "urls": {}}', "urls.admin_ui: required, got nothing"),
        (b'{"id": "i", "urls": {"admin_ui": "a"}}', "name: required, got nothing"),
        (b'{"name": "n", "id": "i", "urls": {"admin_ui": "http://s.example/"}}', "urls.admin_ui: an https URL"),
        (b'{"name": "n", "id": "i", "urls": {"admin_ui": "https://["}}', "urls.admin_ui: an https URL"),
    ],
)
def test_a_manifest_that_cannot_be_used_says_why(body, problem):
    found = read(body)
    assert found.manifest is None
    assert found.problem.startswith(problem)


def test_whether_an_empty_url_counts_as_absent_is_a_setting():
    manifest = {"name": "n", "id": "i", "urls": {"admin_ui": "a", "pull_url": ""}}
    assert read(manifest).problem == "urls.pull_url: at least 1 character, got an empty string"
    assert set(read(manifest, reading=ManifestReading(empty_urls_are_absent=True)).manifest.urls) == {"admin_ui"}


async def test_only_a_301_is_followed(zendesk, service):
    service.script["/old"] = [Canned("", status=301, headers={"location": MANIFEST})]
    integration = await zendesk.install(f"{service.url}/old")
    assert integration.manifest.urls["pull_url"] == f"{service.url}{PULL}"
    for status in (302, 303, 307, 308, 404, 500):
        service.script["/old2"] = [Canned("", status=status, headers={"location": MANIFEST})]
        with pytest.raises(ManifestRefused, match=f"HTTP {status}"):
            await zendesk.install(f"{service.url}/old2")


async def test_redirects_that_lead_nowhere_are_refused_in_words(zendesk, service):
    def leads(path, to):
        service.script[path] = [Canned("", status=301, headers={"location": to} if to else {})] * 2

    for path, to in (("/a", "/b"), ("/b", "/a"), ("/away", "http://s.example/"), ("/lost", "")):
        leads(path, to)
    for number in range(7):
        leads(f"/chain{number}", f"/chain{number + 1}")
    for path, problem in (
        ("/a", "redirects in a circle"),
        ("/chain0", "redirects more than 5 times"),
        ("/away", "HTTP 301 to a URL that is not https"),
        ("/lost", "HTTP 301 without a place to go to"),
    ):
        with pytest.raises(ManifestRefused, match=problem):
            await zendesk.install(f"{service.url}{path}")


async def test_the_manifests_own_url_must_be_https_or_on_this_machine(zendesk, service):
    with pytest.raises(ManifestRefused, match="must be https"):
        await zendesk.install("http://s.example/manifest.json")
    zendesk.change_settings({"loopback_http_is_https": False})
    with pytest.raises(ManifestRefused, match="must be https"):
        await zendesk.install(service.manifest_url)
    assert zendesk.store.integrations.all() == []


async def test_the_last_good_copy_is_kept_until_a_better_one_comes(zendesk, service, account):
    good, service.manifest = service.manifest, {"name": ""}
    with pytest.raises(ManifestRefused):
        await zendesk.installer.read_again(account.integration_id)
    stored = zendesk.store.integrations.get(account.integration_id)
    assert stored.manifest.name == "Scripted"
    assert "name: at least 1 character" in stored.problem
    assert (await zendesk.pull(account.id)).problem == ""
    service.manifest = {**good, "name": "Renamed"}
    renewed = await zendesk.installer.read_again(account.integration_id)
    assert (renewed.manifest.name, renewed.problem) == ("Renamed", "")


async def test_installing_twice_reads_the_manifest_again(zendesk, service):
    first = await zendesk.install(service.manifest_url)
    service.manifest["name"] = "Renamed"
    second = await zendesk.install(service.manifest_url)
    assert (second.id, second.manifest.name) == (first.id, "Renamed")


async def test_manifests_are_read_again_by_themselves(zendesk, service):
    zendesk.change_settings({"manifest_poll_seconds": 1})
    await zendesk.install(service.manifest_url)
    service.manifest["name"] = "Renamed"
    assert await zendesk.wait_until(lambda: zendesk.store.integrations.all()[0].manifest.name == "Renamed")


async def test_the_documented_limit_is_recorded_and_the_schemas_refuses(zendesk, service):
    service.manifest["push_client_id"] = "x" * 128
    await zendesk.install(service.manifest_url)
    service.manifest["push_client_id"] = "x" * 129
    with pytest.raises(ManifestRefused, match="push_client_id: at most 128 characters"):
        await zendesk.install(service.manifest_url)
    assert [violation.source for violation in zendesk.store.violations.all()] == ["documented", "schema"]


@pytest.mark.parametrize(("status", "problem"), [(200, ""), (503, "HTTP 503")])
async def test_a_healthcheck_says_how_the_service_is(zendesk, service, status, problem):
    integration = await zendesk.install(service.manifest_url)
    service.script["/healthcheck"] = [Canned("", status=status)]
    assert await zendesk.healthcheck(integration) == (status, problem)
    await service.__aexit__()
    assert (await zendesk.healthcheck(integration))[0] is None


async def test_what_was_wrong_with_a_manifest_at_its_installation_is_the_integrations(zendesk, service):
    service.manifest["push_client_id"] = "b" * 128
    integration = await zendesk.install(f"{service.manifest_url}?key=canary")
    [violation] = zendesk.store.violations.all()
    assert (violation.integration_id, violation.path) == (integration.id, "push_client_id")
    assert zendesk.store.calls.get(violation.call_id).integration_id == integration.id


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


def black_png(side: int) -> bytes:
    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(bytes(side * (side + 1)))), (b"IEND", b"")]
    made = [
        len(data).to_bytes(4) + kind + data + zlib.crc32(kind + data).to_bytes(4)  # a length, a kind, data, a checksum
        for kind, data in chunks
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(made)


@pytest.mark.parametrize(("side", "sane"), [(1, True), (320, True), (1024, True), (1025, False)])
def test_a_logo_has_a_side_of_at_most_1024_pixels(side, sane):
    assert is_sane_png(black_png(side)) is sane
