# SPDX-License-Identifier: Apache-2.0
"""The client for origins cannot be led to where it must not go."""

from __future__ import annotations

import asyncio
import base64
import gzip
import socket
import ssl
from ipaddress import ip_network

import pytest
import trustme

from sealock_connector import OriginUnavailable, OriginUnreached
from sealock_connector.egress import EgressDenied, origin_client
from tests.connector.loopback_http import Answer, server, site

LOOPBACK = (ip_network("127.0.0.0/8"),)
NOWHERE = "203.0.113.7"


def resolver(**names):
    """Knows these names, and reads numbers as the system's resolver does: decimal, octal, hexadecimal, short."""

    async def resolve(host, port):
        if host in names:
            return names[host]
        return [host if ":" in host else socket.inet_ntoa(socket.inet_aton(host))]

    return resolve


BAD_URLS = {
    "an internal name": "https://internal.example/",
    "metadata": "https://169.254.169.254/latest/meta-data/",
    "mapped": "https://[::ffff:127.0.0.1]/",
    "decimal": "https://2130706433/",
    "octal": "https://0177.0.0.1/",
    "hexadecimal": "https://0x7f000001/",
    "short": "https://127.1/",
    "zero": "https://0/",
    "a user name that looks like a host": "https://public.example@127.0.0.1/",
    "a user name": "https://me@public.example/",
    "a password": "https://me:secret@public.example/",
    "http to a public name": "http://public.example/",
    "a file": "file:///etc/passwd",
    "another scheme": "gopher://public.example/",
    "no scheme": "public.example",
    "no URL": "https://public.example/\x00",
    "a port that is none": "https://public.example:99999/",
    "port zero": "https://public.example:0/",
    "a port of mail": "https://public.example:25/",
    "digits of another script": "https://\uff11\uff12\uff17.\uff10.\uff10.\uff11/",
    "dots of another script": "https://127。0。0。1/",
    "a zone": "https://[fe80::1%25eth0]/",
    "a backslash": "https://public.example\\@127.0.0.1/",
    "a backslash for a slash": "https:\\\\127.0.0.1/",
    "a space before": " https://127.0.0.1/",
    "a tab within": "https://127.0.0\t.1/",
    "a new line": "https://public.example/\nHost: internal.example",
    "Azure's platform": "https://168.63.129.16/",
    "mapped in hexadecimal": "https://[::ffff:7f00:1]/",
}


@pytest.mark.parametrize("kind", BAD_URLS)
async def test_bad_urls_are_denied_before_anything_is_sent(kind):
    resolve = resolver(**{"internal.example": ["10.0.0.5"], "public.example": ["93.184.216.34"]})
    async with origin_client(resolver=resolve) as client:
        with pytest.raises(OriginUnreached) as raised:
            await client.get(BAD_URLS[kind])
    assert isinstance(raised.value, EgressDenied)
    assert not any(word in str(raised.value) for word in ("10.0.0.5", "127.0.0.1", "secret", "example"))


async def test_loopback_is_denied_unless_it_is_an_allowed_network():
    async with site(lambda request: Answer(body=b"hi")) as origin:
        async with origin_client() as client:
            with pytest.raises(EgressDenied):
                await client.get(origin.url)
        assert origin.requests == []
        async with origin_client(allowed_networks=LOOPBACK) as client:
            assert (await client.get(origin.url)).text == "hi"


async def test_the_address_that_was_checked_is_the_one_that_is_called():
    """A name that answers differently the second time gains nothing."""
    answers = [["127.0.0.1"], ["10.0.0.1"]]

    async def rebinding(host, port):
        return answers.pop(0)

    async with (
        site(lambda request: Answer(body=b"hi")) as origin,
        origin_client(allowed_networks=LOOPBACK, resolver=rebinding) as client,
    ):
        url = f"http://rebinding.example:{origin.port}/"
        assert (await client.get(url, headers={"connection": "close"})).text == "hi"
        assert origin.requests[0].headers["host"] == f"rebinding.example:{origin.port}"
        with pytest.raises(EgressDenied):
            await client.get(url.replace("rebinding", "other"))


