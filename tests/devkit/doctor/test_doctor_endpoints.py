# SPDX-License-Identifier: Apache-2.0
"""The doctor finds endpoints that are away, careless or unsafe, and changes nothing by looking."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import ssl
import threading

import pytest

from sealock_devkit.doctor.client import DoctorClient, Unreached
from tests.devkit.zendesk.scripted_service import ADMIN, CHANNELBACK, EVENTS, PULL, Canned

FOREIGN = "https://not-zendesk.example/"
DENIED = {"content-security-policy": "frame-ancestors 'self'"}
ALLOWED = {"content-security-policy": "frame-ancestors https://*.zendesk.com", "x-frame-options": "DENY"}


def only(part, canned, otherwise=None):
    """An answer to the admin UI's GET, to a form of Zendesk's (`own`), or to a foreign one."""

    def answer(request, form):
        here = "foreign" if form.get("return_url", "").startswith(FOREIGN) else "own"
        here = "get" if request.method == "GET" else here
        good = {"get": Canned(status=405), "foreign": Canned(status=400), "own": Canned("<form></form>")}
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
    own, foreign = service.calls(ADMIN)[1:]
    assert own["metadata"] == own["name"] == foreign["metadata"] == ""
    assert own["return_url"].startswith("https://sealock-doctor.zendesk.com/")
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
    service.answers["/healthcheck"] = Canned("well", delay=5.5)
    assert await findings(service.manifest_url) == {"healthcheck_url": "warning"}


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
