# SPDX-License-Identifier: Apache-2.0
"""No secret of the apps or of the account is in a log line, a repr or an error."""

from __future__ import annotations

from sealock_connector import Account, WebhookRequest
from sealock_origins.instagram.account import InstagramAccount
from sealock_origins.meta.graph import App
from sealock_origins.meta.sign_in import Session
from tests.origins.instagram.conftest import VERIFY_TOKEN
from tests.origins.meta.logged_texts import CALLBACK, attempt, log_lines

WORDS = "canary-text"


def secrets_of(meta, values):
    keys, token = meta.store.keys, values["token"]
    proof = App(keys.app_id, keys.app_secret).proof(token)
    return [token, proof, keys.app_secret, keys.instagram_app_secret, VERIFY_TOKEN, WORDS, "canary"]


async def everything(meta, connector, values):
    """Each call, gone well and gone wrong."""
    comment = meta.media_comment(meta.media, WORDS)
    meta.message(WORDS, account=meta.instagram)
    found = (await connector.pull(values)).resources
    item = next(each.external_id for each in found if comment.id in each.external_id)
    for fault in ("", "unknown", "parameter", "expired", "service", "permission", "instagram_limit", "abusive"):
        for call in (
            lambda: connector.pull(values),
            lambda: connector.channelback(values, WORDS, parent_id=item),
            lambda: connector.channelback(values, WORDS, parent_id=f"instagram:{values['id']}/comment/1/2"),
            lambda: connector.open_file(values, "m:0:canary"),
            lambda: connector.setup(account=values),
            lambda: connector.setup("signed_in", callback_query={"code": "canary-code"}, **CALLBACK),
            lambda: connector.webhook(WebhookRequest("POST", "", "", [("x-hub-signature-256", "canary")], b"{}")),
        ):
            meta.store.faults.errors = [fault] * 4 if fault else []
            yield await attempt(call())


async def test_no_line_and_no_error_holds_a_secret(meta, connector, values):
    with log_lines() as lines:
        said = [each async for each in everything(meta, connector, values)]
    assert lines.getvalue().count("\n") > 20
    assert len([each for each in said if each]) > 8
    text = lines.getvalue() + "\n".join(said)
    assert [secret for secret in secrets_of(meta, values) if secret in text] == []


def test_no_repr_holds_a_secret(meta, values):
    kept = Account("a", values)
    text = " ".join(map(repr, (InstagramAccount.of(kept), kept, Session("instagram", values["token"]))))
    assert [secret for secret in secrets_of(meta, values) if secret in text] == []
