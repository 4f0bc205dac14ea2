# SPDX-License-Identifier: Apache-2.0
"""One step of setting up an account: ask the connector, and show what it wants next, or post the account to Zendesk."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from falcon import code_to_http_status
from falcon.asgi import Request, Response
from google.protobuf.message import DecodeError

from sealock.connector.v1.setup_pb2 import SetupDone, SetupRequest, SetupResponse
from sealock.edge.v1.account_pb2 import SetupProgress
from sealock_edge.calls import Call, Integration
from sealock_edge.client_address import ClientAddresses
from sealock_edge.connectors import ConnectorError, ConnectorFaulty, Fault
from sealock_edge.endpoints.clickthrough import Destination, destination
from sealock_edge.endpoints.setup_form import carried, carry, shown_groups, tell
from sealock_edge.endpoints.sign_in import SignIns
from sealock_edge.outcomes import Endpoint, Outcome
from sealock_edge.pace import Paces
from sealock_edge.pages import Pages
from sealock_edge.problems import AccountTooLarge, PageExpired, TooManySteps, problem_of
from sealock_edge.sealing import Accounts, OpenAccount, Purpose, Sealer, TooLarge, Unsealable
from sealock_edge.zendesk import FaultyAnswer, ZendeskHosts, ZendeskNotNamed, limits, origin_of

HOUR = timedelta(hours=1)
"""How long an administrator may take from one page to the next."""
DAY = timedelta(days=1)
"""How long a page is known for one of ours, so that it can say to the administrator that it is out of date."""
MAY_PASS = {429, 503}
"""With these the same step may do later."""
SERVER_ERRORS = 500


@dataclass(frozen=True, slots=True)
class Answers:
    """What the administrator did on the page before."""

    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    callback_query: Mapping[str, str] = field(default_factory=dict, repr=False)
    signs_in: bool = False
    """The form's second button was pressed."""


