# SPDX-License-Identifier: Apache-2.0
"""What happens to accounts, integrations and users besides pulls: each with the event that tells the service."""

from __future__ import annotations

from typing import Literal

from sealock_devkit.zendesk.context import Context
from sealock_devkit.zendesk.engine.events import EventOutbox
from sealock_devkit.zendesk.store import Account


class Lifecycle:
    """Switches accounts on and off, and deletes what people delete."""

    def __init__(self, context: Context, events: EventOutbox) -> None:
        self._context = context
        self._store = context.store
        self._events = events

    def activate(self, account: Account) -> Account:
        """Let the account be pulled and replied to again."""
        if account.active:
            return account
        with self._store.database.transaction():
            account = self._store.accounts.update(account.id, active=True, failures=0, refusals=0)
            self._tell(account, "activate_integration_instance")
        self._context.console.say(f"account {account.name} is active")
        return account

    def deactivate(self, account: Account, by: Literal["api", "error"], error: str = "") -> Account:
        """Stop pulls and replies, by a person (`api`) or because of an error."""
        if not account.active:
            return account
        with self._store.database.transaction():
            account = self._store.accounts.update(account.id, active=False)
            data = {"deactivated_by": by} | ({"deactivating_error": error} if error else {})
            self._tell(account, "deactivate_integration_instance", **data)
        reason = f" because of an error: {error}" if error else ""
        self._context.console.bad(f"account {account.name} was deactivated{reason}")
        return account

    def delete(self, account: Account) -> None:
        """Delete the account; its tickets stay."""
        with self._store.database.transaction():
            self._tell(account, "destroy_integration_instance")
            self._store.accounts.update(account.id, deleted_at=self._context.now(), active=False)
        self._context.console.say(f"account {account.name} was deleted")

    def remove_integration(self, integration_id: int) -> None:
        """Remove the integration with its accounts; its tickets stay."""
        integration = self._store.integrations.get(integration_id)
        with self._store.database.transaction():
            for account in self._store.accounts.all(integration_id):
                self.delete(account)
            self._events.add(integration, "destroy_integration", {"manifest_url": integration.manifest_url})
            self._store.integrations.remove(integration_id, self._context.now())
        self._context.console.say(f"integration {integration.manifest.name} was removed")

    def delete_user(self, user_id: int) -> None:
        """Delete an end user. The service is told, so that it can forget the author too."""
        user = self._store.users.get(user_id)
        integration = self._store.integrations.get(user.integration_id)
        account = self._store.accounts.get(user.account_id)
        with self._store.database.transaction():
            self._store.users.update(user_id, deleted_at=self._context.now(), name="Deleted user", image_url="")
            data = {"author": {"external_id": user.external_id}, "metadata": account.metadata}
            self._events.add(integration, "destroy_user_identity", data, account_id=account.id)

    def _tell(self, account: Account, type_id: str, **data: str) -> None:
        integration = self._store.integrations.get(account.integration_id)
        self._events.add(integration, type_id, {"metadata": account.metadata, **data}, account_id=account.id)
