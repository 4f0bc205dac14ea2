# SPDX-License-Identifier: Apache-2.0
"""
The product, broken on purpose in one way: `python -m tests.ledger.broken WAY edge|connector ARGUMENTS`.

A ledger that does not find such a fault would not find it in earnest either.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from uuid import uuid4

from sealock_connector import Pull, serve
from sealock_connector._outbox.once import Once
from sealock_connector._outbox.store import Claimed
from sealock_connector._outbox.valkey import ValkeyOutbox
from sealock_contract.command import main
from sealock_devkit.ledger import connector
from sealock_devkit.ledger.connector import Logbooks
from sealock_edge.endpoints import webhook
from sealock_edge.pulls.pushed_page import Nudged, PushedPages
from sealock_edge.store import StoreAway
from sealock_edge.store.valkey import ValkeyStore
from sealock_edge.zendesk import rest
from sealock_edge.zendesk.rest import ResultCode


def no_idempotency():
    """A reply that comes again is posted again."""

    async def claim(*_):
        return Claimed(None)

    ValkeyOutbox.claim = claim


def no_search():
    """A reply whose answer was lost is taken for one that was not posted."""

    async def find_reply(*_):
        return None

    Logbooks.find_reply = find_reply


def state_early():
    """The state covers entries that were not answered."""
    of_pages = Logbooks.pull

    async def pull(self, pull):
        async for each in of_pages(self, pull):
            yield replace(each, after=str(int(each.after) + 25).encode())

    Logbooks.pull = pull


def _resources(change):
    ordinary = connector._resource
    connector._resource = lambda entry: change(ordinary(entry))


def new_ids():
    """The same entry has another name each time."""
    _resources(lambda each: replace(each, external_id=f"{each.external_id}-{uuid4().hex}"))


def threads_apart():
    """An answer begins a conversation of its own."""
    _resources(lambda each: replace(each, thread_id=each.external_id))


def newest_first():
    """A page is answered from its end."""
    of_pages = Logbooks.pull

    async def pull(self, pull):
        found = [each async for each in of_pages(self, pull)]
        for each in reversed(found):
            yield replace(each, after=found[-1].after)

    Logbooks.pull = pull


def successor_lost():
    """What came of a renewal is known to nobody but Zendesk."""
    ordinary = Once.do

    async def do(self, key, attempt_after, deadline):
        if self._what == "a renewal":
            return await attempt_after(None).run(), False
        return await ordinary(self, key, attempt_after, deadline)

    Once.do = do


def hints_gone_with_the_answer():
    """A hint is forgotten when the answer is given, and not when Zendesk is seen to have it."""
    ordinary = ValkeyStore.answered

    async def answered(self, account, called_with, *, watched, metadata, state, read):
        dropped = await ordinary(self, account, called_with, watched=watched, metadata=metadata, state=state, read=read)
        await self.pulled(account, metadata, state)
        return dropped

    ValkeyStore.answered = answered


def answered_before_it_is_safe():
    """The origin gets its 2xx though the store is away."""
    ordinary = webhook.tell

    async def tell(*given):
        try:
            return await ordinary(*given)
        except StoreAway:
            return ()

    webhook.tell = tell


def unread_counts_as_read():
    """A hint that could not be read counts as read."""
    Pull.not_yet = lambda self, hint: None


def pushed_whatever_zendesk_says():
    """A push counts as taken however it ended."""
    ordinary = PushedPages._push

    async def push(self, *given, **named):
        ended = await ordinary(self, *given, **named)
        return Nudged.NOTHING_NEW if ended is Nudged.NOTHING_NEW else Nudged.PUSHED

    PushedPages._push = push


def halted_forgotten():
    """What Zendesk halted, or could not process, counts as taken."""
    forgotten = {ResultCode.HALTED: rest.Fate.THERE, ResultCode.PROCESSING_ERROR: rest.Fate.THERE}
    rest.FATES = {**rest.FATES, **forgotten}


def what_came_meanwhile_goes_too():
    """A push takes away the hints that came while it was under way."""
    ordinary = ValkeyStore.pushed

    async def pushed(self, account, owner, *, state, read):
        claim = await self.claim(account, owner, 60)
        return await ordinary(self, account, owner, state=state, read=claim.hints if claim else read)

    ValkeyStore.pushed = pushed


WAYS: Mapping[str, Callable[[], None]] = {
    each.__name__: each
    for each in (
        no_idempotency, no_search, state_early, new_ids, threads_apart, newest_first, successor_lost,
        hints_gone_with_the_answer, answered_before_it_is_safe, unread_counts_as_read, pushed_whatever_zendesk_says,
        halted_forgotten, what_came_meanwhile_goes_too,
    )
}  # fmt: skip


if __name__ == "__main__":
    way, program, *arguments = sys.argv[1:]
    WAYS[way]()
    sys.argv[1:] = arguments
    if program == "connector":
        serve(Logbooks())
    else:
        sys.exit(main(["edge", *arguments]))
