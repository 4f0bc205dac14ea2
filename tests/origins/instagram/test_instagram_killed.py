# SPDX-License-Identifier: Apache-2.0
"""A connector that is killed while Meta takes its reply: the next process looks for the reply before it sends it."""

from __future__ import annotations

from functools import partial

import pytest

from tests.origins.meta.killing import a_process, reply_through_a_kill


def ours(meta, kind):
    if kind == "comment":
        return [each.text for each in meta.world.media_comments if each.author_id == meta.instagram.id]
    return [each.text for each in meta.world.messages if not each.by_person]


@pytest.mark.timeout(150)
@pytest.mark.parametrize("kind", ["comment", "message", "private reply"])
async def test_a_reply_is_not_sent_again_after_its_process_was_killed(meta, values, arguments, tmp_path, kind):
    values = {**values, "privately": kind == "private reply"}
    meta.message(account=meta.instagram) if kind == "message" else meta.media_comment(meta.media)
    options = [each for each in arguments if not each.startswith("--listen=")]
    start = partial(a_process, "sealock_origins.instagram", options, tmp_path)
    assert await reply_through_a_kill(meta, start, values, partial(ours, meta, kind))
    assert ours(meta, kind) == ["Once"]
