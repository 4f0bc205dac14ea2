# SPDX-License-Identifier: Apache-2.0
"""One external resource: checked against Zendesk's limits, mended where nothing is lost, and made ready for JSON."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from functools import lru_cache
from typing import Any, Final, NamedTuple

from google.protobuf.timestamp_pb2 import Timestamp

from sealock.connector.v1.external_resource_pb2 import Author, ExternalResource, FieldValue
from sealock_edge.zendesk import limits
from sealock_edge.zendesk.files import FileLinkMaker, SortedFiles, sorted_files
from sealock_edge.zendesk.texts import UnfitFiles, Words, footer, html_with, instead_of_text, within_limit
from sealock_edge.zendesk.values import cleaned, display_info_answer, fields_answer, https_url, is_id, one_line

_LAST_SECOND: Final = 253402300799
_NANOS_PER_SECOND: Final = 1_000_000_000
_WHOLE_SECONDS: Final = tuple(f"{second:02}Z" for second in range(60))
_LONGEST_NAME: Final = 4 * limits.AUTHOR_NAME_CHARS
"""What of a name is looked at: one that is longer is not put on one line to find out how much of it fits."""
_NO_FILES: Final = SortedFiles([], UnfitFiles())
_LANGUAGE_TAG: Final = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*", re.ASCII)


class Mended(Enum):
    """What was changed so that Zendesk takes a resource. Nothing that people read is lost by it unseen."""

    TEXT_CUT = "text_cut"
    """The text was longer than Zendesk takes; it ends with a note."""
    TEXT_FILLED_IN = "text_filled_in"
    """There was no text, and it says so."""
    TEXT_CLEANED = "text_cleaned"
    """Control characters were taken out of the text or its HTML."""
    HTML_LEFT_OUT = "html_left_out"
    """The HTML was too long or empty; the text is there."""
    NAME_CUT = "name_cut"
    """The author's name was too long or had control characters."""
    IMAGE_LEFT_OUT = "image_left_out"
    """The author's picture is not at an https URL that Zendesk takes."""
    LOCALE_LEFT_OUT = "locale_left_out"
    """The author's language is not a language tag."""
    FIELD_LEFT_OUT = "field_left_out"
    """A field had no usable id or value, or there were too many."""
    DISPLAY_INFO_LEFT_OUT = "display_info_left_out"
    """An entry had no usable type, was too long, or there were too many."""
    FILE_LINKED = "file_linked"
    """A file beyond the tenth is linked in the text."""
    FILE_NAMED = "file_named"
    """A file that Zendesk cannot fetch is named in the text."""
    CONVERSATION_MOVED = "conversation_moved"
    """It answers a resource that was set aside, and was put where that one belonged."""


class SetAsideReason(Enum):
    """Why a resource cannot be given to Zendesk."""

    EXTERNAL_ID = "external_id"
    """Its id is missing, too long, or not plain ASCII without outer spaces."""
    CONVERSATION_ID = "conversation_id"
    """Its parent's or thread's id is such."""
    AUTHOR_ID = "author_id"
    """It has no author, or the author's id is such."""
    CREATE_TIME = "create_time"
    """It has no time, or one outside the years 1970 to 9999."""
    TOO_MANY_ITEMS = "too_many_items"
    """It has so many files, fields or entries that nobody looks for those that would fit."""


class SetAside(NamedTuple):
    """A resource that is not answered. `external_id` is empty when it is not fit to be logged."""

    external_id: str
    reason: SetAsideReason


@dataclass(frozen=True, slots=True)
class ResourceLinks:
    """
    Which links an integration can make for its resources.

    `clickthrough`: agents get a link to each, so that notes may point to it. `file_link`: makes links to
    files that only the connector can open; without it such files are named in the text. `words` translate what is said
    of files and cuts.
    """

    clickthrough: bool = False
    file_link: FileLinkMaker | None = None
    words: Words = str


class Answered(NamedTuple):
    """A resource for Zendesk, ready for JSON, and what was changed in it."""

    body: dict[str, Any]
    mended: tuple[Mended, ...]


def answer_resource(resource: ExternalResource, links: ResourceLinks) -> Answered | SetAside:
    """
    The resource as Zendesk takes it (protocol: external resource), or why it cannot be given to Zendesk.

    What can be mended without losing anything is mended. The resource itself is not changed.
    """
    kind, conversation_id = conversation(resource)
    created = created_at(resource.create_time)
    refusal = _refusal(resource, kind, conversation_id, created)
    if refusal is not None:
        return refusal
    mended: list[Mended] = []
    files = sorted_files(resource, links.file_link) if resource.files else _NO_FILES
    body: dict[str, Any] = {
        "external_id": resource.external_id,
        "message": _message(resource.message, files, links, mended),
        "created_at": created,
        "author": author_answer(resource.author, mended),
    }
    if html := resource.html_message:
        _add_html(body, html, files, links, mended)
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
    if fields := resource.fields:
        body["fields"], complete = fields_answer(fields, limits.FIELDS_ITEMS)
        if not complete:
            mended.append(Mended.FIELD_LEFT_OUT)
    if entries := resource.display_info:
        body["display_info"], complete = display_info_answer(entries)
        if not complete:
            mended.append(Mended.DISPLAY_INFO_LEFT_OUT)


