# SPDX-License-Identifier: Apache-2.0
"""Accounts, states and external resources."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import islice
from typing import Any, Final

from google.protobuf.timestamp_pb2 import Timestamp

from sealock.connector.v1 import external_resource_pb2 as pb
from sealock.connector.v1.pull_pb2 import FailedReply
from sealock_connector._types import Account, Author, ExternalResource, File, State, dump_values
from sealock_connector.errors import ContractBroken, InvalidAnswer
from sealock_connector.localisation import Words, as_written
from sealock_contract.json_values import NotJson, json_of, object_of, read_json, struct_of, valid_unicode, value_of
from sealock_contract.limits import (
    ACCOUNT_BYTES,
    ANSWER_BYTES,
    ITEMS_TAKEN,
    PAGE_PARTS,
    PAGE_RESOURCES,
    RESOURCE_BYTES,
    RESOURCE_PARTS,
    STATE_BYTES,
    broken_limit,
    max_chars,
    max_items,
)
from sealock_contract.wire import FEWEST_BYTES, count_parts

_log = logging.getLogger(__name__)

MOST_FILES = ITEMS_TAKEN * max_items(pb.ExternalResource, "files")
MOST_FIELDS = ITEMS_TAKEN * max_items(pb.ExternalResource, "fields")
MOST_DISPLAY_INFO = ITEMS_TAKEN * max_items(pb.ExternalResource, "display_info")
"""How many of a resource's files, fields and entries the edge looks at; a resource with more would be set aside."""


def account_from_wire(account_id: str, data: bytes) -> Account:
    """The account; `ContractBroken` if the bytes are not what `account_to_wire` makes."""
    try:
        values = read_json(data)
    except NotJson:
        values = None
    if not isinstance(values, dict):
        raise ContractBroken("account: is not one of this connector's accounts") from None
    return Account(id=account_id, values=values)


def account_to_wire(values: Mapping[str, Any]) -> bytes:
    """The account's bytes; `InvalidAnswer` if Zendesk could not keep them."""
    try:
        data = dump_values(values)
    except (TypeError, ValueError):
        raise InvalidAnswer("account: holds something that JSON cannot say") from None
    if len(data) > ACCOUNT_BYTES:
        raise InvalidAnswer(f"account: has {len(data):,} bytes, at most {ACCOUNT_BYTES:,} are allowed")
    return data


def state_to_wire(state: State) -> bytes:
    """The state's bytes; `InvalidAnswer` if Zendesk could not keep them."""
    data = state if isinstance(state, bytes) else state.dump()
    if len(data) > STATE_BYTES:
        raise InvalidAnswer(f"state: has {len(data):,} bytes, at most {STATE_BYTES:,} are allowed")
    return data


def failed_replies_to_wire(failed: Mapping[str, str], words: Words = as_written) -> list[FailedReply]:
    """Replies that failed late, and why by `words`; `InvalidAnswer` for an id that no reply can have."""
    messages = []
    for external_id, why in failed.items():
        sentence = " ".join(valid_unicode(words(why)).split())[: max_chars(FailedReply, "message_for_agent")]
        messages.append(FailedReply(external_id=external_id, message_for_agent=sentence))
        if problem := broken_limit(messages[-1]):
            raise InvalidAnswer(f"failed_replies: {problem}")
    return messages


LONGEST_TEXT = 70_000
"""The edge cuts texts to Zendesk's 65,535 characters, and says so; what is far behind that is not carried to it."""
_SURELY_FEW_PARTS = PAGE_PARTS // PAGE_RESOURCES // 2
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_DAY_SECONDS: Final = 86_400
_FIRST_SECOND, _LAST_SECOND = -62_135_596_800, 253_402_300_799
"""Protobuf's instants: the years 1 to 9999."""


def resource_to_wire(resource: ExternalResource) -> pb.ExternalResource:
    """The resource as a message. Raises what `write_resource` raises."""
    message = pb.ExternalResource()
    write_resource(resource, message)
    return message


def write_resource(resource: ExternalResource, message: pb.ExternalResource) -> int:
    """
    Write the resource into an empty message; gives its bytes.

    `InvalidAnswer` for what the message cannot say; the edge checks the limits.
    """
    try:
        _write(resource, message)
        size = message.ByteSize()
        return size if _is_carried(message, size) else _without_extras(message)
    except (InvalidAnswer, NotJson) as error:
        raise InvalidAnswer(f"{error} (external_id {resource.external_id!r:.300})") from None
    except (TypeError, ValueError, AttributeError, OverflowError) as error:
        name = type(error).__name__
        raise InvalidAnswer(
            f"a field has a value of the wrong type: {name} (external_id {resource.external_id!r:.300})"
        ) from None


