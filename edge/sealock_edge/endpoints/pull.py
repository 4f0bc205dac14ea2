# SPDX-License-Identifier: Apache-2.0
"""`POST /{integration}/pull`: Zendesk asks for what is new in an account, about every two minutes."""

from __future__ import annotations

from functools import partial
from typing import Final

import orjson
from falcon.asgi import Request, Response

from sealock.connector.v1.describe_pb2 import Capability
from sealock.connector.v1.pull_pb2 import PullRequest, PullResponse
from sealock_contract.limits import PAGE_BYTES
from sealock_edge.calls import Call, Integration
from sealock_edge.connectors import ConnectorRefused, UntilGone
from sealock_edge.connectors.errors import from_detail
from sealock_edge.endpoints.origin_files import OriginFiles
from sealock_edge.heavy_work import HeavyWork
from sealock_edge.middleware import CLIENT_GONE, BodyRule
from sealock_edge.outcomes import Endpoint
from sealock_edge.problem_answers import told
from sealock_edge.problems import Problem, problem_of
from sealock_edge.pulls.late_failures import LateFailures
from sealock_edge.sealing import Accounts, OpenAccount
from sealock_edge.telemetry import Journal
from sealock_edge.zendesk import PullAnswer, PullForm, ResourceLinks, Sealed, limits, pull_answer, quick_pull_answer
from sealock_edge.zendesk_api import Legitimacy

_CLICKTHROUGH: Final = Capability.CAPABILITY_CLICKTHROUGH


class Pull:
    """Answers what the connector has now. What it could not read comes with a later pull."""

    endpoint = Endpoint.PULL
    body = BodyRule("application/x-www-form-urlencoded", 64 * 1024)

    def __init__(
        self,
        accounts: Accounts,
        files: OriginFiles,
        journal: Journal,
        heavy: HeavyWork,
        *,
        legitimacy: Legitimacy,
        late: LateFailures,
    ) -> None:
        """Large answers are made by `heavy`; `late` tells of replies that failed late."""
        self._legitimacy = legitimacy
        self._late = late
        self._heavy = heavy
        self._accounts = accounts
        self._files = files
        self._journal = journal

    async def on_post(self, req: Request, resp: Response, integration: Integration) -> None:
        """Protocol: pull request and pull answer."""
        call: Call = req.context.call
        form = PullForm.read(call.body)
        account = self._accounts.open_metadata(form.metadata, integration.id)
        call.account_id, call.locale = account.account_id, account.record.locale
        await self._legitimacy.check(account, call.request_id)
        state = self._accounts.open_state(form.state, account)

        req.scope[CLIENT_GONE] = until_gone = UntilGone()
        pulled, problem = await _pulled(call, integration, account, state.data, until_gone)

        if pulled.failed_replies:
            await self._late.tell(pulled, account, integration, call.request_id)
        if problem is not None:
            call.failed(problem.outcome, problem.cause)
        if integration.connector.description is None:
            # A file that only the connector can open would be named for ever because this was the first pull.
            await integration.connector.describe(call.request_id)
        clickthrough = integration.connector.has(_CLICKTHROUGH)
        file_link = self._files.file_link(account, integration)
        sealed = Sealed(
            state=self._accounts.renewed_state(account, form.state, state, pulled.state),
            metadata=self._accounts.renewed_metadata(account, pulled.account if pulled.HasField("account") else None),
            metadata_needs_update=problem is not None and problem.metadata_needs_update,
            reason=told(problem, call.locale, integration) if problem is not None else "",
        )
        links = ResourceLinks(clickthrough=clickthrough, file_link=file_link)
        answer = quick_pull_answer(pulled, links, sealed)
        if answer is None:
            answer = await self._heavy.do(partial(pull_answer, pulled, links, sealed))
        for what, is_stale in (("metadata", account.stale), ("state", state.stale)):
            if is_stale:
                integration.metrics.resealed(what)
        if file_link is not None:
            await self._files.note(account, answer.body.get("metadata", form.metadata))
        call.resources = answer.answered
        _note(answer, call, integration, self._journal)
        resp.content_type = "application/json"
        resp.data = orjson.dumps(answer.body)


async def _pulled(
    call: Call, integration: Integration, account: OpenAccount, state: bytes, until_gone: UntilGone
) -> tuple[PullResponse, Problem | None]:
    """The connector's answer, and what cut it short. After a quota or a dead account it is empty."""
    request = PullRequest(
        account_id=account.account_id,
        account=account.record.connector_account,
        state=state,
        max_resources=limits.PULL_ITEMS,
        max_bytes=PAGE_BYTES,
    )
    try:
        answer = await integration.connector.client.pull(request, call.budget, call.request_id, until_gone)
    except ConnectorRefused as refused:
        problem = problem_of(refused, Endpoint.PULL)
        if problem.status != 200:
            raise
        return PullResponse(state=state), problem
    if answer.HasField("interruption"):
        return answer, problem_of(from_detail(answer.interruption), Endpoint.PULL)
    return answer, None


def _note(answer: PullAnswer, call: Call, integration: Integration, journal: Journal) -> None:
    metrics = integration.metrics
    metrics.pull(answered=answer.answered, set_aside=len(answer.set_aside), duplicates=answer.duplicates)
    for kind, count in answer.mended.items():
        metrics.mended(kind.value, count)
    for resource in answer.set_aside:
        metrics.set_aside(resource.reason.value)
        journal.set_aside(
            request_id=call.request_id,
            integration=integration.config.path,
            account_id=call.account_id,
            external_id=resource.external_id,
            reason=resource.reason.value,
        )
