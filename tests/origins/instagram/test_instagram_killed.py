# SPDX-License-Identifier: Apache-2.0
"""A connector that is killed while Meta takes its reply: the next process looks for the reply before it sends it."""

from __future__ import annotations

from functools import partial

import pytest

from sealock_origins.instagram.media import MessageId
from tests.origins.instagram.conftest import account
from tests.origins.meta.killing import Breaks, a_process, each_part_comes_once, reply_through_a_kill


def ours(meta, kind):
    if kind == "comment":
        return [each.text for each in meta.store.media_comments if each.author_id == meta.instagram.id]
    return [each.text for each in meta.store.messages if not each.by_person]


def item(meta, message):
    person = meta.store.conversations[message.conversation_id].person_id
    scoped = meta.scoped(meta.store.people[person].name, meta.instagram)
    return str(MessageId(meta.instagram.id, scoped, message.id))


@pytest.mark.timeout(150)
@pytest.mark.parametrize("kind", ["comment", "message", "private reply"])
async def test_a_reply_is_not_sent_again_after_its_process_was_killed(meta, values, arguments, tmp_path, kind):
    values = {**values, "privately": kind == "private reply"}
    meta.message(account=meta.instagram) if kind == "message" else meta.media_comment(meta.media)
    options = [each for each in arguments if not each.startswith("--listen=")]
    start = partial(a_process, "instagram", options, tmp_path)
    assert await reply_through_a_kill(meta, start, values, partial(ours, meta, kind))
    assert ours(meta, kind) == ["Once"]


@pytest.mark.timeout(150)
@pytest.mark.parametrize(("kills", "with_file"), [(True, True), (True, False), (False, True)])
async def test_no_part_of_a_reply_is_sent_again_or_left_out(meta, arguments, tmp_path, monkeypatch, kills, with_file):
    values = account(meta, "facebook" if with_file else "instagram")
    written = [meta.message(person=f"Person {number}", account=meta.instagram) for number in range(3 + with_file)]
    options = [each for each in arguments if not each.startswith("--listen=")]
    start = partial(a_process, "instagram", options, tmp_path)
    breaks, parts = Breaks(monkeypatch, kills=kills), {"words": 150, "with_file": with_file}
    await each_part_comes_once(meta, start, values, breaks, written, partial(item, meta), **parts)
