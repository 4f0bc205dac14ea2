# SPDX-License-Identifier: Apache-2.0
"""Every code of the document's table of errors, versions that are gone, limits, and faults on purpose."""

from __future__ import annotations

import json

import httpx2
import pytest

from sealock_devkit.emulators.meta.graph.errors import ERRORS
from tests.devkit.meta.callers import NOON

MINUTE, HOUR, DAY = 60, 3_600, 86_400
DOCUMENTED = [
    *((190, subcode) for subcode in (458, 459, 460, 463, 464, 467)),
    *((code, 0) for code in (102, 3, 10, 200, 283, 4, 17, 32, 341, 613, 80002, 80006, 1, 2, 100, 368, 506)),
    *((code, 0) for code in (10900, 10903, 104, 230)),
    (80001, 2446079),
    (100, 33),
    (100, 2018218),
    (10, 2018278),
    (10, 2534022),
    (10, 1893063),
    (551, 1545041),
]


@pytest.mark.parametrize("codes", DOCUMENTED)
async def test_every_documented_error_can_be_had_by_a_switch(meta, codes):
    name = next(name for name, kind in ERRORS.items() if (kind.code, kind.subcode) == codes)
    answer = await meta.http.put(f"{meta.site.url}/dev/faults", json={"errors": [name]})
    assert answer.status_code == 204
    assert await meta.refusal("GET", "me") == codes
    assert await meta.get("me"), "it was the next call's only"


@pytest.mark.parametrize(
    ("name", "status", "transient"),
    [
        ("unknown", 500, True),
        ("service", 500, True),
        ("pages_limit", 400, False),
        ("instagram_limit", 400, False),
        ("messenger_limit", 400, False),
        ("app_limit", 403, True),
        ("passing", 400, True),
        ("fault", 500, False),
        ("expired", 401, False),
        ("scope", 403, False),
        ("instagram_window", 403, False),
        ("window", 400, False),
        ("gone", 400, False),
    ],
)
async def test_errors_have_their_status_and_say_when_they_pass(meta, name, status, transient):
    meta.store.faults.errors.append(name)
    answer = await meta.call("GET", "me")
    assert answer.status_code == status
    assert answer.json()["error"].get("is_transient", False) is transient
    assert answer.json()["error"]["type"] == ERRORS[name].type


async def test_an_unknown_field_is_error_100_and_says_which(meta):
    answer = (await meta.call("GET", "me", params={"fields": "id,shoe_size"})).json()["error"]
    assert (answer["code"], answer["message"]) == (
        100,
        "(#100) Tried accessing nonexisting field (shoe_size) on node type (Page)",
    )


@pytest.mark.parametrize("fields", ["id,", "id{", "id}", "comments.limit(5{id}", "a..b", "{id}", "a.b", "é"])
async def test_fields_that_cannot_be_read_are_a_syntax_error(meta, fields):
    assert await meta.refusal("GET", "me", params={"fields": fields}) == (2500, 0)


@pytest.mark.parametrize("path", ["me/feed/x", "me/x", "1", "1_2", "t_1", "m_1", "1/comments", "%20"])
async def test_paths_that_lead_nowhere_are_refused(meta, path):
    answer = await meta.call("GET", path)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] in {100, 2500}


@pytest.mark.parametrize(
    ("version", "day", "served"),
    [
        ("v26.0", 0, "v26.0"),
        ("v22.0", 0, "v22.0"),
        ("", 0, "v22.0"),
        ("v21.0", 0, None),
        ("v22.0", 178, "v22.0"),
        ("v22.0", 179, None),
        ("", 179, "v23.0"),
        ("v27.0", 0, "v27.0"),
        ("v28.0", 0, None),
        ("v26.0", 5_000, None),
        ("v27.0", 5_000, "v27.0"),
        ("", 5_000, "v27.0"),
    ],
)
async def test_versions_come_and_go(meta, version, day, served):
    token = meta.tokens.page_token(meta.user_token, meta.page.id)
    meta.store.clock.advance(day * DAY)
    answer = await meta.call("GET", "me", token=token, version=version)
    assert answer.headers.get("facebook-api-version") == served
    if served is None:
        assert answer.json()["error"]["code"] == (2500 if version == "v28.0" else 2635)


