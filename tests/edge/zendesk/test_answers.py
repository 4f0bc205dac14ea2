# SPDX-License-Identifier: Apache-2.0
"""The answers to a pull and to a channelback; the quick way and the thorough way say the same."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sealock.connector.v1.channelback_pb2 import ChannelbackResponse
from sealock.connector.v1.external_resource_pb2 import Author, DisplayInfo, FieldValue, FileReference
from sealock.connector.v1.pull_pb2 import PullResponse
from sealock_contract.json_values import value_of
from sealock_edge.zendesk import (
    FaultyAnswer,
    Mended,
    ResourceLinks,
    Sealed,
    SetAside,
    SetAsideReason,
    answer_resource,
    channelback_answer,
    pull_answer,
    quick_pull_answer,
)
from sealock_edge.zendesk.answers import plain_bodies
from tests.edge.zendesk.conftest import resource
from tests.edge.zendesk.test_zendesk_schemas import resources
from tests.zendesk_schemas import requires_schemas, valid

pytestmark = requires_schemas


def answer(*resources, **more):
    result = pull_answer(PullResponse(resources=resources), ResourceLinks(), Sealed(**({"state": "sealed"} | more)))
    valid("pull_payload", result.body)
    assert result.answered == len(result.body["external_resources"])
    return result


def item(external_id: str, **changes):
    return resource(external_id=external_id, **changes)


def places(result) -> dict[str, tuple[str | None, str | None]]:
    return {r["external_id"]: (r.get("parent_id"), r.get("thread_id")) for r in result.body["external_resources"]}


def test_an_empty_page_still_has_its_list_and_state():
    result = answer(state="")
    assert result.body == {"external_resources": [], "state": ""}


def test_resources_stay_in_order():
    result = answer(item("c"), item("a"), item("b"))
    assert [r["external_id"] for r in result.body["external_resources"]] == ["c", "a", "b"]
    assert (result.set_aside, result.duplicates, result.mended) == ((), 0, {})


def test_metadata_is_there_only_when_it_changed():
    assert "metadata" not in answer().body
    assert answer(metadata="sealed anew").body["metadata"] == "sealed anew"


def test_an_account_that_needs_attention_says_so_and_keeps_its_state():
    body = answer(state="as it came", metadata_needs_update=True).body
    assert body == {"external_resources": [], "state": "as it came", "metadata_needs_update": True}
    body = answer(state="as it came", metadata_needs_update=True, reason="The Page is gone.").body
    assert body["error_info"] == "The Page is gone."


def test_one_poisoned_resource_does_not_stop_the_others():
    result = answer(item("a"), item("b", author=None), item("c"), item(" d"), item("e", message=""))
    assert list(places(result)) == ["a", "c", "e"]
    assert result.set_aside == (SetAside("b", SetAsideReason.AUTHOR_ID), SetAside("", SetAsideReason.EXTERNAL_ID))
    assert result.mended == {Mended.TEXT_FILLED_IN: 1}


def test_a_second_resource_of_the_same_id_is_left_out_and_counted():
    result = answer(item("a", message="first"), item("a", message="second"), item("b"), item("a"))
    assert [r["message"] for r in result.body["external_resources"]] == ["first", "Is the bridge open?"]
    assert result.duplicates == 2


def test_200_resources_are_answered_and_one_more_is_the_connectors_fault():
    answer(*(item(f"i{n}") for n in range(200)))
    with pytest.raises(FaultyAnswer, match="resources are 201, more than 200"):
        answer(*(item(f"i{n}") for n in range(201)))


@pytest.mark.parametrize(
    "items",
    [
        {"files": [FileReference()] * 101},
        {"fields": [FieldValue()] * 641},
        {"display_info": [DisplayInfo()] * 161},
        {"author": Author(external_id="guest-1", fields=[FieldValue()] * 641)},
    ],
    ids=lambda items: next(iter(items)),
)
def test_a_resource_with_too_many_items_is_set_aside_and_the_others_go_on(items):
    result = answer(item("a"), item("full", **items), item("c"), item("d", parent_id="full"))
    assert result.set_aside == (SetAside("full", SetAsideReason.TOO_MANY_ITEMS),)
    assert places(result) == {"a": (None, None), "c": (None, None), "d": (None, "full")}


def test_as_many_items_as_are_looked_at_are_mended():
    fields = [FieldValue()] * 639 + [FieldValue(id="subject", value=value_of("Bridge"))]
    result = answer(item("a", fields=fields))
    assert result.body["external_resources"][0]["fields"] == [{"id": "subject", "value": "Bridge"}]
    assert result.mended == {Mended.FIELD_LEFT_OUT: 1}


@pytest.mark.parametrize(
    "changes",
    [
        {"files": [FileReference(name="a.png", url="https://example.com/a.png")] * 3},
        {"fields": [FieldValue(id="subject", value=value_of(["x"] * 300))]},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_what_takes_long_is_not_made_at_once(changes):
    few, many = (PullResponse(resources=[item(f"i{n}", **changes) for n in range(count)]) for count in (3, 150))
    sealed = Sealed("sealed")
    assert quick_pull_answer(few, ResourceLinks(), sealed) == pull_answer(few, ResourceLinks(), sealed)
    assert quick_pull_answer(many, ResourceLinks(), sealed) is None
    assert pull_answer(many, ResourceLinks(), sealed).answered == 150


def test_a_page_of_long_texts_is_made_at_once():
    page = PullResponse(resources=[item(f"i{n}", message="x" * 10_000) for n in range(100)])
    assert quick_pull_answer(page, ResourceLinks(), Sealed("sealed")).answered == 100


def test_a_single_resource_may_be_larger_than_the_budget():
    result = answer(item("large", html_message="x" * 9_000_000))
    assert result.answered == 1
    assert result.mended == {Mended.HTML_LEFT_OUT: 1}


LOST_PARENTS = {
    "one that began a conversation": (
        [item("root", author=None), item("a", parent_id="root"), item("b", parent_id="root"), item("c", parent_id="a")],
        {"a": (None, "root"), "b": (None, "root"), "c": ("a", None)},
    ),
    "one in a thread": (
        [item("x", thread_id="t", author=None), item("a", parent_id="x")],
        {"a": (None, "t")},
    ),
    "one with a parent": (
        [item("root"), item("x", parent_id="root", author=None), item("a", parent_id="x")],
        {"root": (None, None), "a": ("root", None)},
    ),
    "one with a lost parent": (
        [item("r", author=None), item("x", parent_id="r", author=None), item("a", parent_id="x")],
        {"a": (None, "r")},
    ),
    "one with a bad parent": (
        [item("x", parent_id="ä"), item("a", parent_id="x")],
        {"a": (None, "x")},
    ),
    "one of an earlier page": ([item("a", parent_id="earlier")], {"a": ("earlier", None)}),
}


@pytest.mark.parametrize(("resources", "expected"), LOST_PARENTS.values(), ids=LOST_PARENTS)
def test_an_answer_to_a_lost_resource_goes_where_that_one_belonged(resources, expected):
    result = answer(*resources)
    assert places(result) == expected
    moved = sum(
        1 for r in resources if r.external_id in expected and r.parent_id and expected[r.external_id][0] != r.parent_id
    )
    assert result.mended.get(Mended.CONVERSATION_MOVED, 0) == moved


def test_the_answer_shows_no_texts_when_it_is_printed():
    assert "canary" not in repr(answer(item("a", message="canary"), state="canary", metadata="canary"))


TERMS = ResourceLinks(clickthrough=True)


def thorough(page) -> list[dict] | None:
    """The page as `resources` has it; None if anything was set aside, mended or a duplicate."""
    answers = [answer_resource(each, TERMS) for each in page]
    if any(isinstance(answer, SetAside) or answer.mended for answer in answers):
        return None
    bodies = [answer.body for answer in answers]
    return bodies if len({body["external_id"] for body in bodies}) == len(bodies) else None


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(page=st.lists(resources(), max_size=4))
def test_what_goes_the_quick_way_is_what_the_thorough_way_says(page):
    quick = plain_bodies(page)
    assert quick is None or quick == thorough(page)


GOOD = {
    "nothing but what must be": {},
    "HTML and a thread": {"html_message": "<p>Is it?</p>", "thread_id": "site:thread"},
    "milliseconds": {"create_time": {"seconds": 5, "nanos": 20_000_000}},
    "no name": {"author": {"external_id": "site:ann"}},
    "a picture and a language": {
        "author": {"external_id": "site:ann", "name": "Ann", "image_url": "https://a.example/x.png", "locale": "de"}
    },
    "fields": {"fields": [{"id": "subject", "value": {"string_value": "Re: bridge"}}]},
    "an internal note": {"internal_note": True, "allow_channelback": False},
    "line breaks and other letters": {"message": "Ist die Brücke\n\toffen? 🌉"},
}


@pytest.mark.parametrize("changes", GOOD.values(), ids=GOOD)
def test_good_resources_go_the_quick_way(changes):
    page = [resource(**changes), resource(external_id="site:2")]
    quick = plain_bodies(page)
    assert quick is not None
    assert quick == thorough(page)


SPOILED = {
    "an id of another alphabet": {"external_id": "sité:1"},
    "an id with outer spaces": {"external_id": " site:1"},
    "no id": {"external_id": ""},
    "an id that is too long": {"external_id": "x" * 256},
    "a thread that is too long": {"thread_id": "x" * 256},
    "no author": {"author": {"external_id": "", "name": "Ann"}},
    "no text": {"message": ""},
    "a text of spaces": {"message": " \n"},
    "a text that is too long": {"message": "x" * 65_536},
    "a control character": {"message": "a\x07b"},
    "HTML of spaces": {"html_message": "  "},
    "HTML that is too long": {"html_message": "x" * 65_536},
    "a name that is too long": {"author": {"external_id": "site:ann", "name": "x" * 256}},
    "a name of two lines": {"author": {"external_id": "site:ann", "name": "Ann\nB"}},
    "no time": {"create_time": {"seconds": 0}},
    "a time before time": {"create_time": {"seconds": -1}},
    "a time that is too late": {"create_time": {"seconds": 253402300800}},
    "a picture elsewhere": {"author": {"external_id": "site:ann", "name": "Ann", "image_url": "ftp://a/b"}},
    "a file": {"files": [{"name": "a.png", "url": "https://a.example/a.png"}]},
    "a parent": {"parent_id": "site:0"},
    "the id of the other one": {"external_id": "site:2"},
}


@pytest.mark.parametrize("changes", SPOILED.values(), ids=SPOILED)
def test_one_resource_that_is_not_plain_sends_its_page_the_thorough_way(changes):
    assert plain_bodies([resource(external_id="site:2"), resource(**changes)]) is None


CASES = {
    "the id alone": ({"external_id": "a"}, None, {"external_id": "a"}),
    "no further reply": (
        {"external_id": "a", "allow_channelback": False},
        None,
        {"external_id": "a", "allow_channelback": False},
    ),
    "further replies": (
        {"external_id": "a", "allow_channelback": True},
        None,
        {"external_id": "a", "allow_channelback": True},
    ),
    "new metadata": ({"external_id": "a"}, "sealed", {"external_id": "a", "metadata": "sealed"}),
}


@requires_schemas
@pytest.mark.parametrize(("response", "metadata", "body"), CASES.values(), ids=CASES)
def test_a_posted_reply_is_answered(response, metadata, body):
    answer = channelback_answer(ChannelbackResponse(**response), metadata=metadata)
    assert answer == body
    valid("channelback_payload_v2", answer)
    valid("channelback_payload", answer)


@pytest.mark.parametrize("external_id", ["", " a", "ä", "x" * 256, "a\n"])
def test_an_id_that_zendesk_does_not_take_is_the_connectors_fault(external_id):
    with pytest.raises(FaultyAnswer, match=r"^external_id is not an external id$"):
        channelback_answer(ChannelbackResponse(external_id=external_id))
