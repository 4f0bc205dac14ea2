# SPDX-License-Identifier: Apache-2.0
"""A ticket never gets a later message first, whatever Zendesk does not take of a push."""

from __future__ import annotations

import pytest

from sealock_edge.zendesk.rest import Result, ResultCode
from sealock_edge.zendesk_api.pushing import Push


def in_thread(external_id: str, thread: str) -> dict:
    return {"external_id": external_id, "thread_id": thread}


def under(external_id: str, parent: str) -> dict:
    return {"external_id": external_id, "parent_id": parent}


def played(resources, codes) -> tuple[list[list[str]], Push]:
    """What each call carried, where the first one ends with these codes and the others well."""
    push, calls = Push(resources), []
    while push.batch():
        calls.append(list(push.sent))
        ends = codes if len(calls) == 1 else [ResultCode.SUCCESS] * len(push.sent)
        push.settle([Result(each, code) for each, code in zip(push.sent, ends, strict=True)])
    return calls, push


@pytest.mark.parametrize(
    "resources",
    [
        [in_thread("a", "t"), in_thread("b", "t"), in_thread("c", "other")],
        [{"external_id": "a"}, under("b", "a"), in_thread("c", "other")],
    ],
    ids=["of a thread", "under a parent"],
)
def test_what_is_not_taken_keeps_the_rest_of_its_conversation_back(resources):
    calls, push = played(resources, [ResultCode.PROCESSING_ERROR, ResultCode.HALTED, ResultCode.HALTED])
    assert calls == [["a", "b", "c"], ["c"]]
    assert push.result().there == ("c",)
    assert [each.external_id for each in push.result().missing] == ["a", "b"]


def test_siblings_of_what_is_not_taken_wait_too():
    resources = [{"external_id": "root"}, under("a", "root"), under("b", "root"), under("c", "a")]
    codes = [ResultCode.SUCCESS, ResultCode.PROCESSING_ERROR, ResultCode.HALTED, ResultCode.HALTED]
    calls, push = played(resources, codes)
    assert len(calls) == 1
    assert push.result().there == ("root",)


def test_what_goes_to_the_end_takes_its_conversation_along():
    resources = [in_thread("a", "t"), in_thread("b", "t"), in_thread("c", "other")]
    calls, push = played(resources, [ResultCode.NO_PARENT, ResultCode.HALTED, ResultCode.HALTED])
    assert calls == [["a", "b", "c"], ["c", "a", "b"]]
    assert push.result().complete
