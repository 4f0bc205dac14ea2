# SPDX-License-Identifier: Apache-2.0
"""Zendesk's own API, which the edge calls by itself: push, validate_token and report_error."""

from sealock_edge.zendesk_api.api import (
    Missing,
    PushResult,
    Refusal,
    ZendeskApi,
    ZendeskBusy,
    ZendeskRefused,
    ZendeskUnavailable,
)
from sealock_edge.zendesk_api.calling import Caller, Waits
from sealock_edge.zendesk_api.client import ZendeskClient
from sealock_edge.zendesk_api.legitimacy import Legitimacy, NotProved, ProofUnavailable
from sealock_edge.zendesk_api.refused import RefusedAccounts
from sealock_edge.zendesk_api.telling import Telling

__all__ = [
    "Caller",
    "Legitimacy",
    "Missing",
    "NotProved",
    "ProofUnavailable",
    "PushResult",
    "Refusal",
    "RefusedAccounts",
    "Telling",
    "Waits",
    "ZendeskApi",
    "ZendeskBusy",
    "ZendeskClient",
    "ZendeskRefused",
    "ZendeskUnavailable",
]
