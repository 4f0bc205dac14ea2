# SPDX-License-Identifier: Apache-2.0
"""The answers to a pull and to a channelback (protocol: pull answer, channelback answer)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sealock.connector.v1.channelback_pb2 import ChannelbackResponse
from sealock.connector.v1.external_resource_pb2 import ExternalResource
from sealock.connector.v1.pull_pb2 import PullResponse
from sealock_edge.zendesk import limits
from sealock_edge.zendesk.errors import FaultyAnswer
from sealock_edge.zendesk.resources import (
    Mended,
    ResourceLinks,
    SetAside,
    add_extras,
    answer_resource,
    author_answer,
    conversation,
    created_at,
)
from sealock_edge.zendesk.values import are_plain_ids, cleaned, is_id

_LIGHT: Final = 64 * 1024
"""What is made into JSON within some ten milliseconds, in bytes that are not texts."""
_FEW_FILES: Final = 400
"""How many links to files are sealed in that time."""
_TEXT_CHARS: Final = min(limits.MESSAGE_CHARS, limits.HTML_MESSAGE_CHARS)


@dataclass(frozen=True, slots=True)
class PullAnswer:
    """
    The body for Zendesk, ready for JSON, and what is worth counting.

    `answered`: how many resources are in it. `set_aside`: those that Zendesk cannot be given. `duplicates`: how
    many had the id of an earlier one of this pull. `mended`: how many resources were changed in which way.
    """

    body: dict[str, Any] = field(repr=False)
    answered: int
    set_aside: tuple[SetAside, ...] = ()
    duplicates: int = 0
    mended: Mapping[Mended, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sealed:
    """What goes with the resources: `state` and `metadata` are sealed; without `metadata` Zendesk keeps what it has."""

    state: str = field(repr=False)
    metadata: str | None = field(default=None, repr=False)
    metadata_needs_update: bool = False
    reason: str = ""
    """Why the administrator is needed, for people."""


def pull_answer(pulled: PullResponse, links: ResourceLinks, sealed: Sealed) -> PullAnswer:
    """
    The answer that gives Zendesk what a connector pulled.

    The state covers all of it, also what was set aside or is a duplicate: nothing else is ever left out. May take a
    second for a page that was made for that; `quick_pull_answer` does not.

    Raises `FaultyAnswer`: the connector sent more resources than it was asked for.
    """
    _check_count(pulled)
    plain = plain_bodies(pulled.resources)
    return _answer(_one_by_one(pulled.resources, links) if plain is None else _Gathered(links, plain), sealed)


def quick_pull_answer(pulled: PullResponse, links: ResourceLinks, sealed: Sealed) -> PullAnswer | None:
    """The same, or None where making it may take longer than others should wait: for files, fields and JSON."""
    _check_count(pulled)
    resources = tuple(pulled.resources)
    if not resources:
        return _answer(_Gathered(links, []), sealed)
    texts = _texts(resources)
    size = pulled.ByteSize()
    if size > _LIGHT and size - sum(map(len, texts)) > _LIGHT:
        return None
    plain = _plain_bodies(resources, texts)
    if plain is not None:
        return _answer(_Gathered(links, plain), sealed)
    if sum([len(resource.files) for resource in resources]) > _FEW_FILES:
        return None
    return _answer(_one_by_one(resources, links), sealed)


def _check_count(pulled: PullResponse) -> None:
    count = len(pulled.resources)
    if count > limits.PULL_ITEMS:
        raise FaultyAnswer("resources", f"are {count}, more than {limits.PULL_ITEMS}")


def _one_by_one(resources: Sequence[ExternalResource], links: ResourceLinks) -> _Gathered:
    gathered = _Gathered(links, [])
    for resource in resources:
        gathered.add(resource)
    return gathered


def _answer(gathered: _Gathered, sealed: Sealed) -> PullAnswer:
    body: dict[str, Any] = {"external_resources": gathered.bodies, "state": sealed.state}
    if sealed.metadata is not None:
        body["metadata"] = sealed.metadata
    if sealed.metadata_needs_update:
        body["metadata_needs_update"] = True
        if sealed.reason:
            body["error_info"] = sealed.reason
    mended = Counter(gathered.mended) if gathered.mended else {}
    return PullAnswer(body, len(gathered.bodies), tuple(gathered.set_aside), gathered.duplicates, mended)


class _Gathered:
    def __init__(self, links: ResourceLinks, bodies: list[dict[str, Any]]) -> None:
        self.bodies = bodies
        self.set_aside: list[SetAside] = []
        self.duplicates = 0
        self.mended: list[Mended] = []
        self._terms = links
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


def plain_bodies(resources: Sequence[ExternalResource]) -> list[dict[str, Any]] | None:
    """
    The resources ready for JSON, if Zendesk takes all of them as they are, which is nearly always so.

    What `answer_resource` checks one by one is checked here for all of a pull at once, because a pull spends most of
    the edge's own time on it. None if anything is not plainly right: all go the thorough way then.
    """
    return _plain_bodies(resources, _texts(resources))


def _texts(resources: Sequence[ExternalResource]) -> list[str]:
    """The message and the HTML of each: protobuf makes a new text whenever one is read."""
    return [text for each in resources for text in (each.message, each.html_message)]


def _plain_bodies(resources: Sequence[ExternalResource], texts: list[str]) -> list[dict[str, Any]] | None:
    if not _are_plain_texts(texts[::2], texts[1::2]):
        return None
    ids: list[str] = []
    bodies: list[dict[str, Any]] = []
    for resource, message, html in zip(resources, texts[::2], texts[1::2], strict=True):
        body = _body(resource, message, html, ids)
        if body is None:
            return None
        bodies.append(body)
    different = len({body["external_id"] for body in bodies}) == len(bodies)
    return bodies if different and are_plain_ids(ids) else None


def _are_plain_texts(messages: list[str], htmls: list[str]) -> bool:
    """Whether all have a message, and no message and no HTML is too long, of spaces only, or has control characters."""
    texts = [*messages, *filter(None, htmls)]
    if not all(map(str.strip, texts)) or max(map(len, texts), default=0) > _TEXT_CHARS:
        return False
    joined = "".join(texts)
    return cleaned(joined) is joined


def _body(resource: ExternalResource, message: str, html: str, ids: list[str]) -> dict[str, Any] | None:
    created = created_at(resource.create_time)
    if not created or resource.parent_id or resource.files:
        return None
    mended: list[Mended] = []
    author = author_answer(resource.author, mended)
    external_id = resource.external_id
    ids += (external_id, author["external_id"])
    body: dict[str, Any] = {
        "external_id": external_id,
        "message": message,
        "created_at": created,
        "author": author,
    }
    if html:
        body["html_message"] = html
    if thread_id := resource.thread_id:
        ids.append(thread_id)
        body["thread_id"] = thread_id
    add_extras(body, resource, mended)
    return None if mended else body


def channelback_answer(response: ChannelbackResponse, *, metadata: str | None = None) -> dict[str, Any]:
    """
    The body for Zendesk, ready for JSON. `metadata` is sealed; without it Zendesk keeps what it has.

    Raises `FaultyAnswer`: the connector's external id is not one that Zendesk takes.
    """
    if not is_id(response.external_id):
        raise FaultyAnswer("external_id", "is not an external id")
    body: dict[str, Any] = {"external_id": response.external_id}
    if response.HasField("allow_channelback"):
        body["allow_channelback"] = response.allow_channelback
    if metadata is not None:
        body["metadata"] = metadata
    return body
