# SPDX-License-Identifier: Apache-2.0
"""A resource is answered as it is, mended where nothing is lost, or set aside with a reason."""

from __future__ import annotations

import pytest
from google.protobuf.struct_pb2 import Struct, Value

from sealock_edge.zendesk import Answered, Mended, ResourceLinks, SetAside, SetAsideReason, answer_resource
from tests.edge.zendesk.conftest import resource
from tests.zendesk_schemas import requires_schemas, valid

PLAIN = ResourceLinks()
WITH_LINKS = ResourceLinks(clickthrough=True)
LATE = 253_402_300_800


def answered(given, links=PLAIN) -> Answered:
    answer = answer_resource(given, links)
    assert isinstance(answer, Answered)
    return answer


def number(value: float) -> Value:
    return Value(number_value=value)


def test_a_plain_resource_is_answered_as_it_is():
    assert answered(resource()) == (
        {
            "external_id": "site:1",
            "message": "Is the bridge open?",
            "created_at": "2023-11-14T22:13:20Z",
            "author": {"external_id": "site:ann", "name": "Ann"},
        },
        (),
    )


@requires_schemas
def test_a_resource_with_everything_is_answered_with_everything():
    data = Struct()
    data.update({"rating": 5, "tags": ["a", None, True], "more": {"x": 1.5}})
    given = resource(
        html_message="<p>Is the bridge open?</p>",
        thread_id="thread 1",
        author={
            "external_id": "a",
            "name": "Änn",
            "image_url": "https://cdn.example/a.png?s=96",
            "locale": "de-CH",
            "fields": [{"id": "notes", "value": Value(string_value="VIP")}],
        },
        display_info=[{"type": "urn:example:review", "data": data}],
        allow_channelback=False,
        internal_note=True,
        fields=[{"id": "subject", "value": Value(string_value="Bridge")}, {"id": "360001", "value": number(7)}],
        files=[{"name": "a.png", "url": "https://cdn.example/a.png"}],
    )
    body, mended = answered(given)
    assert mended == ()
    assert body == {
        "external_id": "site:1",
        "message": "Is the bridge open?",
        "html_message": "<p>Is the bridge open?</p>",
        "created_at": "2023-11-14T22:13:20Z",
        "author": {
            "external_id": "a",
            "name": "Änn",
            "image_url": "https://cdn.example/a.png?s=96",
            "locale": "de-CH",
            "fields": [{"id": "notes", "value": "VIP"}],
        },
        "thread_id": "thread 1",
        "file_urls": ["https://cdn.example/a.png"],
        "allow_channelback": False,
        "internal_note": True,
        "fields": [{"id": "subject", "value": "Bridge"}, {"id": 360001, "value": 7}],
        "display_info": [
            {"type": "urn:example:review", "data": {"rating": 5, "tags": ["a", None, True], "more": {"x": 1.5}}}
        ],
    }
    valid("external_resource", body)


BAD_IDS = ["", " a", "a ", "a\n", "a\tb", "ä", "x" * 256, "\u200b", "a\x00", "\x7f"]

SET_ASIDE = {
    **{f"id {bad!r:.10}": (resource(external_id=bad), "", SetAsideReason.EXTERNAL_ID) for bad in BAD_IDS},
    **{
        f"parent {bad!r:.10}": (resource(parent_id=bad), "site:1", SetAsideReason.CONVERSATION_ID)
        for bad in BAD_IDS[1:]
    },
    **{
        f"thread {bad!r:.10}": (resource(thread_id=bad), "site:1", SetAsideReason.CONVERSATION_ID)
        for bad in BAD_IDS[1:]
    },
    **{
        f"author {bad!r:.10}": (resource(author={"external_id": bad}), "site:1", SetAsideReason.AUTHOR_ID)
        for bad in BAD_IDS
    },
    "no author": (resource(author=None), "site:1", SetAsideReason.AUTHOR_ID),
    "no time": (resource(create_time=None), "site:1", SetAsideReason.CREATE_TIME),
    "a time before 1970": (resource(create_time={"seconds": -1}), "site:1", SetAsideReason.CREATE_TIME),
    "a time after 9999": (resource(create_time={"seconds": LATE}), "site:1", SetAsideReason.CREATE_TIME),
    "a time far beyond": (resource(create_time={"seconds": 2**62}), "site:1", SetAsideReason.CREATE_TIME),
    "nanoseconds below zero": (resource(create_time={"seconds": 5, "nanos": -1}), "site:1", SetAsideReason.CREATE_TIME),
    "too many nanoseconds": (
        resource(create_time={"seconds": 5, "nanos": 10**9}),
        "site:1",
        SetAsideReason.CREATE_TIME,
    ),
}


@pytest.mark.parametrize(("given", "external_id", "reason"), SET_ASIDE.values(), ids=SET_ASIDE)
def test_what_cannot_be_mended_is_set_aside(given, external_id, reason):
    assert answer_resource(given, PLAIN) == SetAside(external_id, reason)


def test_an_empty_parent_or_thread_begins_a_conversation():
    for given in (resource(parent_id=""), resource(thread_id="")):
        body, mended = answered(given)
        assert not {"parent_id", "thread_id"} & set(body)
        assert mended == ()


TIMES = {
    (1, 0): "1970-01-01T00:00:01Z",
    (1_700_000_000, 0): "2023-11-14T22:13:20Z",
    (1_700_000_000, 999_999): "2023-11-14T22:13:20Z",
    (1_700_000_000, 7_000_000): "2023-11-14T22:13:20.007Z",
    (1_700_000_000, 999_999_999): "2023-11-14T22:13:20.999Z",
    (LATE - 1, 0): "9999-12-31T23:59:59Z",
}


