# SPDX-License-Identifier: Apache-2.0
"""An administrator connects an Instagram account in either way, is told what is missing, and can come back."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from sealock_connector import Done, Form, InvalidRequest, Redirect
from sealock_devkit.emulators.meta.settings import FACEBOOK_SCOPES, INSTAGRAM_SCOPES
from sealock_origins.instagram.account import InstagramAccount
from sealock_origins.instagram.connector import Instagram
from sealock_origins.instagram.sign_in import Candidate, Logins
from tests.origins.instagram.conftest import account

BACK = "https://channels.example.com/instagram/admin_ui/callback"
CALLBACK = {"callback_url": BACK, "callback_state": "sealed"}
CHOSEN = {"comments": "true", "mentions": "true", "messages": "true", "start": "now"}
LOGINS = ["facebook", "instagram"]


def query_of(redirect):
    return {name: values[0] for name, values in parse_qs(urlsplit(redirect.url).query).items()}


def said(form):
    return [problem.message for problem in form.problems]


def code(meta, login, without=()):
    """A code that the dialog would bring back."""
    if login == "facebook":
        pages = [page.id for page in meta.site.logins.pages_of(meta.owner)]
        instagrams = [each.id for each in meta.site.logins.instagrams_of(meta.owner)]
        scopes = FACEBOOK_SCOPES - set(without)
        grant = meta.site.logins.facebook(meta.owner, scopes, declined=without, pages=pages, instagrams=instagrams)
    else:
        scopes = INSTAGRAM_SCOPES - set(without)
        grant = meta.site.logins.instagram(meta.instagram, scopes, declined=without)
    return meta.tokens.new_code(grant, BACK)


async def redirected(connector, login, **more):
    return await connector.setup("login", {"login": login}, **CALLBACK, **more)


async def signed_in(meta, connector, login, *, query=None, session=None, without=(), **more):
    if session is None:
        session = (await redirected(connector, login)).session
    brought = query or {"code": code(meta, login, without)}
    return await connector.setup("signed_in", callback_query=brought, session=session, **CALLBACK, **more)


async def chosen(meta, connector, login, answers=None, **more):
    form = await signed_in(meta, connector, login, **more)
    answers = {**CHOSEN, **({"account": meta.instagram.id} if login == "facebook" else {}), **(answers or {})}
    for name in ("without", "session"):
        more.pop(name, None)
    return await connector.setup("choices", answers, session=form.session, **CALLBACK, **more)


async def test_there_is_a_choice_of_two_ways(connector):
    form = await connector.setup(**CALLBACK)
    assert [value for value, _ in form.fields[0].options] == ["instagram", "facebook"]


async def test_each_way_leads_to_its_own_sign_in(meta, connector):
    by_instagram = await redirected(connector, "instagram")
    assert by_instagram.url.startswith(f"{meta.site.host('www.instagram.com')}/oauth/authorize?")
    assert query_of(by_instagram)["client_id"] == meta.store.keys.instagram_app_id
    by_facebook = await redirected(connector, "facebook")
    assert by_facebook.url.startswith(f"{meta.site.host('www.facebook.com')}/v26.0/dialog/oauth?")
    assert query_of(by_facebook)["client_id"] == meta.store.keys.app_id


async def test_without_an_instagram_app_there_is_facebook_login_only(meta, arguments):
    from sealock_connector._serving.options import parse
    from tests.connector.scripted_origin import quick

    connector = Instagram()
    parse(connector, [each for each in arguments if "--instagram-app" not in each], environ={})
    async with quick(connector) as client:
        assert isinstance(await client.setup(**CALLBACK), Redirect)
        with pytest.raises(InvalidRequest):
            await client.setup("login", {"login": "instagram"}, **CALLBACK)


@pytest.mark.parametrize("login", LOGINS)
async def test_an_account_is_connected(meta, connector, login):
    done = await chosen(meta, connector, login)
    assert isinstance(done, Done)
    assert done.account_name == f"@{meta.instagram.username}"
    since = done.account["since"]
    expected = account(meta, login, since=since, messages_since=since, token_at=since)
    assert {**done.account, "token": ""} == {**expected, "token": ""}
    assert abs(since - meta.store.now()) < 30
    assert (await connector.pull(done.account)).resources == ()
    assert len(list(meta.store.owner_subscriptions)) == 1


@pytest.mark.parametrize("shape", ["data", "flat"])
async def test_both_shapes_of_instagrams_token_are_read(meta, connector, shape):
    meta.store.settings.instagram_code_answer = shape
    assert isinstance(await chosen(meta, connector, "instagram"), Done)


async def test_instagrams_code_may_have_its_ending(meta, connector):
    form = await signed_in(meta, connector, "instagram", query={"code": code(meta, "instagram") + "#_"})
    assert form.step_id == "choices"


async def test_there_is_a_choice_of_accounts(meta, connector):
    form = await signed_in(meta, connector, "facebook")
    [field] = [each for each in form.fields if each.name == "account"]
    assert [label for _, label in field.options] == ["@harbour.cafe (Harbour Café)", "@lock.museum (Lock Museum)"]
    form = await chosen(meta, connector, "facebook", {"account": "1"})
    assert said(form) == ["Choose an account."]


MISSING = [
    ("facebook", "instagram_manage_comments", {}),
    ("facebook", "instagram_manage_messages", {}),
    ("facebook", "pages_manage_metadata", {}),
    ("instagram", "instagram_business_manage_comments", {}),
    ("instagram", "instagram_business_manage_messages", {"messages": "false", "answers": "privately"}),
]


@pytest.mark.parametrize(("login", "permission", "answers"), MISSING)
async def test_a_permission_that_is_missing_is_said_by_name(meta, connector, login, permission, answers):
    for grant in list(meta.store.grants):
        meta.store.grants.remove(grant.id)
    form = await chosen(meta, connector, login, answers, without=(permission,))
    [words] = said(form)
    assert words.startswith(f"The permission {permission} was not given, which this needs.")
    assert words.endswith(" Sign in again and leave it allowed, or bring less.")
    redirect = await connector.setup("choices", CHOSEN, session=form.session, sign_in=True, **CALLBACK)
    assert {"auth_type", "force_reauth"} & set(query_of(redirect))


@pytest.mark.parametrize("login", LOGINS)
async def test_an_account_that_keeps_its_messages_is_said_so(meta, connector, login):
    meta.instagram.allows_messages = False
    meta.store.instagrams.put(meta.instagram)
    assert "Allow access to messages" in said(await chosen(meta, connector, login))[0]
    assert isinstance(await chosen(meta, connector, login, {"messages": "false"}), Done)


async def test_a_personal_account_is_not_connected(meta, connector):
    form = await signed_in(meta, connector, "instagram")
    meta.instagram.professional = False
    again = await connector.setup("choices", CHOSEN, session=form.session, **CALLBACK)
    assert (again.step_id, again.fields) == ("again", ())


async def test_an_account_that_says_it_is_personal_is_told_what_to_do():
    candidate = Candidate("instagram", "1", "1", "ann", "token", professional=False)
    values = {"token_at": 0, "since": 0, "messages_since": 0, "comments": True, "mentions": False, "messages": True}
    person = InstagramAccount(login="instagram", id="1", own_id="1", username="ann", token="token", **values)
    [problem] = await Logins(None, None).lacking(person, candidate, webhooks=False)
    assert "professional account" in problem.message


@pytest.mark.parametrize("login", LOGINS)
@pytest.mark.parametrize(
    ("query", "words"), [({"error": "access_denied"}, "cancelled"), ({"code": "made-up"}, "not finished")]
)
async def test_a_sign_in_that_came_to_nothing_can_be_repeated(meta, connector, login, query, words):
    form = await signed_in(meta, connector, login, query=query)
    assert (form.step_id, form.fields) == ("again", ())
    assert words in said(form)[0]
    redirect = await connector.setup("again", session=form.session, **CALLBACK)
    host = "www.instagram.com" if login == "instagram" else "www.facebook.com"
    assert redirect.url.startswith(meta.site.host(host))


async def test_a_page_without_an_account_is_no_candidate(meta, connector):
    for page in meta.store.pages:
        page.instagram_id = ""
        meta.store.pages.put(page)
    assert "no professional Instagram account" in said(await signed_in(meta, connector, "facebook"))[0]


async def test_something_has_to_be_chosen(meta, connector):
    nothing = {"comments": "false", "mentions": "false", "messages": "false"}
    assert said(await chosen(meta, connector, "instagram", nothing)) == ["Choose at least one thing to bring."]


@pytest.mark.parametrize("login", LOGINS)
@pytest.mark.parametrize(
    ("name", "words"),
    [
        *((limit, "slow down") for limit in ("app_limit", "user_limit", "custom_limit", "instagram_limit")),
        ("service", "did not answer"),
    ],
)
async def test_trouble_at_meta_is_said_in_a_sentence_in_every_step(meta, connector, login, name, words):
    """Too many calls without a word on how long it lasts, too."""
    for calls_before in range(2):  # the token, then the account
        meta.store.faults.errors = []
        begun = (await redirected(connector, login)).session
        brought = {"code": code(meta, login)}
        meta.store.faults.errors = ["", *[name] * 30][1 - calls_before :]
        assert words in said(await signed_in(meta, connector, login, query=brought, session=begun))[0]
    meta.store.faults.errors = []
    form = await signed_in(meta, connector, login)
    answers = {**CHOSEN, "account": meta.instagram.id}
    for calls_before in range(2):  # the account, then its posts
        meta.store.faults.errors = ["", *[name] * 30][1 - calls_before :]
        assert words in said(await connector.setup("choices", answers, session=form.session, **CALLBACK))[0]


@pytest.mark.parametrize("login", LOGINS)
async def test_choices_can_be_changed_without_signing_in(meta, connector, login):
    kept = account(meta, login, messages=False, sent="c2VudCE=", since=5, messages_since=6)
    form = await connector.setup(account=kept, account_name="Ours", **CALLBACK)
    assert isinstance(form, Form)
    answers = {"comments": "true", "messages": "true", "answers": "privately"}
    done = await connector.setup("choices", answers, account=kept, account_name="Ours", **CALLBACK)
    since = done.account["messages_since"]
    assert done.account == {**kept, "mentions": False, "messages": True, "messages_since": since, "privately": True}
    assert abs(since - meta.store.now()) < 30
    assert (done.account_name, done.state) == ("Ours", None)


@pytest.mark.parametrize("login", LOGINS)
async def test_comments_that_were_not_brought_until_now_are_brought_from_now_on(meta, connector, login):
    kept = account(meta, login, comments=False, mentions=False, since=5, messages_since=6)
    answers = {"comments": "true", "messages": "true"}
    done = await connector.setup("choices", answers, account=kept, **CALLBACK)
    since = done.account["since"]
    assert done.account == {**kept, "comments": True, "since": since}
    assert abs(since - meta.store.now()) < 30


@pytest.mark.parametrize("login", LOGINS)
async def test_a_dead_token_leads_to_the_sign_in_and_keeps_everything_else(meta, connector, login):
    kept = account(meta, login, sent="c2VudCE=", since=5, messages_since=6)
    meta.tokens.end(meta.owner.id, "password")
    redirect = await connector.setup(account=kept, **CALLBACK)
    assert isinstance(redirect, Redirect)
    done = await chosen(meta, connector, login, session=redirect.session, account=kept)
    assert {**done.account, "token": "", "token_at": 0} == {**kept, "token": "", "token_at": 0}
    assert done.account["token"] != kept["token"]


@pytest.mark.parametrize("login", LOGINS)
async def test_an_account_stays_itself(meta, connector, login):
    kept = account(meta, login, id="17841400000009999", own_id="9", username="somebody.else")
    form = await signed_in(meta, connector, login, account=kept)
    assert form.step_id == "again"
    assert "@somebody.else" in said(form)[0]


async def test_steps_and_sessions_of_nobody_are_refused(connector):
    for step, session in (("made-up", b""), ("choices", b"{"), ("choices", b"[1]")):
        with pytest.raises(InvalidRequest):
            await connector.setup(step, CHOSEN, session=session, **CALLBACK)
