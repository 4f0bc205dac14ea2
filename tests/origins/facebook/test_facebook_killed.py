# SPDX-License-Identifier: Apache-2.0
"""A connector that is killed while Meta takes its reply: the next process looks for the reply before it sends it."""

from __future__ import annotations

from functools import partial

import pytest

from sealock_connector.testing import LOOPBACK
from sealock_origins.facebook.resources import MessageId
from tests.origins.facebook.test_facebook_on_the_emulator import meta, values  # noqa: F401
from tests.origins.meta.killing import Breaks, a_process, each_part_comes_once, reply_through_a_kill


@pytest.fixture
def options(meta, tmp_path):  # noqa: F811
    """The connector's command line, without where it listens."""
    (tmp_path / "secret").write_text(meta.store.keys.app_secret)
    named = {
        "app-id": meta.store.keys.app_id,
        "app-secret-file": tmp_path / "secret",
        "graph-url": meta.site.host("graph.facebook.com"),
        "dialog-url": meta.site.host("www.facebook.com"),
        "allow-network": LOOPBACK,
    }
    return ["--insecure", *(f"--{name}={value}" for name, value in named.items())]


def ours(meta, kind):  # noqa: F811
    if kind == "comment":
        return [each.message for each in meta.store.comments if each.author_id == meta.page.id]
    return [each.text for each in meta.store.messages if not each.by_person]


def item(meta, message):  # noqa: F811
    person = meta.store.conversations[message.conversation_id].person_id
    return str(MessageId(meta.page.id, meta.scoped(meta.store.people[person].name), message.id))


@pytest.mark.timeout(150)
@pytest.mark.parametrize("kind", ["comment", "message"])
async def test_a_reply_is_not_sent_again_after_its_process_was_killed(meta, values, options, tmp_path, kind):  # noqa: F811
    meta.comment(meta.page_post) if kind == "comment" else meta.message()
    start = partial(a_process, "facebook", options, tmp_path)
    assert await reply_through_a_kill(meta, start, values, partial(ours, meta, kind))
    assert ours(meta, kind) == ["Once"]


@pytest.mark.timeout(150)
@pytest.mark.parametrize(("kills", "with_file"), [(True, True), (True, False), (False, True)])
async def test_no_part_of_a_reply_is_sent_again_or_left_out(
    meta,  # noqa: F811
    values,  # noqa: F811
    options,
    tmp_path,
    monkeypatch,
    kills,
    with_file,
):
    written = [meta.message(person=f"Person {number}", account=meta.page) for number in range(3 + with_file)]
    start = partial(a_process, "facebook", options, tmp_path)
    breaks, parts = Breaks(monkeypatch, kills=kills), {"words": 300, "with_file": with_file}
    await each_part_comes_once(meta, start, values, breaks, written, partial(item, meta), **parts)
