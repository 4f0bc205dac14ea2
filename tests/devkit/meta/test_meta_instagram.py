# SPDX-License-Identifier: Apache-2.0
"""Instagram: media, comments, replies and mentions, with Facebook Login and with Instagram Login."""

from __future__ import annotations

import pytest

from sealock_devkit.emulators.meta.actions import Action
from tests.devkit.meta.callers import NOON, PICTURE

MEDIA = (
    "id,caption,media_type,media_product_type,media_url,thumbnail_url,permalink,shortcode,timestamp,username,"
    "comments_count"
)
COMMENT = (
    "id,text,timestamp,username,from{id,username},parent_id,hidden,media{id,media_product_type},"
    "replies{id,text,timestamp,username,from,parent_id}"
)


class Login:
    """One of the two set-ups: which token, and what the account is called."""

    def __init__(self, meta, kind):
        self.kind = kind
        self.token = meta.instagram_token if kind == "instagram" else meta.user_token
        self.account = "me" if kind == "instagram" else meta.instagram.id


@pytest.fixture(params=["facebook", "instagram"])
def login(meta, request):
    return Login(meta, request.param)


def mention(meta, text="I love @harbour.cafe!", *, caption="My picture"):
    """A comment on somebody's own picture that mentions the account."""
    media = meta.do("publish", person="Ben Sample", text=caption, picture=PICTURE)
    return meta.store.media[media], meta.media_comment(meta.store.media[media], text)


async def test_media_come_newest_first_without_stories(meta, login):
    listed = (await meta.get(f"{login.account}/media", token=login.token, fields=MEDIA))["data"]
    assert [each["media_product_type"] for each in listed] == ["REELS", "FEED"]
    reel, picture = listed
    assert reel["media_type"] == "VIDEO"
    assert "thumbnail_url" not in picture
    assert picture["username"] == "harbour.cafe"
    assert picture["permalink"].endswith(f"/www.instagram.com/p/{picture['shortcode']}/")
    assert (await meta.http.get(picture["media_url"])).headers["content-type"] == "image/png"
    later = (await meta.get(f"{login.account}/media", token=login.token, since=str(int(NOON))))["data"]
    assert later == []


async def test_comments_are_toplevel_newest_first_and_replies_when_expanded(meta, login):
    first = meta.media_comment(meta.media, "first")
    reply = meta.media_comment(first, "reply", person="Ben Sample")
    deeper = meta.media_comment(reply, "deeper")
    second = meta.media_comment(meta.media, "second")
    listed = (await meta.get(f"{meta.media.id}/comments", token=login.token, fields=COMMENT))["data"]
    assert [each["id"] for each in listed] == [second.id, first.id]
    assert "replies" not in listed[0]
    assert listed[1]["from"] == {"id": meta.scoped(account=meta.instagram), "username": "ann.example"}
    assert listed[1]["media"] == {"id": meta.media.id, "media_product_type": "FEED"}
    assert [each["id"] for each in listed[1]["replies"]["data"]] == [deeper.id, reply.id]
    assert {each["parent_id"] for each in listed[1]["replies"]["data"]} == {first.id}


async def test_at_most_fifty_comments_come_at_once(meta, login):
    ids = [meta.media_comment(meta.media).id for _ in range(60)]
    page = await meta.get(f"{meta.media.id}/comments", token=login.token, limit=100)
    assert len(page["data"]) == 50
    listed = await meta.whole_list(f"{meta.media.id}/comments", token=login.token, limit=100)
    assert [each["id"] for each in listed] == ids[::-1]


async def test_a_reply_stands_below_the_first_level_each_time(meta, login):
    comment = meta.media_comment(meta.media)
    reply = meta.media_comment(comment)
    ids = {(await meta.post(f"{reply.id}/replies", token=login.token, message="12 €"))["id"] for _ in range(2)}
    assert len(ids) == 2, "nothing is idempotent"
    assert {meta.store.media_comments[each].parent_id for each in ids} == {comment.id}
    told = await meta.get(ids.pop(), token=login.token, fields="text,username,from")
    assert (told["username"], told["from"]["id"]) == ("harbour.cafe", meta.instagram.id)


