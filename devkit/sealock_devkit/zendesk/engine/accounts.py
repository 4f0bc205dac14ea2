# SPDX-License-Identifier: Apache-2.0
"""Adds and edits accounts through the integration's own admin UI."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from sealock_devkit.zendesk.browser.admin_browser import AdminBrowser, AdminStopped, ReturnedAccount, ReturnFormReader
from sealock_devkit.zendesk.context import Context
from sealock_devkit.zendesk.engine.events import EventOutbox
from sealock_devkit.zendesk.engine.lifecycle import Lifecycle
from sealock_devkit.zendesk.engine.service_calls import ServiceCalls
from sealock_devkit.zendesk.judge import Findings, check_return_form
from sealock_devkit.zendesk.store import Account, Integration

Answers = Sequence[Mapping[str, Any]]
"""What the administrator types, page by page, by the fields' names or labels."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A visit of an integration's admin UI, before it has ended."""

    integration: Integration
    account: Account | None
    """As it was at the beginning; `None` for a new one."""
    push_id: str
    token: str = field(repr=False)
    return_url: str
    fields: list[tuple[str, str]] = field(repr=False)
    """What Zendesk posts to the admin UI."""


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
        visit = self.visit(integration_id)
        return self.save(visit, await self._walk(visit, answers))

    async def edit(self, account_id: int, answers: Answers) -> Account:
        """Edit an account. Raises `AdminStopped`."""
        account = self._store.accounts.get(account_id)
        visit = self.visit(account.integration_id, account)
        return self.save(visit, await self._walk(visit, answers))

    def visit(self, integration_id: int, account: Account | None = None, return_url: str = "") -> Visit:
        """
        Begin a visit of the admin UI that adds an account, or edits this one.

        Its last form goes to `return_url`; empty: the setting's.
        """
        integration = self._store.integrations.get(integration_id)
        same = account is not None and self._context.settings.edit_token == "same"  # noqa: S105 - a setting's choice
        token = account.access_token if account is not None and same else secrets.token_hex(32)
        push_id = account.instance_push_id if account else self._context.new_id()
        stored = (account.name, account.metadata, account.state) if account else ("", "", "")
        url = return_url or self._context.settings.finalizer_url
        fields = self._fields(integration, stored, push_id, token, url)
        return Visit(integration, account, push_id, token, url, fields)

    def take(self, visit: Visit, form: Mapping[str, str]) -> Account:
        """Save what the admin UI's last form gave to a browser. Raises `AdminStopped` for what cannot be saved."""
        findings = Findings()
        usable = self._return_form_reader(visit.integration)(form, findings)
        account_id = visit.account.id if visit.account else None
        self._context.record("admin_ui", findings, integration_id=visit.integration.id, account_id=account_id)
        if findings.refusals:
            raise AdminStopped([f"the account cannot be saved: {finding}" for finding in findings.refusals])
        return self.save(visit, ReturnedAccount(usable["name"], usable["metadata"], usable.get("state"), frozenset()))

    def _return_form_reader(self, integration: Integration) -> ReturnFormReader:
        settings = self._context.settings
        named = settings.account_without_name == "integration's name"
        name = integration.manifest.name if named else ""
        return partial(check_return_form, name_for_none=name, cut=settings.too_long_account == "cut")

    def save(self, visit: Visit, returned: ReturnedAccount) -> Account:
        """Save the account that a visit ended with. Raises `AdminStopped`."""
        self._refuse_what_is_gone(visit)
        self._refuse_duplicate_name(returned.name, visit.integration, visit.account.id if visit.account else None)
        with self._store.database.transaction():
            account = self._added(visit, returned) if visit.account is None else self._edited(visit, returned)
        self._typed[account.id] = self._typed.get(account.id, frozenset()) | returned.typed_secrets
        done = "was edited" if visit.account else f"was added to {visit.integration.manifest.name}"
        self._context.console.good(f"account {account.name} {done}")
        self._context.changes.announce()
        return account

    def _added(self, visit: Visit, returned: ReturnedAccount) -> Account:
        account = self._store.accounts.add(
            integration_id=visit.integration.id,
            name=returned.name,
            metadata=returned.metadata,
            state=returned.state or "",
            instance_push_id=visit.push_id,
            access_token=visit.token,
            token_given_at=self._context.now(),
            created_at=self._context.now(),
        )
        data = {"metadata": account.metadata}
        self._events.add(visit.integration, "create_integration_instance", data, account_id=account.id)
        return account

    def _edited(self, visit: Visit, returned: ReturnedAccount) -> Account:
        assert visit.account is not None
        account = self._save(visit.account, returned, visit.token)
        return self._lifecycle.activate(account) if self._context.settings.edit_reactivates else account

    def _save(self, before: Account, returned: ReturnedAccount, token: str) -> Account:
        changes: dict[str, Any] = {"name": returned.name, "metadata": returned.metadata, "access_token": token}
        if token != before.access_token:
            changes["token_given_at"] = self._context.now()
        if returned.state is not None:
            changes["state"] = returned.state
        elif self._context.settings.edit_without_state == "clear":
            changes["state"] = ""
        edits = self._store.accounts.get(before.id).edits + 1
        changes |= {"needs_update": False, "update_reason": "", "update_since": None}
        return self._store.accounts.update(before.id, **changes, edits=edits, refusals=0)

    def _fields(
        self, integration: Integration, stored: tuple[str, str, str], push_id: str, token: str, return_url: str
    ) -> list[tuple[str, str]]:
        settings = self._context.settings
        fields = [
            *zip(("name", "metadata", "state"), stored, strict=True),
            ("return_url", return_url),
            ("subdomain", settings.subdomain),
            ("locale", settings.locale),
        ]
        if integration.manifest.push_client_id and settings.push_client != "gets no token":
            fields += [("instance_push_id", push_id), ("zendesk_access_token", token)]
        return fields

    async def _walk(self, visit: Visit, answers: Answers) -> ReturnedAccount:
        integration, account = visit.integration, visit.account
        account_id = account.id if account else None
        browser = AdminBrowser(
            self._calls,
            return_url=visit.return_url,
            page_seconds=self._context.settings.page_timeout_seconds,
            known_secrets=self._typed.get(account.id, frozenset()) if account else frozenset(),
            loopback_http_is_https=self._context.settings.loopback_http_is_https,
            read_return_form=self._return_form_reader(integration),
            integration_id=integration.id,
            account_id=account_id,
        )
        try:
            return await browser.walk(integration.manifest.urls["admin_ui"], visit.fields, answers)
        except AdminStopped as stopped:
            self._context.console.warn(f"admin UI of {integration.manifest.name}: {stopped}")
            raise
        finally:
            for call_id, finding in browser.findings:
                ids = {"integration_id": integration.id, "account_id": account_id, "call_id": call_id}
                self._context.record("admin_ui", [finding], **ids)

    def _refuse_what_is_gone(self, visit: Visit) -> None:
        if visit.account and self._store.accounts.get(visit.account.id).deleted_at:
            raise AdminStopped(["this account was deleted while it was edited: add it again if it is still needed"])
        if self._store.integrations.get(visit.integration.id).removed_at:
            raise AdminStopped(["this integration was removed meanwhile: install it again if it is still needed"])

    def _refuse_duplicate_name(self, name: str, integration: Integration, own_id: int | None) -> None:
        others = [account for account in self._store.accounts.all(integration.id) if account.id != own_id]
        if self._context.settings.duplicate_account_name == "refused" and name in {other.name for other in others}:
            raise AdminStopped(["another account has this name"])
