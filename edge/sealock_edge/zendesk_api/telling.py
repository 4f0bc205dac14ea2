# SPDX-License-Identifier: Apache-2.0
"""What metrics and the log say of calls of Zendesk's API."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from sealock_edge.sealing import OpenAccount
from sealock_edge.telemetry import IntegrationMetrics, Journal
from sealock_edge.zendesk.rest import ApiCall
from sealock_edge.zendesk_api.api import PushResult, Refusal
from sealock_edge.zendesk_api.refused import RefusedAccounts


class Telling:
    """Tells of each call. What a person can do something about has a line in the log, once for each change."""

    def __init__(self, metrics: Mapping[str, IntegrationMetrics], journal: Journal, accounts: RefusedAccounts) -> None:
        """`metrics` are those of each integration, by its id; `accounts` are what the dashboard shows."""
        self._accounts = accounts
        self._metrics = metrics
        self._journal = journal

    def called(self, call: ApiCall, account: OpenAccount, outcome: str, seconds: float | None = None) -> None:
        """A call ended so, after so many seconds; without, it was not made."""
        self._metrics[account.integration_id].zendesk_call(call, outcome, seconds)

    def pushed(self, account: OpenAccount, result: PushResult, request_id: str) -> None:
        """A push is over."""
        metrics = self._metrics[account.integration_id]
        self._accounts.pushed(metrics.integration, account.account_id)
        metrics.pushed("there", len(result.there))
        for code, count in Counter(each.code for each in result.missing).items():
            metrics.pushed(code, count)
            self._journal.not_pushed(
                request_id=request_id,
                integration=metrics.integration,
                account_id=account.account_id,
                code=code,
                count=count,
            )

    def not_pushed_for(self, account: OpenAccount, refusal: Refusal) -> None:
        """A push of the account was refused, or not made because an earlier one was."""
        if refusal is not Refusal.NO_TOKEN:
            self._accounts.refused(self._metrics[account.integration_id].integration, account.account_id, refusal)

    def refused(self, call: ApiCall, account: OpenAccount, refusal: Refusal, request_id: str) -> None:
        """Zendesk refuses the account's calls from now on."""
        self._journal.zendesk_refused(
            request_id=request_id,
            integration=self._metrics[account.integration_id].integration,
            account_id=account.account_id,
            call=call,
            refusal=refusal,
        )

    def busy(self, call: ApiCall, account: OpenAccount, seconds: float, request_id: str) -> None:
        """The account's Zendesk wants no calls for so long."""
        self._journal.zendesk_busy(
            request_id=request_id,
            integration=self._metrics[account.integration_id].integration,
            account_id=account.account_id,
            call=call,
            seconds=seconds,
        )
