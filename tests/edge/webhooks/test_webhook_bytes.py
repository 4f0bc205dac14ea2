# SPDX-License-Identifier: Apache-2.0
"""What an origin sends reaches the connector byte by byte, through the real process; what is no request does not."""

from __future__ import annotations

import asyncio
import gzip
import os
import re
from contextlib import asynccontextmanager
from typing import Any

import pytest

from sealock_contract.limits import REQUEST_BYTES
from sealock_edge.middleware import LARGEST_BODY
from tests.edge.edge_under_test import MovedClock, add_key
from tests.edge.processes.edge_process import EdgeProcess
from tests.edge.webhooks.webhook_edge import CAPABLE, answer, exchange

pytestmark = pytest.mark.system

END = b"Host: x\r\nConnection: close\r\n\r\n"


@asynccontextmanager
async def running(connector: Any, folder: Any, **edge: Any):
    add_key(folder / "keys", MovedClock())
    connector.script("Describe", CAPABLE)
    connector.script("ReceiveWebhook", answer(200, b"said"))
    async with EdgeProcess(folder, folder / "keys", connector.target, **edge) as process:
        yield process


def status(answered: bytes) -> int:
    found = re.match(rb"HTTP/1\.1 (\d+)", answered)
    return int(found[1]) if found else 0


def head(target: bytes, method: bytes = b"POST", more: bytes = b"") -> bytes:
    return method + b" " + target + b" HTTP/1.1\r\n" + more + END


TARGETS = {
    b"/guestbook/webhook": ("", ""),
    b"/guestbook/webhook/": ("/", ""),
    b"/guestbook/webhook?": ("", ""),
    b"/guestbook/webhook/a%2Fb%20c": ("/a%2Fb%20c", ""),
    b"/guestbook/webhook/a//b/": ("/a//b/", ""),
    b"/guestbook/webhook/%e2%82%AC": ("/%e2%82%AC", ""),
    b"/guestbook/webhook/%ff%00%zz%": ("/%ff%00%zz%", ""),
    b"/guestbook/webhook/../x": ("/../x", ""),
    b"/guestbook/webhook/a;b=c,d": ("/a;b=c,d", ""),
    b"/%67uestbook/web%68ook/x": ("/x", ""),
    b"//guestbook/webhook/x": ("/x", ""),
    b"http://x/guestbook/webhook/x?y": ("/x", "y"),
    b"/guestbook/webhook?a=1&a=2&b=%2b+%20&&c": ("", "a=1&a=2&b=%2b+%20&&c"),
    b"/guestbook/webhook/x?q?r=/s": ("/x", "q?r=/s"),
    b"/guestbook/webhook?%00%ff": ("", "%00%ff"),
}


async def test_path_and_query_reach_the_connector_as_they_came(connector, tmp_path):
    async with running(connector, tmp_path) as edge:
        for target, (path, query) in TARGETS.items():
            answered = await exchange(edge.url, head(target))
            assert (target, status(answered)) == (target, 200)
            request = connector.seen("ReceiveWebhook")[-1].request
            assert (target, request.path, request.query) == (target, path, query)


async def test_a_path_that_is_no_webhook_s_is_none(connector, tmp_path):
    async with running(connector, tmp_path) as edge:
        for target in (b"/guestbook/webhooks", b"/guestbook/webhook%2Fx", b"/guestbook%2Fwebhook", b"/nobody/webhook"):
            assert (target, status(await exchange(edge.url, head(target)))) == (target, 404)
        for target in (b"/guestbook/webhook/\xff", b"guestbook/webhook", b"*"):
            assert status(await exchange(edge.url, head(target))) in {400, 404}
        assert connector.seen("ReceiveWebhook") == []


async def test_every_method_goes_to_the_connector_with_its_body(connector, tmp_path):
    async with running(connector, tmp_path) as edge:
        for method in (b"GET", b"POST", b"PUT", b"PATCH", b"DELETE", b"OPTIONS", b"HEAD"):
            sent = head(b"/guestbook/webhook", method, b"Content-Length: 4\r\n") + b"\x00\xffok"
            answered = await exchange(edge.url, sent)
            assert (method, status(answered)) == (method, 200)
            assert answered.endswith(b"\r\n\r\n" if method == b"HEAD" else b"\r\n\r\nsaid")
            request = connector.seen("ReceiveWebhook")[-1].request
            assert (request.method, request.body) == (method.decode(), b"\x00\xffok")
        seen = len(connector.seen("ReceiveWebhook"))
        for method in (b"TRACE", b"PROPFIND", b"CONNECT"):
            assert status(await exchange(edge.url, head(b"/guestbook/webhook", method))) in {400, 405, 501}
        assert len(connector.seen("ReceiveWebhook")) == seen


