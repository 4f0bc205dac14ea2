# SPDX-License-Identifier: Apache-2.0
"""An administrator connects a Page: signs in, chooses, is told by name what is missing, and can come back."""

from __future__ import annotations

import json
from itertools import groupby
from urllib.parse import parse_qs, urlsplit

import pytest

from sealock_connector import Cause, Done, Form, InvalidRequest, Redirect
from tests.origins.facebook.conftest import account
from tests.origins.meta.fake_graph import APP_ID, PAGE, TOKEN, USER_TOKEN, error

CALLBACK = {"callback_url": "https://channels.example.com/facebook/admin_ui/callback", "callback_state": "sealed"}
CHOSEN = {"page": PAGE, "comments": "true", "visitor_posts": "true", "messages": "true", "start": "now"}


async def signed_in(connector, query=None, **more):
    return await connector.setup("signed_in", callback_query=query or {"code": "good-code"}, **CALLBACK, **more)


async def chosen(connector, answers=None, **more):
    form = await signed_in(connector, **more)
    return await connector.setup("choices", {**CHOSEN, **(answers or {})}, session=form.session, **CALLBACK, **more)


def said(form):
    return [problem.message for problem in form.problems]


def query_of(redirect):
    return {name: values[0] for name, values in parse_qs(urlsplit(redirect.url).query).items()}


async def test_it_begins_with_facebooks_sign_in(graph, connector):
    redirect = await connector.setup(**CALLBACK)
    assert isinstance(redirect, Redirect)
    assert redirect.url.startswith("https://www.facebook.com/v26.0/dialog/oauth?")
    query = query_of(redirect)
    assert (query["client_id"], query["redirect_uri"], query["state"]) == (APP_ID, *CALLBACK.values())
    assert {"pages_messaging", "pages_read_user_content", "pages_manage_engagement"} <= set(query["scope"].split(","))


async def test_login_for_business_names_a_configuration_in_place_of_permissions(served):
    async with served("--login-config-id=99", "--dialog-url=https://dialog.example") as connector:
        redirect = await connector.setup(**CALLBACK)
    assert redirect.url.startswith("https://dialog.example/v26.0/dialog/oauth?")
    assert query_of(redirect)["config_id"] == "99"
    assert "scope" not in query_of(redirect)


async def test_a_page_is_connected(graph, connector):
    form = await signed_in(connector)
    [page] = [field for field in form.fields if field.name == "page"]
    assert page.options == ((PAGE, "The Bakery"),)
    done = await chosen(connector)
    assert isinstance(done, Done)
    assert done.account_name == "The Bakery"
    assert done.account == account(since=graph.now, messages_since=graph.now)
    assert done.state is None
    assert graph.subscribed[PAGE]


async def test_an_account_is_small_however_long_the_token(graph, connector):
    graph.pages[0] |= {"access_token": "t" * 500, "name": "ü" * 75}
    done = await chosen(connector)
    assert len(json.dumps(done.account, ensure_ascii=False).encode()) < 1_500


@pytest.mark.parametrize(("start", "days"), [("now", 0), ("7", 7), ("30", 30), ("made up", 0)])
async def test_the_administrator_says_from_when_on(graph, connector, start, days):
    done = await chosen(connector, {"start": start})
    assert done.account["since"] == done.account["messages_since"] == graph.now - days * 86_400


async def test_there_is_a_choice_of_pages(graph, connector):
    graph.pages += [
        {"id": "1002", "name": "A Café", "access_token": "other", "tasks": ["MODERATE", "MESSAGING"]},
        {"id": "1003", "name": "The Bakery", "access_token": "third"},
        {"id": "1004", "name": "Without a token"},
    ]
    graph.page_size = 1
    form = await signed_in(connector)
    [page] = [field for field in form.fields if field.name == "page"]
    assert page.options == (("1002", "A Café"), (PAGE, f"The Bakery ({PAGE})"), ("1003", "The Bakery (1003)"))
    done = await chosen(connector, {"page": "1002"})
    assert (done.account["page"], done.account["token"]) == ("1002", "other")


ENDINGS = [
    ({"error": "access_denied", "error_reason": "user_denied"}, "cancelled"),
    ({"code": "used"}, "did not finish"),
    ({}, "did not finish"),
]


@pytest.mark.parametrize(("query", "words"), ENDINGS)
async def test_a_sign_in_that_came_to_nothing_can_be_repeated(connector, query, words):
    form = await connector.setup("signed_in", callback_query=query, **CALLBACK)
    assert (form.step_id, form.fields) == ("again", ())
    assert words in said(form)[0]
    redirect = await connector.setup("again", **CALLBACK)
    assert query_of(redirect)["auth_type"] == "rerequest"


async def test_somebody_without_a_page_is_told_so(graph, connector):
    graph.pages = []
    assert "no Page" in said(await signed_in(connector))[0]


