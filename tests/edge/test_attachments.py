# SPDX-License-Identifier: Apache-2.0
"""Files are fetched from the account's Zendesk alone, and its token is shown nowhere else."""

from __future__ import annotations

import asyncio

import pytest

from sealock_edge.attachments import FileRefused, FileUnavailable, name_of
from tests.connector.loopback_http import Answer
from tests.edge.zendesk_files import HOME, STORAGE, zendesk_files

PICTURE = Answer(body=b"picture", headers={"content-type": "image/png; x=y"})
URL = f"{HOME}/attachments/token/abc/?name=pier.png"
PATH = "/attachments/token/abc/"


@pytest.fixture
async def files():
    async with zendesk_files() as files:
        yield files


def to(url: str) -> Answer:
    return Answer(302, headers={"location": url})


async def test_a_file_comes_whole_with_its_name_and_type_and_is_asked_for_with_the_token(files):
    files.answers[PATH] = PICTURE
    assert await files.fetch(URL) == ("pier.png", "image/png", 7, b"picture")
    assert files.home.requests[0].headers["authorization"] == "Bearer canary-token"


async def test_without_a_token_none_is_shown(files):
    files.answers[PATH] = PICTURE
    await files.fetch(URL, token="")
    assert "authorization" not in files.home.requests[0].headers


async def test_a_redirect_to_storage_is_followed_without_the_token(files):
    files.answers |= {PATH: to(f"{STORAGE}/blob"), "/blob": PICTURE}
    assert await files.fetch(URL) == ("pier.png", "image/png", 7, b"picture")
    [request] = files.storage.requests
    assert "canary-token" not in str(request)


async def test_a_relative_redirect_stays_at_home_with_the_token(files):
    files.answers |= {PATH: to("/blob"), "/blob": PICTURE}
    await files.fetch(URL)
    assert [each.headers["authorization"] for each in files.home.requests] == ["Bearer canary-token"] * 2


@pytest.mark.parametrize(
    "url",
    [
        f"{STORAGE}/blob",
        "https://other.zendesk.com/blob",
        "https://example.zendesk.com.evil.example/blob",
        "https://example.zendesk.com@evil.example/blob",
        "https://evil.example/example.zendesk.com/",
        "https://example.zendesk.com:8443/blob",
        "http://example.zendesk.com/blob",
        "file:///etc/passwd",
        "//example.zendesk.com/blob",
        "https://[/blob",
        "",
    ],
)
async def test_a_file_that_is_not_at_the_account_s_zendesk_is_not_fetched(files, url):
    with pytest.raises(FileRefused, match="not at this Zendesk account"):
        await files.fetch(url)
    assert files.home.requests + files.storage.requests == []


@pytest.mark.parametrize(
    "url",
    [
        "http://storage.example.net/blob",
        "https://storage.example.net:8443/blob",
        "https://inside.example.net/blob",
        "https://metadata.example.net/latest",
        "https://mapped.example.net/blob",
        "https://user:pass@storage.example.net/blob",
    ],
)
async def test_a_redirect_does_not_lead_inside(files, url):
    files.answers |= {PATH: to(url), "/blob": PICTURE}
    with pytest.raises(FileRefused, match="not fetched from"):
        await files.fetch(URL)
    assert files.storage.requests == []


async def test_an_address_of_the_storage_that_does_not_answer_hides_none_that_does(files):
    files.answers |= {PATH: to("https://several.example.net/blob"), "/blob": PICTURE}
    assert await files.fetch(URL) == ("pier.png", "image/png", 7, b"picture")


@pytest.mark.parametrize("location", ["/access/unauthenticated", "/auth/v2/login?return_to=x"])
async def test_a_sign_in_page_is_not_taken_for_the_file(files, location):
    files.answers |= {PATH: to(location), location.partition("?")[0]: Answer(body=b"<form>")}
    with pytest.raises(FileRefused, match="without signing in"):
        await files.fetch(URL)


REFUSALS = {
    "401": Answer(401),
    "403": Answer(403),
    "a sign-in page": to("/access/unauthenticated"),
    "a sign-in page, after a redirect": to("/there"),
}


def to_whoever_shows_a_token(refusal: Answer, otherwise: Answer = PICTURE):
    return lambda request: refusal if "authorization" in request.headers else otherwise


@pytest.mark.parametrize("refusal", REFUSALS)
async def test_a_token_that_is_refused_is_left_out_and_the_file_asked_for_once_more_from_the_beginning(files, refusal):
    files.answers |= {
        PATH: to_whoever_shows_a_token(REFUSALS[refusal]),
        "/there": to("/auth/login"),
    }
    assert await files.fetch(URL) == ("pier.png", "image/png", 7, b"picture")
    *before, last = files.home.requests
    assert all(request.headers["authorization"] == "Bearer canary-token" for request in before)
    assert "authorization" not in last.headers
    assert last.target == before[0].target


