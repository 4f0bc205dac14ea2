# SPDX-License-Identifier: Apache-2.0
"""Manifests that are wrong on purpose: what is said of each, and that a good one is taken after it."""

from __future__ import annotations

import json

import pytest

from sealock_devkit.zendesk.engine.installation import ManifestRefused
from tests.devkit.zendesk.broken.conftest import CANARY, at
from tests.devkit.zendesk.scripted_service import ADMIN, PULL, ROUTES, Canned

MANIFEST = "/manifest.json"
GOOD = {"name": "n", "id": "i", "urls": ROUTES}
LONG = "at most {} characters"


def changed(**keys) -> Canned:
    """The good manifest with other keys; `...` takes one away."""
    return Canned({key: value for key, value in {**GOOD, **keys}.items() if value is not ...})


def with_urls(**urls) -> Canned:
    return changed(urls={key: value for key, value in {**ROUTES, **urls}.items() if value is not ...})


def raw(text: bytes) -> Canned:
    return Canned(text, content_type="application/json")


def not_json(found: str):
    return ("", "JSON", "protocol", found)


def text(path: str, most: int, length: int, source: str = "schema"):
    return (path, LONG.format(most), source, f"{length} characters")


MISSING = ("required", "schema", "nothing")
EMPTY = ("at least 1 character", "schema", "an empty string")
HTTPS = ("an https URL", "schema", "another text")
HTML = ("", "content type application/json", "advice", "text/html")
STATUS = ("", "HTTP 200, or 301 to where the manifest is", "protocol")
OTHER_HOST = f"http://{CANARY}.example"

REFUSED = {
    "not JSON": (raw(b"{'name': 1}"), [not_json("an error in line 1, column 2")]),
    "cut in the middle": (raw(b'{\n "name": "n",\n'), [not_json("an error in line 3, column 1")]),
    "empty": (raw(b""), [not_json("nothing")]),
    "HTML": (Canned(f"<p>{CANARY}"), [HTML, not_json("HTML or XML")]),
    "NaN": (raw(b'{"name": NaN}'), [not_json("NaN")]),
    "invalid UTF-8": (raw(b'{"name": "\xff"}'), [not_json("bytes that are not UTF-8")]),
    "byte order mark": (raw(b"\xef\xbb\xbf{}"), [not_json("a byte order mark before it")]),
    "half a character": (raw(b'{"name": "\\ud83c"}'), [not_json("half a character")]),
    "deep": (raw(b"[" * 101 + b"]" * 101), [not_json("nested too deeply")]),
    "very deep": (raw(b"[" * 90_000), [not_json("nested too deeply")]),
    "endless number": (raw(b'{"version": ' + b"9" * 5_000 + b"}"), [not_json("a number of too many digits")]),
    "400 kB": (raw(b" " * 400_000), [("", "at most 262144 bytes", "protocol", "400000 bytes")]),
    "array": (Canned([GOOD]), [("", "a JSON object", "schema", "an array")]),
    "null": (raw(b"null"), [("", "a JSON object", "schema", "null")]),
    "no name": (changed(name=...), [("name", *MISSING)]),
    "no id": (changed(id=...), [("id", *MISSING)]),
    "no urls": (changed(urls=...), [("urls", *MISSING)]),
    "no admin_ui": (with_urls(admin_ui=...), [("urls.admin_ui", *MISSING)]),
    "empty strings": (
        changed(name="", id="", version="", author="", push_client_id=""),
        [(key, *EMPTY) for key in ("name", "id", "version", "author", "push_client_id")],
    ),
    "an empty URL": (with_urls(pull_url=""), [("urls.pull_url", *EMPTY)]),
    "name of 256": (changed(name=CANARY.ljust(256, "x")), [text("name", 255, 256)]),
    "id of 512": (changed(id=CANARY.ljust(512, "x")), [text("id", 511, 512)]),
    "version of 256": (changed(version=CANARY.ljust(256, "x")), [text("version", 255, 256)]),
    "author of 256": (changed(author=CANARY.ljust(256, "x")), [text("author", 255, 256)]),
    "push_client_id of 129": (
        changed(push_client_id=CANARY.ljust(129, "x")),
        [text("push_client_id", 128, 129)],
    ),
    "URL of 512": (
        with_urls(pull_url=f"https://{CANARY}.example/".ljust(512, "x")),
        [text("urls.pull_url", 511, 512)],
    ),
    "http URLs": (
        with_urls(pull_url=f"{OTHER_HOST}/pull", about_url=f"{OTHER_HOST}/about"),
        [("urls.pull_url", *HTTPS), ("urls.about_url", *HTTPS)],
    ),
    "wrong types": (
        changed(name=7, id=None, version=1.5, author={"name": CANARY}, push_client_id=[], channelback_files="true"),
        [
            ("name", "a string", "schema", "a number"),
            ("id", "a string", "schema", "null"),
            ("version", "a string", "schema", "a number"),
            ("author", "a string", "schema", "an object"),
            ("push_client_id", "a string", "schema", "an array"),
            ("channelback_files", "a boolean", "schema", "a string"),
        ],
    ),
    "urls as an array": (changed(urls=[CANARY]), [("urls", "an object", "schema", "an array")]),
    "a URL that is a number": (with_urls(pull_url=7), [("urls.pull_url", "a string", "schema", "a number")]),
    "204": (Canned("", 204), [(*STATUS, "HTTP 204")]),
    "201": (Canned(GOOD, 201), [(*STATUS, "HTTP 201")]),
    "302": (Canned("", 302, {"location": MANIFEST}), [(*STATUS, "HTTP 302")]),
    "404": (Canned(CANARY, 404), [(*STATUS, "HTTP 404")]),
    "500": (Canned(CANARY, 500), [(*STATUS, "HTTP 500")]),
    "503 is only for now": (Canned(CANARY, 503), []),
    "301 to http": (
        Canned("", 301, {"location": f"{OTHER_HOST}/m"}),
        [("location", "an https URL", "protocol", "another text")],
    ),
    "301 to nowhere": (Canned("", 301), [("location", "required", "protocol", "nothing")]),
    "301 in circles": (
        Canned("", 301, {"location": MANIFEST}),
        [("", "less than 5 redirects", "protocol", "more")],
    ),
}


