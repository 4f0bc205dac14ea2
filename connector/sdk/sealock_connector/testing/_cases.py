# SPDX-License-Identifier: Apache-2.0
"""
Tables of cases: what a connector does, one row a behaviour.

```python
CASES = [
    PullCase("an entry becomes a resource", ACCOUNT, ids=["1"]),
    PullCase("a wrong token revokes the account", {"token": "wrong"}, raises=AccountRevoked),
]

@pytest.mark.parametrize("case", CASES, ids=str)
async def test_pull(guestbook, case):
    await case.check(guestbook)
```
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from sealock_connector._types import ExternalResource, Posted
from sealock_connector.errors import ConnectorError
from sealock_connector.testing._client import Client, File, PulledPage


class Case(Protocol):
    """One row of a table."""

    name: str
    """The behaviour, as a sentence."""

    async def check(self, client: Client) -> object:
        """Call the connector; `AssertionError` if it does something else."""
        ...


@dataclass(frozen=True, slots=True)
class PullCase:
    """A pull, and what it brings. What is None is not looked at."""

    name: str
    account: Mapping[str, Any] = field(repr=False)
    state: bytes = b""
    ids: Sequence[str] | None = None
    messages: Sequence[str] | None = None
    resources: Sequence[ExternalResource] | None = None
    interrupted_by: type[ConnectorError] | None = None
    raises: type[ConnectorError] | None = None

    def __str__(self) -> str:
        return self.name

    async def check(self, client: Client) -> PulledPage | None:
        """Pull; the page, or None if the error came that was expected."""
        try:
            page = await client.pull(self.account, self.state)
        except ConnectorError as error:
            _same_error(error, self.raises)
            return None
        assert self.raises is None, f"{self.raises.__name__} did not come"
        _same("ids", self.ids, page.ids)
        _same("messages", self.messages, [each.message for each in page.resources])
        _same("resources", self.resources, list(page.resources))
        if self.interrupted_by is not None or page.interruption is not None:
            _same_error(page.interruption, self.interrupted_by)
        return page


@dataclass(frozen=True, slots=True)
class ChannelbackCase:
    """A reply, and what becomes of it. What is None or empty is not looked at."""

    name: str
    account: Mapping[str, Any] = field(repr=False)
    message: str = "Hello"
    parent_id: str = ""
    thread_id: str = ""
    recipient_id: str = ""
    files: Sequence[File] = ()
    key: str | None = None
    external_id: str | None = None
    raises: type[ConnectorError] | None = None
    agent_reads: str = ""
    """A part of the sentence that the agent reads."""

    def __str__(self) -> str:
        return self.name

    async def check(self, client: Client) -> Posted | None:
        """Reply; what was posted, or None if the error came that was expected."""
        try:
            posted = await client.channelback(
                self.account,
                self.message,
                key=self.key,
                parent_id=self.parent_id,
                thread_id=self.thread_id,
                recipient_id=self.recipient_id,
                files=self.files,
            )
        except ConnectorError as error:
            _same_error(error, self.raises)
            _same_sentence(error.message_for_agent, self.agent_reads)
            return None
        assert self.raises is None, f"{self.raises.__name__} did not come"
        _same("external_id", self.external_id, posted.external_id)
        return posted


def _same(what: str, expected: object, found: object) -> None:
    if isinstance(expected, Sequence) and not isinstance(expected, str):
        expected = list(expected)
    assert expected is None or expected == found, f"{what}: expected {expected!r}, got {found!r}"


def _same_error(found: ConnectorError | None, expected: type[ConnectorError] | None) -> None:
    name = expected.__name__ if expected else "no error"
    assert expected is not None, f"expected no error, got {found!r}"
    assert found is not None, f"expected {name}, and nothing went wrong"
    assert type(found).reason == expected.reason, f"expected {name}, got {found!r}"


def _same_sentence(sentence: str, part: str) -> None:
    assert part in sentence, f"the agent reads: {sentence!r}"
