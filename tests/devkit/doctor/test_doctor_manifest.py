# SPDX-License-Identifier: Apache-2.0
"""The doctor fetches a manifest as Zendesk does, and finds what is wrong with it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from tests.devkit.zendesk.scripted_service import Canned

PATH = "/manifest.json"


def redirect(to, status=301):
    return Canned(status=status, headers={"location": to})


async def test_a_healthy_service_has_no_findings_and_a_row_for_everything(service, examined):
    rows = await examined(service.manifest_url)
    assert {row.verdict for row in rows.values()} == {"ok"}
    assert set(rows) > {"TLS", "clock", "manifest", "manifest: urls", "manifest: id", "healthcheck_url", "pull_url"}
    assert len([check for check in rows if check.startswith("admin_ui")]) == 3


BAD_MANIFESTS = [
    (Canned("<html>"), "manifest: whole"),
    (Canned(b"\xff", content_type="application/json"), "manifest: whole"),
    (Canned([]), "manifest: whole"),
    (Canned({"name": "x", "pad": "x" * 400_000}), "manifest: whole"),
    (Canned({"name": "x", "id": "y"}), "manifest: urls"),
    (Canned({"name": "x", "id": "y", "urls": {}}), "manifest: urls.admin_ui"),
    (Canned({"name": "x", "id": "y", "urls": {"admin_ui": "http://edge.example/"}}), "manifest: urls.admin_ui"),
    (Canned({"name": "x" * 256, "id": "y", "urls": {"admin_ui": "/a"}}), "manifest: name"),
    (Canned({"name": "x", "id": "y", "urls": {"admin_ui": "/" + "a" * 512}}), "manifest: urls.admin_ui"),
    (Canned(status=404), "manifest"),
    (Canned(status=503), "manifest"),
    (redirect("/there", 302), "redirects"),
    (redirect("/there", 307), "redirects"),
    (Canned(status=301), "redirects"),
    (redirect(PATH), "redirects"),
    (redirect("http://edge.example/manifest.json"), "redirects"),
]


@pytest.mark.parametrize(("answer", "check"), BAD_MANIFESTS)
async def test_a_manifest_that_zendesk_cannot_use_is_found_and_nothing_is_called_after_it(
    service, findings, answer, check
):
    service.answers[PATH] = answer
    service._well_behaved = lambda request, form: service.answers[request.path]
    assert (await findings(service.manifest_url))[check] == "failed"
    assert {path for path, _, _ in service.received} == {PATH}


async def test_a_301_is_followed_and_told(service, examined):
    service.answers["/old.json"] = redirect(PATH)
    rows = await examined(f"{service.url}/old.json")
    assert "after 1 x 301" in rows["manifest"].seen
    assert rows["manifest"].verdict == "ok"


async def test_redirects_without_end_are_found(service, examined):
    for number in range(20):
        service.answers[f"/{number}"] = redirect(f"/{number + 1}")
    assert (await examined(f"{service.url}/0"))["redirects"].seen == "more than 5"


async def test_relative_addresses_and_a_wrong_type_are_warned_of(service, findings):
    service.manifest["urls"]["admin_ui"] = "./admin_ui"
    service.answers[PATH] = lambda *_: Canned(json.dumps(service.manifest).encode(), content_type="text/plain")
    assert await findings(service.manifest_url) == {"manifest: type": "warning", "manifest: urls": "warning"}


@pytest.mark.parametrize(("changes", "verdict"), [({"id": "org.example.other"}, "failed"), ({"name": "B"}, "warning")])
async def test_a_manifest_that_changes_between_two_fetches_is_found(service, findings, changes, verdict):
    answers = [Canned(service.manifest), Canned({**service.manifest, **changes})]
    service.answers[PATH] = lambda *_: answers.pop(0)
    assert await findings(service.manifest_url) == {"manifest: id": verdict}


@pytest.mark.parametrize(("minutes", "verdict"), [(0, None), (2, "warning"), (-2, "warning"), (10, "failed")])
async def test_clocks_that_differ_are_found(service, findings, minutes, verdict):
    found = await findings(service.manifest_url, now=lambda: datetime.now(UTC) + timedelta(minutes=minutes))
    assert found == ({"clock": verdict} if verdict else {})


@pytest.mark.parametrize(("age", "expected"), [("600", {}), ("0", {"clock": "failed"}), ("x", {"clock": "warning"})])
async def test_the_age_of_a_cached_answer_is_not_taken_for_a_wrong_clock(service, findings, age, expected):
    answer = Canned(service.manifest, headers={"age": age})
    service.answers[PATH] = answer
    # uvicorn sends a Date of its own, so it is the doctor's clock that is ten minutes on.
    assert await findings(service.manifest_url, now=lambda: datetime.now(UTC) + timedelta(minutes=10)) == expected


async def test_a_service_that_is_not_there_is_said(service, findings):
    assert await findings("http://127.0.0.1:1/manifest.json") == {"manifest": "failed"}


async def test_plain_http_is_refused_without_a_call(service, findings):
    assert await findings(service.manifest_url, insecure_loopback=False) == {"address": "failed"}
    assert service.received == []