def _write(resource: ExternalResource, message: pb.ExternalResource) -> None:
    """Field by field: to make the message of others costs twice as much, as they are copied."""
    message.external_id = valid_unicode(resource.external_id)
    message.message = valid_unicode(resource.message[:LONGEST_TEXT])
    _set_time(message.create_time, resource.created_at)
    _set_author(message.author, resource.author)
    if resource.allow_channelback is not None:
        message.allow_channelback = resource.allow_channelback
    if resource.internal_note is not False:
        message.internal_note = resource.internal_note
    if resource.html_message and len(resource.html_message) <= LONGEST_TEXT:
        message.html_message = valid_unicode(resource.html_message)
    _set_conversation(message, resource)
    for kind, data in resource.display_info[:MOST_DISPLAY_INFO]:
        message.display_info.append(pb.DisplayInfo(type=valid_unicode(kind), data=struct_of(data)))
    if resource.fields:
        message.fields.extend(_fields_to_wire(resource.fields))
    for file in resource.files[:MOST_FILES]:
        message.files.append(_file_to_wire(file))


def parts_of(message: pb.ExternalResource) -> int:
    """At least as many parts as the resource has on the wire, and exactly as many where it could have many."""
    beside_texts = message.ByteSize() - _utf8_bytes(message.message) - _utf8_bytes(message.html_message)
    if beside_texts <= FEWEST_BYTES * _SURELY_FEW_PARTS:
        return beside_texts // FEWEST_BYTES + 1
    return count_parts(message.DESCRIPTOR, message.SerializeToString(), ANSWER_BYTES) + 1


def _utf8_bytes(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode())


def _is_carried(message: pb.ExternalResource, size: int) -> bool:
    """Whether the resource, of so many bytes, is not larger than can be carried."""
    if size <= FEWEST_BYTES * (RESOURCE_PARTS - 1):
        return True
    return size <= RESOURCE_BYTES and parts_of(message) <= RESOURCE_PARTS


def _without_extras(message: pb.ExternalResource) -> int:
    """What customers wrote is worth more than what goes with it."""
    message.ClearField("display_info")
    message.ClearField("fields")
    message.author.ClearField("fields")
    size = message.ByteSize()
    if not _is_carried(message, size):
        raise InvalidAnswer("the resource is larger than can be carried")
    _log.warning("a resource was larger than can be carried: its fields and display_info were left out")
    return size


def _set_time(stamp: Timestamp, instant: datetime) -> None:
    if instant.utcoffset() is None:
        raise InvalidAnswer("created_at: is naive; give it a time zone")
    since = instant - _EPOCH
    seconds = since.days * _DAY_SECONDS + since.seconds
    if not _FIRST_SECOND <= seconds <= _LAST_SECOND:
        raise InvalidAnswer("created_at: is before the year 1 or after the year 9999")
    stamp.seconds = seconds
    if since.microseconds:
        stamp.nanos = since.microseconds * 1000


def _set_conversation(message: pb.ExternalResource, resource: ExternalResource) -> None:
    if resource.parent_id and resource.thread_id:
        raise InvalidAnswer("parent_id: Zendesk takes a parent_id or a thread_id, not both")
    if resource.parent_id:
        message.parent_id = valid_unicode(resource.parent_id)
    elif resource.thread_id:
        message.thread_id = valid_unicode(resource.thread_id)


def _set_author(message: pb.Author, author: Author) -> None:
    message.external_id = valid_unicode(author.external_id)
    message.name = valid_unicode(author.name)
    if author.image_url:
        message.image_url = valid_unicode(author.image_url)
    if author.locale:
        message.locale = valid_unicode(author.locale)
    if author.fields:
        message.fields.extend(_fields_to_wire(author.fields))


def _fields_to_wire(fields: Mapping[str, Any]) -> list[pb.FieldValue]:
    return [
        pb.FieldValue(id=valid_unicode(name), value=value_of(value))
        for name, value in islice(fields.items(), MOST_FIELDS)
    ]


def _file_to_wire(file: File) -> pb.FileReference:
    if bool(file.url) == bool(file.reference):
        raise InvalidAnswer("files: each file has either a url or a reference")
    message = pb.FileReference(name=valid_unicode(file.name), content_type=valid_unicode(file.content_type))
    if file.url:
        message.url = valid_unicode(file.url)
    else:
        message.reference = valid_unicode(file.reference)
    return message


def resource_from_wire(message: pb.ExternalResource) -> ExternalResource:
    """The message as a value."""
    return ExternalResource(
        external_id=message.external_id,
        message=message.message,
        created_at=message.create_time.ToDatetime(UTC),
        author=Author(
            external_id=message.author.external_id,
            name=message.author.name,
            image_url=message.author.image_url,
            locale=message.author.locale,
            fields={each.id: json_of(each.value) for each in message.author.fields},
        ),
        html_message=message.html_message,
        parent_id=message.parent_id,
        thread_id=message.thread_id,
        display_info=tuple((each.type, object_of(each.data)) for each in message.display_info),
        allow_channelback=message.allow_channelback if message.HasField("allow_channelback") else None,
        internal_note=message.internal_note,
        fields={each.id: json_of(each.value) for each in message.fields},
        files=tuple(
            File(name=each.name, content_type=each.content_type, url=each.url, reference=each.reference)
            for each in message.files
        ),
    )
