# SPDX-License-Identifier: Apache-2.0
"""An origin that is a script of answers, in place of the network, and a pull of a connector's class against it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Coroutine, Sequence
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from sealock.connector.v1.error_detail_pb2 import Reason
from sealock.connector.v1.pull_pb2 import PullRequest, PullResponse
from sealock_connector import Account, Connector, ConnectorError, OriginThrottled, Pull
from sealock_connector._deadlines import Deadline
from sealock_connector._serving.pulling import PageLimits, collect
from sealock_connector._serving.service import _page_to_wire
from sealock_connector.egress import OriginClient
from sealock_connector.errors import InvalidAnswer
from sealock_connector.testing import GivenAnswer, OriginCall, client_of
from sealock_contract.http_client.connection import joined
from sealock_edge.zendesk import ResourceLinks
from sealock_edge.zendesk.answers import Sealed, pull_answer

SEPARATOR = b"\n%%\n"
MOST_REQUESTS = 2_500
"""A pull that makes more than this does not end."""
_LINE = re.compile(rb"([A-Z]{3,7}) (/[!-~]*) ([1-5][0-9][0-9])")
_NAME = re.compile(rb"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_VALUE = re.compile(rb"[\t\x20-\x7e\x80-\xff]*")


class Endless(Exception):
    """Too many requests for one call."""


class Script:
    """
    Answers by method and path: `GET /path 200`, headers, an empty line, and the body; answers are apart by `%%`.

    Several answers to one call are given one after the other, the last of them again and again. What there is no
    answer for gets 404 without a body.
    """

    def __init__(self, script: bytes) -> None:
        self.requests = 0
        self._answers: dict[str, list[tuple[int, list[tuple[bytes, bytes]], bytes]]] = {}
        for part in script.split(SEPARATOR):
            head, _, body = part.partition(b"\n\n")
            first, *lines = head.split(b"\n")
            if found := _LINE.fullmatch(first.strip()):
                headers = [_header(line) for line in lines]
                answer = int(found[3]), [each for each in headers if each], body
                self._answers.setdefault(f"{found[1].decode()} {found[2].decode()}", []).append(answer)

    def answer(self, call: OriginCall) -> GivenAnswer:
        """As an origin answers."""
        self.requests += 1
        if self.requests > MOST_REQUESTS:
            raise Endless
        answers = self._answers.get(f"{call.method} {urlsplit(call.url).path}", [])
        if not answers:
            return GivenAnswer(404)
        status, headers, body = answers.pop(0) if len(answers) > 1 else answers[0]
        return GivenAnswer(status, body, joined(headers))


def _header(line: bytes) -> tuple[bytes, bytes] | None:
    """As far as an HTTP client would take it from the wire."""
    name, _, value = line.partition(b":")
    value = value.strip(b" \t")
    return (name, value) if _NAME.fullmatch(name) and _VALUE.fullmatch(value) else None


_shared_loop = cache(asyncio.new_event_loop)


def run(call: Coroutine[Any, Any, Any]) -> Any:
    """The result of the call, in the loop that all harnesses share."""
    return _shared_loop().run_until_complete(call)


def client(script: Script) -> OriginClient:
    """The SDK's client, with the script in place of its connections."""
    return client_of(script.answer)


def is_explained(error: ConnectorError) -> bool:
    """Whether whoever has to do something about the error reads what: from its cause, its sentence, or its reason."""
    if isinstance(error, OriginThrottled):
        return True
    return error.cause is not None or (bool(error.message_for_agent) and error.reason != Reason.REASON_INTERNAL)


async def pulled(
    connector: Connector, values: dict[str, Any], state: bytes, hints: Sequence[bytes] = ()
) -> PullResponse:
    """
    What a pull answers, as the SDK serves it and as the edge takes it. A page that ended early is fine where its
    interruption is one of the SDK's errors. Raises what the connector must not raise.
    """
    request = PullRequest()
    page = await collect(
        connector.pull(Pull(Account("account-1", values), state, hints)),
        PageLimits.asked_for(request),
        Deadline.within(60, margin=1.5),
    )
    error = page.interruption
    if error is not None and (not isinstance(error, ConnectorError) or isinstance(error, InvalidAnswer)):
        raise error
    assert error is None or is_explained(error), f"nobody is told why: {error!r}"
    response = PullResponse.FromString(_page_to_wire(page, state).SerializeToString())
    if page.after is None:
        assert response.state == state, "nothing was pulled, and the state went on"
    assert len(response.state) <= 3_700
    connector.origin_account_key(Account("account-1", values))
    answer = pull_answer(response, ResourceLinks(clickthrough=True), Sealed(state="sealed"))
    assert not answer.set_aside, answer.set_aside
    return response
