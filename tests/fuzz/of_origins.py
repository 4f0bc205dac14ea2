# SPDX-License-Identifier: Apache-2.0
"""Whole connectors against origins whose answers anybody may have written: pulls, set-ups, replies, webhooks."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import Any

from sealock_connector import Account, ConnectorError, Posted, Reply, SetupStep, WebhookRequest
from sealock_connector._serving.service import _fitting
from sealock_connector._translate.announcements import webhook_answer_to_wire
from sealock_connector._translate.setup import outcome_to_wire
from sealock_connector.egress import OriginClient
from sealock_connector.errors import InvalidAnswer
from sealock_origins.facebook.connector import Facebook
from sealock_origins.facebook.setup import PageLogin
from sealock_origins.guestbook.connector import Guestbook
from sealock_origins.instagram.connector import Instagram, InstagramOptions
from sealock_origins.instagram.sign_in import InstagramLogin, Logins
from sealock_origins.meta.budget import Budgets
from sealock_origins.meta.graph import App, Endpoint
from sealock_origins.meta.options import MetaOptions
from sealock_origins.meta.resources import Downloads
from sealock_origins.meta.sign_in import FacebookLogin
from sealock_origins.meta.webhooks import Subscriptions, Webhooks
from sealock_origins.wordpress.connector import WordPress
from tests.fuzz.scripted import Script, client, is_explained, pulled, run

NOW = datetime(2026, 11, 20, 14, tzinfo=UTC)
SINCE = 1_700_000_000
APP = App("4242", "secret")
SITE = {
    "site": "https://blog.example.com",
    "root": "https://blog.example.com/wp-json/",
    "user": "agent",
    "password": "password",
    "user_id": 2,
    "since": 0.0,
    "waiting_too": True,
    "guest_key": "key",
}
BOOK = {"site": "https://book.example.com", "token": "token", "start": ""}
PAGE = {
    "page": "1001",
    "name": "The Bakery",
    "token": "token",
    "since": SINCE,
    "messages_since": SINCE,
    "comments": True,
    "visitor_posts": True,
    "messages": True,
}
PROFESSIONAL = {
    **{name: PAGE[name] for name in ("token", "since", "messages_since", "comments", "messages", "page")},
    "login": "facebook",
    "id": "178400",
    "own_id": "178400",
    "username": "bakery",
    "token_at": SINCE,
    "mentions": True,
}


async def _no_time(_seconds: float) -> None:
    """Sleeps for no time at all."""


def wordpress(script: bytes) -> WordPress:
    """The connector of a site that answers by the script."""
    connector = WordPress()
    connector._http = client(Script(script))
    return connector


def _meta_options() -> MetaOptions:
    return MetaOptions(app=APP, verify_token="verify")


def _downloads(http: OriginClient) -> Downloads:
    downloads = Downloads.__new__(Downloads)  # its own client would read the system's authorities each time
    downloads._http = http
    return downloads


def facebook(script: bytes) -> Facebook:
    """The connector of a Graph API that answers by the script."""
    connector = Facebook(now=lambda: NOW, budgets=Budgets(sleep=_no_time))
    options = connector._options = _meta_options()
    http = connector._http = client(Script(script))
    endpoint = connector._endpoint = Endpoint(http, options.graph_url, options.version, APP, connector._budgets)
    connector._login = PageLogin(FacebookLogin(endpoint, options.dialog_url))
    connector._webhooks = Webhooks("page", [APP.secret], options.verify_token)
    connector._subscriptions = Subscriptions({APP.id})
    connector._downloads = _downloads(http)
    return connector


def instagram(script: bytes) -> Instagram:
    """The connector of a Graph API that answers by the script."""
    connector = Instagram(now=lambda: NOW, budgets=Budgets(sleep=_no_time))
    options = connector._options = InstagramOptions(_meta_options(), APP)
    http = connector._http = client(Script(script))
    of_facebook = Endpoint(http, options.meta.graph_url, options.meta.version, APP, connector._budgets)
    of_instagram = Endpoint(http, options.graph_url, options.meta.version, APP, connector._budgets)
    login = InstagramLogin(of_instagram, options.dialog_url, options.exchange_url)
    connector._logins = Logins(FacebookLogin(of_facebook, options.meta.dialog_url), login)
    connector._webhooks = Webhooks("instagram", [APP.secret], options.meta.verify_token)
    connector._subscriptions = Subscriptions({APP.id})
    connector._downloads = _downloads(http)
    return connector


def guestbook(script: bytes) -> Guestbook:
    """The connector of a guestbook that answers by the script."""
    connector = Guestbook()
    connector._http = client(Script(script))
    return connector


async def _twice(connector: Any, values: dict[str, Any], hints: Sequence[bytes] = ()) -> None:
    """A pull that is told of these hints, and one more from where it ended."""
    first = await pulled(connector, values, b"", hints)
    await pulled(connector, values, first.state, hints)


def pull_of_wordpress(data: bytes) -> None:
    """A site's answers become a page, or one of the SDK's errors."""
    run(_twice(wordpress(data), SITE))


def pull_of_guestbook(data: bytes) -> None:
    """A guestbook's answers become a page, or one of the SDK's errors."""
    run(_twice(guestbook(data), BOOK))


def pull_of_facebook(data: bytes) -> None:
    """The Graph API's answers become a page, or one of the SDK's errors."""
    run(_twice(facebook(data), PAGE, [b"p1001_77"]))


def pull_of_instagram(data: bytes) -> None:
    """The Graph API's answers become a page, or one of the SDK's errors."""
    run(_twice(instagram(data), PROFESSIONAL, [b"m17905/18007", b"m17906/", b"p17907"]))


async def _said(call: Any) -> Any:
    """The answer of the call; None where it is one of the SDK's errors."""
    try:
        return await call
    except InvalidAnswer:
        raise
    except ConnectorError as error:
        if not is_explained(error):
            raise AssertionError("nobody is told why") from error
        return None


