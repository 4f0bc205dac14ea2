# SPDX-License-Identifier: Apache-2.0
"""How a connector is asked what is new, and what Zendesk is given of its answer: for each pull, whoever wants it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, cast

from sealock.connector.v1.describe_pb2 import Capability
from sealock.connector.v1.pull_pb2 import PullRequest, PullResponse
from sealock_contract.limits import PAGE_BYTES
from sealock_edge.calls import Call, Integration
from sealock_edge.connectors import ConnectorRefused, UntilGone
from sealock_edge.connectors.errors import from_detail
from sealock_edge.heavy_work import HeavyWork
from sealock_edge.outcomes import Endpoint
from sealock_edge.pages import translations
from sealock_edge.problems import Problem, problem_of
from sealock_edge.sealing import OpenAccount
from sealock_edge.zendesk import (
    FileLinkMaker,
    PullAnswer,
    ResourceLinks,
    Sealed,
    limits,
    pull_answer,
    quick_pull_answer,
)

_CLICKTHROUGH: Final = Capability.CAPABILITY_CLICKTHROUGH


@dataclass(frozen=True, slots=True)
class Pulled:
    """What a connector answered, and what cut it short. After a quota or a dead account it is empty."""

    response: PullResponse
    problem: Problem | None = None
    answered: bool = True
    """Whether the connector gave a page at all."""
    retry_after: float | None = None
    """How long the origin wants to be left alone, in seconds, if it asked for fewer calls and said so."""

    @property
    def complete(self) -> bool:
        """Whether there is nothing left that this pull could have brought."""
        return self.answered and self.problem is None and not self.response.more


async def pulled(
    call: Call,
    account: OpenAccount,
    state: bytes,
    *,
    hints: Sequence[bytes] = (),
    until_gone: UntilGone | None = None,
) -> Pulled:
    """
    What is new since the state; the call has its integration.

    Raises `ConnectorError`, but for what Zendesk is answered with 200.
    """
    request = PullRequest(
        account_id=account.account_id,
        account=account.record.connector_account,
        state=state,
        max_resources=limits.PULL_ITEMS,
        max_bytes=PAGE_BYTES,
        hints=hints,
        locale=account.record.locale,
    )
    integration = cast("Integration", call.integration)
    try:
        answer = await integration.connector.client.pull(request, call.budget, call.request_id, until_gone)
    except ConnectorRefused as refused:
        problem = problem_of(refused, Endpoint.PULL)
        if problem.status != 200:
            raise
        return Pulled(PullResponse(state=state), problem, answered=False, retry_after=refused.retry_after)
    if answer.HasField("interruption"):
        cut_short = from_detail(answer.interruption)
        return Pulled(answer, problem_of(cut_short, Endpoint.PULL), retry_after=cut_short.retry_after)
    return Pulled(answer)


class PullAnswers:
    """Makes Zendesk's answers of connectors' ones. Large ones are made beside the loop."""

    def __init__(self, file_link: Callable[[OpenAccount, Integration], FileLinkMaker | None], heavy: HeavyWork) -> None:
        """`file_link` gives what makes links to an account's files; None where its connector opens none."""
        self.file_link = file_link
        self._heavy = heavy

    async def of(
        self,
        response: PullResponse,
        integration: Integration,
        links: FileLinkMaker | None,
        sealed: Sealed,
        *,
        locale: str = "",
    ) -> PullAnswer:
        """The answer; `locale` is the account's. Raises `FaultyAnswer`."""

        def words(text: str) -> str:
            return translations(locale).gettext(text)

        how = ResourceLinks(clickthrough=integration.connector.has(_CLICKTHROUGH), file_link=links, words=words)
        quick = quick_pull_answer(response, how, sealed)
        return quick if quick is not None else await self._heavy.do(partial(pull_answer, response, how, sealed))