@pytest.mark.parametrize("case", REFUSED)
async def test_a_manifest_that_cannot_be_used_installs_nothing_and_says_all_that_is_wrong(
    zendesk, service, evidence, case
):
    answer, violations = REFUSED[case]
    service.script[MANIFEST] = [answer] * 5
    with pytest.raises(ManifestRefused) as refused:
        await zendesk.install(service.manifest_url)
    assert CANARY not in str(refused.value)
    assert await evidence.violations() == at("manifest", *violations)
    assert zendesk.store.integrations.all() == []
    assert zendesk.store.events.all(10) == []
    service.script.clear()
    assert (await zendesk.install(service.manifest_url)).manifest.name == "Scripted"


TAKEN = {
    "HTML says its type": (
        Canned(json.dumps(GOOD)),
        [("", "content type application/json", "advice", "text/html")],
    ),
    "no type": (
        Canned(json.dumps(GOOD).encode(), content_type=""),
        [("", "content type application/json", "advice", "none")],
    ),
    "duplicate keys": (
        raw(json.dumps(GOOD).replace("{", '{"name": "first", "id": "first", ', 1).encode()),
        [("", "each key once in an object", "advice", "2 more than once; the last one counts")],
    ),
    "push_client_id of 127": (changed(push_client_id="x" * 127), []),
    "push_client_id of 128": (
        changed(push_client_id=CANARY.ljust(128, "x")),
        [text("push_client_id", 127, 128, "documented")],
    ),
    "name of 255, id of 511": (changed(name="x" * 255, id="x" * 511), []),
    "unknown keys": (changed(more={"a": [1]}, location="nowhere"), []),
    "byte by byte": (Canned({"name": "n", "id": "i", "urls": {"admin_ui": "a"}}, drip=0.0005), []),
}


@pytest.mark.parametrize("case", TAKEN)
async def test_a_manifest_that_is_only_careless_is_taken_and_says_so(zendesk, service, evidence, case):
    answer, violations = TAKEN[case]
    service.script[MANIFEST] = [answer]
    integration = await zendesk.install(service.manifest_url)
    assert integration.manifest.name[0] in "nx", "of two names the last one counts"
    assert await evidence.violations() == at("manifest", *violations)


@pytest.mark.parametrize("answer", [Canned(GOOD, delay=30), Canned(GOOD, drip=0.1)], ids=["hangs", "never ends"])
async def test_a_manifest_that_does_not_come_in_time_is_given_up(zendesk, service, evidence, answer):
    zendesk.change_settings({"page_timeout_seconds": 0.5})
    service.script[MANIFEST] = [answer]
    with pytest.raises(ManifestRefused, match="could not be read: timeout"):
        await zendesk.install(service.manifest_url)
    rule = ("", "the whole answer within 0.5 seconds", "protocol", "no end in time")
    assert await evidence.violations() == at("manifest", rule)


async def test_a_301_to_another_host_is_followed_and_the_urls_are_resolved_there(zendesk, service, evidence):
    there = service.url.replace("127.0.0.1", "localhost")
    service.script["/old"] = [Canned("", 301, {"location": f"{there}{MANIFEST}"})]
    integration = await zendesk.install(f"{service.url}/old")
    assert integration.manifest.urls["admin_ui"] == f"{there}{ADMIN}"
    assert await evidence.violations() == []


async def test_a_manifest_that_turns_bad_is_told_and_the_good_copy_is_used_on(zendesk, service, evidence, account):
    service.script[MANIFEST] = [changed(id=...), Canned("", 404), Canned("", 503)]
    for _ in range(3):
        with pytest.raises(ManifestRefused):
            await zendesk.installer.read_again(account.integration_id)
    assert await evidence.violations() == at("manifest", ("id", *MISSING), (*STATUS, "HTTP 404"))
    assert zendesk.store.integrations.get(account.integration_id).problem.endswith("HTTP 503")
    assert (await zendesk.pull(account.id)).problem == ""
    assert len(service.calls(PULL)) == 2


async def test_an_id_that_changes_between_two_readings_is_told(zendesk, service, evidence):
    integration = await zendesk.install(service.manifest_url)
    service.manifest["id"] = CANARY
    again = await zendesk.install(service.manifest_url)
    await zendesk.install(service.manifest_url)
    rule = ("id", "the same id as before: tickets are told apart by it", "advice", "another id")
    assert await evidence.violations() == at("manifest", rule)
    assert (again.id, again.manifest.id) == (integration.id, CANARY)


async def test_an_address_that_is_plain_http_elsewhere_is_the_operators_mistake_and_no_violation(zendesk, evidence):
    with pytest.raises(ManifestRefused, match="must be https"):
        await zendesk.install(f"{OTHER_HOST}/manifest.json")
    assert await evidence.violations() == []
    assert zendesk.store.calls.all() == []
