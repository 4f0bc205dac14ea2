# SPDX-License-Identifier: Apache-2.0
"""What the doctor checks from outside: the manifest and each endpoint."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import ssl
import threading
from datetime import UTC, datetime, timedelta

import pytest

from sealock_devkit.doctor.checks import Accounts
from sealock_devkit.doctor.client import DoctorClient, Unreached
from tests.devkit.zendesk.scripted_service import ADMIN, CHANNELBACK, EVENTS, PULL, Canned

PATH = "/manifest.json"


def redirect(to, status=301):
    return Canned(status=status, headers={"location": to})


async def test_a_healthy_service_has_no_findings_and_a_row_for_everything(service, examined):
    rows = await examined(service.manifest_url)
    assert {row.verdict for row in rows.values()} == {"ok"}
    assert set(rows) > {"TLS", "clock", "manifest", "manifest: urls", "manifest: id", "healthcheck_url", "pull_url"}
    assert len([check for check in rows if check.startswith("admin_ui")]) == 4


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


FOREIGN = "https://not-zendesk.example/"
DENIED = {"content-security-policy": "frame-ancestors 'self'"}
ALLOWED = {"content-security-policy": "frame-ancestors https://*.zendesk.com", "x-frame-options": "DENY"}


def only(part, canned, otherwise=None):
    """An answer to the admin UI's GET, to a named Zendesk account's form (`own`), a stranger's, or a foreign one."""

    def answer(request, form):
        here = "stranger" if form.get("subdomain") == "sealock-doctor" else "own"
        here = "foreign" if form.get("return_url", "").startswith(FOREIGN) else here
        here = "get" if request.method == "GET" else here
        good = {"get": Canned(status=405), "foreign": Canned(status=400), "stranger": Canned(status=401)}
        good["own"] = Canned("<form></form>")
        return canned if here == part else good[here]

    return answer


CASES = [
    (ADMIN, only("get", Canned(status=500)), {"admin_ui: GET": "failed"}),
    (ADMIN, only("get", Canned("<p>no")), {}),
    (ADMIN, only("own", Canned(status=500)), {"admin_ui: POST": "failed"}),
    (ADMIN, only("own", Canned("<form>", headers=DENIED)), {"admin_ui: POST": "failed"}),
    (ADMIN, only("own", Canned("<form>", headers={"x-frame-options": "DENY"})), {"admin_ui: POST": "failed"}),
    (ADMIN, only("own", Canned("<form>", headers=ALLOWED)), {}),
    (ADMIN, only("foreign", Canned(status=500)), {"admin_ui: foreign return_url": "failed"}),
    (ADMIN, only("foreign", Canned(f"<form action={FOREIGN}>")), {"admin_ui: foreign return_url": "failed"}),
    (
        ADMIN,
        only("foreign", Canned(status=303, headers={"location": FOREIGN})),
        {"admin_ui: foreign return_url": "failed"},
    ),
    (ADMIN, only("foreign", Canned("<p>log in first")), {"admin_ui: foreign return_url": "warning"}),
    (ADMIN, only("stranger", Canned(status=500)), {"admin_ui: strangers": "failed"}),
    (ADMIN, only("stranger", Canned(status=403)), {}),
    (ADMIN, only("stranger", Canned("<form></form>")), {"admin_ui: strangers": "warning"}),
    (PULL, Canned({"external_resources": []}), {"pull_url": "failed"}),
    (PULL, Canned(status=500), {"pull_url": "failed"}),
    (PULL, Canned(status=302, headers={"location": "/login"}), {"pull_url": "failed"}),
    (PULL, Canned(status=403), {}),
    (CHANNELBACK, Canned({"external_id": "1"}), {"channelback_url": "failed"}),
    (CHANNELBACK, Canned(status=503), {"channelback_url": "failed"}),
    ("/clickthrough", Canned(status=302, headers={"location": FOREIGN}), {"clickthrough_url": "failed"}),
    ("/clickthrough", Canned(status=302, headers={"location": "//["}), {"clickthrough_url": "failed"}),
    ("/clickthrough", Canned(status=302, headers={"location": "/login"}), {"clickthrough_url": "warning"}),
    ("/clickthrough", Canned("<p>hello"), {"clickthrough_url": "warning"}),
    ("/clickthrough", Canned(status=500), {"clickthrough_url": "failed"}),
    (EVENTS, Canned(status=400), {"event_callback_url": "failed"}),
    (EVENTS, Canned(status=204), {}),
    ("/healthcheck", Canned(status=503), {"healthcheck_url": "failed"}),
    ("/healthcheck", Canned(status=204), {"healthcheck_url": "failed"}),
]


@pytest.mark.parametrize(("path", "answer", "expected"), CASES)
async def test_what_an_endpoint_does_wrong_is_found(service, findings, path, answer, expected):
    service.answers[path] = answer
    assert await findings(service.manifest_url) == expected


async def test_any_zendesk_account_may_set_up_where_that_is_said(service, examined):
    service.answers[ADMIN] = only("stranger", Canned("<form></form>"))
    rows = await examined(service.manifest_url, accounts=Accounts("acme", any=True))
    assert rows["admin_ui: strangers"].verdict == "ok"
    assert "any Zendesk account may set up" in rows["admin_ui: strangers"].seen


async def test_the_page_cannot_be_seen_without_the_name_of_an_account_that_may(service, findings):
    assert await findings(service.manifest_url, accounts=Accounts()) == {"admin_ui: POST": "warning"}


