# SPDX-License-Identifier: Apache-2.0
"""`POST /{integration}/admin_ui`: an administrator adds or edits an account, in a frame inside Zendesk."""

from __future__ import annotations

from collections.abc import Callable

from falcon.asgi import Request, Response

from sealock.edge.v1.account_pb2 import SetupProgress
from sealock_edge.calls import Call, Integration
from sealock_edge.endpoints.setup import Answers, Setup
from sealock_edge.endpoints.setup_form import StepForm
from sealock_edge.endpoints.sign_in import SignIns
from sealock_edge.middleware import BodyRule
from sealock_edge.outcomes import Endpoint
from sealock_edge.sealing import Accounts
from sealock_edge.zendesk import AdminForm, ZendeskHosts, limits

MAX_BODY = 256 * 1024


class AdminUi:
    """The first page: what Zendesk sent is checked before anything is shown."""

    endpoint = Endpoint.ADMIN_UI
    framed = True
    body = BodyRule("application/x-www-form-urlencoded", MAX_BODY)

    def __init__(self, accounts: Accounts, setup: Setup, hosts: ZendeskHosts, new_id: Callable[[], str]) -> None:
        """`new_id` makes random names that nobody can guess."""
        self._accounts = accounts
        self._setup = setup
        self._hosts = hosts
        self._new_id = new_id

    async def on_post(self, req: Request, resp: Response, integration: Integration) -> None:
        """Protocol: administrative interface."""
        call: Call = req.context.call
        form = AdminForm.read(call.body)
        call.locale = form.locale
        self._hosts.check_return_url(form.return_url, form.subdomain)
        await self._setup.advance(req, resp, integration, self._begun(form, integration), Answers())

    def _begun(self, form: AdminForm, integration: Integration) -> SetupProgress:
        progress = SetupProgress(return_url=form.return_url, flow_id=self._new_id(), editing=form.editing)
        if form.editing:
            account = self._accounts.open_metadata(form.metadata, integration.id)
            progress.account.CopyFrom(account.record)
            progress.state = self._accounts.open_state(form.state, account).data
            progress.account_name = form.name
        else:
            progress.account.account_id = self._new_id()
        # Zendesk may give others at every edit: the latest are the valid ones.
        progress.account.subdomain = form.subdomain
        progress.account.locale = form.locale or progress.account.locale
        if form.instance_push_id:
            progress.account.instance_push_id = form.instance_push_id
        if form.zendesk_access_token:
            progress.account.zendesk_access_token = form.zendesk_access_token
        return progress


class AdminStep:
    """`POST /{integration}/admin_ui/step`: our own page was filled in, or the sign-in came back."""

    endpoint = Endpoint.ADMIN_UI
    framed = True
    body = BodyRule("application/x-www-form-urlencoded", MAX_BODY)

    def __init__(self, setup: Setup, sign_ins: SignIns) -> None:
        self._setup = setup
        self._sign_ins = sign_ins

    async def on_post(self, req: Request, resp: Response, integration: Integration) -> None:
        """The next step of the set-up."""
        call: Call = req.context.call
        step = StepForm.read(call.body)
        progress = self._setup.opened(step.sealed, integration)
        call.locale = progress.account.locale
        if step.name is not None:
            progress.account_name = step.name.strip()[: limits.ACCOUNT_NAME_CHARS]
        query = self._sign_ins.query(integration, step.sign_in, progress.flow_id) if step.sign_in else {}
        await self._setup.advance(req, resp, integration, progress, Answers(step.answers, query))