async def test_headers_reach_the_connector_in_order_and_repeated_ones_too(connector, tmp_path):
    more = (
        b"X-Hub-Signature-256: sha256=aa\r\nx-hub-signature-256: sha256=bb\r\nX-Empty:\r\nX-Spaces:   a  b  \r\n"
        b"Authorization: Basic eDp5\r\nCookie: a=b\r\nX-High: \xe9\xff\r\nContent-Type: a/b, c/d\r\n"
    )
    async with running(connector, tmp_path) as edge:
        assert status(await exchange(edge.url, head(b"/guestbook/webhook", more=more))) == 200
        request = connector.seen("ReceiveWebhook")[-1].request
        assert [(each.name, each.value) for each in request.headers] == [
            ("x-hub-signature-256", "sha256=aa"),
            ("x-hub-signature-256", "sha256=bb"),
            ("x-empty", ""),
            ("x-spaces", "a  b"),
            ("authorization", "Basic eDp5"),
            ("cookie", "a=b"),
            ("x-high", "\xe9\xff"),
            ("content-type", "a/b, c/d"),
            ("host", "x"),
            ("connection", "close"),
        ]


async def test_a_body_reaches_the_connector_as_it_is_however_it_is_sent(connector, tmp_path):
    packed = gzip.compress(b'{"object":"page"}')
    chunked = b"".join(b"%x;x=y\r\n%b\r\n" % (len(part), part) for part in (packed[:1], packed[1:7], packed[7:]))
    target = b"/guestbook/webhook"
    async with running(connector, tmp_path) as edge:
        length = b"Content-Encoding: gzip\r\nContent-Length: %d\r\n" % len(packed)
        ways = {
            "whole": (head(target, more=length) + packed,),
            "in pieces": (head(target, more=length) + packed[:3], packed[3:9], packed[9:]),
            "chunked": (head(target, more=b"Transfer-Encoding: chunked\r\n") + chunked + b"0\r\nX-Trailer: t\r\n\r\n",),
            "expected": (head(target, more=b"Expect: 100-continue\r\n" + length), packed),
        }
        for way, parts in ways.items():
            answered = await exchange(edge.url, *parts, pause=0.05)
            request = connector.seen("ReceiveWebhook")[-1].request
            assert (way, request.body) == (way, packed)
            assert (b"HTTP/1.1 100 Continue" in answered) == (way == "expected")
            assert answered.endswith(b"\r\n\r\nsaid")
            assert "x-trailer" not in [each.name for each in request.headers]
        assert len(connector.seen("ReceiveWebhook")) == len(ways)


async def test_a_body_of_a_megabyte_is_taken_and_a_byte_more_is_not(connector, tmp_path):
    whole = os.urandom(LARGEST_BODY)
    assert REQUEST_BYTES > LARGEST_BODY
    async with running(connector, tmp_path) as edge:
        length = b"Content-Length: %d\r\n"
        answered = await exchange(edge.url, head(b"/guestbook/webhook", more=length % len(whole)) + whole)
        assert status(answered) == 200
        assert connector.seen("ReceiveWebhook")[-1].request.body == whole
        more = head(b"/guestbook/webhook", more=length % (len(whole) + 1))
        assert status(await exchange(edge.url, more + whole + b"x")) == 413
        cut = head(b"/guestbook/webhook", more=b"Transfer-Encoding: chunked\r\n")
        assert status(await exchange(edge.url, cut + b"%x\r\n" % (len(whole) + 1) + whole + b"x\r\n0\r\n\r\n")) == 413
        assert len(connector.seen("ReceiveWebhook")) == 1


async def test_the_setting_bounds_the_body_of_every_method(connector, tmp_path):
    async with running(connector, tmp_path, webhook_bytes=2000) as edge:
        for method in (b"POST", b"PUT", b"GET"):
            for size, expected in ((2000, 200), (2001, 413)):
                sent = head(b"/guestbook/webhook", method, b"Content-Length: %d\r\n" % size) + b"x" * size
                assert (method, size, status(await exchange(edge.url, sent))) == (method, size, expected)


async def test_a_webhook_that_is_cut_off_is_none(connector, tmp_path):
    async with running(connector, tmp_path) as edge:
        host, port = edge.url.removeprefix("http://").split(":")
        for sent in (
            head(b"/guestbook/webhook", more=b"Content-Length: 10\r\n") + b"12345",
            head(b"/guestbook/webhook", more=b"Transfer-Encoding: chunked\r\n") + b"5\r\n12345\r\n",
        ):
            _, writer = await asyncio.open_connection(host, int(port))
            writer.write(sent)
            await writer.drain()
            writer.close()
        assert status(await exchange(edge.url, head(b"/guestbook/webhook"))) == 200
        assert len(connector.seen("ReceiveWebhook")) == 1


async def test_the_largest_body_arrives_with_the_largest_head_beyond_ascii(connector, tmp_path):
    whole, value = os.urandom(LARGEST_BODY), b"\xff" * 1000
    lines = b"".join(b"x%d: %s\r\n" % (number, value) for number in range(32))
    async with running(connector, tmp_path) as edge:
        more = lines + b"Content-Length: %d\r\n" % len(whole)
        assert status(await exchange(edge.url, head(b"/guestbook/webhook", more=more) + whole)) == 200
        [call] = connector.seen("ReceiveWebhook")
        assert call.request.body == whole
        assert [each.value for each in call.request.headers].count("\xff" * 1000) == 32
        assert call.request.ByteSize() <= REQUEST_BYTES
