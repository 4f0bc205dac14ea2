# SPDX-License-Identifier: Apache-2.0
"""Posts and comments are read, written and moderated as the Graph API does it."""

from __future__ import annotations

import pytest

from tests.devkit.meta.callers import NOON, PICTURE

FIELDS = (
    "id,message,created_time,from{id,name,picture},parent{id},object{id},attachment,permalink_url,can_comment,can_hide,"
    "can_remove,can_reply_privately,is_hidden,is_private,like_count,comment_count,message_tags,"
    "private_reply_conversation"
)


async def test_a_page_tells_what_it_is(meta):
    told = await meta.get(meta.page.id, fields="id,name,link,picture{url},instagram_business_account{id,username}")
    assert told["name"] == "Harbour Café"
    assert set(told["picture"]["data"]) == {"url"}
    assert told["instagram_business_account"] == {"id": meta.instagram.id, "username": "harbour.cafe"}


async def test_a_node_without_fields_tells_little(meta):
    assert set(await meta.get(meta.page.id)) == {"id", "name"}
    assert set(await meta.get(meta.page_post.id)) == {"id", "created_time", "message"}


async def test_the_wall_lists_own_and_visitors_posts_and_each_list_its_own(meta):
    visitor = meta.visitor_post()
    own = {post.id for post in meta.store.posts if post.author_id == meta.page.id}
    lists = {
        name: {post["id"] for post in (await meta.get(f"{meta.page.id}/{name}"))["data"]}
        for name in ("feed", "published_posts", "posts", "visitor_posts", "tagged")
    }
    assert lists == {
        "feed": own | {visitor.id},
        "published_posts": own,
        "posts": own,
        "visitor_posts": {visitor.id},
        "tagged": set(),
    }


async def test_the_wall_is_ranked_and_not_in_the_order_of_time(meta):
    posts = []
    for _ in range(30):
        meta.store.clock.advance(3_600)
        posts.append(meta.visitor_post().id)
    listed = [post["id"] for post in (await meta.get(f"{meta.page.id}/visitor_posts", limit=100))["data"]]
    assert sorted(listed) == sorted(posts)
    assert listed != posts[::-1]


async def test_a_post_that_mentions_a_page_is_among_its_tagged_posts(meta):
    post = meta.visitor_post("Better than @lock.museum.")
    token = meta.tokens.page_token(meta.user_token, meta.other_page.id)
    assert [each["id"] for each in (await meta.get(f"{meta.other_page.id}/tagged", token=token))["data"]] == [post.id]


async def test_a_posts_fields_are_those_of_the_document(meta):
    post = meta.visitor_post("Look", picture=PICTURE)
    fields = (
        "id,message,story,created_time,updated_time,from{id,name},permalink_url,"
        "attachments{media_type,media,url,subattachments},parent_id,is_hidden,can_reply_privately"
    )
    told = await meta.get(post.id, fields=fields)
    assert told["created_time"] == "2026-11-22T12:00:00+0000"
    assert told["from"] == {"id": meta.scoped(), "name": "Ann Example"}
    (attachment,) = told["attachments"]["data"]
    assert attachment["media_type"] == "photo"
    assert attachment["media"]["image"]["width"] == 16
    assert (await meta.http.get(attachment["media"]["image"]["src"])).content == PICTURE.data
    assert told["can_reply_privately"] is True


async def test_comments_are_on_two_levels(meta):
    first = meta.comment(meta.page_post, "first")
    reply = meta.comment(first, "reply", person="Ben Sample")
    deeper = meta.comment(reply, "reply to the reply")
    toplevel = await meta.get(f"{meta.page_post.id}/comments")
    stream = await meta.get(f"{meta.page_post.id}/comments", filter="stream", fields="id,parent{id}")
    assert [each["id"] for each in toplevel["data"]] == [first.id]
    assert stream["data"] == [
        {"id": first.id},
        {"id": reply.id, "parent": {"id": first.id}},
        {"id": deeper.id, "parent": {"id": first.id}},
    ]
    assert [each["id"] for each in (await meta.get(f"{first.id}/comments"))["data"]] == [reply.id, deeper.id]


