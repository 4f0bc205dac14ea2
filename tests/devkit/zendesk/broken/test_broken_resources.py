# SPDX-License-Identifier: Apache-2.0
"""One resource of three is wrong on purpose: the whole answer is refused, or, by setting, that resource alone."""

from __future__ import annotations

import pytest

from tests.devkit.zendesk.broken.conftest import CANARY, at
from tests.devkit.zendesk.scripted_service import PULL, Canned, resource

FILE = "https://f.example/a.png"
INFO = {"type": "guid", "data": {}}
FIELD = {"id": "subject", "value": "s"}
MISSING = ("required", "schema", "nothing")
EMPTY = ("at least 1 character", "schema", "an empty string")
EDGES = ("no white space at either end", "schema", "white space")
ASCII = ("ASCII only", "documented", "other characters")
HTTPS = ("an https URL", "schema", "another text")
INSTANT = ("a date-time such as 2015-09-08T22:48:09Z", "schema", "another text")


def long(most: int, length: int, source: str = "schema"):
    return (f"at most {most} characters", source, f"{length} characters")


def items(most: int, count: int, source: str = "schema"):
    return (f"at most {most} items", source, f"{count} items")


def url(length: int) -> str:
    return f"https://f.example/{CANARY}/".ljust(length, "x")


def author(**keys) -> dict:
    return {"author": {"external_id": "ann", "name": "Ann", **keys}}


REFUSED = {
    "no external_id": ({"external_id": ...}, [("external_id", *MISSING)]),
    "empty external_id": ({"external_id": ""}, [("external_id", *EMPTY)]),
    "external_id of 256": ({"external_id": CANARY.ljust(256, "x")}, [("external_id", *long(255, 256))]),
    "external_id after a space": ({"external_id": f" {CANARY}"}, [("external_id", *EDGES)]),
    "external_id before a line's end": ({"external_id": f"{CANARY}\n"}, [("external_id", *EDGES)]),
    "external_id as number": ({"external_id": 4711}, [("external_id", "a string", "schema", "a number")]),
    "no message": ({"message": ...}, [("message", *MISSING)]),
    "empty message": ({"message": ""}, [("message", *EMPTY)]),
    "message of 65536": ({"message": CANARY.ljust(65_536)}, [("message", *long(65_535, 65_536))]),
    "message as null": ({"message": None}, [("message", "a string", "schema", "null")]),
    "html_message of 65536": ({"html_message": CANARY.ljust(65_536)}, [("html_message", *long(65_535, 65_536))]),
    "empty html_message": ({"html_message": ""}, [("html_message", *EMPTY)]),
    "no created_at": ({"created_at": ...}, [("created_at", *MISSING)]),
    "created_at in words": ({"created_at": f"yesterday {CANARY}"}, [("created_at", *INSTANT)]),
    "created_at in local time": ({"created_at": "2026-01-02T03:04:05"}, [("created_at", *INSTANT)]),
    "created_at with a space": ({"created_at": "2026-01-02 03:04:05Z"}, [("created_at", *INSTANT)]),
    "created_at on no day": ({"created_at": "2026-02-30T03:04:05Z"}, [("created_at", *INSTANT)]),
    "created_at as number": ({"created_at": 1_767_323_045}, [("created_at", "a string", "schema", "a number")]),
    "no author": ({"author": ...}, [("author", *MISSING)]),
    "author as string": ({"author": CANARY}, [("author", "an object", "schema", "a string")]),
    "author without id": ({"author": {"name": CANARY}}, [("author.external_id", *MISSING)]),
    "author's id empty": (author(external_id=""), [("author.external_id", *EMPTY)]),
    "author's id with edges": (author(external_id=f"{CANARY}\t"), [("author.external_id", *EDGES)]),
    "author's name empty": (author(name=""), [("author.name", *EMPTY)]),
    "author's name of 256": (author(name=CANARY.ljust(256, "x")), [("author.name", *long(255, 256))]),
    "author's locale of 256": (author(locale=CANARY.ljust(256, "x")), [("author.locale", *long(255, 256))]),
    "image_url of 512": (author(image_url=url(512)), [("author.image_url", *long(511, 512))]),
    "65 fields of an author": (author(fields=[FIELD] * 65), [("author.fields", *items(64, 65))]),
    "integer parent_id": ({"parent_id": 4711}, [("parent_id", "a string", "schema", "a number")]),
    "empty parent_id": ({"parent_id": ""}, [("parent_id", *EMPTY)]),
    "parent_id of 256": ({"parent_id": CANARY.ljust(256, "x")}, [("parent_id", *long(255, 256))]),
    "thread_id with edges": ({"thread_id": f" {CANARY}"}, [("thread_id", *EDGES)]),
    "allow_channelback as string": (
        {"allow_channelback": CANARY},
        [("allow_channelback", "a boolean", "schema", "a string")],
    ),
    "internal_note as number": ({"internal_note": 1}, [("internal_note", "a boolean", "schema", "a number")]),
    "display_info as object": ({"display_info": {CANARY: 1}}, [("display_info", "an array", "schema", "an object")]),
    "data of display_info as string": (
        {"display_info": [{"type": "guid", "data": f'{{"a": "{CANARY}"}}'}]},
        [("display_info[0].data", "an object", "schema", "a string")],
    ),
    "display_info without type": ({"display_info": [{"data": {}}]}, [("display_info[0].type", *MISSING)]),
    "17 items of display_info": ({"display_info": [INFO] * 17}, [("display_info", *items(16, 17))]),
    "65 fields": ({"fields": [FIELD] * 65}, [("fields", *items(64, 65))]),
    "a field without value": ({"fields": [{"id": CANARY}]}, [("fields[0].value", *MISSING)]),
    "a field without id": ({"fields": [FIELD, {"value": CANARY}]}, [("fields[1].id", *MISSING)]),
    "a field's id as fraction": (
        {"fields": [{"id": 1.5, "value": 1}]},
        [("fields[0].id", "a string or a whole number", "schema", "a number")],
    ),
    "65 file_urls": ({"file_urls": [FILE] * 65}, [("file_urls", *items(64, 65))]),
    "http file_urls": ({"file_urls": [FILE, f"http://{CANARY}.example/a"]}, [("file_urls[1]", *HTTPS)]),
    "relative file_urls": ({"file_urls": [f"file/{CANARY}.png"]}, [("file_urls[0]", *HTTPS)]),
    "file URL of 512": ({"file_urls": [url(512)]}, [("file_urls[0]", *long(511, 512))]),
    "file_urls as string": ({"file_urls": FILE}, [("file_urls", "an array", "schema", "a string")]),
    "everything at once": (
        {"external_id": ..., "message": "", "created_at": CANARY, "author": {}, "fields": [7]},
        [
            ("external_id", *MISSING),
            ("message", *EMPTY),
            ("created_at", *INSTANT),
            ("author.external_id", *MISSING),
            ("fields[0]", "an object", "schema", "a number"),
        ],
    ),
}


