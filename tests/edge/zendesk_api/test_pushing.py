# SPDX-License-Identifier: Apache-2.0
"""A push: in order, within Zendesk's limits, and again for what may come of it."""

from __future__ import annotations

import pytest

from sealock_edge.zendesk import limits
from sealock_edge.zendesk.rest import FATES, Fate, ResultCode
from sealock_edge.zendesk_api import Missing
from sealock_edge.zendesk_api.pushing import MOST_STOPS
from tests.edge.zendesk_api.scripted_zendesk import (
    PUSH,
    TOKEN,
    json_answer,
    pushed_ids,
    resource,
    resources,
    told,
)
from tests.zendesk_schemas import SCHEMAS, valid

NO_PARENT = "could_not_locate_parent_external_resource"


class Strict:
    """Zendesk as documented: parents first, what failed halts the rest, what is there is skipped."""

    def __init__(self, *, there=(), failing=(), refusing=(), status=422) -> None:
        self.there = list(there)
        self.failing, self.refusing, self.status = failing, refusing, status
        self.order: list[str] = []

    def __call__(self, request):
        import json

        given = json.loads(request.body)["external_resources"]
        if any(each["external_id"] in self.refusing for each in given):
            return json_answer({"error": "RecordInvalid"}, self.status)
        codes, halted = [], False
        for each in given:
            code = "halted" if halted else self._code(each)
            halted = halted or code in {NO_PARENT, "processing_error"}
            codes.append((each["external_id"], code))
        return told(codes)

    def _code(self, each):
        if each["external_id"] in self.failing:
            return "processing_error"
        if each.get("parent_id") and each["parent_id"] not in self.there:
            return NO_PARENT
        if each["external_id"] in self.there:
            return "already_imported"
        self.there.append(each["external_id"])
        self.order.append(each["external_id"])
        return "success"


async def test_a_push_carries_the_resources_as_they_are_with_the_account_s_token(zendesk, push):
    result = await push([resource("a"), resource("b", parent_id="a")])
    assert (result.there, result.missing, result.complete) == (("a", "b"), (), True)
    [request] = zendesk.requests
    assert (request.method, request.target) == ("POST", PUSH)
    assert request.headers["authorization"] == f"Bearer {TOKEN}"
    assert request.headers["host"] == "example.zendesk.com"
    [body] = zendesk.bodies
    assert body == {
        "instance_push_id": "push-1",
        "request_id": "call-1",
        "external_resources": [resource("a"), resource("b", parent_id="a")],
    }
    if (SCHEMAS / "push_parameters.json").is_file():
        whole = {"created_at": "2026-01-02T03:04:05Z", "author": {"external_id": "x"}}
        valid("push_parameters", body | {"external_resources": [each | whole for each in body["external_resources"]]})


async def test_nothing_is_pushed_where_there_is_nothing(zendesk, push):
    assert (await push([])).complete
    assert zendesk.requests == []


async def test_more_than_a_push_takes_goes_in_several_in_order_each_under_an_id_of_its_own(zendesk, push):
    assert (await push(resources(450))).there == tuple(f"r{number}" for number in range(450))
    assert [len(each) for each in zendesk.pushes] == [200, 200, 50]
    assert [each for pushed in zendesk.pushes for each in pushed] == [f"r{number}" for number in range(450)]
    assert [body["request_id"] for body in zendesk.bodies] == ["call-1", "call-1-2", "call-1-3"]