async def test_somebody_whose_pages_may_not_even_be_listed_is_told_the_same(graph, connector):
    graph.faults["GET /me/accounts"] = [error(10, status=403)]
    assert "no Page" in said(await signed_in(connector))[0]


async def test_what_belongs_together_stands_together(connector):
    groups = [field.group for field in (await signed_in(connector)).fields]
    assert [group for group, _ in groupby(groups)] == ["", "What becomes a ticket", "Tickets and replies"]


NEEDED = [
    ({}, "pages_read_user_content"),
    ({}, "pages_manage_engagement"),
    ({}, "pages_messaging"),
    ({}, "pages_manage_metadata"),
    ({"messages": "false", "answers": "privately"}, "pages_messaging"),
]


@pytest.mark.parametrize(("answers", "permission"), NEEDED)
async def test_a_permission_that_is_missing_is_said_by_name(graph, connector, answers, permission):
    graph.grants["scopes"].remove(permission)
    form = await chosen(connector, answers)
    [words] = said(form)
    assert words.startswith(f"Facebook did not give the permission {permission}, which this needs.")
    assert words.endswith(" Sign in again and leave it allowed, or bring less.")
    assert form.sign_in_label == "Sign in with Facebook again"
    redirect = await connector.setup("choices", CHOSEN, session=form.session, sign_in=True, **CALLBACK)
    assert query_of(redirect)["auth_type"] == "rerequest"


@pytest.mark.parametrize(
    ("answers", "permission"),
    [
        ({"messages": "false"}, "pages_messaging"),
        ({"answers": "privately"}, "pages_manage_engagement"),
        ({"comments": "false", "visitor_posts": "false"}, "pages_read_user_content"),
        ({}, "business_management"),
    ],
)
async def test_a_permission_that_nothing_needs_is_not_asked_for(graph, connector, answers, permission):
    graph.grants["scopes"].remove(permission)
    assert isinstance(await chosen(connector, answers), Done)


async def test_a_permission_for_another_page_only_is_missing(graph, connector):
    graph.grants["granular"] = [{"scope": "pages_messaging", "target_ids": ["1002"]}, {"scope": "pages_show_list"}]
    assert "pages_messaging" in said(await chosen(connector))[0]


async def test_a_task_that_is_missing_is_said_by_name(graph, connector):
    graph.pages[0]["tasks"] = ["MODERATE"]
    assert "on the Page: Messages." in said(await chosen(connector))[0]


async def test_somebody_without_any_task_is_told_each(graph, connector):
    graph.pages[0]["tasks"] = []
    words = " ".join(said(await chosen(connector)))
    assert all(f"on the Page: {task}." in words for task in ("Community activity", "Messages"))
    del graph.pages[0]["tasks"]
    assert isinstance(await chosen(connector), Done), "where Facebook does not tell tasks, nobody lacks one"


READ = [
    ("GET", "feed", "pages_read_user_content"),
    ("GET", "visitor_posts", "pages_read_user_content"),
    ("GET", "conversations", "pages_messaging"),
    ("POST", "subscribed_apps", "pages_manage_metadata"),
]


@pytest.mark.parametrize(("method", "edge", "permission"), READ)
@pytest.mark.parametrize("code", [3, 10, 200, 299])
async def test_what_meta_has_not_approved_for_the_app_is_said_by_name(graph, connector, method, edge, permission, code):
    graph.faults[f"{method} /{PAGE}/{edge}"] = [error(code, status=403)]
    [words] = said(await chosen(connector))
    assert permission in words
    assert "Meta has not approved it" in words


async def test_what_meta_says_to_people_is_passed_on(graph, connector):
    graph.faults[f"GET /{PAGE}/feed"] = [error(100, words="Turn on two-factor authentication.")]
    assert said(await chosen(connector)) == ["Facebook refuses it: Turn on two-factor authentication."]


OF_THE_APP = [error(200, status=403), error(101), error(190, status=401), error(5), error(104)]


@pytest.mark.parametrize("answer", OF_THE_APP, ids=lambda answer: str(answer[1]["error"]["code"]))
@pytest.mark.parametrize("step", ["sign-in", "choices"])
async def test_an_app_that_meta_does_not_take_is_said_to_be_it(graph, connector, answer, step):
    graph.faults["GET /debug_token"] = [answer]
    graph.faults["GET /oauth/access_token"] = [error(1)] if step == "sign-in" else []
    form = await (signed_in(connector) if step == "sign-in" else chosen(connector))
    assert said(form) == [str(Cause.APP_REFUSED.sentence_about("Facebook"))]


async def test_something_has_to_be_chosen(connector):
    form = await chosen(connector, {"comments": "false", "visitor_posts": "false", "messages": "false"})
    assert said(form) == ["Choose at least one thing to bring."]


@pytest.mark.parametrize("page", ["", "1002"])
async def test_a_page_that_is_not_offered_is_not_taken(connector, page):
    assert said(await chosen(connector, {"page": page})) == ["Choose a Page."]


