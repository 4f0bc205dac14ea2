# SPDX-License-Identifier: Apache-2.0
"""
The SDK for authors of connectors: everything public is named here.

Write a `Connector`, give it the methods of the capabilities that the origin has, and `serve` it.
`sealock_connector.testing` tests it.
"""

from sealock_connector._command import serve
from sealock_connector._connector import (
    Connector,
    FindsReplies,
    HandlesEvents,
    OpensFiles,
    ReceivesWebhooks,
    RepeatsSafely,
    ResolvesClickthrough,
    TakesFiles,
    TakesReplies,
)
from sealock_connector._outbox import (
    Claimed,
    Finished,
    InFlight,
    MemoryOutbox,
    OutboxStore,
    OutboxUnavailable,
    SqliteOutbox,
)
from sealock_connector._outbox.successors import Renewal, RenewsSecrets, Successors
from sealock_connector._serving.signatures import HmacSignature
from sealock_connector._telemetry import Miss, count_miss
from sealock_connector._types import (
    Account,
    Attachment,
    Author,
    Done,
    Event,
    ExternalResource,
    Field,
    FieldKind,
    File,
    Form,
    OpenedFile,
    OriginLimits,
    Posted,
    Problem,
    Pull,
    Pulled,
    Redirect,
    Reply,
    SetupStep,
    State,
    SupportsDump,
    WebhookAnswer,
    WebhookRequest,
)
from sealock_connector.cursor import Cursor
from sealock_connector.egress import EgressDenied, origin_client
from sealock_connector.errors import (
    AccountRevoked,
    Cause,
    ConnectorError,
    ContractBroken,
    InvalidAnswer,
    InvalidRequest,
    MessageRejected,
    NotFound,
    OriginThrottled,
    OriginUnavailable,
    OriginUnreached,
    OutcomeUnknown,
    Unsupported,
)
from sealock_connector.localisation import Catalogues, Text
from sealock_connector.markup import MarkupFailed, clean_html, plain_text
from sealock_contract.json_values import NotJson, read_json

__version__ = "0.1.0"

__all__ = [
    "Account",
    "AccountRevoked",
    "Attachment",
    "Author",
    "Catalogues",
    "Cause",
    "Claimed",
    "Connector",
    "ConnectorError",
    "ContractBroken",
    "Cursor",
    "Done",
    "EgressDenied",
    "Event",
    "ExternalResource",
    "Field",
    "FieldKind",
    "File",
    "FindsReplies",
    "Finished",
    "Form",
    "HandlesEvents",
    "HmacSignature",
    "InFlight",
    "InvalidAnswer",
    "InvalidRequest",
    "MarkupFailed",
    "MemoryOutbox",
    "MessageRejected",
    "Miss",
    "NotFound",
    "NotJson",
    "OpenedFile",
    "OpensFiles",
    "OriginLimits",
    "OriginThrottled",
    "OriginUnavailable",
    "OriginUnreached",
    "OutboxStore",
    "OutboxUnavailable",
    "OutcomeUnknown",
    "Posted",
    "Problem",
    "Pull",
    "Pulled",
    "ReceivesWebhooks",
    "Redirect",
    "Renewal",
    "RenewsSecrets",
    "RepeatsSafely",
    "Reply",
    "ResolvesClickthrough",
    "SetupStep",
    "SqliteOutbox",
    "State",
    "Successors",
    "SupportsDump",
    "TakesFiles",
    "TakesReplies",
    "Text",
    "Unsupported",
    "WebhookAnswer",
    "WebhookRequest",
    "clean_html",
    "count_miss",
    "origin_client",
    "plain_text",
    "read_json",
    "serve",
]