@pytest.mark.parametrize(("time", "written"), TIMES.items())
def test_a_time_is_written_in_utc_with_milliseconds_only_where_there_are_some(time, written):
    seconds, nanos = time
    assert answered(resource(create_time={"seconds": seconds, "nanos": nanos})).body["created_at"] == written


AUTHORS = {
    "a name too long": ({"name": "n" * 256}, {"name": "n" * 254 + "…"}, Mended.NAME_CUT),
    "a name just short enough": ({"name": "n" * 255}, {"name": "n" * 255}, None),
    "a name on two lines": ({"name": "Ann\n Lee\x00"}, {"name": "Ann Lee"}, Mended.NAME_CUT),
    "a blank name": ({"name": "  "}, {}, Mended.NAME_CUT),
    "a picture without https": ({"image_url": "http://a.example/x.png"}, {}, Mended.IMAGE_LEFT_OUT),
    "a picture with a script": ({"image_url": "javascript:alert(1)"}, {}, Mended.IMAGE_LEFT_OUT),
    "a picture's address too long": ({"image_url": "https://a.example/" + "x" * 240}, {}, Mended.IMAGE_LEFT_OUT),
    "a picture with a password": ({"image_url": "https://u:p@a.example/x"}, {}, Mended.IMAGE_LEFT_OUT),
    "a picture's address with an umlaut": (
        {"image_url": "https://a.example/ä b.png"},
        {"image_url": "https://a.example/%C3%A4%20b.png"},
        None,
    ),
    "a language in words": ({"locale": "German (Swiss)"}, {}, Mended.LOCALE_LEFT_OUT),
    "a language too long": ({"locale": "de-" + "a" * 300}, {}, Mended.LOCALE_LEFT_OUT),
    "a language": ({"locale": "zh-Hant-TW"}, {"locale": "zh-Hant-TW"}, None),
    "a field without an id": ({"fields": [{"value": number(1)}]}, {}, Mended.FIELD_LEFT_OUT),
    "65 fields": (
        {"fields": [{"id": f"f{n}", "value": number(n)} for n in range(65)]},
        {"fields": [{"id": f"f{n}", "value": n} for n in range(64)]},
        Mended.FIELD_LEFT_OUT,
    ),
}


@requires_schemas
@pytest.mark.parametrize(("given", "expected", "mended"), AUTHORS.values(), ids=AUTHORS)
def test_an_author_is_mended(given, expected, mended):
    answer = answered(resource(author={"external_id": "a", **given}))
    assert answer.body["author"] == {"external_id": "a"} | expected
    assert answer.mended == ((mended,) if mended else ())
    valid("external_resource", answer.body)


VALUES = {
    "a custom field's number": ("360001", number(1), {"id": 360001, "value": 1}),
    "digits with a zero before": ("007", number(1), {"id": "007", "value": 1}),
    "digits of another script": ("٣", number(1), {"id": "٣", "value": 1}),
    "too many digits for a number": ("9" * 19, number(1), {"id": "9" * 19, "value": 1}),
    "a fraction": ("x", number(1.25), {"id": "x", "value": 1.25}),
    "a number too large to be whole": ("x", number(1e300), {"id": "x", "value": 1e300}),
    "a null": ("x", Value(null_value=0), {"id": "x", "value": None}),
    "no number": ("x", number(float("nan")), None),
    "an infinite number": ("x", number(float("-inf")), None),
    "nothing": ("x", Value(), None),
    "an id too long": ("x" * 256, number(1), None),
    "a blank id": (" ", number(1), None),
}


@pytest.mark.parametrize(("field_id", "value", "expected"), VALUES.values(), ids=VALUES)
def test_a_field_is_answered_or_left_out(field_id, value, expected):
    body, mended = answered(resource(fields=[{"id": field_id, "value": value}]))
    assert body["fields"] == ([expected] if expected else [])
    assert mended == (() if expected else (Mended.FIELD_LEFT_OUT,))


def info(kind: str, **data) -> dict:
    struct = Struct()
    struct.update(data)
    return {"type": kind, "data": struct}


def test_display_info_that_does_not_fit_is_left_out_and_the_rest_stays():
    entries = [info("", a=1), info("t" * 256, a=1), info("big", text="x" * 65_524), info("fits", text="x" * 65_524)]
    entries[2]["data"]["text"] += "x"
    body, mended = answered(resource(display_info=entries))
    assert [entry["type"] for entry in body["display_info"]] == ["fits"]
    assert mended == (Mended.DISPLAY_INFO_LEFT_OUT,)


def test_display_info_of_no_number_is_left_out():
    body, mended = answered(resource(display_info=[info("a", x=float("inf")), info("b")]))
    assert body["display_info"] == [{"type": "b", "data": {}}]
    assert mended == (Mended.DISPLAY_INFO_LEFT_OUT,)


def test_the_17th_entry_of_display_info_is_left_out():
    body, mended = answered(resource(display_info=[info(f"t{n}") for n in range(17)]))
    assert [entry["type"] for entry in body["display_info"]] == [f"t{n}" for n in range(16)]
    assert mended == (Mended.DISPLAY_INFO_LEFT_OUT,)


def test_a_resource_is_not_changed_by_being_answered():
    given = resource(message="", html_message="<p>\x00</p>", files=[{"name": "a", "reference": "r"}])
    before = given.SerializeToString(deterministic=True)
    answered(given, WITH_LINKS)
    assert given.SerializeToString(deterministic=True) == before