@pytest.mark.parametrize(
    ("answer", "words"),
    [(error(1, status=500), "did not answer"), ((429, b"", {}), "slow down"), ((502, b"<html>", {}), "did not answer")],
)
async def test_trouble_at_facebook_is_said_in_a_sentence(graph, connector, answer, words):
    graph.faults["GET /me/accounts"] = [answer] * 9
    assert words in said(await signed_in(connector))[0]
    graph.faults = {f"GET /{PAGE}/feed": [answer] * 9}
    assert words in said(await chosen(connector))[0]


THROTTLED = [error(code) for code in (4, 17, 32, 341, 613, 80001)]


@pytest.mark.parametrize("answer", THROTTLED, ids=lambda answer: str(answer[1]["error"]["code"]))
async def test_too_many_calls_are_said_to_be_so_in_every_step(graph, connector, answer):
    """Without a word on how long it lasts, too."""
    busy = ["Facebook asks to slow down. Try again in a few minutes."]
    graph.faults["GET /oauth/access_token"] = [answer]
    assert said(await signed_in(connector)) == busy
    graph.faults["GET /me/accounts"] = [answer]
    assert said(await signed_in(connector)) == busy
    graph.faults[f"GET /{PAGE}/feed"] = [answer]
    assert said(await chosen(connector)) == busy
    graph.faults["GET /debug_token"] = [answer]
    assert said(await connector.setup(account=account(), **CALLBACK)) == busy


async def test_choices_can_be_changed_without_signing_in(graph, connector):
    kept = account(since=5, messages_since=6, messages=False, sent="c2VudCE=")
    form = await connector.setup(account=kept, account_name="Ours", **CALLBACK)
    assert isinstance(form, Form)
    assert {field.name: field.value for field in form.fields}["messages"] == "false"
    assert "page" not in [field.name for field in form.fields]
    answers = {"comments": "true", "visitor_posts": "false", "messages": "true", "threads": "post"}
    done = await connector.setup("choices", answers, account=kept, account_name="Ours", **CALLBACK)
    assert done.account_name == "Ours"
    assert done.state is None
    # What is new begins now.
    assert done.account == {
        **kept,
        "visitor_posts": False,
        "messages": True,
        "messages_since": graph.now,
        "per_post": True,
    }


@pytest.mark.parametrize("brought", ["comments", "visitor_posts"])
async def test_posts_that_were_not_brought_until_now_are_brought_from_now_on(graph, connector, brought):
    kept = account(since=5, messages_since=6, comments=False, visitor_posts=False)
    done = await connector.setup("choices", {brought: "true", "messages": "true"}, account=kept, **CALLBACK)
    assert done.account == {**kept, brought: True, "since": graph.now}


async def test_a_dead_token_leads_to_the_sign_in_and_keeps_everything_else(graph, connector):
    kept = account(token="dead", since=5, messages_since=6, sent="c2VudCE=")
    redirect = await connector.setup(account=kept, **CALLBACK)
    assert isinstance(redirect, Redirect)
    assert redirect.problem.startswith("Facebook no longer accepts this account's sign-in:")
    done = await chosen(connector, account=kept, account_name="Ours")
    assert done.account == {**kept, "token": TOKEN}
    assert done.state is None


async def test_a_permission_that_was_taken_away_is_said_at_the_head_of_the_form(graph, connector):
    graph.grants["scopes"].remove("pages_messaging")
    form = await connector.setup(account=account(), **CALLBACK)
    assert said(form) == [str(Cause.RIGHT_MISSING.sentence_about("Facebook"))]
    assert form.sign_in_label


async def test_an_account_stays_with_its_page(graph, connector):
    kept = account(page="1002", name="A Café", token="dead")
    form = await signed_in(connector, account=kept)
    assert form.step_id == "again"
    assert "A Café" in said(form)[0]
    session = json.dumps({"user_token": USER_TOKEN}).encode()
    form = await connector.setup("choices", CHOSEN, account=kept, session=session, **CALLBACK)
    assert "A Café" in said(form)[0]


async def test_a_token_that_died_meanwhile_is_not_believed(graph, connector):
    form = await signed_in(connector)
    graph.grants["valid"] = False
    form = await connector.setup("choices", CHOSEN, session=form.session, **CALLBACK)
    assert "did not finish the sign-in" in said(form)[0]


@pytest.mark.parametrize(("step", "session"), [("made-up", b""), ("choices", b"[]"), ("choices", b"{")])
async def test_steps_and_sessions_of_nobody_are_refused(connector, step, session):
    with pytest.raises(InvalidRequest):
        await connector.setup(step, CHOSEN, session=session, **CALLBACK)


async def test_without_webhooks_nothing_is_subscribed(graph, arguments, served, tmp_path):
    from sealock_connector.testing import running
    from sealock_origins.facebook.connector import Facebook

    graph.grants["scopes"].remove("pages_manage_metadata")
    async with running(Facebook(), *arguments[:-1]) as connector:
        assert isinstance(await chosen(connector), Done)
    assert graph.subscribed == {}
