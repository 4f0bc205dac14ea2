# SPDX-License-Identifier: Apache-2.0
"""A page is answered whole: what cannot be given to Zendesk is counted, and nothing else is left out."""

from __future__ import annotations

import pytest

from sealock.connector.v1.pull_pb2 import PullResponse
from sealock_edge.zendesk import FaultyAnswer, Mended, SetAside, SetAsideReason, Terms, pull_answer
from tests.edge.zendesk.conftest import resource
from tests.zendesk_schemas import requires_schemas, valid

pytestmark = requires_schemas


def answer(*resources, **more):
    result = pull_answer(PullResponse(resources=resources), Terms(), **({"state": "sealed"} | more))
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


def test_a_page_far_beyond_its_budget_is_the_connectors_fault():
    with pytest.raises(FaultyAnswer, match="resources have more than 8388608 bytes"):
        answer(*(item(f"i{n}", html_message="😀" * 40_000) for n in range(53)))


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
