# SPDX-License-Identifier: Apache-2.0
"""What Meta refuses on the message path and below comments, by switches and by what people and Pages are like."""

from __future__ import annotations

import pytest
from selectolax.lexbor import LexborHTMLParser

from sealock_devkit.emulators.meta.app import running_meta
from sealock_devkit.emulators.meta.graph.errors import COMMENT_ERRORS, ERRORS, MESSAGE_ERRORS, SOURCES


def message(meta, text="Yes"):
    return {"json": {"recipient": {"id": meta.scoped()}, "message": {"text": text}}}


def numbers(name):
    return ERRORS[name].code, ERRORS[name].subcode


async def selected(meta):
    page = LexborHTMLParser((await meta.http.get(f"{meta.site.url}/refusals")).text)
    return {node.parent.attributes["name"]: node.attributes["value"] for node in page.css("option[selected]")}


async def test_a_person_says_on_a_page_what_is_refused(meta):
    meta.message()
    answer = await meta.http.post(f"{meta.site.url}/refusals", data={"messages": "other_app", "comments": "nonsense"})
    assert answer.status_code == 303
    assert await selected(meta) == {"messages": "other_app"}
    for _ in range(2):
        assert await meta.refusal("POST", "me/messages", **message(meta)) == numbers("other_app")
    await meta.post(f"{meta.page_post.id}/comments", message="That goes")
    await meta.http.post(f"{meta.site.url}/refusals", data={})
    assert (await meta.call("POST", "me/messages", **message(meta))).status_code == 200


async def test_the_page_is_led_to_and_is_only_there_with_switches(meta):
    assert 'href="/refusals"' in (await meta.http.get(meta.site.url)).text
    async with running_meta(switches=False) as site:
        assert 'href="/refusals"' not in (await meta.http.get(site.url)).text
        assert (await meta.http.get(f"{site.url}/refusals")).status_code == 404


async def test_another_sites_form_changes_nothing(meta):
    headers = {"origin": "https://evil.example"}
    answer = await meta.http.post(f"{meta.site.url}/refusals", data={"messages": "scope"}, headers=headers)
    assert (answer.status_code, meta.store.faults.refusals) == (403, {})


@pytest.mark.parametrize("name", MESSAGE_ERRORS)
async def test_each_refusal_of_a_message_can_be_had(meta, name):
    meta.message()
    answer = await meta.http.put(f"{meta.site.url}/dev/faults", json={"refusals": {"messages": name}})
    assert answer.status_code == 204
    assert await meta.refusal("POST", "me/messages", **message(meta)) == numbers(name)
    sent = [each for each in meta.store.messages if not each.by_person]
    assert len(sent) == (name == "sent_and_refused")


@pytest.mark.parametrize("name", COMMENT_ERRORS)
async def test_each_refusal_of_a_comment_can_be_had(meta, name):
    meta.store.faults.refusals = {"comments": name}
    path = f"{meta.page_post.id}/comments"
    assert await meta.refusal("POST", path, json={"message": "x"}) == numbers(name)
    assert len(meta.store.comments) == 0


def test_every_error_says_where_it_is_said():
    assert {kind.source for kind in ERRORS.values()} == set(SOURCES)


async def test_a_page_that_was_merged_has_moved(meta):
    comment = meta.comment(meta.page_post)
    meta.page.merged_into = meta.other_page.id
    for path in ("me", meta.page.id, f"{meta.page_post.id}/comments", comment.id):
        assert await meta.refusal("GET", path) == numbers("moved")


async def test_whoever_loses_the_role_loses_the_pages_token(meta):
    del meta.page.tasks[meta.owner.id]
    assert await meta.refusal("GET", "me") == numbers("no_role")
    keys = meta.store.keys
    app = f"{keys.app_id}|{keys.app_secret}"
    told = await meta.call("GET", "debug_token", token=app, params={"input_token": meta.page_token.id})
    data = told.json()["data"]
    assert (data["is_valid"], data["error"]["subcode"]) == (False, 492)


async def test_a_personal_account_is_not_there(meta):
    meta.instagram.professional = False
    assert await meta.refusal("GET", "me", token=meta.instagram_token) == (100, 33)
    assert await meta.refusal("GET", meta.instagram.id) == (100, 33)


async def test_an_app_that_was_switched_off_is_refused_everything(meta):
    meta.store.settings.app_enabled = False
    keys = meta.store.keys
    assert await meta.refusal("GET", "me") == numbers("app_blocked")
    app = f"{keys.app_id}|{keys.app_secret}"
    assert await meta.refusal("GET", "debug_token", token=app) == numbers("app_blocked")


async def test_where_nobody_can_comment_nothing_is_posted_and_it_is_told_before(meta):
    comment = meta.comment(meta.page_post)
    meta.page_post.can_comment = False
    for place in (meta.page_post.id, comment.id):
        assert await meta.refusal("POST", f"{place}/comments", json={"message": "x"}) == numbers("cannot_comment")
    listed = await meta.get(f"{meta.page_post.id}/comments", summary="true", limit=1)
    assert listed["summary"]["can_comment"] is False
    assert (await meta.get(comment.id, fields="can_comment"))["can_comment"] is False


async def test_a_filter_hides_what_the_page_itself_writes(meta):
    meta.page.hides = ["refund"]
    posted = await meta.post(f"{meta.page_post.id}/comments", message="A Refund is due")
    assert (await meta.get(posted["id"], fields="is_hidden"))["is_hidden"] is True