async def test_of_several_addresses_only_allowed_ones_are_called():
    resolve = resolver(**{"mixed.example": ["10.0.0.1", "127.0.0.1", "169.254.169.254"]})
    async with (
        site(lambda request: Answer(body=b"hi")) as origin,
        origin_client(allowed_networks=LOOPBACK, resolver=resolve) as client,
    ):
        assert (await client.get(f"http://mixed.example:{origin.port}/")).text == "hi"


async def test_a_dead_address_does_not_hide_a_living_one():
    resolve = resolver(**{"two.example": ["127.0.0.2", "127.0.0.1"]})
    async with (
        site(lambda request: Answer(body=b"hi")) as origin,
        origin_client(allowed_networks=LOOPBACK, resolver=resolve) as client,
    ):
        assert (await client.get(f"http://two.example:{origin.port}/")).text == "hi"


REDIRECTS = {
    "to loopback": "http://127.0.0.1:{port}/inside",
    "to metadata": "https://169.254.169.254/latest",
    "to a private name": "https://internal.example/",
    "to a file": "file:///etc/passwd",
    "to a user name": "http://me@allowed.example:{port}/inside",
}


@pytest.mark.parametrize("kind", REDIRECTS)
async def test_each_redirect_is_checked_again(kind):
    resolve = resolver(**{"allowed.example": ["127.0.0.7"], "internal.example": ["10.0.0.1"]})
    inside = ip_network("127.0.0.7/32")

    def answer(request):
        return Answer(302, headers={"location": REDIRECTS[kind].format(port=origin.port)})

    async with (
        site(answer, "127.0.0.7") as origin,
        origin_client(allowed_networks=[inside], resolver=resolve) as client,
    ):
        with pytest.raises(EgressDenied):
            await client.get(f"http://allowed.example:{origin.port}/")
    assert [request.target for request in origin.requests] == ["/"]


async def test_redirects_end_after_five():
    async with (
        site(lambda request: Answer(302, headers={"location": "/again"})) as origin,
        origin_client(allowed_networks=LOOPBACK) as client,
    ):
        with pytest.raises(OriginUnavailable):
            await client.get(origin.url)
    assert len(origin.requests) == 6


async def test_a_redirect_is_followed_and_remembered():
    def answer(request):
        return Answer(body=b"there") if request.target == "/b" else Answer(301, headers={"location": "/b"})

    async with site(answer) as origin, origin_client(allowed_networks=LOOPBACK) as client:
        response = await client.get(origin.url + "/a", headers={"authorization": "Basic eA=="})
    assert (response.text, [each.status_code for each in response.history]) == ("there", [301])
    assert origin.requests[1].headers["authorization"] == "Basic eA=="


async def test_a_redirect_elsewhere_carries_no_secret():
    async with site(lambda request: Answer(body=b"elsewhere")) as other:
        async with (
            site(lambda request: Answer(302, headers={"location": other.url + "/"})) as origin,
            origin_client(allowed_networks=LOOPBACK, user_agent="Test") as client,
        ):
            headers = {"x-api-key": "secret-1", "cookie": "secret-2"}
            response = await client.get(origin.url, headers=headers, auth=("me", "secret-3"))
        assert response.text == "elsewhere"
    basic = base64.b64encode(b"me:secret-3").decode()
    assert origin.requests[0].headers["authorization"] == f"Basic {basic}"
    (request,) = other.requests
    assert set(request.headers) <= {"host", "accept", "accept-encoding", "user-agent", "connection"}
    assert request.headers["user-agent"] == "Test"


@pytest.mark.parametrize("status", [301, 302, 303])
async def test_a_post_does_not_follow_a_redirect_that_makes_it_something_else(status):
    async with (
        site(lambda request: Answer(status, headers={"location": "/elsewhere"})) as origin,
        origin_client(allowed_networks=LOOPBACK) as client,
    ):
        assert (await client.post(origin.url, json={})).status_code == status
    assert len(origin.requests) == 1


async def test_cookies_are_not_kept():
    async with (
        site(lambda request: Answer(headers={"set-cookie": "a=b; Path=/"})) as origin,
        origin_client(allowed_networks=LOOPBACK) as client,
    ):
        await client.get(origin.url)
        await client.get(origin.url)
    assert "cookie" not in origin.requests[1].headers