async def _set_up(connector: Any, *steps: SetupStep) -> None:
    for step in steps:
        outcome = await _said(connector.setup(step))
        if outcome is not None:
            outcome_to_wire(_fitting(outcome, step, connector.display_name))


def set_up_of_wordpress(data: bytes) -> None:
    """A site that an administrator names is found, or the form says why not."""
    for start in ("now", "7"):
        answers = {"site": "blog.example.com", "user": "agent", "password": "password", "start": start}
        run(_set_up(wordpress(data), SetupStep("account-1", "site", answers)))


class _File:
    name, content_type, size = "pier.png", "image/png", 3

    async def chunks(self) -> AsyncIterator[bytes]:
        yield b"png"


async def _files() -> AsyncIterator[_File]:
    yield _File()


def _reply(values: dict[str, Any], to: str, *, first_tried_at: datetime | None = None, files: Any = None) -> Reply:
    account = Account("account-1", values)
    return Reply(account, "reply-1", "Hello", parent_id=to, first_tried_at=first_tried_at, files=files)


async def _posted(connector: Any, values: dict[str, Any], to: str) -> None:
    for files in (None, _files()):
        _check(await _said(connector.channelback(_reply(values, to, files=files))))
    _check(await _said(connector.find_reply(_reply(values, to, first_tried_at=NOW))))


def _check(posted: Posted | None) -> None:
    assert posted is None or posted.external_id


def reply_of_wordpress(data: bytes) -> None:
    """A site's answers to a reply say what it became, or are one of the SDK's errors."""
    run(_posted(wordpress(data), SITE, "https://blog.example.com/?p=1#comment-3"))


def reply_of_facebook(data: bytes) -> None:
    """The Graph API's answers to a reply say what it became, or are one of the SDK's errors."""
    for to in ("facebook:1001/comment/1001_1/1_2", "facebook:1001/message/7007/m_1"):
        run(_posted(facebook(data), PAGE, to))
    run(_posted(facebook(data), {**PAGE, "privately": True}, "facebook:1001/comment/1001_1/1_2"))


def reply_of_instagram(data: bytes) -> None:
    """The Graph API's answers to a reply say what it became, or are one of the SDK's errors."""
    for to in ("instagram:178400/comment/17901/18001/Cabc", "instagram:178400/message/7007/m_1"):
        run(_posted(instagram(data), PROFESSIONAL, to))
    run(_posted(instagram(data), {**PROFESSIONAL, "privately": True}, "instagram:178400/comment/17901/18001"))


def set_up_of_facebook(data: bytes) -> None:
    """What a sign-in brings becomes a form, an account, or one of the SDK's errors."""
    form = SetupStep("account-1", "choices", {"page": "1001", "comments": "true"}, session=b'{"user_token": "token"}')
    back = SetupStep("account-1", "signed_in", {}, callback_query={"code": "code"}, callback_url="https://edge/x")
    run(_set_up(facebook(data), back, form))


def set_up_of_instagram(data: bytes) -> None:
    """What a sign-in brings becomes a form, an account, or one of the SDK's errors."""
    for login in ("facebook", "instagram"):
        session = json.dumps({"login": login, "token": "token", "permissions": ["a"]}).encode()
        form = SetupStep("account-1", "choices", {"account": "178400", "comments": "true"}, session=session)
        back = SetupStep(
            "account-1",
            "signed_in",
            {},
            session=session,
            callback_query={"code": "code"},
            callback_url="https://edge/x",
        )
        run(_set_up(instagram(data), back, form))


def _announced(connector: Any, body: bytes) -> None:
    signature = "sha256=" + hmac.new(APP.secret.encode(), body, hashlib.sha256).hexdigest()
    request = WebhookRequest("POST", "/", "", (("x-hub-signature-256", signature),), body)
    answer = run(_said(connector.receive_webhook(request)))
    if answer is not None:
        webhook_answer_to_wire(answer)


def webhook_of_facebook(data: bytes) -> None:
    """A body that Meta signed is taken, whatever is in it."""
    _announced(facebook(b""), data)


def webhook_of_instagram(data: bytes) -> None:
    """A body that Meta signed is taken, whatever is in it."""
    _announced(instagram(b""), data)