async def test_all_fields_of_a_comment_can_be_asked_for(meta):
    comment = meta.comment(meta.page_post, picture=PICTURE)
    told = await meta.get(comment.id, fields=FIELDS)
    assert told["attachment"]["type"] == "photo"
    assert told["object"] == {"id": meta.page_post.id}
    assert told["from"]["picture"]["data"]["url"].endswith(".png")
    assert "parent" not in told
    assert told["permalink_url"].endswith(f"?comment_id={comment.id.partition('_')[2]}")


async def test_people_who_do_not_want_to_be_seen_have_no_from(meta):
    comment = meta.comment(meta.page_post)
    meta.person("Ann Example").invisible = True
    assert set(await meta.get(comment.id)) == {"id", "created_time", "message"}


async def test_comments_come_newest_first_and_since_an_instant_when_asked(meta):
    ids = []
    for _ in range(4):
        ids.append(meta.comment(meta.page_post).id)
        meta.store.clock.advance(60)
    path = f"{meta.page_post.id}/comments"
    newest = await meta.get(path, order="reverse_chronological", since=str(int(NOON + 60)), summary="1")
    assert [each["id"] for each in newest["data"]] == ids[:0:-1]
    assert newest["summary"] == {"order": "reverse_chronological", "total_count": 3, "can_comment": True}
    iso = await meta.get(path, since="2026-11-22T12:02:00+0000")
    assert [each["id"] for each in iso["data"]] == ids[2:]


async def test_comments_within_a_list_of_posts_are_pages_of_their_own(meta):
    ids = [meta.comment(meta.page_post).id for _ in range(3)]
    expansion = "id,comments.filter(stream).order(reverse_chronological).limit(2){id,message,from{id,name}}"
    posts = (await meta.get(f"{meta.page.id}/published_posts", fields=expansion))["data"]
    (post,) = [each for each in posts if each["id"] == meta.page_post.id]
    assert [each["id"] for each in post["comments"]["data"]] == ids[:0:-1]
    rest = (await meta.http.get(post["comments"]["paging"]["next"])).json()
    assert [each["id"] for each in rest["data"]] == ids[:1]
    assert set(rest["data"][0]) == {"id", "message", "from"}
    (quiet,) = [each for each in posts if each["id"] != meta.page_post.id]
    assert "comments" not in quiet


async def test_a_user_token_sees_no_comments(meta):
    meta.comment(meta.page_post)
    assert await meta.get(f"{meta.page_post.id}/comments", token=meta.user_token) == {"data": []}


async def test_what_is_gone_is_error_100_with_33_and_leaves_a_gap_in_lists(meta):
    comments = [meta.comment(meta.page_post) for _ in range(3)]
    meta.do("delete", target=comments[1].id)
    assert await meta.refusal("GET", comments[1].id) == (100, 33)
    assert await meta.refusal("POST", f"{comments[1].id}/comments", json={"message": "x"}) == (100, 33)
    page = await meta.get(f"{meta.page_post.id}/comments", limit=2, summary="true")
    assert [each["id"] for each in page["data"]] == [comments[0].id]
    assert page["summary"]["total_count"] == 3
    assert "next" in page["paging"]


async def test_hidden_comments_are_listed_as_hidden_and_hidden_posts_only_when_asked_for(meta):
    comment, post = meta.comment(meta.page_post), meta.visitor_post()
    assert await meta.post(comment.id, is_hidden=True) == {"success": True}
    assert await meta.post(post.id, is_hidden=True) == {"success": True}
    listed = await meta.get(f"{meta.page_post.id}/comments", fields="is_hidden")
    assert listed["data"] == [{"id": comment.id, "is_hidden": True}]
    path = f"{meta.page.id}/visitor_posts"
    assert (await meta.get(path))["data"] == []
    assert [each["id"] for each in (await meta.get(path, include_hidden="true"))["data"]] == [post.id]


