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

__all__ = [
    "Missing",
    "PushResult",
    "Refusal",
    "ZendeskApi",
    "ZendeskBusy",
    "ZendeskRefused",
    "ZendeskUnavailable",
]
