# SPDX-License-Identifier: Apache-2.0
"""Messages of which Meta does not say with whom they were exchanged: they come, and cannot be answered from here."""

from __future__ import annotations

import pytest

from sealock_connector import MessageRejected

NOBODY = ["nobody", "no_participants"]


async def everything(connector, values, state=b""):
    found = []
    for _ in range(6):
        page = await connector.pull(values, state, max_resources=2)
        assert page.interruption is None
        found, state = found + list(page.resources), page.state
    return found, state


async def test_what_nobody_is_said_to_have_written_comes_once_with_a_ticket_for_each_conversation(
    meta, connector, values
):
    for number in range(3):
        meta.message(f"Of Ann {number}")
        meta.message(f"Of Ben {number}", person="Ben Sample")
    meta.store.faults.odd = NOBODY
    found, state = await everything(connector, values)
    assert sorted(each.message for each in found) == sorted(f"Of {who} {n}" for who in ("Ann", "Ben") for n in range(3))
    threads = {each.message[:6]: each.thread_id for each in found}
    assert len(set(threads.values())) == 2
    assert {each.thread_id for each in found} == set(threads.values())
    meta.store.clock.advance(600)
    meta.message("Of Ann, later")
    later, _ = await everything(connector, values, state)
    assert [(each.message, each.thread_id) for each in later] == [("Of Ann, later", threads["Of Ann"])]


@pytest.mark.parametrize("to", ["external_id", "thread_id"])
async def test_an_agent_who_answers_nobody_reads_where_it_can_be_answered(meta, connector, values, to):
    meta.message("Hello")
    meta.store.faults.odd = NOBODY
    [found], _ = await everything(connector, values)
    assert found.allow_channelback is False
    with pytest.raises(MessageRejected) as refused:
        await connector.channelback(values, "Hello", parent_id=getattr(found, to))
    assert "own inbox" in refused.value.message_for_agent


async def test_who_is_named_by_the_conversation_alone_is_answered(meta, connector, values):
    meta.message("Hello")
    meta.store.faults.odd = ["nobody"]
    [found], _ = await everything(connector, values)
    meta.store.faults.odd = []
    await connector.channelback(values, "Hello, too", parent_id=found.external_id)
    assert [each.text for each in meta.store.messages if not each.by_person] == ["Hello, too"]
