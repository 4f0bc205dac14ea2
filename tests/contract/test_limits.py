# SPDX-License-Identifier: Apache-2.0
"""The limits in the contract are Zendesk's: the smaller of what is documented and what the schemas say."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pytest

from sealock.connector.v1 import channelback_pb2, describe_pb2, error_detail_pb2, external_resource_pb2, pull_pb2
from sealock.edge.v1 import account_pb2
from sealock.options.v1 import limits_pb2
from tests.zendesk_schemas import SCHEMAS, requires_schemas

Resource = external_resource_pb2.ExternalResource
Author = external_resource_pb2.Author
MAX_PLAINTEXT = 3717
"""What a sealed string of 5,000 characters can hold."""


@dataclass(frozen=True)
class Limit:
    """One limit: the field, what the documentation says (None: nothing), and where the schemas say it."""

    message: type
    field: str
    documented: int | None
    schema: str = ""
    keyword: str = "maxLength"

    def __str__(self) -> str:
        return f"{self.message.DESCRIPTOR.name}.{self.field}"

    @property
    def declared(self) -> int:
        """The limit as the descriptor has it."""
        options = self.message.DESCRIPTOR.fields_by_name[self.field].GetOptions()
        return options.Extensions[limits_pb2.max_items if self.keyword == "maxItems" else limits_pb2.max_chars]

    @property
    def in_schema(self) -> int | None:
        """The limit as Zendesk's schema has it."""
        if not self.schema:
            return None
        file, _, pointer = self.schema.partition("#")
        node = json.loads((SCHEMAS / f"{file}.json").read_text())
        for step in pointer.strip("/").split("/"):
            node = node[step]
        return node[self.keyword]


RESOURCE = "external_resource#/properties/"
PARTS = "external_resource#/definitions/"
AUTHOR = PARTS + "author/properties/"
REPORT = "report_channelback_error#/properties/"
LIMITS = [
    Limit(Resource, "external_id", 255, RESOURCE + "external_id"),
    Limit(Resource, "message", 65535, RESOURCE + "message"),
    Limit(Resource, "html_message", 65535, RESOURCE + "html_message"),
    Limit(Resource, "parent_id", 511, RESOURCE + "parent_id"),
    Limit(Resource, "thread_id", 255, RESOURCE + "thread_id"),
    Limit(Resource, "display_info", None, RESOURCE + "display_info", "maxItems"),
    Limit(Resource, "fields", None, RESOURCE + "fields", "maxItems"),
    Limit(Resource, "files", 10, RESOURCE + "file_urls", "maxItems"),
    Limit(Author, "external_id", 255, AUTHOR + "external_id"),
    Limit(Author, "name", 255, AUTHOR + "name"),
    Limit(Author, "image_url", 255, AUTHOR + "image_url"),
    Limit(Author, "locale", 255, AUTHOR + "locale"),
    Limit(Author, "fields", None, AUTHOR + "fields", "maxItems"),
    Limit(
        external_resource_pb2.DisplayInfo, "type", None, "external_resource#/definitions/display_info/properties/type"
    ),
    Limit(external_resource_pb2.FieldValue, "id", None, "external_resource#/definitions/field_value/properties/id"),
    Limit(external_resource_pb2.FileReference, "url", None, "external_resource#/definitions/file_url"),
    Limit(pull_pb2.PullResponse, "resources", 200, "pull_payload#/properties/external_resources", "maxItems"),
    Limit(channelback_pb2.ChannelbackResponse, "external_id", 255, "channelback_payload_v2#/properties/external_id"),
    Limit(channelback_pb2.ChannelbackHeader, "message", 65535),
    Limit(channelback_pb2.ChannelbackHeader, "parent_id", 511),
    Limit(channelback_pb2.ChannelbackHeader, "thread_id", 511),
    Limit(channelback_pb2.ChannelbackHeader, "recipient_id", 255),
    Limit(channelback_pb2.ChannelbackHeader, "idempotency_key", 255),
    Limit(
        error_detail_pb2.ConnectorErrorDetail,
        "message_for_agent",
        None,
        "report_channelback_error#/properties/description",
    ),
    Limit(describe_pb2.DescribeResponse, "display_name", 255, "manifest#/definitions/manifest/properties/name"),
]
EXTERNAL_IDS = [limit for limit in LIMITS if limit.field in {"external_id", "parent_id", "thread_id"} and limit.schema]


@requires_schemas
@pytest.mark.parametrize("limit", LIMITS, ids=str)
def test_a_limit_is_the_smaller_of_documentation_and_schema(limit):
    known = [value for value in (limit.documented, limit.in_schema) if value is not None]
    assert limit.declared == min(known)


@pytest.mark.parametrize("limit", [limit for limit in LIMITS if limit.documented], ids=str)
def test_a_limit_is_within_the_documented_one(limit):
    assert 0 < limit.declared <= limit.documented


@pytest.mark.parametrize("limit", EXTERNAL_IDS, ids=str)
def test_what_zendesk_takes_as_an_external_id_is_marked(limit):
    options = limit.message.DESCRIPTOR.fields_by_name[limit.field].GetOptions()
    assert options.Extensions[limits_pb2.external_id]


@requires_schemas
@pytest.mark.parametrize("limit", EXTERNAL_IDS, ids=str)
def test_the_schema_too_calls_it_an_external_id(limit):
    file, _, pointer = limit.schema.partition("#/properties/")
    if "definitions" not in limit.schema:
        schema = json.loads((SCHEMAS / f"{file}.json").read_text())
        assert schema["properties"][pointer]["format"] == "external-id"


REQUIRED = {
    Resource: {"external_id", "message", "author", "create_time"},
    Author: {"external_id"},
    channelback_pb2.ChannelbackResponse: {"external_id"},
}


@pytest.mark.parametrize("message", list(REQUIRED), ids=lambda message: message.DESCRIPTOR.name)
def test_every_text_that_zendesk_requires_may_not_be_empty(message):
    for name in REQUIRED[message]:
        field = message.DESCRIPTOR.fields_by_name[name]
        if field.message_type is None:
            assert field.GetOptions().Extensions[limits_pb2.not_empty], name


def test_the_largest_account_fits_into_a_sealed_string():
    largest = account_pb2.Account(
        account_id="a" * 36,
        subdomain="s" * 63,
        locale="l" * 35,
        instance_push_id="p" * 255,
        zendesk_access_token="t" * 128,
        connector_account=b"c" * _max_bytes(pull_pb2.PullRequest, "account"),
    )
    largest.create_time.GetCurrentTime()
    largest.update_time.GetCurrentTime()
    assert largest.ByteSize() <= MAX_PLAINTEXT


def test_the_largest_state_fits_into_a_sealed_string():
    assert _max_bytes(pull_pb2.PullResponse, "state") <= MAX_PLAINTEXT


def _max_bytes(message: type, field: str) -> int:
    return message.DESCRIPTOR.fields_by_name[field].GetOptions().Extensions[limits_pb2.max_bytes]


def test_an_account_and_a_state_have_one_limit_wherever_they_travel(contract):
    sizes = {"account": set(), "state": set(), "session": set(), "chunk": set()}
    for name, field in contract.fields.items():
        if field.name in sizes and field.type == field.TYPE_BYTES and ".edge." not in name:
            sizes[field.name].add(field.options.Extensions[limits_pb2.max_bytes])
    assert all(len(values) == 1 and 0 not in values for values in sizes.values()), sizes