async def test_the_environment_s_proxy_is_not_used(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    async with site(lambda request: Answer(body=b"hi")) as origin, origin_client(allowed_networks=LOOPBACK) as client:
        assert (await client.get(origin.url)).text == "hi"


@pytest.mark.parametrize(("size", "fits"), [(1000, True), (1001, False), (5_000_000, False)])
async def test_an_answer_is_taken_up_to_its_cap(size, fits):
    async with (
        site(lambda request: Answer(body=b"x" * size)) as origin,
        origin_client(allowed_networks=LOOPBACK, max_bytes=1000) as client,
    ):
        if fits:
            assert len((await client.get(origin.url)).content) == size
        else:
            with pytest.raises(OriginUnavailable):
                await client.get(origin.url)


async def test_a_compressed_answer_is_unpacked_no_further_than_the_cap():
    bomb = gzip.compress(b"\0" * 50_000_000)

    async with (
        site(lambda request: Answer(body=bomb, headers={"content-encoding": "gzip"})) as origin,
        origin_client(allowed_networks=LOOPBACK) as client,
    ):
        with pytest.raises(OriginUnavailable):
            await client.get(origin.url)
    assert origin.requests[0].headers["accept-encoding"] == "identity"


async def test_an_origin_that_drips_is_cut_off():
    async def drip(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 -\r\ncontent-length: 100000\r\n\r\n")
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.05)

    async with server(drip) as port, origin_client(allowed_networks=LOOPBACK, max_seconds=0.5) as client:
        with pytest.raises(OriginUnavailable):
            await asyncio.wait_for(client.get(f"http://127.0.0.1:{port}/"), 20)


async def test_what_was_not_reached_is_told_from_what_may_have_been_sent():
    async with site(lambda request: Answer(hang_up=True)) as origin, origin_client(allowed_networks=LOOPBACK) as client:
        with pytest.raises(OriginUnavailable) as raised:
            await client.post(origin.url, json={})
        assert not isinstance(raised.value, OriginUnreached)
    async with origin_client(allowed_networks=LOOPBACK) as client:
        for url in (f"http://127.0.0.1:{origin.port}/", "https://no-such-name.invalid/"):
            with pytest.raises(OriginUnreached):
                await client.post(url, json={})


@pytest.mark.parametrize(
    "garbage", [b"", b"hello\r\n\r\n", b"HTTP/1.1 200 -\r\ncontent-length: 9\r\n\r\nx", b"\x15\x03"]
)
async def test_garbage_is_an_unavailable_origin(garbage):
    async def answer(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(garbage)

    async with server(answer) as port, origin_client(allowed_networks=LOOPBACK) as client:
        with pytest.raises(OriginUnavailable):
            await client.get(f"http://127.0.0.1:{port}/")


async def test_a_silent_origin_is_not_waited_for_longer_than_the_timeout():
    never = asyncio.Event()

    async def answer(request):
        await never.wait()

    async with site(answer) as origin, origin_client(allowed_networks=LOOPBACK, timeout=0.3) as client:
        with pytest.raises(OriginUnavailable):
            await asyncio.wait_for(client.get(origin.url), 20)


async def test_https_is_verified_against_the_name():
    ca = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert("good.example").configure_cert(context)
    trusting = ssl.create_default_context()
    ca.configure_trust(trusting)
    resolve = resolver(**{"good.example": ["127.0.0.1"], "bad.example": ["127.0.0.1"]})
    async with site(lambda request: Answer(body=b"hi"), ssl=context) as origin:
        async with origin_client(allowed_networks=LOOPBACK, resolver=resolve, ssl_context=trusting) as client:
            assert (await client.get(f"https://good.example:{origin.port}/")).text == "hi"
            with pytest.raises(OriginUnreached):
                await client.get(f"https://bad.example:{origin.port}/")
        async with origin_client(allowed_networks=LOOPBACK, resolver=resolve) as client:
            with pytest.raises(OriginUnreached):
                await client.get(f"https://good.example:{origin.port}/")


async def test_a_stream_is_capped_too():
    async with (
        site(lambda request: Answer(body=b"x" * 100_000)) as origin,
        origin_client(allowed_networks=LOOPBACK, max_bytes=50_000) as client,
        client.stream("GET", origin.url) as response,
    ):
        with pytest.raises(OriginUnavailable):
            async for _ in response.aiter_bytes():
                pass
