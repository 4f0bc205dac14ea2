# SPDX-License-Identifier: Apache-2.0
"""What failed on the way to an origin has a cause, on real sockets; and what can be had all the same is had."""

from __future__ import annotations

import asyncio
import datetime as dt
import gzip
import socket
import ssl
import struct
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from ipaddress import ip_network

import pytest
import trustme

from sealock_connector import Cause, OriginUnavailable, OriginUnreached
from sealock_connector.answers import json_of
from sealock_connector.egress import AnswerLate, AnswerTooLarge, OriginMoved, origin_client
from tests.connector.loopback_http import Answer, Request, server, site

LOOPBACK = (ip_network("127.0.0.0/8"),)
LONG_AGO = dt.datetime(2001, 1, 1, tzinfo=dt.UTC)


async def everywhere(_host: str, _port: int) -> Sequence[str]:
    return ["127.0.0.1"]


async def nowhere(_host: str, _port: int) -> Sequence[str]:
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")


async def never(_host: str, _port: int) -> Sequence[str]:
    await asyncio.sleep(60)
    return []


@asynccontextmanager
async def tls_site(*names: str, issuer: trustme.CA, **validity: dt.datetime) -> AsyncIterator[int]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    issuer.issue_cert(*names, **validity).configure_cert(context)
    async with site(lambda _request: Answer(body=b"{}"), ssl=context) as origin:
        yield origin.port


def trusting(issuer: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    issuer.configure_trust(context)
    return context


async def failed(url: str, *, context: ssl.SSLContext | None = None, **settings: object) -> OriginUnavailable:
    async with origin_client(allowed_networks=LOOPBACK, resolver=everywhere, ssl_context=context, **settings) as client:
        with pytest.raises(OriginUnavailable) as raised:
            await client.get(url)
    return raised.value


@pytest.mark.parametrize(
    ("names", "validity", "trusted", "words"),
    [
        (["other.example"], {}, True, "is for another name"),
        (["site.example"], {"not_after": LONG_AGO}, True, "has expired"),
        (
            ["site.example"],
            {"not_before": dt.datetime(2090, 1, 1, tzinfo=dt.UTC)},
            True,
            "is not valid yet",
        ),
        (["site.example"], {}, False, "authority"),
    ],
)
async def test_a_certificate_that_is_not_to_be_trusted_says_why(
    names: Sequence[str], validity: Mapping[str, dt.datetime], trusted: bool, words: str
) -> None:
    issuer = trustme.CA()
    context = trusting(issuer if trusted else trustme.CA())
    async with tls_site(*names, issuer=issuer, **validity) as port:
        error = await failed(f"https://site.example:{port}/", context=context)
    assert (error.cause, isinstance(error, OriginUnreached)) == (Cause.CERTIFICATE, True)
    assert words in str(error)


@pytest.mark.parametrize(
    ("said", "cause"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", Cause.CERTIFICATE),
        (b"", Cause.CERTIFICATE),
        (b"\x15\x03\x01\x00\x02\x02\x28", Cause.CERTIFICATE),
        (None, Cause.CONNECTION_BROKEN),
    ],
    ids=["HTTP", "nothing", "an alert", "a reset"],
)
async def test_a_port_without_tls_is_a_matter_of_the_certificate(said: bytes | None, cause: Cause) -> None:
    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10)
        if said is None:
            reset = struct.pack("ii", 1, 0)
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset)
            writer.transport.abort()
        else:
            writer.write(said)

    async with server(speak) as port:
        error = await failed(f"https://site.example:{port}/")
    assert (error.cause, isinstance(error, OriginUnreached)) == (cause, True)