async def test_versions_that_are_gone_may_be_forwarded_instead(meta):
    meta.store.settings.sunset = "forwarded"
    answer = await meta.call("GET", "me", version="v19.0")
    assert answer.headers["facebook-api-version"] == "v22.0"


def usage(answer: httpx2.Response) -> tuple[dict, dict]:
    app = json.loads(answer.headers["x-app-usage"])
    business = json.loads(answer.headers.get("x-business-use-case-usage", "{}"))
    return app, next(iter(business.values()))[0] if business else {}


async def test_the_headers_move_with_the_calls(meta):
    meta.store.settings.page_calls_per_day = 10
    meta.store.settings.app_calls_per_hour = 4
    seen = [usage(await meta.call("GET", "me"))[1]["call_count"] for _ in range(3)]
    assert seen == [10, 20, 30]
    seen = [usage(await meta.call("GET", "me", token=meta.user_token))[0]["call_count"] for _ in range(3)]
    assert seen == [25, 50, 75]


@pytest.mark.parametrize(
    ("limit", "path", "login", "code"),
    [
        ("page_calls_per_day", "me", "page", 80001),
        ("messenger_calls_per_day", "me/conversations", "page", 80006),
        ("instagram_calls_per_day", "me", "instagram", 80002),
        ("instagram_calls_per_day", "me/conversations?platform=instagram", "page", 80002),
        ("app_calls_per_hour", "me", "user", 17),
        ("app_calls_per_hour", "{page}", "user", 32),
        ("app_calls_per_hour", "{app}/subscriptions", "app", 4),
    ],
)
async def test_each_budget_runs_out_with_its_code(meta, limit, path, login, code):
    keys = meta.store.keys
    tokens = {
        "page": meta.page_token,
        "instagram": meta.instagram_token,
        "user": meta.user_token,
        "app": f"{keys.app_id}|{keys.app_secret}",
    }
    path = path.format(page=meta.page.id, app=keys.app_id)
    setattr(meta.store.settings, limit, 2)
    for _ in range(2):
        assert (await meta.call("GET", path, token=tokens[login])).status_code == 200
    assert (await meta.refusal("GET", path, token=tokens[login]))[0] == code


async def test_calls_while_throttled_prolong_the_wait(meta):
    meta.store.settings.page_calls_per_day = 1
    await meta.call("GET", "me")
    waits = [usage(await meta.call("GET", "me"))[1]["estimated_time_to_regain_access"] for _ in range(3)]
    assert waits == [5, 6, 7]
    meta.store.clock.advance(7 * MINUTE - 1)
    assert await meta.refusal("GET", "me") == (80001, 2446079)
    meta.store.clock.advance(MINUTE + 1)
    answer = await meta.call("GET", "me")
    assert (answer.status_code, usage(answer)[1]["estimated_time_to_regain_access"]) == (200, 0)


async def test_the_budget_comes_back_as_the_day_passes(meta):
    meta.store.settings.page_calls_per_day = 2
    await meta.get("me")
    meta.store.clock.advance(DAY - 1)
    await meta.get("me")
    meta.store.clock.advance(1)
    await meta.get("me")
    assert (await meta.refusal("GET", "me"))[0] == 80001


async def test_several_ids_count_as_several_calls(meta):
    meta.store.settings.page_calls_per_day = 3
    ids = [post.id for post in meta.store.posts if post.page_id == meta.page.id]
    assert set(await meta.get("", ids=",".join([*ids, meta.page.id]))) == {*ids, meta.page.id}
    assert (await meta.refusal("GET", "me"))[0] == 80001


async def test_conversations_sends_and_private_replies_have_a_pace_of_their_own(meta):
    settings = meta.store.settings
    settings.conversation_calls_per_second, settings.sends_per_second = 2, 3
    for _ in range(20):
        await meta.get("me/conversations")
    assert await meta.refusal("GET", "me/conversations") == (613, 0)
    meta.message()
    body = {"recipient": {"id": meta.scoped()}, "message": {"text": "x"}}
    for _ in range(3):
        await meta.post("me/messages", **body)
    assert await meta.refusal("POST", "me/messages", json=body) == (613, 0)
    meta.store.clock.advance(10)
    assert await meta.get("me/conversations")
    assert await meta.post("me/messages", **body)
    settings.private_replies_per_hour = 1
    for number in range(2):
        private = {"recipient": {"comment_id": meta.comment(meta.page_post).id}, "message": {"text": "x"}}
        answer = await meta.call("POST", "me/messages", json=private)
        assert answer.status_code == (403 if number else 200)