@pytest.mark.parametrize("refusal", ["401", "403", "a sign-in page"])
async def test_a_file_that_is_not_given_without_a_token_either_is_asked_for_twice_and_not_again(files, refusal):
    files.answers[PATH] = REFUSALS[refusal]
    with pytest.raises(FileRefused, match="without signing in"):
        await files.fetch(URL)
    assert ["authorization" in request.headers for request in files.home.requests] == [True, False]


async def test_without_a_token_a_refusal_is_the_answer(files):
    files.answers[PATH] = Answer(401)
    with pytest.raises(FileRefused, match="without signing in"):
        await files.fetch(URL, token="")
    assert len(files.home.requests) == 1


@pytest.mark.parametrize("status", [401, 403])
async def test_what_the_storage_refuses_is_no_refusal_of_the_token(files, status):
    files.answers |= {PATH: to(f"{STORAGE}/blob"), "/blob": Answer(status)}
    with pytest.raises(FileRefused, match="without signing in"):
        await files.fetch(URL)
    assert (len(files.home.requests), len(files.storage.requests)) == (1, 1)


ANSWERS = {
    "signed out": (Answer(401), FileRefused),
    "forbidden": (Answer(403), FileRefused),
    "gone": (Answer(404), FileRefused),
    "no content": (Answer(204), FileRefused),
    "throttled": (Answer(429), FileUnavailable),
    "down": (Answer(503), FileUnavailable),
    "no answer": (Answer(hang_up=True), FileUnavailable),
    "an early end": (Answer(body=b"pic", headers={"content-length": "7"}, hang_up=False), FileUnavailable),
    "packed": (Answer(body=b"picture", headers={"content-encoding": "gzip"}), FileUnavailable),
    "a redirect to nowhere": (to("https://[/"), FileUnavailable),
    "a host that does not resolve": (to("https://nobody.example.net/"), FileUnavailable),
    "a circle": (to(URL), FileUnavailable),
}


@pytest.mark.parametrize("kind", ANSWERS)
async def test_what_is_not_the_file_is_never_taken_for_it(files, kind):
    files.answers[PATH], error = ANSWERS[kind]
    with pytest.raises(error):
        await files.fetch(URL, seconds=2)


CHUNKED = {"transfer-encoding": "chunked", "content-length": ""}
TOO_LARGE = {
    "said beforehand": Answer(body=b"x" * 1001),
    "found out": Answer(body=b"3e9\r\n" + b"x" * 1001 + b"\r\n0\r\n\r\n", headers=CHUNKED),
}


@pytest.mark.parametrize("how", TOO_LARGE)
async def test_a_file_that_is_too_large_is_given_up(files, how):
    files.answers[PATH] = TOO_LARGE[how]
    with pytest.raises(FileRefused, match="is too large"):
        await files.fetch(URL)


async def test_a_file_of_unknown_size_comes_whole(files):
    files.answers[PATH] = Answer(body=b"7\r\npicture\r\n0\r\n\r\n", headers=CHUNKED)
    assert (await files.fetch(URL))[2:] == (0, b"picture")


async def test_a_certificate_of_another_host_is_not_believed(files):
    files.answers |= {PATH: to("https://elsewhere.example.net/blob"), "/blob": PICTURE}
    with pytest.raises(FileUnavailable):
        await files.fetch(URL)


async def test_a_host_that_is_too_slow_is_given_up(files):
    files.answers[PATH] = asyncio.Event().wait()
    with pytest.raises(FileUnavailable, match="in time"):
        await files.fetch(URL, seconds=0.3)


NAMES = {
    "https://x/attachments/token/a/?name=pier.png": "pier.png",
    "https://x/attachments/token/a/?name=Gr%C3%BC%C3%9Fe+%F0%9F%8C%8A.txt": "Grüße 🌊.txt",
    "https://x/a/report%20one.pdf": "report one.pdf",
    "https://x/?name=..%2F..%2Fetc%2Fpasswd": "_.._etc_passwd",
    "https://x/?name=a%0d%0ab%00c%22.png": "abc_.png",
    "https://x/": "file",
    "https://x/?name=" + "n" * 300 + ".png": "n" * 251 + ".png",
}


@pytest.mark.parametrize("url", NAMES)
def test_a_file_s_name_is_a_name_and_nothing_else(url):
    assert name_of(url) == NAMES[url]
