# SPDX-License-Identifier: Apache-2.0
"""What a call says is what goes over the wire, and nothing that it says can be more than one request."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from sealock_connector import OriginUnavailable, OriginUnreached
from sealock_connector.answers import json_of
from sealock_connector.egress import Address, AnswerTooLarge, EgressDenied, OriginMoved, origin_client
from sealock_connector.testing import GivenAnswer, OriginCall, client_of
from tests.connector.loopback_http import Answer, site

LOOPBACK = (ip_network("127.0.0.0/8"),)

TARGETS = {
    "": "/",
    "/": "/",
    "/a%2Fb%2fc?d=%41": "/a%2Fb%2fc?d=%41",
    "/ü 🛶?q=ü 🛶": "/%C3%BC%20%F0%9F%9B%B6?q=%C3%BC%20%F0%9F%9B%B6",
    "/a+b?c+d=e&f": "/a+b?c+d=e&f",
    "/?": "/?",
    "/a/../b/./c": "/b/c",
    "/../..": "/",
    "/a?b#c": "/a?b",
    "/100%": "/100%",
    "/{a}|b?[c]={d}": "/%7Ba%7D|b?[c]={d}",
    "//double//": "//double//",
}


@pytest.mark.parametrize("path", TARGETS)
async def test_an_address_goes_over_the_wire_as_it_is_given(path: str) -> None:
    async with site(lambda _request: Answer()) as origin, origin_client(allowed_networks=LOOPBACK) as client:
        await client.get(f"{origin.url}{path}")
    assert [request.target for request in origin.requests] == [TARGETS[path]]


@pytest.mark.parametrize(("host", "said"), [
    ("bücher.example", "xn--bcher-kva.example"), ("STRAẞE.example", "xn--strae-oqa.example"),
    ("Example.COM:443", "example.com"), ("example.com:8443", "example.com:8443"),
    ("[::FFFF:1.2.3.4]:80", "[::ffff:1.2.3.4]:80"),
])  # fmt: skip
def test_a_host_is_written_as_browsers_write_it(host: str, said: str) -> None:
    assert Address.read(f"https://{host}/").authority == said


async def test_parameters_take_the_place_of_a_query() -> None:
    async with site(lambda _request: Answer()) as origin, origin_client(allowed_networks=LOOPBACK) as client:
        await client.get(f"{origin.url}/a?b=c", params={"d e": "f&g", "ü": 1})
        await client.get(f"{origin.url}/a?b=c", params={})
        await client.get(f"{origin.url}/a?b=c")
    assert [request.target for request in origin.requests] == ["/a?d+e=f%26g&%C3%BC=1", "/a", "/a?b=c"]


SMUGGLED = {
    "a new line in a header": {"headers": {"x-token": "secret\r\nx-other: y"}},
    "a line feed in a header": {"headers": {"x-token": "secret\nx-other: y"}},
    "a carriage return in a header": {"headers": {"x-token": "secret\rx-other: y"}},
    "a zero byte in a header": {"headers": {"x-token": "secret\0"}},
    "half a surrogate pair in a header": {"headers": {"x-token": "secret\ud800"}},
    "a header's name with a new line": {"headers": {"x\r\ny": "z"}},
    "a header's name with a colon": {"headers": {"x: y\r\nz": "secret"}},
    "a header without a name": {"headers": {"": "secret"}},
    "a file's type with a new line": {"files": {"file": ("a", b"b", "text/plain\r\n\r\nsecret")}},
}


@pytest.mark.parametrize("kind", SMUGGLED)
async def test_what_no_request_can_say_is_not_sent(kind: str) -> None:
    async with site(lambda _request: Answer()) as origin, origin_client(allowed_networks=LOOPBACK) as client:
        with pytest.raises(OriginUnreached) as raised:
            await client.post(origin.url, **SMUGGLED[kind])
        with pytest.raises(OriginUnreached):
            await client.request("GET / HTTP/1.1\r\nx: y\r\n\r\nPOST", origin.url)
        with pytest.raises(TypeError):
            await client.get(origin.url, headers={"x-token": b"secret"})
    assert origin.requests == []
    assert "secret" not in str(raised.value)
    assert raised.value.cause is not None


async def test_a_header_says_which_host_is_called_and_how_long_the_body_is_whatever_the_caller_says() -> None:
    async with site(lambda _request: Answer()) as origin, origin_client(allowed_networks=LOOPBACK) as client:
        headers = {"Host": "internal.example", "Content-Length": "1", "Transfer-Encoding": "chunked"}
        await client.post(origin.url, headers=headers, content=b"hello")
    (request,) = origin.requests
    assert request.headers["host"] == f"127.0.0.1:{origin.port}"
    assert (request.headers["content-length"], request.body) == ("5", b"hello")
    assert "transfer-encoding" not in request.headers


async def test_names_in_a_form_with_files_stay_names() -> None:
    name = 'a"; filename="b\r\n\r\n--x\\'
    async with site(lambda _request: Answer()) as origin, origin_client(allowed_networks=LOOPBACK) as client:
        await client.post(origin.url, data={name: "ü"}, files={"file": (name, b"\0\r\n--", "image/png")})
    (request,) = origin.requests
    boundary = request.headers["content-type"].partition("boundary=")[2].encode()
    quoted = b'"a%22; filename=%22b%0D%0A%0D%0A--x%5C"'
    assert request.body.split(b"--" + boundary) == [
        b"",
        b"\r\ncontent-disposition: form-data; name=" + quoted + b"\r\n\r\n\xc3\xbc\r\n",
        b'\r\ncontent-disposition: form-data; name="file"; filename='
        + quoted
        + b"\r\ncontent-type: image/png\r\n\r\n\0\r\n--\r\n",
        b"--\r\n",
    ]


async def test_an_origin_that_is_a_function_is_called_as_one_on_the_network() -> None:
    asked: list[OriginCall] = []

    def answer(call: OriginCall) -> GivenAnswer:
        asked.append(call)
        if call.url == "https://site.example/old":
            return GivenAnswer(301, headers={"Location": "/new"})
        if call.url == "https://site.example/moved":
            return GivenAnswer(301, headers={"location": "https://other.example/"})
        return GivenAnswer(200, call.body or b'{"a": 1}', {"Content-Type": "application/json"})

    async with client_of(answer, max_bytes=100) as client:
        response = await client.get("https://site.example/old", auth=("me", "secret"))
        assert json_of(response) == {"a": 1}
        assert [str(each.url) for each in response.history] == ["https://site.example/old"]
        assert asked[1].headers["Authorization"] == asked[0].headers["authorization"] != ""
        with pytest.raises(AnswerTooLarge):
            await client.post("https://site.example/", content=b"x" * 101)
        with pytest.raises(OriginMoved):
            json_of(await client.get("https://site.example/moved", headers={"x-token": "secret"}))
        with pytest.raises(EgressDenied):
            await client.get("file:///etc/passwd")
        assert "secret" not in repr((response, response.request, asked))


@pytest.mark.parametrize("location", ["https://me@other.example/", "file:///etc/passwd", "http://[", "\x01"])
async def test_where_a_post_is_led_that_cannot_be_followed_is_an_answer_and_no_call_that_was_not_sent(
    location: str,
) -> None:
    async with client_of(lambda _call: GivenAnswer(307, headers={"location": location})) as client:
        assert (await client.post("https://site.example/", json={})).status_code == 307
        with pytest.raises(OriginUnavailable):
            await client.get("https://site.example/")
