# SPDX-License-Identifier: Apache-2.0
"""No secret of the app, of the Page or of Meta's next pages is in a log line, a repr or an error."""

from __future__ import annotations

from sealock_connector import Account, WebhookRequest
from sealock_origins.facebook.account import PageAccount
from sealock_origins.meta.graph import App
from sealock_origins.meta.options import MetaOptions
from sealock_origins.meta.sign_in import GrantedPage
from sealock_origins.meta.webhooks import Webhooks
from tests.origins.facebook.conftest import VERIFY_TOKEN, account
from tests.origins.meta.fake_graph import APP_ID, APP_SECRET, PAGE, TOKEN, USER_TOKEN, error
from tests.origins.meta.logged_texts import CALLBACK, attempt, log_lines

SECRETS = [APP_SECRET, TOKEN, USER_TOKEN, VERIFY_TOKEN, "canary", App(APP_ID, APP_SECRET).proof(TOKEN)]


async def everything(graph, connector):
    """Each call, gone well and gone wrong."""
    post = graph.post()
    comment = f"facebook:{PAGE}/comment/{post}/{graph.comment(post)}"
    graph.message()
    form = await connector.setup("signed_in", callback_query={"code": "good-code"}, **CALLBACK)
    said = [repr(form.problems), repr(form.fields)]
    yield await attempt(connector.setup("choices", {"page": PAGE, "comments": "true"}, session=form.session))
    for answer in (None, error(190, status=401), error(2, status=500), error(999, words="No."), (500, b"canary", {})):
        for call in (
            lambda: connector.pull(account()),
            lambda: connector.channelback(account(), "canary-text", parent_id=comment),
            lambda: connector.open_file(account(), "c:1_2:0"),
            lambda: connector.setup("signed_in", callback_query={"code": "canary-code"}, **CALLBACK),
            lambda: connector.webhook(WebhookRequest("POST", "", "", [("x-hub-signature-256", "canary")], b"{}")),
        ):
            graph.faults["*"] = [answer] * 4
            said.append(await attempt(call()))
    for each in said:
        yield each


async def test_no_line_and_no_error_holds_a_secret(graph, hurried):
    graph.page_size = 1
    with log_lines() as lines:
        said = [each async for each in everything(graph, hurried)]
    assert lines.getvalue().count("\n") > 20
    text = lines.getvalue() + "\n".join(said)
    assert [secret for secret in SECRETS if secret in text] == []


def test_no_repr_holds_a_secret(graph, arguments):
    values = [
        App(APP_ID, APP_SECRET),
        PageAccount.of(Account("a", account())),
        Account("a", account()),
        GrantedPage(PAGE, "The Bakery", TOKEN),
        MetaOptions(App(APP_ID, APP_SECRET), verify_token=VERIFY_TOKEN),
        Webhooks("page", [APP_SECRET], VERIFY_TOKEN),
    ]
    text = " ".join(map(repr, values))
    assert [secret for secret in SECRETS if secret in text] == []