def middle(changes: dict) -> dict:
    """The second of three resources, with its changes; `...` takes a key away."""
    return {key: value for key, value in {**resource("c2"), **changes}.items() if value is not ...}


def inside(violations) -> list:
    return at("pull", *((f"external_resources[1].{path}".rstrip("."), *rest) for path, *rest in violations))


@pytest.mark.parametrize("case", REFUSED)
async def test_one_broken_resource_refuses_the_answer_or_by_setting_only_itself(
    zendesk, service, evidence, account, case
):
    changes, violations = REFUSED[case]
    body = {"external_resources": [resource("c1"), middle(changes), resource("c3")], "state": "after"}
    service.script[PULL] = [Canned(body), Canned(body)]
    result = await zendesk.pull(account.id)
    assert result.problem.startswith(f"the answer is invalid: external_resources[1].{violations[0][0]}: ")
    assert await evidence.violations() == inside(violations)
    assert evidence.stored(account) == (account.metadata, "state-1", 0)
    zendesk.change_settings({"invalid_resource": "skip"})
    result = await zendesk.pull(account.id)
    assert (result.problem, result.received) == ("", 2)
    assert await evidence.violations() == inside(violations) * 2
    assert evidence.stored(account) == (account.metadata, "after", 2)


TAKEN = {
    "external_id beyond ASCII": ({"external_id": f"{CANARY}-é"}, [("external_id", *ASCII)]),
    "author's id beyond ASCII": (author(external_id=f"{CANARY}-ü"), [("author.external_id", *ASCII)]),
    "thread_id beyond ASCII": ({"thread_id": f"{CANARY}-ñ"}, [("thread_id", *ASCII)]),
    "image_url by http": (
        author(image_url=f"http://{CANARY}.example/a.png"),
        [("author.image_url", "an https URL", "advice", "another text")],
    ),
    "image_url that is a script": (
        author(image_url=f"javascript:{CANARY}"),
        [("author.image_url", "an https URL", "advice", "another text")],
    ),
    "image_url of 300": (author(image_url=url(300)), [("author.image_url", *long(255, 300, "documented"))]),
    "11 file_urls": ({"file_urls": [FILE] * 11}, [("file_urls", *items(10, 11, "documented"))]),
    "unknown keys": ({"externalId": CANARY, "likes": 7, "author": {"external_id": "a", "handle": CANARY}}, []),
    "a message of one space": ({"message": " "}, []),
    "a field's value of any type": ({"fields": [{"id": 7, "value": {"a": [None]}}]}, []),
    "a leap second's neighbour, and fractions": ({"created_at": "2016-12-31T23:59:59.999999999+05:30"}, []),
}


