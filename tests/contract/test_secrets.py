# SPDX-License-Identifier: Apache-2.0
"""Every field that may hold a secret says so in the contract, and Zendesk's secrets stay in the edge."""

from __future__ import annotations

import re

import pytest
from google.protobuf import descriptor_pb2

Field = descriptor_pb2.FieldDescriptorProto
CONNECTOR = "sealock.connector.v1."
EDGE = "sealock.edge.v1."

REDACTED = {
    CONNECTOR + name
    for name in (
        "ChannelbackHeader.account",
        "ChannelbackResponse.account",
        "HandleEventRequest.account",
        "OpenFileRequest.account",
        "PullRequest.account",
        "PullResponse.account",
        "ReceiveWebhookRequest.body",
        "ReceiveWebhookRequest.headers",
        "SetupDone.account",
        "SetupForm.session",
        "SetupRedirect.session",
        "SetupRedirect.url",
        "SetupRequest.account",
        "SetupRequest.answers",
        "SetupRequest.callback_query",
        "SetupRequest.callback_state",
        "SetupRequest.session",
    )
} | {
    EDGE + name
    for name in (
        "Account.connector_account",
        "Account.zendesk_access_token",
        "SetupProgress.session",
        "SetupProgress.shown_step",
    )
}

NOT_SECRET = {
    CONNECTOR + "ChannelbackHeader.account_id": "a random name",
    CONNECTOR + "ChannelbackHeader.idempotency_key": "Zendesk's name of the reply",
    CONNECTOR + "ChannelbackMade.account_name": "shown in Zendesk",
    CONNECTOR + "ChannelbackRequest.chunk": "the bytes of a file; too large to print, but not a credential",
    CONNECTOR + "HandleEventRequest.account_id": "a random name",
    CONNECTOR + "OpenFileRequest.account_id": "a random name",
    CONNECTOR + "OpenFileResponse.chunk": "the bytes of a file; too large to print, but not a credential",
    CONNECTOR + "PullMade.account_name": "shown in Zendesk",
    CONNECTOR + "PullRequest.account_id": "a random name",
    CONNECTOR + "PullRequest.hints": "ids of the origin's public things",
    CONNECTOR + "PullRequest.state": "how far the pulls got",
    CONNECTOR + "PullResponse.origin_account_key": "the origin's public name of the account",
    CONNECTOR + "PullResponse.state": "how far the pulls got",
    CONNECTOR + "PullResponse.unread_hints": "ids of the origin's public things",
    CONNECTOR + "ReceiveWebhookResponse.body": "goes to whoever called",
    CONNECTOR + "SetupDone.account_name": "shown in Zendesk",
    CONNECTOR + "SetupDone.state": "how far the pulls got",
    CONNECTOR + "SetupField.secret_kept": "yes or no",
    CONNECTOR + "SetupRequest.account_id": "a random name",
    CONNECTOR + "SetupRequest.account_name": "shown in Zendesk",
    CONNECTOR + "WebhookDelivery.hints": "ids of the origin's public things",
    CONNECTOR + "WebhookDelivery.origin_account_key": "the origin's public name of the account",
    EDGE + "Account.account_id": "a random name",
    EDGE + "SetupProgress.account": "a record whose own secret fields are redacted",
    EDGE + "SetupProgress.account_name": "shown in Zendesk",
    EDGE + "SetupProgress.state": "how far the pulls got",
    EDGE + "FileLink.account_id": "a random name",
}
"""Fields that look as if they held a secret, and why they do not. Whoever adds a line answers for it."""

SUSPICIOUS = re.compile(
    r"account|token|secret|passw|session|answers|credential|callback_(query|state)|signature|cookie|key|auth(?!or(_|$))"
)


def looks_secret(field: Field) -> bool:
    """Opaque bytes can hold anything; otherwise the name tells."""
    return field.type == Field.TYPE_BYTES or bool(SUSPICIOUS.search(field.name))


def ordinary(fields):
    """Messages whose name says that an account is what they tell of carry it elsewhere."""
    return {name: field for name, field in fields.items() if name not in ACCOUNT_EVENTS}


ACCOUNT_EVENTS = {
    f"{CONNECTOR}ZendeskEvent.account_{what}" for what in ("created", "destroyed", "activated", "deactivated")
}


def test_exactly_the_reviewed_fields_are_redacted(contract):
    assert {name for name, field in contract.fields.items() if field.options.debug_redact} == REDACTED


def test_every_field_that_looks_secret_was_looked_at(contract):
    suspicious = {name for name, field in ordinary(contract.fields).items() if looks_secret(field)}
    assert suspicious - REDACTED == set(NOT_SECRET)


def test_no_field_is_both_redacted_and_called_harmless():
    assert set(NOT_SECRET) & REDACTED == set()


@pytest.mark.parametrize(
    "name", ["access_token", "password", "app_password", "client_secret", "cookie", "authorization"]
)
def test_a_new_field_with_such_a_name_would_be_noticed(name):
    assert looks_secret(Field(name=name, type=Field.TYPE_STRING))


@pytest.mark.parametrize("name", ["author", "message", "external_id", "create_time", "locale"])
def test_an_ordinary_field_is_left_in_peace(name):
    assert not looks_secret(Field(name=name, type=Field.TYPE_STRING))


def test_nothing_of_zendesk_can_cross_to_a_connector(contract):
    crossing = [name for name in contract.fields if name.startswith(CONNECTOR)]
    assert [name for name in crossing if re.search(r"zendesk_access_token|instance_push_id|metadata", name)] == []


def test_the_account_is_the_same_secret_everywhere(contract):
    accounts = {
        name: field for name, field in contract.fields.items() if field.name == "account" and name.startswith(CONNECTOR)
    }
    assert {field.type for field in accounts.values()} == {Field.TYPE_BYTES}
    assert accounts.keys() <= REDACTED
