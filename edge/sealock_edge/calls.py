# SPDX-License-Identifier: Apache-2.0
"""One call while it is answered: which integration and endpoint it is for, how long it may take, how it ended."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from sealock_edge.config import IntegrationConfig
from sealock_edge.connectors import Budget, Connector
from sealock_edge.outcomes import Endpoint, Outcome
from sealock_edge.telemetry import IntegrationMetrics


@dataclass(frozen=True, slots=True)
class Integration:
    """What endpoints need to know of the integration that a call is for."""

    config: IntegrationConfig
    connector: Connector
    metrics: IntegrationMetrics
    base_url: str
    """Where its endpoints are, without a slash at the end."""

    @property
    def origin(self) -> str:
        """What people call the origin: the connector's name for it, else, before it was asked, the integration's."""
        description = self.connector.description
        return (description.display_name if description is not None else "") or self.config.name

    @property
    def id(self) -> str:
        """The manifest's id, to which its accounts are sealed."""
        return self.config.id


class Integrations:
    """All integrations by the first part of their URLs."""

    def __init__(self, integrations: Iterable[Integration]) -> None:
        self._by_path = {integration.config.path: integration for integration in integrations}

    def find(self, path: str) -> Integration | None:
        """The integration with these URLs, if there is one."""
        return self._by_path.get(path)

    def __iter__(self) -> Iterator[Integration]:
        return iter(self._by_path.values())


@dataclass(slots=True)
class Call:
    """One call, from its arrival to its line in the log."""

    request_id: str
    arrived: float
    """On the monotonic clock, in seconds."""
    budget: Budget
    integration: Integration | None = None
    endpoint: Endpoint | None = None
    body: bytes = field(default=b"", repr=False)
    outcome: Outcome = Outcome.OK
    cause: str = ""
    """Why it failed behind the edge, by the name of a cause of the contract, or of a fault of the connector."""
    account_id: str = ""
    locale: str = ""
    """The administrator's language, if Zendesk named it."""
    framed_by: str = ""
    """The origin of the Zendesk account that shows the answer in a frame; empty if nobody may, or none is known yet."""
    begins_with: str = field(default="", repr=False)
    """What the first page of a set-up begins with, sealed, where there was none to be had yet; else empty."""
    resources: int | None = None
    streams: bool = False
    """Whether the answer is still on its way when the endpoint is done. Who sends it calls `settle` in the end."""
    settle: Callable[[], None] = field(default=lambda: None, repr=False)
    """Counts the call and writes its line."""

    def failed(self, outcome: Outcome, cause: str) -> None:
        """How it ended, and why."""
        self.outcome, self.cause = outcome, cause

    def described(self) -> dict[str, str]:
        """What may be logged of the call while it is answered."""
        return {
            "request_id": self.request_id,
            "endpoint": self.endpoint or "",
            "integration": self.integration.config.path if self.integration is not None else "",
        }
