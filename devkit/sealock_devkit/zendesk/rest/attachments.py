# SPDX-License-Identifier: Apache-2.0
"""Gives the service agents' files, as Zendesk's host and the object storage behind it do."""

from __future__ import annotations

import json
from urllib.parse import quote

from sealock_devkit.zendesk.context import Context
from sealock_devkit.zendesk.judge import Finding
from sealock_devkit.zendesk.rest.access import RestRefused, bearer_account, described_headers, has_ended
from sealock_devkit.zendesk.store import Account, File

STRAY_TOKEN = Finding(
    "authorization",
    "the access token is sent to Zendesk's host only, not on to where it redirects",
    "advice",
    "a token",
)

LOSSES = {
    "lose answer": (504, "GatewayTimeout", "answer lost"),
    "busy": (429, "APIRateLimitExceeded", "too many calls in this minute"),
    "drop": (502, "BadGateway", "the call was dropped"),
}


class AttachmentRequests:
    """Finds the file that is asked for, and remembers each call."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._store = context.store

    def at_zendesk(self, token: str, authorization: str | None, fault: str = "") -> tuple[File, str]:
        """
        The file of a token, and the URL to redirect to, if the settings want that. Raises `RestRefused`.

        `fault`: the one that is switched on for the call.
        """
        file, status = self._store.files.by_token(token), 404
        try:
            if fault in LOSSES:
                status = LOSSES[fault][0]
                raise RestRefused(*LOSSES[fault])
            if file is None:
                raise RestRefused(404, "RecordNotFound", "there is no such attachment")
            status = 401
            self._check(file, authorization)
            status = 302 if self._context.settings.attachment_redirect else 200
        finally:
            self._record("/attachments/token/•••/", authorization, file, status, fault)
        base = self._context.settings.attachment_redirect.rstrip("/")
        return file, f"{base}/attachments/stored/{file.storage_key}/{quote(file.name, safe='')}" if base else ""

    def in_storage(self, key: str, authorization: str | None) -> File:
        """The file behind a redirect; whoever knows the address may have it. Raises `RestRefused`."""
        file = self._store.files.by_storage_key(key)
        call_id = self._record("/attachments/stored/•••", authorization, file, 200 if file else 404)
        if file is None:
            raise RestRefused(404, "RecordNotFound", "there is no such attachment")
        if authorization is not None:
            account = self._account(file)
            ids = {"integration_id": account.integration_id, "account_id": account.id, "call_id": call_id}
            self._context.record("attachment", [STRAY_TOKEN], **ids)
        return file

    def _account(self, file: File) -> Account:
        ticket = self._store.tickets.get(self._store.tickets.comment(file.comment_id).ticket_id)
        return self._store.accounts.get(ticket.account_id)

    def _check(self, file: File, authorization: str | None) -> None:
        if authorization is None and not self._context.settings.attachments_need_token:
            return
        bearer = bearer_account(self._store, authorization)
        settings = self._context.settings
        ended = settings.access_tokens == "ended" or (
            bearer is not None and has_ended(bearer, settings, self._context.clock())
        )
        if ended or bearer is None or bearer.id != self._account(file).id:
            raise RestRefused(401, "invalid_token", "the access token is missing, wrong or another account's")

    def _record(self, url: str, authorization: str | None, file: File | None, status: int, fault: str = "") -> int:
        account = self._account(file) if file else None
        self._context.changes.announce()
        return self._store.calls.add(
            self._context.settings.calls_kept,
            kind="attachment",
            integration_id=account.integration_id if account else None,
            account_id=account.id if account else None,
            method="GET",
            url=url,
            headers=json.dumps(described_headers(authorization), ensure_ascii=False),
            status=status,
            answer=f"{file.content_type.partition(';')[0]}, {file.size} bytes" if file and status == 200 else "",
            problem=LOSSES[fault][2] if fault in LOSSES else "",
            fault=fault,
            milliseconds=0,
            started_at=self._context.now(),
        )