async def test_a_reply_is_a_comment_of_the_pages(meta):
    comment = meta.comment(meta.page_post)
    reply = await meta.post(f"{comment.id}/comments", message="Yes, 10 to 4.")
    again = await meta.post(f"{comment.id}/comments", message="Yes, 10 to 4.")
    told = await meta.get(reply["id"], fields="message,from,parent{id},can_hide")
    assert told == {
        "id": reply["id"],
        "message": "Yes, 10 to 4.",
        "from": {"name": "Harbour Café", "id": meta.page.id},
        "parent": {"id": comment.id},
        "can_hide": False,
    }
    assert again["id"] != reply["id"], "nothing is idempotent"


async def test_a_reply_to_a_reply_goes_below_the_first_level(meta):
    comment = meta.comment(meta.page_post)
    reply = meta.comment(comment)
    answer = await meta.post(f"{reply.id}/comments", message="x")
    assert meta.store.comments[answer["id"]].parent_id == comment.id


@pytest.mark.parametrize("way", ["source", "attachment_url", "attachment_id", "attachment_share_url"])
async def test_a_reply_can_have_one_picture(meta, way):
    path, link = f"{meta.page_post.id}/comments", meta.site.emulator.cdn.link(meta.media.photo)
    if way == "source":
        files = {"source": ("cake.png", PICTURE.data, "image/png")}
        answer = (await meta.call("POST", path, data={"message": "cake"}, files=files)).json()
    elif way == "attachment_id":
        files = {"source": ("cake.png", PICTURE.data, "image/png")}
        photo = await meta.call("POST", f"{meta.page.id}/photos", data={"published": "false"}, files=files)
        answer = await meta.post(path, attachment_id=photo.json()["id"])
    else:
        answer = await meta.post(path, **{way: link})
    told = await meta.get(answer["id"], fields="attachment")
    assert told["attachment"]["type"] == ("animated_image_share" if way == "attachment_share_url" else "photo")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"message": ""},
        {"message": "x" * 8_001},
        {"message": "x", "attachment_url": "http://127.0.0.1:1/x.png", "attachment_id": "1"},
        {"attachment_id": "1"},
        {"attachment_url": "http://127.0.0.1:1/x.png"},
        {"attachment_url": "https://example.com/x.png"},
    ],
)
async def test_a_bad_reply_is_error_100_and_writes_nothing(meta, body):
    before = len(meta.store.comments)
    assert await meta.refusal("POST", f"{meta.page_post.id}/comments", json=body) == (100, 0)
    assert len(meta.store.comments) == before


async def test_a_picture_of_another_kind_is_refused(meta):
    files = {"source": ("page.html", b"<p>hello", "text/html")}
    assert await meta.refusal("POST", f"{meta.page_post.id}/comments", files=files) == (100, 0)


async def test_the_page_edits_and_deletes_its_own_and_deletes_others(meta):
    comment = meta.comment(meta.page_post)
    own = await meta.post(f"{comment.id}/comments", message="Yes")
    assert await meta.post(own["id"], message="No") == {"success": True}
    assert (await meta.get(own["id"]))["message"] == "No"
    assert await meta.refusal("POST", comment.id, json={"message": "Changed"}) == (200, 0)
    assert await meta.refusal("POST", own["id"], json={"is_hidden": True}) == (200, 0)
    assert (await meta.call("DELETE", comment.id)).json() == {"success": True}
    assert await meta.refusal("GET", own["id"]) == (100, 33)


async def test_the_same_post_twice_in_a_row_is_a_duplicate(meta):
    path = f"{meta.page.id}/feed"
    assert "id" in await meta.post(path, message="News")
    assert await meta.refusal("POST", path, json={"message": "News"}) == (506, 0)


async def test_another_pages_things_cannot_be_reached(meta):
    comment = meta.comment(meta.page_post)
    token = meta.tokens.page_token(meta.user_token, meta.other_page.id)
    assert await meta.refusal("GET", comment.id, token=token) == (100, 33)
    assert await meta.refusal("GET", f"{meta.page.id}/feed", token=token) == (10, 0)
    assert await meta.refusal("POST", f"{comment.id}/comments", token=token, json={"message": "x"}) == (100, 33)