def has_too_many_items(resource: ExternalResource) -> bool:
    """Whether it has more files, fields or entries than are looked at to find those that fit."""
    return (
        len(resource.files) > limits.FILES_TAKEN
        or len(resource.fields) > limits.FIELDS_TAKEN
        or len(resource.display_info) > limits.DISPLAY_INFO_TAKEN
        or len(resource.author.fields) > limits.AUTHOR_FIELDS_TAKEN
    )


def created_at(time: Timestamp) -> str:
    """
    The time as Zendesk takes it: ISO 8601 in UTC, with milliseconds if it has any.

    Empty if it is none that Zendesk can show: in the years 1970 to 9999.
    """
    seconds, nanos = time.seconds, time.nanos
    if not (0 < seconds <= _LAST_SECOND and 0 <= nanos < _NANOS_PER_SECOND):
        return ""
    minutes, second = divmod(seconds, 60)
    if milliseconds := nanos // 1_000_000:
        return f"{_minute(minutes)}{second:02}.{milliseconds:03}Z"
    return _minute(minutes) + _WHOLE_SECONDS[second]


@lru_cache(maxsize=1024)
def _minute(minutes: int) -> str:
    """The time up to the minute: the resources of a pull share few of them."""
    return datetime.fromtimestamp(minutes * 60, UTC).isoformat()[:17]


def _refusal(resource: ExternalResource, kind: str, conversation_id: str, created: str) -> SetAside | None:
    if not is_id(resource.external_id):
        return SetAside("", SetAsideReason.EXTERNAL_ID)
    if kind and not is_id(conversation_id):
        return SetAside(resource.external_id, SetAsideReason.CONVERSATION_ID)
    if has_too_many_items(resource):
        return SetAside(resource.external_id, SetAsideReason.TOO_MANY_ITEMS)
    if not is_id(resource.author.external_id):
        return SetAside(resource.external_id, SetAsideReason.AUTHOR_ID)
    if not created:
        return SetAside(resource.external_id, SetAsideReason.CREATE_TIME)
    return None


def _message(message: str, files: SortedFiles, links: ResourceLinks, mended: list[Mended]) -> str:
    text = cleaned(message)
    if files is _NO_FILES and text is message and len(text) <= limits.MESSAGE_CHARS and text and not text.isspace():
        return text
    if text is not message:
        mended.append(Mended.TEXT_CLEANED)
    if not text or text.isspace():
        text = instead_of_text(len(files.urls) + len(files.unfit.linked) + len(files.unfit.named), links.words)
        mended.append(Mended.TEXT_FILLED_IN)
    if files.unfit.linked:
        mended.append(Mended.FILE_LINKED)
    if files.unfit.named:
        mended.append(Mended.FILE_NAMED)
    end = footer(files.unfit, clickthrough=links.clickthrough, words=links.words) if any(files.unfit) else ""
    if len(text) + len(end) > limits.MESSAGE_CHARS:
        mended.append(Mended.TEXT_CUT)
    return within_limit(text, end, clickthrough=links.clickthrough, words=links.words)


def _add_html(body: dict[str, Any], html: str, files: SortedFiles, links: ResourceLinks, mended: list[Mended]) -> None:
    text = cleaned(html)
    if text is not html:
        mended.append(Mended.TEXT_CLEANED)
    if files is not _NO_FILES or len(text) > limits.HTML_MESSAGE_CHARS:
        text = html_with(text, files.unfit, clickthrough=links.clickthrough, words=links.words)
    if text and not text.isspace():
        body["html_message"] = text
    else:
        mended.append(Mended.HTML_LEFT_OUT)


def author_answer(author: Author, mended: list[Mended]) -> dict[str, Any]:
    """The author for Zendesk, whose id was checked before. What was changed is added to `mended`."""
    answer: dict[str, Any] = {"external_id": author.external_id}
    if name := author.name:
        if len(name) <= limits.AUTHOR_NAME_CHARS and name.isprintable() and not name.isspace():
            answer["name"] = name
        else:
            _mend_name(answer, name, mended)
    if image_url := author.image_url:
        if url := https_url(image_url, limits.AUTHOR_IMAGE_URL_CHARS):
            answer["image_url"] = url
        else:
            mended.append(Mended.IMAGE_LEFT_OUT)
    if locale := author.locale:
        if len(locale) <= limits.AUTHOR_LOCALE_CHARS and _LANGUAGE_TAG.fullmatch(locale):
            answer["locale"] = locale
        else:
            mended.append(Mended.LOCALE_LEFT_OUT)
    if fields := author.fields:
        _add_fields(answer, fields, mended)
    return answer


def _mend_name(answer: dict[str, Any], name: str, mended: list[Mended]) -> None:
    fit = one_line(name[:_LONGEST_NAME])
    if len(fit) > limits.AUTHOR_NAME_CHARS:
        fit = fit[: limits.AUTHOR_NAME_CHARS - 1].rstrip() + "…"
    if fit:
        answer["name"] = fit
    mended.append(Mended.NAME_CUT)


def _add_fields(answer: dict[str, Any], fields: Sequence[FieldValue], mended: list[Mended]) -> None:
    usable, complete = fields_answer(fields, limits.AUTHOR_FIELDS_ITEMS)
    if usable:
        answer["fields"] = usable
    if not complete:
        mended.append(Mended.FIELD_LEFT_OUT)
