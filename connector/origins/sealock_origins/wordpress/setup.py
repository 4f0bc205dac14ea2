# SPDX-License-Identifier: Apache-2.0
"""Setting up an account: the administrator's form, tried at the site before it is believed."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import httpx2

from sealock_connector import (
    ConnectorError,
    Done,
    Form,
    InvalidRequest,
    OriginThrottled,
    OriginUnreached,
    Problem,
    SetupStep,
    Text,
)
from sealock_connector.egress import EgressDenied
from sealock_origins.wordpress.answers import Refused
from sealock_origins.wordpress.api import Api
from sealock_origins.wordpress.comments import User
from sealock_origins.wordpress.discovery import FoundSite, NotWordPress, RestRefused, discover
from sealock_origins.wordpress.form import GO_ON, NOW, STEP, Answers, form
from sealock_origins.wordpress.ids import BadSite, canonical_site, same_site
from sealock_origins.wordpress.position import Position
from sealock_origins.wordpress.resources import SiteAccount

_ANY_TIME_ZONE = timedelta(hours=26)
"""WordPress compares dates in local time: so far apart can two readings of one date be."""
_CLOCKS_APART = timedelta(minutes=1)

OTHER_SITE = Text("An account stays with its site. Add another account for another site.")
NO_WORDPRESS = Text("What answers at this address is not WordPress, or its REST API cannot be found.")
REST_OFF = Text(
    "The site refuses its REST API. A security plugin may have switched it off; it has to be allowed for this user."
)
NO_PASSWORDS = Text(
    "The site takes no application passwords. WordPress offers them only over https; a plugin may switch them off."
)
WRONG_PASSWORD = Text(
    "WordPress does not accept this user name and application password. Copy the password as it was shown; "
    "if it is right, the web server may not pass the Authorization header on."
)
ONLY_HTTPS = Text("Use https: over http anyone on the way could read the password.")
DENIED = Text("This address cannot be reached from here.")
NO_ANSWER = Text("No site answers at this address.")
BUSY = Text("The site asks to slow down. Try again in a minute.")
FAILED = Text("The site did not answer as WordPress does. Try again, and look at the site if it goes on.")


class _Wrong(Exception):
    """An answer of the form is wrong."""

    def __init__(self, sentence: Text, field: str) -> None:
        super().__init__(sentence)
        self.problem = Problem(sentence, field)


@dataclass(frozen=True, slots=True)
class Setup:
    """Sets up accounts. `now` is the clock, `make_key` makes the key that guests are known by."""

    http: httpx2.AsyncClient
    make_key: Callable[[], str] = lambda: secrets.token_urlsafe(16)

    async def take(self, step: SetupStep) -> Form | Done:
        """Show the form, or try its answers at the site and finish the account."""
        if not step.step_id:
            return form(step)
        if step.step_id != STEP:
            raise InvalidRequest("an unknown step")
        try:
            return await self._finish(step, Answers.of(step))
        except _Wrong as wrong:
            return form(step, wrong.problem)

    async def _finish(self, step: SetupStep, answers: Answers) -> Done:
        kept = SiteAccount.of(step.account) if step.account else None
        if not answers.user:
            raise _Wrong(Text("Enter the name of a WordPress user."), "user")
        if not answers.password:
            raise _Wrong(Text("Enter an application password of this user."), "password")
        found = await self._discover(answers.site)
        if kept and not same_site(found.site, kept.site):
            raise _Wrong(OTHER_SITE, "site")
        api = Api(self.http, found.root, (answers.user, answers.password))
        user = await self._sign_in(api, found, answers.user)
        since, position = await self._start(api, answers.start)
        account = SiteAccount(
            site=kept.site if kept else found.site,
            root=found.root,
            user=answers.user,
            password=answers.password,
            user_id=user.id,
            since=kept.since if kept and answers.start == GO_ON else since.timestamp(),
            waiting_too=answers.waiting_too,
            guest_key=kept.guest_key if kept else self.make_key(),
        )
        name = step.account_name or f"{found.title} ({urlsplit(found.site).netloc})".strip()[:255]
        return Done(name, account.as_values(), state=None if answers.start == GO_ON else position)

    async def _discover(self, typed: str) -> FoundSite:
        try:
            address = canonical_site(typed)
            return await discover(self.http, address)
        except BadSite as bad:
            raise _Wrong(bad.sentence, "site") from None
        except NotWordPress:
            raise _Wrong(NO_WORDPRESS, "site") from None
        except RestRefused:
            raise _Wrong(REST_OFF, "site") from None
        except EgressDenied:
            raise _Wrong(ONLY_HTTPS if typed.strip().lower().startswith("http://") else DENIED, "site") from None
        except ConnectorError as error:
            raise _Wrong(_sentence(error), "site") from None

    async def _sign_in(self, api: Api, found: FoundSite, name: str) -> User:
        try:
            user = await api.me()
            if user.moderates:
                await api.listed(count=1)
        except Refused as refused:
            if refused.status != 401:
                raise _Wrong(REST_OFF, "site") from None
            if not found.takes_passwords:
                raise _Wrong(NO_PASSWORDS, "site") from None
            raise _Wrong(WRONG_PASSWORD, "password") from None
        except ConnectorError as error:
            raise _Wrong(_sentence(error), "site") from None
        if not user.moderates:
            raise _Wrong(
                Text("{user} may not moderate comments. Take an editor or an administrator of the site.", user=name),
                "user",
            )
        return user

    async def _start(self, api: Api, start: str) -> tuple[datetime, Position]:
        """The instant from which comments are brought to Zendesk, and the position just before them."""
        try:
            if start == NOW:
                newest = await api.listed(newest_first=True, count=1)
                last = newest.ids[0] if newest.ids else 0
                return await api.server_time() - _CLOCKS_APART, Position(settled=last, rank=newest.total)
            if not start.isdecimal():
                return datetime.fromtimestamp(0, UTC), Position()
            since = await api.server_time() - timedelta(days=int(start))
            everything = await api.listed(newest_first=True, count=1)
            after = (since - _ANY_TIME_ZONE).strftime("%Y-%m-%dT%H:%M:%SZ")
            recent = await api.listed(count=1, after=after)
            newest_id = everything.ids[0] if everything.ids else 0
            before = recent.ids[0] - 1 if recent.ids else newest_id
            return since, Position(settled=before, rank=everything.total - recent.total)
        except Refused:
            raise _Wrong(FAILED, "site") from None
        except ConnectorError as error:
            raise _Wrong(_sentence(error), "site") from None


def _sentence(error: ConnectorError) -> Text:
    if isinstance(error, OriginUnreached):
        return NO_ANSWER
    return BUSY if isinstance(error, OriginThrottled) else FAILED