async def test_an_answer_can_be_lost_after_the_deed(meta):
    meta.store.faults.lose_answers = 1
    with pytest.raises(httpx2.RemoteProtocolError):
        await meta.call("POST", f"{meta.page_post.id}/comments", json={"message": "once"})
    assert [comment.message for comment in meta.store.comments] == ["once"]
    assert await meta.post(f"{meta.page_post.id}/comments", message="twice")


async def test_a_connection_can_end_in_the_middle(meta):
    meta.store.faults.drop_midway = 1
    with pytest.raises(httpx2.RemoteProtocolError):
        await meta.call("GET", "me")
    assert await meta.get("me")


async def test_an_answer_can_be_a_page_instead_of_json(meta):
    meta.store.faults.fail = 1
    answer = await meta.call("GET", "me")
    assert (answer.status_code, answer.headers["content-type"]) == (503, "text/html")


async def test_faults_are_the_graph_apis_and_no_pages(meta):
    meta.store.faults.fail = 1
    assert (await meta.http.get(meta.site.url)).status_code == 200


async def test_an_empty_page_can_have_another_one_behind_it(meta):
    meta.comment(meta.page_post)
    meta.store.faults.empty_pages = 2
    page = await meta.get(f"{meta.page_post.id}/comments")
    assert page["data"] == []
    assert "next" in page["paging"]
    assert len(await meta.whole_list(f"{meta.page_post.id}/comments")) == 1


async def test_cursors_expire_and_are_nobody_elses(meta):
    first, second = meta.comment(meta.page_post), meta.comment(meta.page_post)
    path = f"{meta.page_post.id}/comments"
    after = (await meta.get(path, limit=1))["paging"]["cursors"]["after"]
    assert [each["id"] for each in (await meta.get(path, after=after))["data"]] == [second.id]
    before = (await meta.get(path, after=after))["paging"]["cursors"]["before"]
    assert [each["id"] for each in (await meta.get(path, before=before))["data"]] == [first.id]
    other = {"params": {"after": after}}
    assert await meta.refusal("GET", f"{first.id}/comments", **other) == (100, 0)
    meta.store.faults.expire_cursors = 1
    assert await meta.refusal("GET", path, **other) == (100, 0)
    meta.store.clock.advance(HOUR)
    assert await meta.refusal("GET", path, **other) == (100, 0)
    for wrong in ("x", "é", "A" * 40, after[:-2], "%"):
        assert await meta.refusal("GET", path, params={"after": wrong}) == (100, 0)


@pytest.mark.parametrize(
    "query",
    [
        {"limit": "0"},
        {"limit": "-1"},
        {"limit": "x"},
        {"limit": "101"},
        {"order": "random"},
        {"filter": "some"},
        {"since": "yesterday"},
    ],
    ids=str,
)
async def test_a_bad_parameter_of_a_list_is_error_100(meta, query):
    assert await meta.refusal("GET", f"{meta.page_post.id}/comments", params=query) == (100, 0)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"{", "application/json"),
        (b"[]", "application/json"),
        (b"\xff", "application/x-www-form-urlencoded"),
        (b"--x", "multipart/form-data; boundary=x"),
    ],
)
async def test_a_body_that_cannot_be_read_is_error_100(meta, content, kind):
    path = f"{meta.page_post.id}/comments"
    assert await meta.refusal("POST", path, content=content, kind=kind) == (100, 0)


