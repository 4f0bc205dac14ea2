# SPDX-License-Identifier: Apache-2.0
"""Connectors that do what a test tells them to."""

from __future__ import annotations

from datetime import UTC, datetime

from sealock_connector import Account, Author, Connector, Done, ExternalResource, Posted, Pulled

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def resource(external_id: str, message: str = "hello", **fields) -> ExternalResource:
    return ExternalResource(external_id, message, fields.pop("created_at", NOON), Author("someone"), **fields)


class Plain(Connector):
    """Has no capability, and nothing to say."""

    origin, display_name = "plain", "Plain"

    async def setup(self, step):
        return Done("An account", {"token": "t"})

    async def pull(self, pull):
        for step in self.steps(pull):
            yield step

    def steps(self, pull):
        return ()


class Scripted(Plain):
    """Pulls what `script(pull)`, an async generator, yields."""

    def __init__(self, script) -> None:
        self.pull = script


def steps(*ids: str):
    """A script that yields resources of these ids; the state is the id."""

    async def script(pull):
        for each in ids:
            yield Pulled(resource(each), each.encode())

    return script


class Posting(Plain):
    """Posts by calling `post(reply)`."""

    def __init__(self, post) -> None:
        self.post = post
        self.replies = []

    async def channelback(self, reply):
        self.replies.append(reply)
        return await self.post(reply)


class PostingAndFinding(Posting):
    """Looks for lost replies by calling `find(reply)`."""

    def __init__(self, post, find) -> None:
        super().__init__(post)
        self.find = find
        self.looked_for = []

    async def find_reply(self, reply):
        self.looked_for.append(reply)
        return await self.find(reply)


class PostingWithToken(Posting):
    """Posts to an origin that takes a token with each reply."""

    repeats_safely = True


class Able(Posting):
    """Has every capability."""

    origin, display_name = "able", "Able"
    takes_files = True
    clickthrough_hosts = ("able.example",)

    def __init__(self) -> None:
        async def post(reply):
            return Posted("posted")

        super().__init__(post)
        self.events = []

    async def resolve_clickthrough(self, external_id):
        return f"https://able.example/{external_id}"

    async def receive_webhook(self, request):
        raise NotImplementedError

    async def open_file(self, account: Account, reference):
        raise NotImplementedError

    async def handle_event(self, event):
        self.events.append(event)
