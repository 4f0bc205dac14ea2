# SPDX-License-Identifier: Apache-2.0
"""What every part of the local Zendesk needs: its memory, its settings, its clock and its voice."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from sealock_devkit.zendesk.changes import Changes
from sealock_devkit.zendesk.console import Console
from sealock_devkit.zendesk.limits import Finding
from sealock_devkit.zendesk.settings import Settings
from sealock_devkit.zendesk.store import Store


@dataclass(slots=True)
class Context:
    """Shared by all parts; `settings` is replaced whole when settings change."""

    store: Store
    settings: Settings
    changes: Changes
    console: Console
    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    address: str = ""
    """Where this Zendesk listens, as a URL; empty when it does not."""

    def now(self) -> str:
        """The instant in RFC 3339's form."""
        return stamp(self.clock())

    def record(
        self,
        endpoint: str,
        findings: Iterable[Finding],
        *,
        integration_id: int | None = None,
        account_id: int | None = None,
        call_id: int | None = None,
    ) -> None:
        """Remember and show what breaks the protocol."""
        for finding in findings:
            self.store.violations.add(
                self.settings.calls_kept,
                integration_id=integration_id,
                account_id=account_id,
                call_id=call_id,
                endpoint=endpoint,
                path=finding.path,
                rule=finding.rule,
                source=finding.source,
                detail=finding.detail,
                found_at=self.now(),
            )
            self.console.bad(f"violation in {endpoint}: {finding} ({finding.source})")
            self.changes.announce()


def stamp(instant: datetime) -> str:
    """An instant in RFC 3339's form, in UTC with milliseconds."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
