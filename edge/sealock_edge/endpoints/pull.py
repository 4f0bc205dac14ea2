# SPDX-License-Identifier: Apache-2.0
"""`POST /{integration}/pull`: Zendesk asks for what is new in an account, about every two minutes."""

from __future__ import annotations

import orjson
from falcon.asgi import Request, Response

from sealock_edge.calls import Call, Integration
from sealock_edge.connectors import UntilGone
from sealock_edge.endpoints.origin_files import OriginFiles
from sealock_edge.middleware import CLIENT_GONE, BodyRule
from sealock_edge.outcomes import Endpoint
from sealock_edge.problem_answers import told
from sealock_edge.pulls.hints import ZendesksPulls
from sealock_edge.pulls.late_failures import LateFailures
from sealock_edge.pulls.pulling import PullAnswers, pulled
from sealock_edge.sealing import Accounts
from sealock_edge.telemetry import Journal
from sealock_edge.zendesk import PullAnswer, PullForm, Sealed
from sealock_edge.zendesk_api import Legitimacy


class Pull:
    """Answers what the connector has now. What it could not read comes with a later pull."""

    endpoint = Endpoint.PULL
    body = BodyRule("application/x-www-form-urlencoded", 64 * 1024)

    def __init__(
        self,
        accounts: Accounts,
        files: OriginFiles,
        answers: PullAnswers,
        journal: Journal,
        *,
        remembered: ZendesksPulls,
        legitimacy: Legitimacy | None,
        late: LateFailures,
    ) -> None:
        """`legitimacy` proves each call; None: metadata that opens is enough. `late` tells of late failures."""
        self._legitimacy = legitimacy
        self._late = late
        self._accounts = accounts
        self._files = files
        self._answers = answers
        self._remembered = remembered
        self._journal = journal

    async def on_post(self, req: Request, resp: Response, integration: Integration) -> None:
        """Protocol: pull request and pull answer."""
        call: Call = req.context.call
        form = PullForm.read(call.body)
        account = self._accounts.open_metadata(form.metadata, integration.id)
        call.account_id, call.locale = account.account_id, account.record.locale
        if self._legitimacy is not None:
            await self._legitimacy.check(account, call.request_id)
        state = self._accounts.open_state(form.state, account)

        req.scope[CLIENT_GONE] = until_gone = UntilGone()
        if integration.connector.description is None:
            # A file that only the connector can open would be named for ever because this was the first pull.
            await integration.connector.describe(call.request_id)
        offer = await self._remembered.begun(integration, account.account_id, form.metadata, form.state)
        found = await pulled(call, account, state.data, hints=offer.hints, until_gone=until_gone)
        response, problem = found.response, found.problem
        renewed = response.account if response.HasField("account") else None

        if response.failed_replies:
            await self._late.tell(response, account, integration, call.request_id)
        if problem is not None:
            call.failed(problem.outcome, problem.cause)
        read = offer.read_by(found)
        file_link = self._answers.file_link(account, integration)
        sealed = Sealed(
            # Zendesk has the answer if it calls with a state that nothing else gave it.
            state=self._accounts.new_state(response.state, account)
            if read
            else self._accounts.renewed_state(account, form.state, state, response.state),
            metadata=self._accounts.renewed_metadata(account, renewed),
            metadata_needs_update=problem is not None and problem.metadata_needs_update,
            reason=told(problem, call.locale, integration) if problem is not None else "",
        )
        answer = await self._answers.of(response, integration, file_link, sealed, locale=call.locale)
        metadata = sealed.metadata if sealed.metadata is not None else form.metadata
        if offer.remembered and found.answered:
            await self._remembered.ended(
                integration,
                account.account_id,
                form.metadata,
                watched=response.origin_account_key,
                metadata=metadata,
                state=sealed.state,
                read=read,
            )
        for what, is_stale in (("metadata", account.stale), ("state", state.stale)):
            if is_stale:
                integration.metrics.resealed(what)
        if file_link is not None:
            await self._files.note(account, metadata)
        call.resources = answer.answered
        _note(answer, call, integration, self._journal)
        resp.content_type = "application/json"
        resp.data = orjson.dumps(answer.body)


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
