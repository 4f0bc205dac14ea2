# SPDX-License-Identifier: Apache-2.0
"""The dialogs, and what their codes become: short-lived, long-lived, Page's, refreshed, dead."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from selectolax.lexbor import LexborHTMLParser

from sealock_devkit.emulators.meta.logins import DEATHS, proof_for
from sealock_devkit.emulators.meta.settings import FACEBOOK_SCOPES, INSTAGRAM_SCOPES
from tests.devkit.meta.callers import NOON

REDIRECT = "http://127.0.0.1:8080/facebook/admin_ui/callback"
SCOPES = "pages_show_list,pages_read_engagement,instagram_basic"
HOUR, DAY = 3_600, 86_400


def facebook_dialog(meta, **changed):
    query = {"client_id": meta.store.keys.app_id, "redirect_uri": REDIRECT, "state": "s1", "scope": SCOPES, **changed}
    path = "/www.facebook.com/v26.0/dialog/oauth"
    return str(httpx2.URL(meta.site.url + path, params={name: value for name, value in query.items() if value}))


def instagram_dialog(meta, **changed):
    scope = ",".join(sorted(INSTAGRAM_SCOPES))
    keys = meta.store.keys
    query = {"client_id": keys.instagram_app_id, "redirect_uri": REDIRECT, "state": "s1", "scope": scope, **changed}
    return str(httpx2.URL(meta.site.url + "/www.instagram.com/oauth/authorize", params=query))


async def consent(meta, url, who, **changed):
    """Sign in and send the form of consent as the page has it; returns the query that comes back."""
    signed_in = await meta.http.post(url, data={"step": "sign_in", "who": who}, follow_redirects=True)
    form = LexborHTMLParser(signed_in.text).css_first("form")
    assert form is not None, signed_in.text
    fields: dict[str, list[str]] = {}
    for field in form.css("input"):
        fields.setdefault(field.attributes["name"], []).append(field.attributes["value"])
    answer = await meta.http.post(url, data={**fields, "decision": "continue", **changed})
    assert answer.status_code == 303
    assert answer.headers["location"].startswith(REDIRECT)
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}


async def exchange(meta, host="graph.facebook.com", path="v26.0/oauth/access_token", **query):
    keys = meta.store.keys
    query = {"client_id": keys.app_id, "client_secret": keys.app_secret, **query}
    return (await meta.http.get(f"{meta.site.host(host)}/{path}", params=query)).json()


async def instagram_code(meta, code, **changed):
    keys = meta.store.keys
    form = {
        "client_id": keys.instagram_app_id,
        "client_secret": keys.instagram_app_secret,
        "grant_type": "authorization_code",
        "redirect_uri": REDIRECT,
        "code": code,
        **changed,
    }
    files = {name: (None, value) for name, value in form.items()}
    return await meta.http.post(meta.site.host("api.instagram.com") + "/oauth/access_token", files=files)


async def test_from_the_dialog_to_a_page_token_without_a_date(meta):
    back = await consent(meta, facebook_dialog(meta), meta.owner.id)
    assert back["state"] == "s1"
    short = await exchange(meta, code=back["code"], redirect_uri=REDIRECT)
    assert (short["token_type"], short["expires_in"]) == ("bearer", 5_108)
    long = await exchange(meta, grant_type="fb_exchange_token", fb_exchange_token=short["access_token"])
    assert long["expires_in"] == 5_183_944
    fields = "id,name,access_token,tasks,instagram_business_account{id,username}"
    pages = (await meta.get("me/accounts", token=long["access_token"], fields=fields))["data"]
    assert [page["name"] for page in pages] == ["Harbour Café", "Lock Museum"]
    assert pages[0]["instagram_business_account"]["username"] == "harbour.cafe"
    assert "MODERATE" in pages[0]["tasks"]
    token = pages[0]["access_token"]
    app = f"{meta.store.keys.app_id}|{meta.store.keys.app_secret}"
    told = (await meta.get("debug_token", token=app, input_token=token))["data"]
    assert (told["type"], told["is_valid"], told["expires_at"], told["profile_id"]) == ("PAGE", True, 0, meta.page.id)
    assert {"pages_show_list", "public_profile"} <= set(told["scopes"])
    assert {"scope": "pages_show_list", "target_ids": [meta.page.id, meta.other_page.id]} in told["granular_scopes"]
    meta.store.clock.advance(300 * DAY)
    assert (await meta.get(pages[0]["id"], token=token))["name"] == "Harbour Café"


async def test_a_page_token_of_a_short_lived_token_dies_with_it(meta):
    short = meta.sign_in(meta.owner, long_lived=False)
    page_token = meta.tokens.page_token(short, meta.page.id)
    meta.store.clock.advance(5_107)
    assert await meta.get(meta.page.id, token=page_token)
    meta.store.clock.advance(1)
    assert await meta.refusal("GET", meta.page.id, token=page_token) == (190, 463)
    assert await meta.refusal("GET", "me", token=short) == (190, 463)


async def test_scopes_and_pages_can_be_left_out(meta):
    person = meta.person("Max Moderator")
    url = facebook_dialog(meta)
    back = await consent(meta, url, person.id, scope="pages_show_list", page=meta.other_page.id)
    token = (await exchange(meta, code=back["code"], redirect_uri=REDIRECT))["access_token"]
    pages = (await meta.get("me/accounts", token=token))["data"]
    assert [page["id"] for page in pages] == [meta.other_page.id]
    assert pages[0]["tasks"] == ["MODERATE", "ANALYZE"]
    permissions = (await meta.get("me/permissions", token=token))["data"]
    assert {"permission": "pages_read_engagement", "status": "declined"} in permissions
    assert await meta.refusal("GET", meta.page.id, token=token) == (10, 0)


async def test_a_configuration_stands_for_scopes(meta):
    meta.store.settings.configurations["77"] = ["pages_show_list"]
    back = await consent(meta, facebook_dialog(meta, scope="", config_id="77"), meta.person("Max Moderator").id)
    token = (await exchange(meta, code=back["code"], redirect_uri=REDIRECT))["access_token"]
    granted = [each["permission"] for each in (await meta.get("me/permissions", token=token))["data"]]
    assert granted == ["pages_show_list", "public_profile"]


@pytest.mark.parametrize("dialog", [facebook_dialog, instagram_dialog])
async def test_cancelling_leads_back_with_a_denial(meta, dialog):
    who = meta.owner.id if dialog is facebook_dialog else meta.instagram.id
    back = await consent(meta, dialog(meta), who, decision="cancel")
    assert (back["error"], back["error_reason"], back["state"]) == ("access_denied", "user_denied", "s1")
    assert "code" not in back


@pytest.mark.parametrize("dialog", [facebook_dialog, instagram_dialog])
@pytest.mark.parametrize(
    "changed",
    [
        {"client_id": "1"},
        {"redirect_uri": "https://edge.example/callback"},
        {"redirect_uri": ""},
        {"response_type": "token"},
        {"scope": "steal_everything"},
    ],
    ids=str,
)
async def test_a_wrong_request_leads_nowhere(meta, dialog, changed):
    answer = await meta.http.get(dialog(meta, **changed))
    assert answer.status_code == 400
    assert LexborHTMLParser(answer.text).css_first("[role=alert]").text()


async def test_redirects_must_be_registered_exactly(meta):
    settings = meta.store.settings
    settings.loopback_redirects, settings.redirect_uris = False, ["https://edge.example/callback"]
    for uri, status in (
        ("https://edge.example/callback", 200),
        ("https://edge.example/callback/", 400),
        ("https://edge.example/callback?x=1", 400),
        ("http://127.0.0.1:8080/callback", 400),
    ):
        assert (await meta.http.get(facebook_dialog(meta, redirect_uri=uri))).status_code == status


async def test_a_form_that_is_not_the_sessions_is_refused(meta):
    url = facebook_dialog(meta)
    await meta.http.post(url, data={"step": "sign_in", "who": meta.owner.id})
    answer = await meta.http.post(url, data={"step": "consent", "confirm": "guessed", "decision": "continue"})
    assert answer.status_code == 400


async def test_without_advanced_access_only_people_with_a_role_sign_in(meta):
    meta.store.settings.advanced_access = False
    for name, form in (("Ann Example", "sign_in"), ("Olivia Owner", "consent")):
        data = {"step": "sign_in", "who": meta.person(name).id}
        answer = await meta.http.post(facebook_dialog(meta), data=data, follow_redirects=True)
        assert LexborHTMLParser(answer.text).css_first("input[name=step]").attributes["value"] == form


@pytest.mark.parametrize(
    ("changed", "later", "code", "subcode"),
    [
        ({"client_secret": "wrong"}, 0, 1, 0),
        ({"client_id": "1"}, 0, 100, 0),
        ({"redirect_uri": REDIRECT + "/"}, 0, 100, 36008),
        ({"code": "AQmadeup"}, 0, 100, 0),
        ({}, HOUR, 100, 36007),
    ],
    ids=str,
)
async def test_a_code_is_exchanged_only_as_it_was_given(meta, changed, later, code, subcode):
    back = await consent(meta, facebook_dialog(meta), meta.owner.id)
    meta.store.clock.advance(later)
    told = await exchange(meta, **{"code": back["code"], "redirect_uri": REDIRECT, **changed})
    assert (told["error"]["code"], told["error"].get("error_subcode", 0)) == (code, subcode)


async def test_a_code_works_once(meta):
    back = await consent(meta, facebook_dialog(meta), meta.owner.id)
    assert "access_token" in await exchange(meta, code=back["code"], redirect_uri=REDIRECT)
    assert (await exchange(meta, code=back["code"], redirect_uri=REDIRECT))["error"]["error_subcode"] == 36009


async def test_an_expired_token_cannot_be_exchanged(meta):
    short = meta.sign_in(meta.owner, long_lived=False)
    meta.store.clock.advance(2 * HOUR)
    told = await exchange(meta, grant_type="fb_exchange_token", fb_exchange_token=short.id)
    assert told["error"]["code"] == 190


async def test_instagram_login_from_the_dialog_to_a_refreshed_token(meta):
    back = await consent(meta, instagram_dialog(meta), meta.instagram.id)
    answer = (await instagram_code(meta, back["code"])).json()
    (told,) = answer["data"]
    assert told["user_id"] == meta.instagram.app_scoped_id
    assert set(told["permissions"].split(",")) == INSTAGRAM_SCOPES
    secret = meta.store.keys.instagram_app_secret
    long = await exchange(
        meta,
        "graph.instagram.com",
        "access_token",
        grant_type="ig_exchange_token",
        client_secret=secret,
        access_token=told["access_token"],
    )
    assert long["expires_in"] == 5_183_944
    refresh = {"grant_type": "ig_refresh_token", "access_token": long["access_token"]}
    host, path = "graph.instagram.com", "refresh_access_token"
    meta.store.clock.advance(DAY - 1)
    assert "error" in await exchange(meta, host, path, **refresh), "too young"
    meta.store.clock.advance(1)
    fresh = await exchange(meta, host, path, **refresh)
    meta.store.clock.advance(59.9 * DAY)
    assert (await meta.get("me", token=fresh["access_token"], fields="user_id"))["user_id"] == meta.instagram.id
    assert (await exchange(meta, host, path, **refresh))["error"]["error_subcode"] == 463, "too old"


async def test_the_code_may_be_answered_flat(meta):
    meta.store.settings.instagram_code_answer = "flat"
    back = await consent(meta, instagram_dialog(meta), meta.instagram.id)
    assert "access_token" in (await instagram_code(meta, back["code"])).json()


async def test_instagrams_refusals_have_a_shape_of_their_own(meta):
    answer = await instagram_code(meta, "AQmadeup")
    assert answer.status_code == 400
    assert set(answer.json()) == {"error_type", "code", "error_message"}


async def test_codes_of_one_login_are_nothing_to_the_other(meta):
    back = await consent(meta, facebook_dialog(meta), meta.owner.id)
    assert (await instagram_code(meta, back["code"])).status_code == 400


@pytest.mark.parametrize(
    ("death", "codes"),
    {
        "removed": (190, 458),
        "checkpoint": (190, 459),
        "password": (190, 460),
        "expired": (190, 463),
        "unconfirmed": (190, 464),
        "invalid": (190, 467),
        "session": (102, 0),
    }.items(),
)
async def test_every_way_in_which_tokens_die(meta, death, codes):
    assert death in DEATHS
    url = f"{meta.site.url}/dev/revocations"
    assert (await meta.http.post(url, json={"person": "Olivia Owner", "death": death})).status_code == 204
    for token in (meta.user_token, meta.page_token, meta.instagram_token):
        assert await meta.refusal("GET", "me", token=token) == codes
    app = f"{meta.store.keys.app_id}|{meta.store.keys.app_secret}"
    told = (await meta.get("debug_token", token=app, input_token=meta.page_token.id))["data"]
    assert (told["is_valid"], told["error"]["code"]) == (False, codes[0])


async def test_a_person_can_take_the_app_off_the_profile(meta):
    assert (await meta.call("DELETE", "me/permissions", token=meta.user_token)).json() == {"success": True}
    assert await meta.refusal("GET", "me", token=meta.page_token) == (190, 458)


async def test_a_permission_can_be_taken_back(meta):
    url = f"{meta.site.url}/dev/revocations"
    await meta.http.post(url, json={"person": "Olivia Owner", "scope": "pages_read_user_content"})
    assert await meta.refusal("GET", f"{meta.page.id}/visitor_posts") == (10, 0)
    assert await meta.get(f"{meta.page.id}/published_posts")


async def test_no_token_and_made_up_tokens_are_refused(meta):
    assert await meta.refusal("GET", "me", token="") == (2500, 0)
    assert await meta.refusal("GET", "me", token="EAAmadeup") == (190, 0)
    assert await meta.refusal("GET", "me", token="IGAAmadeup") == (190, 0)


async def test_tokens_belong_to_their_host(meta):
    path = f"{meta.site.host('graph.facebook.com')}/v26.0/me"
    answer = await meta.http.get(path, params={"access_token": meta.instagram_token.id})
    assert answer.json()["error"]["code"] == 190
    path = f"{meta.site.host('graph.instagram.com')}/v26.0/me"
    answer = await meta.http.get(path, params={"access_token": meta.page_token.id})
    assert answer.json()["error"]["code"] == 190


async def test_the_proof_is_checked_when_given_and_needed_when_the_app_says_so(meta):
    keys = meta.store.keys
    right = proof_for(meta.page_token.id, keys.app_secret)
    assert await meta.get("me", appsecret_proof=right)
    assert await meta.refusal("GET", "me", params={"appsecret_proof": "0" * 64}) == (104, 0)
    meta.store.settings.require_proof = True
    assert await meta.refusal("GET", "me") == (100, 0)
    assert await meta.get("me", appsecret_proof=right)
    instagram = proof_for(meta.instagram_token.id, keys.instagram_app_secret)
    assert await meta.get("me", token=meta.instagram_token, appsecret_proof=instagram)
    wrong = proof_for(meta.instagram_token.id, keys.app_secret)
    refusal = await meta.refusal("GET", "me", token=meta.instagram_token, params={"appsecret_proof": wrong})
    assert refusal == (104, 0)


async def test_the_owner_has_every_scope_that_can_be_asked_for(meta):
    back = await consent(meta, facebook_dialog(meta, scope=",".join(FACEBOOK_SCOPES)), meta.owner.id)
    assert meta.store.now() == NOON
    assert "code" in back
