# SPDX-License-Identifier: Apache-2.0
"""
The quick way for pages that Zendesk takes as they are, which is nearly all of them.

What `resources` checks one by one is checked here for a whole page at once, because a pull spends most of the edge's
own time on it. Where anything is not plainly right the page goes the thorough way; a test holds the two to each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sealock.connector.v1.external_resource_pb2 import ExternalResource
from sealock_edge.zendesk import limits
from sealock_edge.zendesk.authors import author_answer
from sealock_edge.zendesk.ids import are_plain_ids
from sealock_edge.zendesk.outcomes import Mended
from sealock_edge.zendesk.resources import add_extras, is_time, iso
from sealock_edge.zendesk.texts import cleaned

_TEXT_CHARS: Final = min(limits.MESSAGE_CHARS, limits.HTML_MESSAGE_CHARS)


def plain_bodies(resources: Sequence[ExternalResource]) -> list[dict[str, Any]] | None:
    """The resources ready for JSON, or None if anything about any of them needs a second look."""
    ids: list[str] = []
    texts: list[str] = []
    bodies: list[dict[str, Any]] = []
    for resource in resources:
        body = _body(resource, ids, texts)
        if body is None:
            return None
        bodies.append(body)
    different = len({body["external_id"] for body in bodies}) == len(bodies)
    return bodies if different and are_plain_ids(ids) and _are_plain_texts(texts) else None


def _are_plain_texts(texts: list[str]) -> bool:
    if not all(map(str.strip, texts)) or max(map(len, texts), default=0) > _TEXT_CHARS:
        return False
    joined = "".join(texts)
    return cleaned(joined) is joined


def _body(resource: ExternalResource, ids: list[str], texts: list[str]) -> dict[str, Any] | None:
    created = resource.create_time
    if not is_time(created) or resource.files or resource.parent_id:
        return None
    mended: list[Mended] = []
    author = author_answer(resource.author, mended)
    external_id, message = resource.external_id, resource.message
    ids += (external_id, author["external_id"])
    texts.append(message)
    body: dict[str, Any] = {
        "external_id": external_id,
        "message": message,
        "created_at": iso(created),
        "author": author,
    }
    if html := resource.html_message:
        texts.append(html)
        body["html_message"] = html
    if thread_id := resource.thread_id:
        ids.append(thread_id)
        body["thread_id"] = thread_id
    add_extras(body, resource, mended)
    return None if mended else body