class Setup:
    """Everything that is known between two pages travels in one sealed field; the edge remembers nothing."""

    def __init__(
        self,
        sealer: Sealer,
        sign_ins: SignIns,
        return_form: ReturnForm,
        pages: Pages,
        clock: Callable[[], datetime],
        *,
        hosts: ZendeskHosts,
        addresses: ClientAddresses,
        pace: Paces,
        loopback_http: bool,
    ) -> None:
        """`loopback_http`: sign-in pages of this machine may be plain http (development)."""
        self._sealer = sealer
        self._sign_ins = sign_ins
        self._return_form = return_form
        self._pages = pages
        self._hosts = hosts
        self._addresses = addresses
        self._pace = pace
        self._clock = clock
        self._loopback_http = loopback_http

    def opened(self, sealed: str, call: Call, integration: Integration) -> SetupProgress:
        """
        What the page carried.

        Raises `Unsealable`: it is not ours. Raises `PageExpired`: it is older than an hour. Raises `ZendeskNotNamed`
        and `BadForm`: it is of a Zendesk account, or leads to an address, that was believed when the page was made and
        is not any more.
        """
        opened = self._sealer.open(sealed, purpose=Purpose.SETUP, owner=(integration.id,))
        try:
            progress = SetupProgress.FromString(opened.plain)
        except DecodeError:
            raise Unsealable from None
        call.locale = progress.account.locale
        self.check_zendesk(progress.return_url, progress.account.subdomain, call)
        if progress.HasField("expire_time") and progress.expire_time.ToDatetime(UTC) <= self._clock():
            raise PageExpired
        return progress

    def check_zendesk(self, return_url: str, subdomain: str, call: Call) -> None:
        """
        Check for which Zendesk account a call is. Once that is known, it alone may frame the answer, a refusal too.

        Raises `BadForm`, `ZendeskNotNamed`.
        """
        try:
            self._hosts.check_return_url(return_url, subdomain)
        except ZendeskNotNamed:
            call.framed_by = origin_of(return_url)
            raise
        call.framed_by = origin_of(return_url)

    async def advance(
        self, req: Request, resp: Response, integration: Integration, progress: SetupProgress, answers: Answers
    ) -> None:
        """
        Ask the connector for the next step and show it; where that fails, the page before, which says why.

        Raises `ConnectorError`, `FaultyAnswer`, `AccountTooLarge` (Zendesk cannot keep the account) and `TooManySteps`
        (the connector was not asked) if there was no page before; then the problem's page offers to begin once more.
        """
        call: Call = req.context.call
        call.account_id = progress.account.account_id
        before = SetupProgress()
        before.CopyFrom(progress)
        address = self._addresses.of(req.remote_addr, req.get_header("X-Forwarded-For"))
        try:
            self._pace.take(address, progress.account.subdomain)
            self._show(req, resp, progress, answers, await self._step(integration, progress, answers, call))
        except (ConnectorError, FaultyAnswer, AccountTooLarge, TooManySteps) as error:
            self.show_before(req, resp, before, answers, error)

    def show_before(
        self, req: Request, resp: Response, progress: SetupProgress, answers: Answers, error: Exception
    ) -> None:
        """Show the page before once more, with what was typed and why. Raises the error if there was none."""
        call: Call = req.context.call
        problem = problem_of(error, Endpoint.ADMIN_UI)
        if not progress.step_id:
            call.begins_with = self._sealed(progress, _integration(call))
        if not progress.shown_step or problem.outcome is Outcome.INVALID_REQUEST:
            raise error
        call.failed(problem.outcome, problem.cause)
        if problem.status < SERVER_ERRORS:
            resp.status = code_to_http_status(problem.status)
        if problem.retry_after is not None:
            resp.set_header("Retry-After", str(problem.retry_after))
        step = carried(progress)
        tell(step, problem, answers.values, call)
        self._show(req, resp, progress, answers, step)

    def _show(
        self, req: Request, resp: Response, progress: SetupProgress, answers: Answers, step: SetupResponse
    ) -> None:
        """The page of a step. Raises `ConnectorFaulty`, `FaultyAnswer` and `AccountTooLarge`."""
        call: Call = req.context.call
        integration = _integration(call)
        wanted = progress.account.locale or req.get_header("Accept-Language") or ""
        outcome = step.WhichOneof("outcome")
        if outcome == "form":
            groups = shown_groups(step.form, answers.values)
            carry(step, progress)
            self._pages.answer(
                resp,
                "form.html",
                locale=wanted,
                framed_by=call.framed_by,
                origin=integration.origin,
                step=step.form,
                groups=groups,
                edited=_edited(progress, integration),
                name=progress.account_name,
                sealed=self._sealed(progress, integration),
                action=f"{integration.base_url}/admin_ui/step",
            )
        elif outcome == "redirect":
            self._show_sign_in(resp, integration, progress, step, wanted)
        elif outcome == "done":
            try:
                self._return_form.answer(
                    resp, integration, progress, step.done, locale=wanted, asks=bool(answers.callback_query)
                )
            except TooLarge as error:
                raise AccountTooLarge(error.size, error.limit) from None
        else:
            raise ConnectorFaulty("a step of set-up without an outcome", Fault.WRONG_SETUP_STEP)

    async def _step(
        self, integration: Integration, progress: SetupProgress, answers: Answers, call: Call
    ) -> SetupResponse:
        """
        The connector's next step. Where it fails for good, the first one again, which says why: so nobody ends at a
        page that leads nowhere. Raises `ConnectorError` for what may pass, and where there is no first step either.
        """
        client = integration.connector.client
        try:
            return await client.setup(self._request(integration, progress, answers), call.budget, call.request_id)
        except ConnectorError as error:
            problem = problem_of(error, Endpoint.ADMIN_UI)
            if not progress.step_id or problem.status in MAY_PASS or problem.outcome is Outcome.INVALID_REQUEST:
                raise
            progress.step_id, progress.session = "", b""
            try:
                step = await client.setup(self._request(integration, progress, Answers()), call.budget, call.request_id)
            except ConnectorError:
                raise error from None
            call.failed(problem.outcome, problem.cause)
            tell(step, problem, answers.values, call)
            return step

    def _show_sign_in(
        self, resp: Response, integration: Integration, progress: SetupProgress, step: SetupResponse, locale: str
    ) -> None:
        """The page that leads to the origin's sign-in and waits for it."""
        redirect = step.redirect
        kind, _ = destination(redirect.url, (), loopback_http=self._loopback_http)
        if kind is Destination.NONE:
            raise ConnectorFaulty("a sign-in page that is not https", Fault.WRONG_SETUP_STEP)
        carry(step, progress)
        self._pages.answer(
            resp,
            "sign_in.html",
            locale=locale,
            framed_by=origin_of(progress.return_url),
            origin=integration.origin,
            step=redirect,
            edited=_edited(progress, integration),
            sealed=self._sealed(progress, integration),
            action=f"{integration.base_url}/admin_ui/step",
        )

    def _sealed(self, progress: SetupProgress, integration: Integration) -> str:
        now = self._clock()
        progress.expire_time.FromDatetime(now + HOUR)
        return self._sealer.seal_until(
            progress.SerializeToString(), now + DAY, purpose=Purpose.SETUP, owner=(integration.id,)
        )

    def _request(self, integration: Integration, progress: SetupProgress, answers: Answers) -> SetupRequest:
        request = SetupRequest(
            account_id=progress.account.account_id,
            account_name=progress.account_name[: limits.ACCOUNT_NAME_CHARS] if progress.editing else "",
            locale=progress.account.locale,
            step_id=progress.step_id,
            session=progress.session,
            answers=answers.values,
            callback_query=answers.callback_query,
            sign_in=answers.signs_in,
            callback_url=f"{integration.base_url}/admin_ui/callback",
            callback_state=self._sign_ins.state(integration, progress.flow_id, origin_of(progress.return_url)),
        )
        if progress.editing:
            request.account = progress.account.connector_account
        return request


