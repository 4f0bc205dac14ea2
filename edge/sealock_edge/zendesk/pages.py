# SPDX-License-Identifier: Apache-2.0
"""The answer to a pull: one page of external resources (protocol: pull answer)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sealock.connector.v1.external_resource_pb2 import ExternalResource
from sealock.connector.v1.pull_pb2 import PullResponse
from sealock_edge.zendesk import limits
from sealock_edge.zendesk.errors import FaultyAnswer
from sealock_edge.zendesk.ids import is_id
from sealock_edge.zendesk.outcomes import Mended, SetAside
from sealock_edge.zendesk.plain_pages import plain_bodies
from sealock_edge.zendesk.resources import Terms, answer_resource, conversation


@dataclass(frozen=True, slots=True)
class PullAnswer:
    """
    The body for Zendesk, ready for JSON, and what is worth counting.

    `answered`: how many resources are in it. `set_aside`: those that Zendesk cannot be given. `duplicates`: how
    many had the id of an earlier one of the page. `mended`: how many resources were changed in which way.
    """

    body: dict[str, Any] = field(repr=False)
    answered: int
    set_aside: tuple[SetAside, ...] = ()
    duplicates: int = 0
    mended: Counter[Mended] = field(default_factory=Counter)


def pull_answer(
    page: PullResponse,
    terms: Terms,
    *,
    state: str,
    metadata: str | None = None,
    metadata_needs_update: bool = False,
) -> PullAnswer:
    """
    The answer that gives Zendesk this page.

    `state` and `metadata` are sealed; without `metadata` Zendesk keeps what it has. The state covers the whole page,
    also what was set aside or is a duplicate: nothing else is ever left out.

    Raises `FaultyAnswer`: the connector sent more resources or bytes than it was asked for.
    """
    _check_size(page)
    gathered = _gathered(page.resources, terms)
    body: dict[str, Any] = {"external_resources": gathered.bodies, "state": state}
    if metadata is not None:
        body["metadata"] = metadata
    if metadata_needs_update:
        body["metadata_needs_update"] = True
    return PullAnswer(
        body, len(gathered.bodies), tuple(gathered.set_aside), gathered.duplicates, Counter(gathered.mended)
    )


def _check_size(page: PullResponse) -> None:
    count = len(page.resources)
    if count > limits.PAGE_ITEMS:
        raise FaultyAnswer("resources", f"are {count}, more than {limits.PAGE_ITEMS}")
    if count > 1 and page.ByteSize() > limits.PAGE_BYTES_TAKEN:
        raise FaultyAnswer("resources", f"have more than {limits.PAGE_BYTES_TAKEN} bytes")


def _gathered(resources: Sequence[ExternalResource], terms: Terms) -> _Gathered:
    gathered = _Gathered(terms)
    plain = plain_bodies(resources)
    if plain is None:
        for resource in resources:
            gathered.add(resource)
    else:
        gathered.bodies = plain
    return gathered


class _Gathered:
    def __init__(self, terms: Terms) -> None:
        self.bodies: list[dict[str, Any]] = []
        self.set_aside: list[SetAside] = []
        self.duplicates = 0
        self.mended: list[Mended] = []
        self._terms = terms
        self._seen: set[str] = set()
        self._homes: dict[str, tuple[str, str]] = {}

    def add(self, resource: ExternalResource) -> None:
        answer = answer_resource(resource, self._terms)
        if isinstance(answer, SetAside):
            self.set_aside.append(answer)
            self._remember_home(resource)
            return
        body, mended = answer
        external_id = body["external_id"]
        if external_id in self._seen:
            self.duplicates += 1
            return
        self._seen.add(external_id)
        if mended:
            self.mended += mended
        if self._homes and body.get("parent_id") in self._homes:
            kind, where = self._homes[body.pop("parent_id")]
            body[kind] = where
            self.mended.append(Mended.CONVERSATION_MOVED)
        self.bodies.append(body)

    def _remember_home(self, lost: ExternalResource) -> None:
        """
        Where answers to a resource that was set aside go: to what it answered itself, or, if it would have
        begun a conversation, into a thread of its id, so that they stay together.
        """
        if not is_id(lost.external_id):
            return
        kind, home = conversation(lost)
        if not is_id(home):
            kind, home = "thread_id", lost.external_id
        elif kind == "parent_id":
            kind, home = self._homes.get(home, (kind, home))
        self._homes[lost.external_id] = (kind, home)