async def test_an_origin_that_connects_and_does_not_begin_tls_is_not_reached() -> None:
    async def silent(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.read()
        await asyncio.sleep(60)

    async with server(silent) as port:
        error = await failed(f"https://site.example:{port}/", timeout=0.3)
    assert (error.cause, isinstance(error, OriginUnreached)) == (Cause.NOT_REACHED, True)


async def test_an_origin_that_wants_a_certificate_of_its_callers_is_one_too() -> None:
    issuer = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    issuer.issue_cert("site.example").configure_cert(context)
    issuer.configure_trust(context)
    context.verify_mode = ssl.CERT_REQUIRED
    async with site(lambda _request: Answer(body=b"{}"), ssl=context) as origin:
        error = await failed(f"https://site.example:{origin.port}/", context=trusting(issuer))
    assert error.cause in {Cause.CERTIFICATE, Cause.CONNECTION_BROKEN}


@pytest.mark.parametrize("resolver", [nowhere, never])
async def test_a_name_that_leads_nowhere(resolver: Callable[[str, int], Awaitable[Sequence[str]]]) -> None:
    async with origin_client(resolver=resolver, timeout=0.2) as client:
        with pytest.raises(OriginUnreached) as raised:
            await client.get("https://site.example/")
    assert raised.value.cause is Cause.NAME_NOT_RESOLVED


async def test_an_address_that_is_not_allowed() -> None:
    async with origin_client(resolver=everywhere) as client:
        with pytest.raises(OriginUnreached) as raised:
            await client.get("https://site.example/")
    assert raised.value.cause is Cause.ADDRESS_NOT_ALLOWED


async def test_a_refused_connection() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        error = await failed(f"http://127.0.0.1:{taken.getsockname()[1]}/")
    assert (error.cause, isinstance(error, OriginUnreached)) == (Cause.NOT_REACHED, True)


async def test_a_connection_that_nobody_takes() -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(full.getsockname())
        error = await failed(f"http://127.0.0.1:{full.getsockname()[1]}/", timeout=0.3)
        for each in waiting:
            each.close()
    assert (error.cause, isinstance(error, OriginUnreached)) == (Cause.NOT_REACHED, True)


async def test_an_origin_that_takes_the_call_and_says_nothing_is_late() -> None:
    async def silent(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with server(silent) as port:
        error = await failed(f"http://127.0.0.1:{port}/", timeout=0.2)
    assert isinstance(error, AnswerLate)
    assert error.cause is Cause.TIMED_OUT


SAYS: dict[str, tuple[bytes, Cause]] = {
    "nothing": (b"", Cause.CONNECTION_BROKEN),
    "something else than HTTP": (b"SSH-2.0-OpenSSH_9.6\r\n", Cause.CONNECTION_BROKEN),
    "half of the head": (b"HTTP/1.1 200 OK\r\ncontent-len", Cause.CONNECTION_BROKEN),
    "half of the body": (b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{", Cause.CONNECTION_BROKEN),
    "half of a chunk": (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n9\r\n{", Cause.CONNECTION_BROKEN),
    "a length that is none": (b"HTTP/1.1 200 OK\r\ncontent-length: many\r\n\r\n{}", Cause.CONNECTION_BROKEN),
    "an encoding of its own": (b"HTTP/1.1 200 OK\r\ncontent-encoding: br\r\n\r\n{}", Cause.UNREADABLE),
    "what cannot be unpacked": (
        b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n\r\n\x1f\x8b\x08nonsense",
        Cause.UNREADABLE,
    ),
    "half of what is packed": (
        b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n\r\n" + gzip.compress(b"{}" * 99)[:20],
        Cause.CONNECTION_BROKEN,
    ),
}


@pytest.mark.parametrize("kind", SAYS)
async def test_a_conversation_that_breaks_has_a_cause(kind: str) -> None:
    said, cause = SAYS[kind]

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(said)

    async with server(speak) as port:
        error = await failed(f"http://127.0.0.1:{port}/")
    assert error.cause is cause
    assert not isinstance(error, OriginUnreached)


async def test_an_answer_above_the_cap_is_too_large() -> None:
    async with site(lambda _request: Answer(body=b"x" * 2_000)) as origin:
        error = await failed(origin.url, max_bytes=1_000)
    assert isinstance(error, AnswerTooLarge)
    assert error.cause is Cause.TOO_LARGE


def raw_deflate(content: bytes) -> bytes:
    packing = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packing.compress(content) + packing.flush()


PLAIN = b'[{"id": 1, "text": "' + b"letters " * 20_000 + b'"}]'
PACKED: dict[str, tuple[str, bytes]] = {
    "gzip": ("gzip", gzip.compress(PLAIN)),
    "gzip by its old name": ("x-gzip", gzip.compress(PLAIN)),
    "gzip in capitals": (" GZIP ", gzip.compress(PLAIN)),
    "gzip in two parts": ("gzip", gzip.compress(PLAIN[:10]) + gzip.compress(PLAIN[10:])),
    "gzip with filling after it": ("gzip", gzip.compress(PLAIN) + b"\0" * 9),
    "deflate": ("deflate", zlib.compress(PLAIN)),
    "deflate without its frame": ("deflate", raw_deflate(PLAIN)),
    "said to be gzip and not": ("gzip", PLAIN),
    "said to be deflate and not": ("deflate", PLAIN),
    "a charset for an encoding": ("UTF-8", PLAIN),
    "no encoding": ("none", PLAIN),
}


@pytest.mark.parametrize("kind", PACKED)
async def test_what_comes_packed_though_nobody_asked_is_unpacked(kind: str) -> None:
    encoding, body = PACKED[kind]
    async with (
        site(lambda _request: Answer(body=body, headers={"content-encoding": encoding})) as origin,
        origin_client(allowed_networks=LOOPBACK) as client,
    ):
        assert json_of(await client.get(origin.url))[0]["id"] == 1
        async with client.stream("GET", origin.url) as response:
            assert b"".join([part async for part in response.aiter_bytes()]) == PLAIN


async def test_what_is_packed_a_byte_at_a_time_is_unpacked() -> None:
    packed = gzip.compress(b"{}")

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ntransfer-encoding: chunked\r\n\r\n")
        for byte in packed:
            writer.write(b"1\r\n" + bytes([byte]) + b"\r\n")
            await writer.drain()
        writer.write(b"0\r\n\r\n")

    async with server(drip) as port, origin_client(allowed_networks=LOOPBACK) as client:
        assert (await client.get(f"http://127.0.0.1:{port}/")).content == b"{}"


@pytest.mark.parametrize("body", [gzip.compress(b"\0" * 50_000_000), gzip.compress(b"\0" * 999) * 50_000])
async def test_what_becomes_too_large_when_it_is_unpacked_is_too_large(body: bytes) -> None:
    async with site(lambda _request: Answer(body=body, headers={"content-encoding": "gzip"})) as origin:
        assert isinstance(await failed(origin.url), AnswerTooLarge)


@pytest.mark.parametrize("status", [200, 204, 304])
async def test_nothing_that_is_said_to_be_packed_is_nothing(status: int) -> None:
    async with (
        site(lambda _request: Answer(status, headers={"content-encoding": "gzip"})) as origin,
        origin_client(allowed_networks=LOOPBACK) as client,
    ):
        assert (await client.get(origin.url)).content == b""


@pytest.mark.parametrize("to", ["/again", "/a", ""])
async def test_redirects_in_a_circle(to: str) -> None:
    async with site(lambda request: Answer(302, headers={"location": to or request.target + "x"})) as origin:
        error = await failed(origin.url)
    assert error.cause is Cause.REDIRECT_LOOP


async def test_a_redirect_of_a_call_with_credentials_to_another_host_says_that_the_origin_moved() -> None:
    async with site(lambda _request: Answer(401, b'{"code":"rest_not_logged_in"}')) as other:
        elsewhere = f"http://new.example:{other.port}"
        async with (
            site(lambda _request: Answer(301, headers={"location": f"{elsewhere}/api"})) as origin,
            origin_client(allowed_networks=LOOPBACK, resolver=everywhere) as client,
        ):
            response = await client.get(origin.url, headers={"authorization": "Bearer x"})
            with pytest.raises(OriginMoved) as raised:
                json_of(response)
    assert raised.value.to == elsewhere
    assert elsewhere in raised.value.message_for_agent


async def test_a_redirect_from_https_to_http_says_where_it_leads() -> None:
    issuer = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    issuer.issue_cert("site.example").configure_cert(context)
    moved = Answer(301, headers={"location": "http://site.example/api"})
    async with site(lambda _request: moved, ssl=context) as origin:
        error = await failed(f"https://site.example:{origin.port}/api", context=trusting(issuer))
    assert isinstance(error, OriginMoved)
    assert error.to == "http://site.example"


def behind(path: str, status: int) -> Callable[[Request], Answer]:
    """A site that has what is posted behind a redirect."""

    def answer(request: Request) -> Answer:
        if request.target == path:
            return Answer(201, request.method.encode() + b" " + request.body)
        return Answer(status, headers={"location": path})

    return answer


@pytest.mark.parametrize(
    ("asked", "path", "status"),
    [
        ("/api", "/api/", 301),
        ("/api", "/api/", 302),
        ("/api/?a=b", "/api?a=b", 301),
        ("/api", "/v2/api", 307),
        ("/api", "/v2/api", 308),
    ],
)
async def test_a_post_keeps_its_body_and_credentials_where_a_slash_is_added_or_the_redirect_keeps_the_method(
    asked: str, path: str, status: int
) -> None:
    async with site(behind(path, status)) as origin, origin_client(allowed_networks=LOOPBACK) as client:
        response = await client.post(origin.url + asked, json={"a": 1}, auth=("me", "secret"))
    assert (response.status_code, response.content) == (201, b'POST {"a":1}')
    assert origin.requests[1].headers["authorization"] == origin.requests[0].headers["authorization"]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_post_is_never_brought_to_another_origin(status: int) -> None:
    async with (
        site(lambda _request: Answer(body=b"{}")) as other,
        site(lambda _request: Answer(status, headers={"location": f"{other.url}/api"})) as origin,
        origin_client(allowed_networks=LOOPBACK) as client,
    ):
        response = await client.post(f"{origin.url}/api", json={})
        with pytest.raises(OriginMoved):
            json_of(response)
    assert not other.requests


async def test_a_stream_that_is_posted_is_not_posted_again() -> None:
    async def content() -> AsyncIterator[bytes]:
        yield b"once"

    async with site(behind("/api/", 308)) as origin, origin_client(allowed_networks=LOOPBACK) as client:
        headers = {"content-length": "4"}
        response = await client.post(f"{origin.url}/api", content=content(), headers=headers)
    assert (response.status_code, len(origin.requests)) == (308, 1)


async def test_while_all_connections_are_in_use_a_call_waits_and_then_the_connector_is_busy() -> None:
    arrived, done = asyncio.Semaphore(0), asyncio.Event()

    async def answer(_request: Request) -> Answer:
        arrived.release()
        await done.wait()
        return Answer(body=b"{}")

    async with site(answer) as origin, origin_client(allowed_networks=LOOPBACK, timeout=20) as client:
        calls = [asyncio.ensure_future(client.post(origin.url, json={})) for _ in range(200)]
        for _ in calls:
            await arrived.acquire()
        client._timeout = 0.1
        with pytest.raises(OriginUnreached) as raised:
            await client.post(origin.url, json={})
        assert raised.value.cause is Cause.CONNECTOR_BUSY
        done.set()
        assert {(await each).status_code for each in calls} == {200}


async def test_connecting_takes_no_longer_than_all_of_a_call_may_take() -> None:
    async with origin_client(resolver=never, timeout=30, max_seconds=0.2) as client:
        with pytest.raises(OriginUnreached) as raised:
            await asyncio.wait_for(client.post("https://site.example/", json={}), 20)
    assert raised.value.cause is Cause.NOT_REACHED