@pytest.mark.parametrize(("key", "path"), [("about_url", "/about"), ("dashboard_url", "/dashboard")])
async def test_pages_that_are_not_there_are_found(service, findings, key, path):
    service.manifest["urls"][key] = service.url + path
    assert await findings(service.manifest_url) == {}
    service.answers[path] = Canned(status=404)
    assert await findings(service.manifest_url) == {key: "failed"}


async def test_an_endpoint_that_nobody_serves_is_found(service, findings):
    service.manifest["urls"]["pull_url"] = "http://127.0.0.1:1/pull?token=s3cret"
    assert await findings(service.manifest_url) == {"pull_url": "failed"}


async def test_only_the_endpoints_of_the_manifest_are_called(service, findings):
    service.manifest["urls"] = {"admin_ui": service.url + ADMIN}
    assert await findings(service.manifest_url) == {}
    assert {path for path, _, _ in service.received} == {"/manifest.json", ADMIN}


async def test_nothing_that_is_sent_could_change_anything(service, examined):
    service.manifest["push_client_id"] = "client"
    rows = await examined(service.manifest_url)
    assert service.calls(PULL) == [{"metadata": "", "state": ""}]
    assert service.calls(CHANNELBACK) == [{}]
    assert service.events() == []
    own, stranger, foreign = service.calls(ADMIN)[1:]
    assert own["metadata"] == own["name"] == foreign["metadata"] == ""
    assert own["return_url"].startswith("https://acme.zendesk.com/")
    assert stranger["return_url"].startswith("https://sealock-doctor.zendesk.com/")
    assert own["zendesk_access_token"] == "0" * 64
    assert "event-token-1" not in json.dumps([row.seen + row.remedy for row in rows.values()])


async def test_the_query_of_an_address_is_kept(service, findings):
    service.manifest["urls"]["clickthrough_url"] += "?tenant=7"
    queries = []

    def clickthrough(request, form):
        queries.append(dict(request.params))
        return Canned(status=404)

    service.answers["/clickthrough"] = clickthrough
    assert await findings(service.manifest_url) == {}
    (query,) = queries
    assert query["tenant"] == "7"
    assert query["external_id"].startswith("sealock-doctor-")


async def test_an_answer_without_end_is_not_read_to_its_end(service, findings):
    service.answers["/healthcheck"] = Canned(b"x" * 20_000_000)
    assert await findings(service.manifest_url) == {}


async def test_a_slow_answer_is_warned_of(service, findings):
    assert await findings(service.manifest_url, slow_seconds=60) == {}
    service.answers["/healthcheck"] = Canned("well", delay=0.2)
    assert (await findings(service.manifest_url, slow_seconds=0.2))["healthcheck_url"] == "warning"


async def test_an_answer_that_does_not_come_is_not_waited_for(service):
    service.answers["/healthcheck"] = Canned("well", delay=3)
    with (
        DoctorClient(ssl.create_default_context(), seconds=0.5) as client,
        pytest.raises(Unreached, match=r"no answer in 0\.5 seconds"),
    ):
        await asyncio.to_thread(client.get, f"{service.url}/healthcheck")


def test_an_answer_that_drips_is_not_waited_for_either():
    def drip(listener):
        connection, _ = listener.accept()
        with connection, contextlib.suppress(OSError):
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
            while not done.wait(0.2):
                connection.sendall(b"x")

    done = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        dripping = threading.Thread(target=drip, args=[listener])
        dripping.start()
        try:
            with (
                DoctorClient(ssl.create_default_context(), seconds=1) as client,
                pytest.raises(Unreached, match="no whole answer in 1 seconds"),
            ):
                client.get(f"http://127.0.0.1:{listener.getsockname()[1]}/")
        finally:
            done.set()
            dripping.join()


async def test_a_pull_that_anybody_may_make_is_told_from_one_that_breaks(service, examined):
    service.answers[PULL] = Canned({"external_resources": []})
    assert (await examined(service.manifest_url))["pull_url"].seen.startswith("taken without metadata")
    service.answers[PULL] = Canned(status=500)
    assert (await examined(service.manifest_url))["pull_url"].seen.startswith("HTTP 500")


EDGES = {"content-security-policy": "sandbox; default-src 'none'; frame-ancestors 'none'"}


@pytest.mark.parametrize(
    ("answer", "verdict", "words"),
    [
        (Canned("refused", 403, EDGES), "ok", "is refused"),
        (Canned("refused", 401, EDGES), "ok", "is refused"),
        (Canned("ok", 200, EDGES), "failed", "is taken"),
        (Canned({}, 404, EDGES), "failed", "takes none"),
        (Canned({}, 429, EDGES), "warning", "not seen"),
        (Canned({}, 503, EDGES), "failed", "not refused by the connector"),
        (redirect("https://login.example/", 302), "failed", "led elsewhere"),
        (Canned("<html>", 403), "failed", "in front"),
        (Canned("<html>", 200), "failed", "in front"),
        (Canned("<html>", 404), "failed", "in front"),
        (Canned("<html>", 405), "failed", "in front"),
        (Canned("<html>", 502), "failed", "in front"),
    ],
)
async def test_an_unsigned_webhook_has_to_be_refused_by_the_connector_and_by_nothing_in_front(
    service, examined, answer, verdict, words
):
    service.answers["/webhook"] = answer
    row = (await examined(service.manifest_url, webhooks=True))["webhook"]
    assert row.verdict == verdict
    assert words in row.seen


async def test_the_route_for_webhooks_is_tried_only_where_the_connector_takes_any(service, examined):
    assert "webhook" not in await examined(service.manifest_url)
    assert "/webhook" not in {path for path, _, _ in service.received}
