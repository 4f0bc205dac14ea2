# SPDX-License-Identifier: Apache-2.0
"""A guestbook tells at once that somebody signed; the connector believes what its secret signed, and nothing else."""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from dataclasses import replace

import pytest

from sealock_connector import WebhookAnswer, WebhookRequest
from sealock_connector.testing import running
from sealock_devkit.emulators.guestbook.entries import Entries
from sealock_devkit.emulators.guestbook.webhook import MOST_WAITING, Webhook, telling
from sealock_origins.guestbook.connector import Guestbook
from tests.origins.guestbook.sites import StoppedClock
from tests.serving import serving

SITE = "http://127.0.0.1:8700"
WEBHOOK = Webhook("http://127.0.0.1:1/", "new secret", SITE)


@pytest.fixture
async def connector(tmp_path):
    files = []
    for name in ("new", "old"):
        (tmp_path / name).write_text(f"{name} secret\n")
        files += ["--webhook-secret-file", str(tmp_path / name)]
    async with running(Guestbook(), *files) as connector:
        yield connector


def posted(webhook=WEBHOOK, *, method="POST", body=None):
    made, headers = webhook.request(7, "signed")
    return WebhookRequest(method, "", "", list(headers.items()), made if body is None else body)


class Origin:
    """Takes what the guestbook tells, once it is let."""

    def __init__(self, status=204):
        self.told = []
        self.status = status
        self.may_answer = asyncio.Event()
        self.came = asyncio.Event()

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            return
        headers = [(name.decode(), value.decode()) for name, value in scope["headers"]]
        body = (await receive())["body"]
        await self.may_answer.wait()
        self.told.append(WebhookRequest(scope["method"], "", "", headers, body))
        self.came.set()
        await send({"type": "http.response.start", "status": self.status, "headers": []})
        await send({"type": "http.response.body"})

    async def has(self, count):
        async with asyncio.timeout(30):
            while len(self.told) < count:
                await self.came.wait()
                self.came.clear()
        return [json.loads(request.body) for request in self.told]


@pytest.mark.parametrize("secret", ["new secret", "old secret"])
async def test_a_webhook_names_the_account_of_its_guestbook(connector, secret):
    answer = await connector.webhook(posted(replace(WEBHOOK, secret=secret)))
    assert answer == WebhookAnswer(204, deliveries={SITE: ()})


async def test_the_name_is_that_of_the_guestbooks_pulls(site, account, connector):
    site.sign("Hello")
    pulled = await connector.pull(account)
    answer = await connector.webhook(posted(replace(WEBHOOK, site=site.url + "/")))
    assert list(answer.deliveries) == [pulled.origin_account_key]


@pytest.mark.parametrize(
    "request_",
    [
        posted(replace(WEBHOOK, secret="another")),
        posted(method="GET"),
        posted(body=b'{"site": "http://127.0.0.1:8701"}'),
        posted(replace(WEBHOOK, clock=lambda: time.time() - 600)),
        WebhookRequest("POST", "", "", [], b"{}"),
    ],
    ids=["another secret", "another method", "another body", "ten minutes old", "no signature"],
)
async def test_what_the_secret_did_not_sign_just_now_is_refused(connector, request_):
    assert await connector.webhook(request_) == WebhookAnswer(403)


@pytest.mark.parametrize("site", ["", "ftp://book.example.com", "http://book.example.com/?a", 7, None, ["a"]])
async def test_a_signed_one_that_names_no_guestbook_is_a_bad_request(connector, site):
    assert await connector.webhook(posted(replace(WEBHOOK, site=site))) == WebhookAnswer(400)


async def test_without_a_secret_nothing_is_taken_and_nothing_remembered(site, account):
    async with running(Guestbook()) as connector:
        assert await connector.webhook(posted(replace(WEBHOOK, secret=" "))) == WebhookAnswer(403)
        assert (await connector.pull(account)).origin_account_key == ""


@pytest.mark.parametrize("content", [None, "", " \n", b"\xff"])
def test_a_file_without_a_secret_is_refused_at_the_start(tmp_path, content, capsys):
    file = tmp_path / "secret"
    if content is not None:
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
    parser = argparse.ArgumentParser()
    Guestbook().add_options(parser)
    with pytest.raises(SystemExit):
        parser.parse_args(["--webhook-secret-file", str(file)])
    assert "--webhook-secret-file" in capsys.readouterr().err


async def test_the_guestbook_tells_what_visitors_do_and_not_what_its_owner_does(connector):
    origin = Origin()
    origin.may_answer.set()
    with Entries(":memory:", clock=StoppedClock()) as entries:
        async with serving(lambda _: origin) as url, telling(replace(WEBHOOK, url=url)) as entries.on_change:
            first = entries.add(author="Anna", author_id="visitor-anna", text="Hello")
            answer = entries.add(author="Team", author_id="owner", text="Hi", parent=first.id, by_owner=True)
            entries.delete(answer.id)
            entries.delete(first.id)
            told = await origin.has(2)
    assert told == [{"site": SITE, "entry": first.id, "change": change} for change in ("signed", "deleted")]
    assert {(await connector.webhook(request)).status for request in origin.told} == {204}


async def test_nobody_who_signs_waits_for_whoever_is_told():
    origin = Origin(status=500)
    with Entries(":memory:", clock=StoppedClock()) as entries:
        async with serving(lambda _: origin) as url, telling(replace(WEBHOOK, url=url)) as entries.on_change:
            for _ in range(MOST_WAITING + 50):
                entries.add(author="Anna", author_id="visitor-anna", text="Hello")
            assert not origin.told
            origin.may_answer.set()
            assert len(await origin.has(MOST_WAITING)) <= MOST_WAITING + 1