def _edited(progress: SetupProgress, integration: Integration) -> str:
    """What heads the pages that edit an account; empty for a new one."""
    return (progress.account_name or integration.config.name) if progress.editing else ""


def _integration(call: Call) -> Integration:
    if call.integration is None:
        raise RuntimeError("a set-up is always one of an integration")
    return call.integration


class ReturnForm:
    """The name, the sealed metadata and the sealed state (protocol: return form)."""

    def __init__(self, accounts: Accounts, pages: Pages, clock: Callable[[], datetime]) -> None:
        self._accounts = accounts
        self._pages = pages
        self._clock = clock

    def answer(
        self,
        resp: Response,
        integration: Integration,
        progress: SetupProgress,
        done: SetupDone,
        *,
        locale: str,
        asks: bool,
    ) -> None:
        """
        Show the page in the language of the locale. It hands the account over by itself, unless it `asks` first, or
        the connector says what the administrator of a new account can try.

        The name is what the administrator chose, else the connector's. An edited account keeps its state unless
        the connector gives one, which is sent along because Zendesk does not say what happens without it.

        Raises `FaultyAnswer`: the connector left something out. Raises `TooLarge`: Zendesk cannot keep that much.
        """
        if not done.account:
            raise FaultyAnswer("account", "is empty")
        name = progress.account_name.strip() or done.account_name.strip()[: limits.ACCOUNT_NAME_CHARS]
        if not name:
            raise FaultyAnswer("account_name", "is empty")
        record = progress.account
        record.connector_account = done.account
        now = self._clock()
        record.update_time.FromDatetime(now)
        if not record.HasField("create_time"):
            record.create_time.FromDatetime(now)
        account = OpenAccount(record, integration.id, stale=False)
        state = done.state if done.HasField("state") else progress.state
        self._pages.answer(
            resp,
            "return_form.html",
            locale=locale,
            framed_by=origin_of(progress.return_url),
            asks=asks,
            what_to_try="" if progress.editing else done.what_to_try,
            posts_to=progress.return_url,
            return_url=progress.return_url,
            name=name,
            metadata=self._accounts.seal_metadata(record, integration.id),
            state=self._accounts.seal_state(state, account),
        )