async def test_a_push_holds_so_many_bytes_and_a_larger_resource_goes_alone(zendesk, push):
    third = "x" * (limits.PUSH_BYTES // 3)
    large = "x" * (limits.PUSH_BYTES + 1)
    given = [resource(each, message=third) for each in "abc"] + [resource("d", message=large), resource("e")]
    assert (await push(given)).complete
    assert zendesk.pushes == [["a", "b"], ["c"], ["d"], ["e"]]


async def test_a_request_id_is_never_longer_than_zendesk_takes(here):
    from tests.edge.zendesk_api.scripted_zendesk import account

    await here.client.push(account(), resources(201), request_id="i" * 64)
    ids = [body["request_id"] for body in here.zendesk.bodies]
    assert len(set(ids)) == 2
    assert max(map(len, ids)) <= 64


@pytest.mark.parametrize("code", ["success", "already_imported"])
async def test_what_zendesk_has_is_there(zendesk, push, code):
    zendesk.answers = [told([("a", code)])]
    assert (await push([resource("a")])).there == ("a",)


async def test_each_code_has_a_meaning():
    assert set(FATES) == set(ResultCode)
    assert {code for code, fate in FATES.items() if fate is Fate.THERE} == {"success", "already_imported"}


@pytest.mark.parametrize(
    ("code", "said"), [("processing_error", "processing_error"), ("merged", "undocumented"), ("", "undocumented")]
)
async def test_what_failed_is_left_to_the_pull_and_the_others_go_on(here, zendesk, push, code, said):
    zendesk.answers = [told([("a", "success"), ("b", code), ("c", "halted")])]
    result = await push([resource(each) for each in "abc"])
    assert (result.there, result.missing) == (("a", "c"), (Missing("b", said),))
    assert zendesk.pushes == [["a", "b", "c"], ["c"]]
    [line] = here.lines
    assert (line["event"], line["code"], line["count"]) == ("not_pushed", said, 1)
    assert here.metric("sealock_edge_pushed_resources_total", fate=said) == 1
    assert here.metric("sealock_edge_pushed_resources_total", fate="there") == 2


async def test_what_was_halted_goes_again_in_its_order_before_what_was_not_sent_yet(zendesk, push):
    strict = zendesk.otherwise = Strict(failing=["r3", "r150"])
    result = await push(resources(250))
    assert [each.external_id for each in result.missing] == ["r3", "r150"]
    assert strict.order == [f"r{number}" for number in range(250) if number not in {3, 150}]


async def test_a_child_goes_once_more_after_its_parent_that_came_later(zendesk, push):
    strict = zendesk.otherwise = Strict()
    given = [resource("child", parent_id="parent"), resource("sibling", parent_id="parent"), resource("parent")]
    assert (await push([*given, resource("other")])).complete
    assert strict.order == ["parent", "child", "sibling", "other"]


async def test_a_whole_family_that_came_in_the_wrong_order_arrives(zendesk, push):
    strict = zendesk.otherwise = Strict()
    given = [resource("d", parent_id="c"), resource("c", parent_id="b"), resource("b", parent_id="a"), resource("a")]
    assert (await push(given)).complete
    assert strict.order == ["a", "b", "c", "d"]


async def test_what_are_each_other_s_parents_is_left_to_the_pull(zendesk, push):
    zendesk.otherwise = Strict()
    given = [resource("a", parent_id="b"), resource("b", parent_id="a"), resource("c", parent_id="c"), resource("d")]
    result = await push(given)
    assert (result.there, {each.external_id for each in result.missing}) == (("d",), {"a", "b", "c"})


async def test_a_parent_that_arrives_meanwhile_by_a_pull_is_found_at_the_second_try(zendesk, push):
    strict = Strict()

    def second(request):
        strict.there.append("pulled")
        return strict(request)

    zendesk.answers = [strict, second]
    assert (await push([resource("a", parent_id="pulled"), resource("b")])).complete
    assert zendesk.pushes == [["a", "b"], ["b", "a"]]


async def test_without_its_parent_a_child_is_left_to_the_pull_after_one_more_try(zendesk, push):
    zendesk.otherwise = Strict()
    result = await push([resource("a", parent_id="unknown"), resource("b"), resource("c", parent_id="a")])
    assert result.there == ("b",)
    assert result.missing == (Missing("a", NO_PARENT), Missing("c", NO_PARENT))
    assert sum("a" in each for each in zendesk.pushes) == 2


async def test_children_of_what_failed_are_not_tried_for_ever(zendesk, push):
    zendesk.otherwise = Strict(failing=["a"])
    result = await push([resource("a"), resource("b", parent_id="a"), resource("c")])
    assert (result.there, {each.external_id for each in result.missing}) == (("c",), {"a", "b"})
    assert [each for pushed in zendesk.pushes[1:] for each in pushed] == ["c"]


async def test_a_zendesk_that_halts_everything_is_not_asked_for_ever(zendesk, push):
    zendesk.otherwise = lambda request: told((each, "halted") for each in pushed_ids(request))
    result = await push(resources(3))
    assert result.missing == tuple(Missing(f"r{number}", "halted") for number in range(3))
    assert len(zendesk.requests) == MOST_STOPS


async def test_what_fails_again_and_again_leaves_the_rest_to_the_pull(zendesk, push):
    strict = zendesk.otherwise = Strict(failing=[f"r{number}" for number in range(0, 200, 2)])
    result = await push(resources(200))
    assert len(zendesk.requests) == MOST_STOPS
    assert set(result.there) == set(strict.there)
    assert {*result.there, *(each.external_id for each in result.missing)} == {f"r{number}" for number in range(200)}


@pytest.mark.parametrize("status", [400, 413, 422])
async def test_one_resource_that_zendesk_refuses_does_not_stop_the_others(zendesk, push, status):
    strict = zendesk.otherwise = Strict(refusing=["r77"], status=status)
    result = await push(resources(200))
    assert result.missing == (Missing("r77", "not_taken"),)
    assert strict.order == [f"r{number}" for number in range(200) if number != 77]
    assert len(zendesk.requests) <= 16


async def test_an_answer_that_lists_only_some_results_is_asked_for_the_others(zendesk, push):
    zendesk.answers = [told([("a", "success")])]
    assert (await push([resource("a"), resource("b")])).complete
    assert zendesk.pushes == [["a", "b"], ["b"]]


async def test_a_result_that_was_not_asked_for_says_nothing(zendesk, push):
    zendesk.answers = [told([("x", "success"), ("a", "success"), ("b", "processing_error"), ("y", "halted")])]
    result = await push([resource("a"), resource("b")])
    assert (result.there, result.missing) == (("a",), (Missing("b", "processing_error"),))
