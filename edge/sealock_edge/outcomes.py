# SPDX-License-Identifier: Apache-2.0
"""The endpoints of an integration, and how a call to one can end, by the names of metrics and logs."""

from __future__ import annotations

from enum import StrEnum


class Endpoint(StrEnum):
    """One endpoint of an integration."""

    MANIFEST = "manifest"
    ADMIN_UI = "admin_ui"
    PULL = "pull"
    CHANNELBACK = "channelback"
    CLICKTHROUGH = "clickthrough"
    EVENT_CALLBACK = "event_callback"
    WEBHOOK = "webhook"
    FILE = "file"
    HEALTHCHECK = "healthcheck"
    ABOUT = "about"
    DASHBOARD = "dashboard"

    @property
    def is_page(self) -> bool:
        """Whether people read its answers, so that a problem is a page too."""
        return self in _PAGES


_PAGES = frozenset({Endpoint.ADMIN_UI, Endpoint.CLICKTHROUGH, Endpoint.ABOUT, Endpoint.DASHBOARD})


class Outcome(StrEnum):
    """How a call ended: the label of metrics and the word in logs."""

    OK = "ok"
    NOT_MODIFIED = "not_modified"
    UNSEALABLE = "unsealable"
    ZENDESK_NOT_NAMED = "zendesk_not_named"
    BAD_REQUEST = "bad_request"
    OTHER_ZENDESK = "other_zendesk"
    NOT_PROVED = "not_proved"
    PROOF_UNAVAILABLE = "proof_unavailable"
    FOREIGN_PAGE = "foreign_page"
    TOO_MANY_STEPS = "too_many_steps"
    TOO_MANY_EVENTS = "too_many_events"
    TOO_MANY_WEBHOOKS = "too_many_webhooks"
    WEBHOOK_REFUSED = "webhook_refused"
    STORE_AWAY = "store_away"
    TOO_LARGE = "too_large"
    NOT_HERE = "not_here"
    INVALID_REQUEST = "invalid_request"
    ACCOUNT_REVOKED = "account_revoked"
    ORIGIN_THROTTLED = "origin_throttled"
    ORIGIN_UNAVAILABLE = "origin_unavailable"
    MESSAGE_REJECTED = "message_rejected"
    NOT_FOUND = "not_found"
    FILE_REFUSED = "file_refused"
    FILE_UNAVAILABLE = "file_unavailable"
    ACCOUNT_NOT_SEEN = "account_not_seen"
    CLIENT_LEFT = "client_left"
    OUTCOME_UNKNOWN = "outcome_unknown"
    UNSUPPORTED = "unsupported"
    CONNECTOR_INTERNAL = "connector_internal"
    CONNECTOR_DOWN = "connector_down"
    CONNECTOR_FAULTY = "connector_faulty"
    INTERNAL = "internal"
