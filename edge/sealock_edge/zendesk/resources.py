# SPDX-License-Identifier: Apache-2.0
"""One external resource: checked against Zendesk's limits, mended where nothing is lost, and made ready for JSON."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final, NamedTuple

from google.protobuf.timestamp_pb2 import Timestamp

from sealock.connector.v1.external_resource_pb2 import ExternalResource
from sealock_edge.zendesk import limits
from sealock_edge.zendesk.authors import author_answer
from sealock_edge.zendesk.files import FileLink, SortedFiles, sorted_files
from sealock_edge.zendesk.ids import is_id
from sealock_edge.zendesk.outcomes import Mended, Reason, SetAside
from sealock_edge.zendesk.texts import UnfitFiles, cleaned, footer, html_with, instead_of_text, within_limit
from sealock_edge.zendesk.values import display_info_answer, fields_answer

_LAST_SECOND: Final = 253402300799
_NANOS_PER_SECOND: Final = 1_000_000_000
_WHOLE_SECONDS: Final = tuple(f"{second:02}Z" for second in range(60))
_NO_FILES: Final = SortedFiles([], UnfitFiles())


@dataclass(frozen=True, slots=True)
class Terms:
    """
    What an integration can offer for resources.

    `clickthrough`: agents get a link to each, so that notes may point to it. `file_link`: makes links to
    files that only the connector can open; without it such files are named in the text.
    """

    clickthrough: bool = False
    file_link: FileLink | None = None


class Answered(NamedTuple):
    """A resource for Zendesk, ready for JSON, and what was changed in it."""

    body: dict[str, Any]
    mended: tuple[Mended, ...]


def answer_resource(resource: ExternalResource, terms: Terms) -> Answered | SetAside:
    """
    The resource as Zendesk takes it (protocol: external resource), or why it cannot be given to Zendesk.

    What can be mended without losing anything is mended. The resource itself is not changed.
    """
    kind, conversation_id = conversation(resource)
    refusal = _refusal(resource, kind, conversation_id)
    if refusal is not None:
        return refusal
    mended: list[Mended] = []
    files = sorted_files(resource, terms.file_link) if resource.files else _NO_FILES
    body: dict[str, Any] = {
        "external_id": resource.external_id,
        "message": _message(resource.message, files, terms, mended),
        "created_at": iso(resource.create_time),
        "author": author_answer(resource.author, mended),
    }
    if html := resource.html_message:
        _add_html(body, html, files, terms, mended)
    if kind:
        body[kind] = conversation_id
    if files.urls:
        body["file_urls"] = files.urls
    add_extras(body, resource, mended)
    return Answered(body, tuple(mended))


def conversation(resource: ExternalResource) -> tuple[str, str]:
    """`parent_id` or `thread_id` and its value; empty strings for a resource that begins a conversation."""
    if parent_id := resource.parent_id:
        return "parent_id", parent_id
    if thread_id := resource.thread_id:
        return "thread_id", thread_id
    return "", ""


def add_extras(body: dict[str, Any], resource: ExternalResource, mended: list[Mended]) -> None:
    """Add what most resources do not have. What was changed is added to `mended`."""
    if resource.HasField("allow_channelback"):
        body["allow_channelback"] = resource.allow_channelback
    if resource.internal_note:
        body["internal_note"] = True
    if resource.fields:
        body["fields"], complete = fields_answer(resource.fields, limits.FIELDS_ITEMS)
        if not complete:
            mended.append(Mended.FIELD_LEFT_OUT)
    if resource.display_info:
        body["display_info"], complete = display_info_answer(resource.display_info)
        if not complete:
            mended.append(Mended.DISPLAY_INFO_LEFT_OUT)


def is_time(time: Timestamp) -> bool:
    """Whether this is a time that Zendesk can show: in the years 1970 to 9999."""
    return 0 < time.seconds <= _LAST_SECOND and 0 <= time.nanos < _NANOS_PER_SECOND


def iso(time: Timestamp) -> str:
    """The time as Zendesk takes it: ISO 8601 in UTC, with milliseconds if it has any."""
    minutes, second = divmod(time.seconds, 60)
    if milliseconds := time.nanos // 1_000_000:
        return f"{_minute(minutes)}{second:02}.{milliseconds:03}Z"
    return _minute(minutes) + _WHOLE_SECONDS[second]


@lru_cache(maxsize=1024)
def _minute(minutes: int) -> str:
    """The time up to the minute: the resources of a page share few of them."""
    return datetime.fromtimestamp(minutes * 60, UTC).isoformat()[:17]


def _refusal(resource: ExternalResource, kind: str, conversation_id: str) -> SetAside | None:
    if not is_id(resource.external_id):
        return SetAside("", Reason.EXTERNAL_ID)
    if kind and not is_id(conversation_id):
        return SetAside(resource.external_id, Reason.CONVERSATION_ID)
    if not is_id(resource.author.external_id):
        return SetAside(resource.external_id, Reason.AUTHOR_ID)
    if not is_time(resource.create_time):
        return SetAside(resource.external_id, Reason.CREATE_TIME)
    return None


def _message(message: str, files: SortedFiles, terms: Terms, mended: list[Mended]) -> str:
    text = cleaned(message)
    if files is _NO_FILES and text is message and len(text) <= limits.MESSAGE_CHARS and text and not text.isspace():
        return text
    if text is not message:
        mended.append(Mended.TEXT_CLEANED)
    if not text or text.isspace():
        text = instead_of_text(len(files.urls) + len(files.unfit.linked) + len(files.unfit.named))
        mended.append(Mended.TEXT_FILLED_IN)
    if files.unfit.linked:
        mended.append(Mended.FILE_LINKED)
    if files.unfit.named:
        mended.append(Mended.FILE_NAMED)
    end = footer(files.unfit, clickthrough=terms.clickthrough) if any(files.unfit) else ""
    if len(text) + len(end) > limits.MESSAGE_CHARS:
        mended.append(Mended.TEXT_CUT)
    return within_limit(text, end, clickthrough=terms.clickthrough)


def _add_html(body: dict[str, Any], html: str, files: SortedFiles, terms: Terms, mended: list[Mended]) -> None:
    text = cleaned(html)
    if text is not html:
        mended.append(Mended.TEXT_CLEANED)
    if files is not _NO_FILES or len(text) > limits.HTML_MESSAGE_CHARS:
        text = html_with(text, files.unfit, clickthrough=terms.clickthrough)
    if text and not text.isspace():
        body["html_message"] = text
    else:
        mended.append(Mended.HTML_LEFT_OUT)
