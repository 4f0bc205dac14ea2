# SPDX-License-Identifier: Apache-2.0
"""`POST /{integration}/admin_ui`: an administrator adds or edits an account, in a frame inside Zendesk."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from falcon.asgi import Request, Response

from sealock.edge.v1.account_pb2 import SetupProgress
from sealock_edge.calls import Call, Integration
from sealock_edge.endpoints.setup import Answers, Setup
from sealock_edge.endpoints.setup_form import StepForm
from sealock_edge.endpoints.sign_in import SignIns
from sealock_edge.middleware import BodyRule
from sealock_edge.outcomes import Endpoint
from sealock_edge.problems import ForeignPage, Illegible, SignInUnknown
from sealock_edge.sealing import Accounts, Unsealable
from sealock_edge.zendesk import AdminForm, BadForm, ZendeskHosts, limits, origin_of

MAX_BODY = 256 * 1024


class AdminUi:
    """The first page: what Zendesk sent is checked before anything is shown."""

    endpoint = Endpoint.ADMIN_UI
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
        self._setup.check_zendesk(form.return_url, form.subdomain, call)
        if not self._is_opened_by_zendesk(req, form.subdomain):
            raise ForeignPage
        await self._setup.advance(req, resp, integration, self._begun(form, integration), Answers())

    def _is_opened_by_zendesk(self, req: Request, subdomain: str) -> bool:
        """
        As far as the browser says: Zendesk posts this form into a frame (protocol: administrative interface).

        A page that names no origin, as one without a referrer, is told from Zendesk's by where the answer goes: not
        into a frame, then it is somebody else's. Into a frame, it is shown in Zendesk's alone.
        """
        origin = req.get_header("Origin")
        if origin not in (None, "null"):
            return self._hosts.owns(origin or "", subdomain)
        return req.get_header("Sec-Fetch-Dest") in (None, "iframe", "frame")

    def _begun(self, form: AdminForm, integration: Integration) -> SetupProgress:
        progress = SetupProgress(return_url=form.return_url, flow_id=self._new_id(), editing=form.editing)
        if form.editing:
            account = self._accounts.open_metadata(form.metadata, integration.id, subdomain=form.subdomain)
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
    body = BodyRule("application/x-www-form-urlencoded", MAX_BODY)

    def __init__(self, setup: Setup, sign_ins: SignIns) -> None:
        self._setup = setup
        self._sign_ins = sign_ins

    async def on_post(self, req: Request, resp: Response, integration: Integration) -> None:
        """The next step of the set-up."""
        call: Call = req.context.call
        wrong: Exception | None = None
        try:
            step = StepForm.read(call.body)
        except BadForm:
            step, wrong = StepForm.legible(call.body), Illegible()
        progress = self._setup.opened(step.sealed, call, integration)
        if not _is_sent_by_us(req, integration):
            raise ForeignPage
        if step.name is not None:
            progress.account_name = step.name.strip()[: limits.ACCOUNT_NAME_CHARS]
        query: Mapping[str, str] = {}
        try:
            query = self._sign_ins.query(integration, step.sign_in, progress.flow_id) if step.sign_in else {}
        except Unsealable:
            wrong = wrong or SignInUnknown()
        answers = Answers(step.answers, query, step.signs_in)
        if wrong is not None:
            self._setup.show_before(req, resp, progress, answers, wrong)
        else:
            await self._setup.advance(req, resp, integration, progress, answers)


def _is_sent_by_us(req: Request, integration: Integration) -> bool:
    """As far as the browser says. Our pages have no referrer, so that the origin of what they send may be `null`."""
    site = req.get_header("Sec-Fetch-Site")
    if site is not None:
        return site in ("same-origin", "none")
    return req.get_header("Origin") in (None, "null", origin_of(integration.base_url))
