# SPDX-License-Identifier: Apache-2.0
"""Takes a service's word that a reply, delivered before, failed after all (protocol: channelback/report_error)."""

from __future__ import annotations

from sealock_devkit.zendesk.context import Context
from sealock_devkit.zendesk.store import Account

NO_DESCRIPTION = "the origin could not keep it"


class ReportedErrors:
    """Marks replies as failed, so that their agents read why."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._store = context.store

    def report(self, account: Account, external_id: str, description: str) -> bool:
        """Mark the account's reply of this id as failed; false when there is none."""
        reply = self._store.replies.by_external_id(account.id, external_id)
        if reply is None:
            return False
        problem = description or NO_DESCRIPTION
        with self._store.database.transaction():
            self._store.replies.finish(reply.id, status="failed", problem=problem, finished_at=self._context.now())
            self._store.tickets.update_comment(reply.comment_id, problem=problem)
        self._context.console.bad(f"ticket {reply.ticket_id}: a delivered reply failed later: {problem}")
        self._context.changes.announce()
        return True
