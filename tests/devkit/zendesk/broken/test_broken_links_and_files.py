# SPDX-License-Identifier: Apache-2.0
"""Links and files that are wrong on purpose: what is said of each, and that the comment stays."""

from __future__ import annotations

import pytest

from sealock_devkit.zendesk.browser.clickthrough import NoClickthrough
from tests.devkit.zendesk.broken.conftest import CANARY, at
from tests.devkit.zendesk.scripted_service import PULL, Canned, resource

LINK, FILE = "/clickthrough", "/file/a.png"
PAGE = "a page, or a redirect to one"
THERE = ("", "the file under each of file_urls", "advice")


@pytest.fixture
async def comment(zendesk, service, account):
    service.script[PULL] = [Canned({"external_resources": [resource("c1")]})]
    await zendesk.pull(account.id)
    return zendesk.store.tickets.comments(1)[0]


@pytest.mark.parametrize(
    ("answer", "violations"),
    [
        (Canned(b"", content_type="text/html"), [("", PAGE, "documented", "nothing")]),
        (Canned(" \n"), [("", PAGE, "documented", "nothing")]),
        (Canned(CANARY, 500), [("", PAGE, "protocol", "HTTP 500")]),
        (Canned(CANARY, 405, {"allow": "POST"}), [("", PAGE, "protocol", "HTTP 405")]),
        (Canned("", 204), [("", PAGE, "protocol", "HTTP 204")]),
        (Canned("", 302), [("", PAGE, "protocol", "HTTP 302")]),
        (Canned("<p>The post is gone", 404), []),
        (Canned("<p>Please sign in", 401), []),
        (Canned("<p>Later", 503), []),
        (Canned("<p>A page"), []),
    ],
    ids=["no page", "a blank page", "500", "POST only", "204", "302 to nowhere", "gone", "sign in", "503", "fine"],
)
async def test_a_link_without_a_page_is_told(zendesk, service, evidence, comment, answer, violations):
    service.script[LINK] = [answer]
    assert (await zendesk.open_link(comment)).status == answer.status
    assert await evidence.violations() == at("clickthrough", *violations)


async def test_a_link_that_goes_round_in_circles_is_told(zendesk, service, evidence, comment):
    service.script[LINK] = [Canned("", 302, {"location": LINK})] * 11
    with pytest.raises(NoClickthrough, match="more than 10 times"):
        await zendesk.open_link(comment)
    rule = ("", "a page after at most 10 redirects", "protocol", "none")
    assert await evidence.violations() == at("clickthrough", rule)


async def test_a_link_that_hangs_is_told(zendesk, service, evidence, comment):
    zendesk.change_settings({"page_timeout_seconds": 0.5})
    service.script[LINK] = [Canned("", delay=30)]
    with pytest.raises(NoClickthrough, match="timeout"):
        await zendesk.open_link(comment)
    rule = ("", "the whole answer within 0.5 seconds", "protocol", "no end in time")
    assert await evidence.violations() == at("clickthrough", rule)


async def test_what_the_origins_own_page_does_is_no_violation_of_the_service(zendesk, service, evidence, comment):
    origin = service.url.replace("127.0.0.1", "localhost")
    service.script[LINK] = [Canned("", 302, {"location": f"{origin}/origin"})]
    service.script["/origin"] = [Canned("", 500)]
    assert (await zendesk.open_link(comment)).status == 500
    assert await evidence.violations() == []


FILES = {
    "404": (Canned(CANARY, 404), "HTTP 404", [(*THERE, "HTTP 404")]),
    "500": (Canned(CANARY, 500), "HTTP 500", [(*THERE, "HTTP 500")]),
    "204": (Canned("", 204), "HTTP 204", [(*THERE, "HTTP 204")]),
    "302": (Canned("", 302, {"location": f"/{CANARY}"}), "HTTP 302", [(*THERE, "HTTP 302")]),
    "503 for now": (Canned("", 503), "HTTP 503", []),
    "ends too early": (
        Canned(b"png", content_type="image/png", length=1_000),
        "network error (RemoteProtocolError)",
        [],
    ),
    "too large": (
        Canned(b"x" * 101, content_type="image/png"),
        "more than 100 bytes",
        [("", "at most 100 bytes (setting)", "advice", "101 bytes")],
    ),
    "far too large": (
        Canned(b" " * 1_000_000, content_type="image/png", times=100),
        "answer too large",
        [("", "at most 67108864 bytes", "protocol", "more")],
    ),
    "hangs": (
        Canned(b"", delay=30),
        "timeout",
        [("", "the whole answer within 0.5 seconds", "protocol", "no end in time")],
    ),
    "no content type": (Canned(b"png", content_type=""), "", [("", "a content type", "advice", "none")]),
    "a content type that is none": (
        Canned(b"png", content_type=CANARY),
        "",
        [("", "a content type", "advice", "something else")],
    ),
    "HTML instead": (
        Canned(f"<p>{CANARY}"),
        "",
        [("", "the file that its name promises", "advice", "an HTML page")],
    ),
    "fine": (Canned(b"png", content_type="image/png"), "", []),
    "another picture than its name says": (Canned(b"jpg", content_type="image/jpeg"), "", []),
}


@pytest.mark.parametrize("case", FILES)
async def test_a_broken_file_is_told_and_its_comment_stays(zendesk, service, evidence, account, case):
    answer, problem, violations = FILES[case]
    zendesk.change_settings({"file_timeout_seconds": 0.5 if case == "hangs" else 60, "file_bytes": 100})
    service.script[FILE] = [answer]
    service.script[PULL] = [Canned({"external_resources": [resource("c1", file_urls=[service.url + FILE])]})]
    await zendesk.pull(account.id)
    assert await zendesk.wait_until(zendesk.is_idle)
    assert await evidence.violations() == at("file", *violations)
    (file,) = zendesk.store.files.of_comment(1)
    assert (file.problem, file.status) == (problem, "failed" if problem else "stored")
    assert zendesk.store.tickets.comment(1).body == "hello"
