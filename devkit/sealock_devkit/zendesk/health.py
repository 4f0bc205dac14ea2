# SPDX-License-Identifier: Apache-2.0
"""Asks services how they are (protocol: health check)."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from sealock_devkit.zendesk.context import Context
from sealock_devkit.zendesk.events import A_DAY
from sealock_devkit.zendesk.limits import Finding, Findings, check_status
from sealock_devkit.zendesk.service_calls import Call, CallFailed, ServiceCalls
from sealock_devkit.zendesk.store import Integration


class Health:
    """Calls healthcheck_url, when somebody asks or by itself. What it found is forgotten when the process ends."""

    def __init__(self, context: Context, calls: ServiceCalls) -> None:
        self._context = context
        self._calls = calls
        self._ill: set[int] = set()

    async def check(self, integration: Integration) -> tuple[int | None, str]:
        """The status, if an answer came, and a problem in words, if there is one."""
        url = integration.manifest.urls.get("healthcheck_url")
        if url is None:
            return None, "the manifest has no healthcheck_url"
        seconds = self._context.settings.page_timeout_seconds
        call = Call("healthcheck", url, "GET", timeout=seconds, integration_id=integration.id)
        try:
            answer = await self._calls.send(call)
        except CallFailed as failure:
            self._record(integration, failure.findings, failure.call_id)
            return self._found(integration, None, failure.problem)
        findings = Findings()
        if answer.status != 200:
            check_status(answer.status, "HTTP 200", findings)
        self._record(integration, findings, answer.call_id)
        return self._found(integration, answer.status, "" if answer.status == 200 else f"HTTP {answer.status}")

    def _record(self, integration: Integration, findings: Iterable[Finding], call_id: int) -> None:
        self._context.record("healthcheck", findings, integration_id=integration.id, call_id=call_id)

    def _found(self, integration: Integration, status: int | None, problem: str) -> tuple[int | None, str]:
        was_ill = integration.id in self._ill
        (self._ill.add if problem else self._ill.discard)(integration.id)
        if problem and not was_ill:
            self._context.console.warn(f"health check of {integration.manifest.name}: {problem}")
        self._context.changes.announce()
        return status, problem

    def keeps_from_pulling(self, integration_id: int) -> bool:
        """Whether accounts wait because the last check failed."""
        return self._context.settings.failed_healthcheck == "pulls wait" and integration_id in self._ill

    async def run(self) -> None:
        """Check as often as the settings say, until cancelled."""
        while True:
            seconds = self._context.settings.healthcheck_interval_seconds
            changed = await self._context.changes.wait_until(partial(self._is_not, seconds), seconds or A_DAY)
            if not changed and seconds:
                for integration in self._context.store.integrations.all():
                    await self.check(integration)

    def _is_not(self, seconds: float) -> bool:
        return self._context.settings.healthcheck_interval_seconds != seconds