async def test_the_account_comments_on_its_own_media(meta, login):
    answer = await meta.post(f"{meta.media.id}/comments", token=login.token, message="Good morning")
    assert meta.store.media_comments[answer["id"]].author_id == meta.instagram.id


@pytest.mark.parametrize(
    ("message", "works"),
    [
        ("x" * 2_200, True),
        ("x" * 2_201, False),
        (" ".join(["#a"] * 30), True),
        (" ".join(["#a"] * 31), False),
        ("", False),
    ],
)
async def test_replies_have_limits(meta, login, message, works):
    comment = meta.media_comment(meta.media)
    answer = await meta.call("POST", f"{comment.id}/replies", token=login.token, json={"message": message})
    assert answer.status_code == (200 if works else 400)


async def test_a_hidden_comment_can_be_shown_but_not_answered(meta, login):
    comment = meta.media_comment(meta.media)
    hide = await meta.call("POST", comment.id, token=login.token, params={"hide": "true"})
    assert hide.json() == {"success": True}
    assert (await meta.get(comment.id, token=login.token, fields="hidden"))["hidden"] is True
    body = {"json": {"message": "x"}}
    assert await meta.refusal("POST", f"{comment.id}/replies", token=login.token, **body) == (100, 0)
    await meta.post(comment.id, token=login.token, hide=False)
    assert await meta.post(f"{comment.id}/replies", token=login.token, message="x")


async def test_comments_on_live_videos_are_not_answered(meta, login):
    comment = meta.media_comment(meta.media)
    meta.media.product_type = "LIVE"
    body = {"json": {"message": "x"}}
    assert await meta.refusal("POST", f"{comment.id}/replies", token=login.token, **body) == (100, 0)


async def test_what_is_deleted_is_gone_with_its_replies(meta, login):
    comment = meta.media_comment(meta.media)
    reply = meta.media_comment(comment)
    assert (await meta.call("DELETE", comment.id, token=login.token)).json() == {"success": True}
    for each in (comment, reply):
        assert await meta.refusal("GET", each.id, token=login.token) == (100, 33)
    assert (await meta.get(f"{meta.media.id}/comments", token=login.token))["data"] == []


async def test_comments_of_restricted_people_are_not_shown(meta, login):
    comment = meta.media_comment(meta.media)
    meta.instagram.restricted_people.append(meta.person("Ann Example").id)
    assert (await meta.get(f"{meta.media.id}/comments", token=login.token))["data"] == []
    assert await meta.refusal("GET", comment.id, token=login.token) == (100, 33)


async def test_who_we_are_with_instagram_login(meta):
    fields = "id,user_id,username,name,account_type,profile_picture_url"
    told = await meta.get("me", token=meta.instagram_token, fields=fields)
    assert told["user_id"] == meta.instagram.id
    assert told["id"] == meta.instagram.app_scoped_id
    assert told["account_type"] == "BUSINESS"
    for name in (meta.instagram.id, meta.instagram.app_scoped_id):
        assert (await meta.get(name, token=meta.instagram_token, fields="username"))["username"] == "harbour.cafe"


async def test_mentions_are_read_by_their_ids(meta):
    media, comment = mention(meta)
    expansion = (
        f"mentioned_comment.comment_id({comment.id}){{id,text,timestamp,like_count,media{{id,media_url,permalink}}}}"
    )
    told = (await meta.get(meta.instagram.id, token=meta.user_token, fields=expansion))["mentioned_comment"]
    assert (told["text"], told["media"]["id"]) == ("I love @harbour.cafe!", media.id)
    expansion = f"mentioned_media.media_id({media.id}){{id,caption,comments.limit(1){{id,text}}}}"
    meta.media_comment(media, "one more")
    told = (await meta.get(meta.instagram.id, token=meta.user_token, fields=expansion))["mentioned_media"]
    assert len(told["comments"]["data"]) == 1
    assert set(told["comments"]["paging"]) == {"cursors"}, "with mentions only cursors are told"


async def test_mentions_are_not_for_instagram_login(meta):
    media, comment = mention(meta)
    fields = {"params": {"fields": f"mentioned_comment.comment_id({comment.id}){{id}}"}}
    assert await meta.refusal("GET", "me", token=meta.instagram_token, **fields) == (100, 0)
    body = {"json": {"media_id": media.id, "comment_id": comment.id, "message": "x"}}
    assert await meta.refusal("POST", "me/mentions", token=meta.instagram_token, **body) == (100, 33)