@pytest.mark.parametrize("case", TAKEN)
async def test_a_careless_resource_is_taken_with_its_neighbours_and_told(zendesk, service, evidence, account, case):
    changes, violations = TAKEN[case]
    body = {"external_resources": [resource("c1"), middle(changes), resource("c3")], "state": "after"}
    service.script[PULL] = [Canned(body)]
    assert (await zendesk.pull(account.id)).received == 3
    assert await evidence.violations() == inside(violations)
    assert evidence.stored(account) == (account.metadata, "after", 3)


async def test_what_is_skipped_does_not_shift_the_places_of_what_comes_after_it(zendesk, service, evidence, account):
    zendesk.change_settings({"invalid_resource": "skip"})
    resources = [resource("c1", ""), resource("é"), resource("c3", parent_id="c4"), resource("c4")]
    service.script[PULL] = [Canned({"external_resources": resources}), Canned({"state": "after"})]
    assert (await zendesk.pull(account.id)).received == 3
    assert [each[1] for each in await evidence.violations()] == [
        "external_resources[0].message",
        "external_resources[1].external_id",
        "external_resources[2].parent_id",
    ]
    assert (
        await zendesk.pull(account.id)
    ).problem == "the answer is invalid: external_resources: required, got nothing"


async def test_both_ids_are_told_and_only_that_resource_is_left_out(zendesk, service, evidence, account):
    both = resource("c2", parent_id="c1", thread_id=CANARY)
    service.script[PULL] = [Canned({"external_resources": [resource("c1"), both, resource("c3")], "state": "after"})]
    assert (await zendesk.pull(account.id)).received == 3
    assert await evidence.violations() == inside([("", "thread_id or parent_id, not both", "documented", "both")])
    assert evidence.stored(account) == (account.metadata, "after", 2)
    assert "was not converted: thread_id and parent_id together" in evidence.console.getvalue()


TEXTS = [
    ("external_id", 255, None),
    ("parent_id", 255, None),
    ("thread_id", 255, None),
    ("message", 65_535, None),
    ("html_message", 65_535, None),
    ("author.external_id", 255, None),
    ("author.name", 255, None),
    ("author.locale", 255, None),
    ("author.image_url", 511, 255),
    ("display_info[0].type", 255, None),
    ("fields[0].id", 255, None),
    ("file_urls[0]", 511, None),
]
LISTS = [("display_info", 16, None), ("fields", 64, None), ("author.fields", 64, None), ("file_urls", 64, 10)]


def of_length(path: str, length: int) -> dict:
    """A change that puts a text of this length, or so many items, at a path."""
    text = url(length) if "url" in path else "x" * length
    counted = {"display_info": INFO, "fields": FIELD, "author.fields": FIELD, "file_urls": FILE}
    changes = {
        "display_info[0].type": {"display_info": [{**INFO, "type": text}]},
        "fields[0].id": {"fields": [{"id": text, "value": 1}]},
        "file_urls[0]": {"file_urls": [text]},
    }
    value = [counted[path]] * length if path in counted else text
    if path in changes:
        return changes[path]
    holder, _, key = path.rpartition(".")
    return author(**{key: value}) if holder else {key: value}


@pytest.mark.parametrize(("path", "schema", "documented"), TEXTS + LISTS)
async def test_both_limits_are_kept_to_the_character_and_the_item(
    zendesk, service, evidence, account, path, schema, documented
):
    rule = items if (path, schema, documented) in LISTS else long
    borders = [
        (documented or schema, []),
        *([(documented + 1, [(path, *rule(documented, documented + 1, "documented"))])] if documented else []),
        *([(schema, [(path, *rule(documented, schema, "documented"))])] if documented else []),
        (schema + 1, [(path, *rule(schema, schema + 1))]),
    ]
    expected = []
    for number, (length, violations) in enumerate(borders):
        changed = {**resource(f"b{number}"), **of_length(path, length)}
        service.script[PULL] = [Canned({"external_resources": [resource(f"a{number}"), changed]})]
        refused = bool((await zendesk.pull(account.id)).problem)
        assert refused == (length > schema)
        expected += inside(violations)
        assert await evidence.violations() == expected