@pytest.mark.parametrize(
    ("scope", "method", "path", "codes"),
    [
        ("pages_read_engagement", "GET", "{page}/published_posts", (10, 0)),
        ("pages_read_engagement", "GET", "{post}/comments", (10, 0)),
        ("pages_read_engagement", "GET", "{page}?fields=instagram_business_account", (100, 0)),
        ("pages_read_user_content", "GET", "{page}/visitor_posts", (10, 0)),
        ("pages_read_user_content", "GET", "{page}/feed", (10, 0)),
        ("pages_manage_engagement", "POST", "{post}/comments", (200, 0)),
        ("pages_manage_engagement", "POST", "{comment}", (200, 0)),
        ("pages_manage_engagement", "DELETE", "{comment}", (200, 0)),
        ("pages_show_list", "GET", "me/accounts", (10, 0)),
    ],
)
async def test_each_call_needs_its_permission(meta, scope, method, path, codes):
    comment = meta.comment(meta.page_post)
    meta.without(scope)
    token = meta.user_token if path == "me/accounts" else meta.page_token
    path = path.format(page=meta.page.id, post=meta.page_post.id, comment=comment.id)
    body = {"json": {"message": "x", "is_hidden": True}} if method == "POST" else {}
    assert await meta.refusal(method, path, token=token, **body) == codes


async def test_writing_needs_the_pages_own_token_and_the_task(meta):
    path, body = f"{meta.page_post.id}/comments", {"json": {"message": "x"}}
    assert await meta.refusal("POST", path, token=meta.user_token, **body) == (190, 0)
    meta.page.tasks[meta.owner.id] = ["ANALYZE"]
    assert await meta.refusal("POST", path, **body) == (200, 0)


async def test_a_page_blocked_as_abusive_writes_nothing(meta):
    answer = await meta.http.patch(f"{meta.site.url}/dev/pages/{meta.page.id}", json={"blocked_as_abusive": True})
    assert answer.json()["blocked_as_abusive"] is True
    assert await meta.refusal("POST", f"{meta.page_post.id}/comments", json={"message": "x"}) == (368, 0)


async def test_the_clock_is_moved_by_anybody(meta):
    url = f"{meta.site.url}/dev/clock"
    assert (await meta.http.get(url)).json() == {"now": NOON, "frozen": True}
    assert (await meta.http.put(url, json={"advance": 60})).json()["now"] == NOON + 60
    assert (await meta.http.put(url, json={"now": "2027-01-01T00:00:00Z"})).json()["now"] == 1_798_761_600
    moving = (await meta.http.put(url, json={"frozen": False})).json()
    assert (moving["frozen"], int(moving["now"])) == (False, 1_798_761_600)
    assert (await meta.http.put(url, json={"now": "soon"})).status_code == 400


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("PUT", "faults", {"fail": "yes"}, 400),
        ("PUT", "faults", {"errors": ["nonsense"]}, 400),
        ("PUT", "faults", {"nonsense": 1}, 400),
        ("PUT", "faults", {"slow_seconds": 0.0}, 204),
        ("PUT", "settings", {"require_proof": True}, 204),
        ("PUT", "settings", {"require_proof": 1}, 400),
        ("PUT", "settings", [], 400),
        ("POST", "actions/post", {"account": "1", "text": "x"}, 422),
        ("POST", "actions/fly", {}, 422),
        ("POST", "actions/publish", {"person": "Ann Example", "picture": "not base64!"}, 400),
        ("POST", "revocations", {"person": "Nobody", "death": "expired"}, 400),
        ("POST", "revocations", {"person": "Olivia Owner", "death": "boredom"}, 400),
        ("PATCH", "tokens/x", {"dead": ""}, 404),
        ("PATCH", "people/1", {"invisible": True}, 404),
        ("PUT", "webhooks/moon", {}, 404),
        ("PUT", "webhooks/page", {"callback_url": "http://127.0.0.1:1/"}, 422),
    ],
)
async def test_switches_take_what_they_know(meta, method, path, body, status):
    answer = await meta.http.request(method, f"{meta.site.url}/dev/{path}", json=body)
    assert answer.status_code == status


async def test_the_world_is_told_without_tokens_and_secrets(meta):
    told = (await meta.http.get(f"{meta.site.url}/dev/records")).text
    assert meta.page_post.message in told
    keys = meta.store.keys
    for secret in (keys.app_secret, keys.instagram_app_secret, meta.user_token.id, meta.page_token.id):
        assert secret not in told
