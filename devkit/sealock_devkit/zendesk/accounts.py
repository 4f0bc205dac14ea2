# SPDX-License-Identifier: Apache-2.0
"""Adds and edits accounts through the integration's own admin UI."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from sealock_devkit.zendesk.admin_browser import AdminBrowser, AdminStopped, ReturnedAccount
from sealock_devkit.zendesk.context import Context
from sealock_devkit.zendesk.events import EventOutbox
from sealock_devkit.zendesk.lifecycle import Lifecycle
from sealock_devkit.zendesk.service_calls import ServiceCalls
from sealock_devkit.zendesk.store import Account, Integration

Answers = Sequence[Mapping[str, Any]]
"""What the administrator types, page by page, by the fields' names or labels."""


class AccountEditor:
    """Zendesk's part around the admin UI. Remembers typed secrets while it runs, to see whether a page shows them."""

    def __init__(self, context: Context, calls: ServiceCalls, events: EventOutbox, lifecycle: Lifecycle) -> None:
        self._context = context
        self._store = context.store
        self._calls = calls
        self._events = events
        self._lifecycle = lifecycle
        self._typed: dict[int, frozenset[str]] = {}

    async def add(self, integration_id: int, answers: Answers) -> Account:
        """Add an account. Raises `AdminStopped`."""
        integration = self._store.integrations.get(integration_id)
        push_id, token = self._context.new_id(), secrets.token_hex(32)
        fields = self._fields(integration, ("", "", ""), push_id, token)
        returned = await self._walk(integration, None, fields, answers)
        self._refuse_duplicate_name(returned.name, integration, None)
        now = self._context.now()
        with self._store.database.transaction():
            account = self._store.accounts.add(
                integration_id=integration.id,
                name=returned.name,
                metadata=returned.metadata,
                state=returned.state or "",
                instance_push_id=push_id,
                access_token=token,
                created_at=now,
            )
            self._events.add(integration, "create_integration_instance", {"metadata": account.metadata})
        self._typed[account.id] = returned.typed_secrets
        self._context.console.good(f"account {account.name} was added to {integration.manifest.name}")
        self._context.changes.announce()
        return account

    async def edit(self, account_id: int, answers: Answers) -> Account:
        """Edit an account. Raises `AdminStopped`."""
        before = self._store.accounts.get(account_id)
        integration = self._store.integrations.get(before.integration_id)
        same = self._context.settings.edit_token == "same"  # noqa: S105 - a setting's choice
        token = before.access_token if same else secrets.token_hex(32)
        push_id = before.instance_push_id
        kept = (before.name, before.metadata, before.state)
        fields = self._fields(integration, kept, push_id, token)
        returned = await self._walk(integration, before, fields, answers)
        self._refuse_duplicate_name(returned.name, integration, account_id)
        with self._store.database.transaction():
            account = self._save(before, returned, token)
            if self._context.settings.edit_reactivates:
                account = self._lifecycle.activate(account)
        self._typed[account.id] = self._typed.get(account.id, frozenset()) | returned.typed_secrets
        self._context.console.good(f"account {account.name} was edited")
        self._context.changes.announce()
        return account

    def _save(self, before: Account, returned: ReturnedAccount, token: str) -> Account:
        changes: dict[str, Any] = {"name": returned.name, "metadata": returned.metadata, "access_token": token}
        if returned.state is not None:
            changes["state"] = returned.state
        elif self._context.settings.edit_without_state == "clear":
            changes["state"] = ""
        edits = self._store.accounts.get(before.id).edits + 1
        return self._store.accounts.update(before.id, **changes, edits=edits, needs_update=False, refusals=0)

    def _fields(
        self, integration: Integration, kept: tuple[str, str, str], push_id: str, token: str
    ) -> list[tuple[str, str]]:
        settings = self._context.settings
        fields = [
            *zip(("name", "metadata", "state"), kept, strict=True),
            ("return_url", settings.finalizer_url),
            ("subdomain", settings.subdomain),
            ("locale", settings.locale),
        ]
        if integration.manifest.push_client_id:
            fields += [("instance_push_id", push_id), ("zendesk_access_token", token)]
        return fields

    async def _walk(
        self, integration: Integration, account: Account | None, fields: list[tuple[str, str]], answers: Answers
    ) -> ReturnedAccount:
        account_id = account.id if account else None
        browser = AdminBrowser(
            self._calls,
            return_url=self._context.settings.finalizer_url,
            known_secrets=self._typed.get(account.id, frozenset()) if account else frozenset(),
            loopback_http_is_https=self._context.settings.loopback_http_is_https,
            integration_id=integration.id,
            account_id=account_id,
        )
        try:
            return await browser.walk(integration.manifest.urls["admin_ui"], fields, answers)
        except AdminStopped as stopped:
            self._context.console.warn(f"admin UI of {integration.manifest.name}: {stopped}")
            raise
        finally:
            for call_id, finding in browser.findings:
                ids = {"integration_id": integration.id, "account_id": account_id, "call_id": call_id}
                self._context.record("admin_ui", [finding], **ids)

    def _refuse_duplicate_name(self, name: str, integration: Integration, own_id: int | None) -> None:
        others = [account for account in self._store.accounts.all(integration.id) if account.id != own_id]
        if self._context.settings.duplicate_account_name == "refused" and name in {other.name for other in others}:
            raise AdminStopped(["another account has this name"])
