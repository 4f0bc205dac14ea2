# SPDX-License-Identifier: Apache-2.0
"""What a reply is to."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from sealock_connector import MessageRejected, NotFound, Reply

_Id = TypeVar("_Id")


def item_replied_to(reply: Reply, read: Callable[[str], _Id], is_ours: Callable[[_Id], bool], *, foreign: str) -> _Id:
    """
    The item that a reply is to, by `read`.

    Raises `MessageRejected` where there is none, and `NotFound`, with `foreign` as the sentence for the agent, for an
    item of somebody else.
    """
    external_id = reply.parent_id or reply.thread_id
    if not external_id:
        raise MessageRejected("There is nothing on this ticket that could be answered.")
    try:
        item = read(external_id)
    except NotFound as not_ours:
        raise NotFound(str(not_ours), message_for_agent=foreign) from None
    if not is_ours(item):
        raise NotFound("an item of another account", message_for_agent=foreign)
    return item