async def test_a_mention_is_answered_where_it_stands(meta):
    media, comment = mention(meta)
    path = f"{meta.instagram.id}/mentions"
    answer = await meta.post(path, token=meta.user_token, media_id=media.id, comment_id=comment.id, message="Thanks")
    made = meta.store.media_comments[answer["id"]]
    assert (made.media_id, made.parent_id, made.author_id) == (media.id, comment.id, meta.instagram.id)


async def test_a_mention_in_a_caption_is_answered_with_a_comment(meta):
    media, _ = mention(meta, "nice", caption="At @harbour.cafe")
    listed = (await meta.get(f"{meta.instagram.id}/tags", token=meta.user_token))["data"]
    assert [each["id"] for each in listed] == [media.id]
    answer = await meta.post(f"{meta.instagram.id}/mentions", token=meta.user_token, media_id=media.id, message="Hi")
    assert meta.store.media_comments[answer["id"]].parent_id == ""


async def test_where_comments_are_disabled_mentions_are_out_of_reach(meta):
    media, comment = mention(meta)
    media.comments_enabled = False
    fields = {"params": {"fields": f"mentioned_comment.comment_id({comment.id}){{id}}"}}
    assert await meta.refusal("GET", meta.instagram.id, token=meta.user_token, **fields) == (10, 0)
    body = {"json": {"media_id": media.id, "comment_id": comment.id, "message": "x"}}
    assert await meta.refusal("POST", f"{meta.instagram.id}/mentions", token=meta.user_token, **body) == (10, 0)


async def test_what_does_not_mention_us_is_not_ours_to_answer(meta):
    media, comment = mention(meta, "nothing of yours")
    fields = {"params": {"fields": f"mentioned_comment.comment_id({comment.id}){{id}}"}}
    assert await meta.refusal("GET", meta.instagram.id, token=meta.user_token, **fields) == (100, 33)
    body = {"json": {"media_id": media.id, "message": "x"}}
    assert await meta.refusal("POST", f"{meta.instagram.id}/mentions", token=meta.user_token, **body) == (10, 0)
    assert await meta.refusal("GET", comment.id, token=meta.user_token) == (100, 33)


async def test_other_accounts_are_out_of_reach(meta):
    other = meta.store.instagrams[meta.other_page.instagram_id]
    assert await meta.refusal("GET", other.id, token=meta.instagram_token) == (100, 33)
    assert await meta.refusal("GET", f"{other.id}/media", token=meta.page_token) == (100, 33)
    assert await meta.refusal("GET", meta.page.id, token=meta.instagram_token) == (100, 33)


@pytest.mark.parametrize(
    ("scope", "method", "path", "codes"),
    [
        ("basic", "GET", "{account}/media", (10, 0)),
        ("manage_comments", "GET", "{media}/comments", (10, 0)),
        ("manage_comments", "POST", "{media}/comments", (200, 0)),
        ("manage_comments", "POST", "{comment}/replies", (200, 0)),
        ("manage_comments", "DELETE", "{comment}", (200, 0)),
    ],
)
async def test_each_deed_needs_its_permission(meta, login, scope, method, path, codes):
    comment = meta.media_comment(meta.media)
    meta.without(f"instagram_{scope}", f"instagram_business_{scope}")
    path = path.format(account=login.account, media=meta.media.id, comment=comment.id)
    body = {"json": {"message": "x"}} if method == "POST" else {}
    assert await meta.refusal(method, path, token=login.token, **body) == codes


async def test_nobody_edits_comments_on_instagram(meta):
    comment = meta.media_comment(meta.media)
    action = Action("Ann Example", target=comment.id, text="changed")
    with pytest.raises(Exception, match="does not let anybody edit"):
        meta.site.actions.do("edit", action)


async def test_an_account_that_keeps_its_messages_to_itself(meta):
    meta.instagram.allows_messages = False
    assert await meta.refusal("GET", "me/conversations", token=meta.instagram_token) == (200, 2534041)
