# SPDX-License-Identifier: Apache-2.0
"""What the API shows of things. Metadata, state and tokens are dots, but where they are asked for by name."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from sealock_devkit.zendesk.browser.admin_page import AdminPage
from sealock_devkit.zendesk.local_zendesk import LocalZendesk
from sealock_devkit.zendesk.redaction import dots, redacted_json, redacted_url
from sealock_devkit.zendesk.store import (
    Account,
    CallRecord,
    Comment,
    EventRecord,
    File,
    Integration,
    Reply,
    Ticket,
    User,
)


def integration_view(integration: Integration, zendesk: LocalZendesk) -> dict[str, Any]:
    """An integration with its manifest, the app that installed it, and when the manifest is read again."""
    view = asdict(integration)
    app = zendesk.store.apps.of(integration.id)
    names = ("name", "version", "identifier", "installed_at")
    view["app"] = {name: getattr(app, name) for name in names} if app else None
    view["logo"] = f"/channels/{integration.id}/logo.png" if app and app.logo else None
    view["next_poll_at"] = None if integration.removed_at else zendesk.next_manifest_poll_at()
    view["manifest"]["urls"] = {key: redacted_url(url) for key, url in integration.manifest.urls.items()}
    return view


def account_view(account: Account, zendesk: LocalZendesk) -> dict[str, Any]:
    """An account without its secrets, with their sizes in characters, and when it is pulled by itself."""
    hidden = {
        "metadata": dots(account.metadata),
        "state": dots(account.state),
        "access_token": dots(account.access_token),
    }
    sizes = {"metadata": len(account.metadata), "state": len(account.state)}
    return {**asdict(account), **hidden, "sizes": sizes, "next_pull_at": zendesk.next_pull_at(account)}


def user_view(user: User) -> dict[str, Any]:
    """An end user with the fields that the origin gave."""
    return {**asdict(user), "fields": json.loads(user.fields)}


def reply_view(reply: Reply) -> dict[str, Any]:
    """A reply with its attempts."""
    return {**asdict(reply), "attempts": json.loads(reply.attempts)}


def file_view(file: File) -> dict[str, Any]:
    """A file, with where to get it on this machine."""
    names = ("id", "name", "content_type", "size", "status", "problem")
    return {**{name: getattr(file, name) for name in names}, "url": f"/api/files/{file.id}"}


def comment_view(comment: Comment, zendesk: LocalZendesk) -> dict[str, Any]:
    """A comment with its author, and its reply if it is one."""
    reply = zendesk.store.replies.by_comment(comment.id)
    author = zendesk.store.users.get(comment.user_id) if comment.user_id else None
    return {
        **asdict(comment),
        "display_info": json.loads(comment.display_info),
        "file_urls": [redacted_url(url) for url in json.loads(comment.file_urls)],
        "files": [file_view(file) for file in zendesk.store.files.of_comment(comment.id)],
        "author": author.name if author else comment.agent,
        "reply": reply_view(reply) if reply else None,
    }


def ticket_view(ticket: Ticket, zendesk: LocalZendesk) -> dict[str, Any]:
    """A ticket with its `via`, as Zendesk's own API shows it."""
    account = zendesk.store.accounts.get(ticket.account_id)
    integration = zendesk.store.integrations.get(ticket.integration_id)
    requester = zendesk.store.users.get(ticket.requester_id) if ticket.requester_id else None
    service_info = {
        "supports_channelback": "channelback_url" in integration.manifest.urls,
        "supports_clickthrough": "clickthrough_url" in integration.manifest.urls,
        "registered_integration_service_name": integration.manifest.name,
        "registered_integration_service_external_id": integration.manifest.id,
        "integration_service_instance_name": account.name,
    }
    flat = zendesk.settings.ticket_via == "flat"
    source = {"from": service_info if flat else {"service_info": service_info}, "to": {}, "rel": None}
    return {
        **asdict(ticket),
        "fields": json.loads(ticket.fields),
        "follow_ups": [each.id for each in zendesk.store.tickets.follow_ups(ticket.id)],
        "requester": requester.name if requester else None,
        "reply_failed": bool(zendesk.store.tickets.undelivered(ticket.id)),
        "via": {"channel": "any_channel", "source": source},
    }


def event_view(event: EventRecord) -> dict[str, Any]:
    """An event with its body, secrets as dots."""
    return {**asdict(event), "body": redacted_json(json.loads(event.body))}


def call_view(call: CallRecord) -> dict[str, Any]:
    """A call as the journal has it, its JSON parsed."""
    parsed = {name: json.loads(getattr(call, name)) for name in ("headers", "sent", "results")}
    body = json.loads(call.body) if call.body else None
    return {**asdict(call), "direction": call.direction, **parsed, "body": body}


def page_view(page: AdminPage | None) -> dict[str, Any] | None:
    """A page of the admin UI: its words and what it asks for."""
    if page is None:
        return None
    fields = [
        {"name": each.name, "kind": each.kind, "label": each.labels[0] if each.labels else each.name}
        for form in page.forms
        for each in form.fields
        if each.kind != "hidden"
    ]
    return {
        "url": redacted_url(page.url),
        "status": page.status,
        "title": page.title,
        "problems": list(page.problems),
        "fields": fields,
    }
