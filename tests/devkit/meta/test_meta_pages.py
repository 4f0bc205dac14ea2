# SPDX-License-Identifier: Apache-2.0
"""The customers' pages: what people write there is there, and whatever it is, it is text."""

from __future__ import annotations

import pytest
from selectolax.lexbor import LexborHTMLParser

from tests.devkit.meta.callers import PICTURE

HOSTILE = "<script>alert(1)</script>\"'&<img src=x onerror=alert(1)> {{ 7 * 7 }}"


async def read(meta, path="/", **query):
    answer = await meta.http.get(meta.site.url + path, params=query, follow_redirects=True)
    assert answer.status_code == 200, answer.text
    return LexborHTMLParser(answer.text)


async def send(meta, action, *, at=None, status=303, view="wall", files=None, **fields):
    place = {"as": meta.person("Ann Example").id, "at": (at or meta.page).id, "view": view}
    answer = await meta.http.post(meta.site.url, data={**place, "action": action, **fields}, files=files)
    assert answer.status_code == status, answer.text
    return answer


def texts(page):
    return [node.text() for node in page.css(".text")]


async def test_a_visitor_posts_comments_and_replies(meta):
    led = await send(meta, "post", text="Lovely\nplace")
    (post,) = [each for each in meta.store.posts if each.author_id != each.page_id]
    assert led.headers["location"].endswith(f"#{post.id}")
    await send(meta, "comment", target=post.id, text="And cake")
    (comment,) = meta.store.comments
    await send(meta, "comment", target=comment.id, text="Much cake")
    assert texts(await read(meta, at=meta.page.id))[:3] == ["Lovely\nplace", "And cake", "Much cake"]


async def test_the_answers_of_the_page_are_seen(meta):
    comment = meta.comment(meta.page_post)
    await meta.post(f"{comment.id}/comments", message="Yes, 10 to 4.")
    page = await read(meta, at=meta.page.id)
    assert page.css_first(".comment .comment.own .text").text() == "Yes, 10 to 4."
    assert page.css_first(".comment .comment.own .badge").text() == "Page"


async def test_messages_go_both_ways(meta):
    await send(meta, "message", view="messages", text="Hello")
    await meta.post(f"{meta.page.id}/messages", recipient={"id": meta.scoped()}, message={"text": "Good morning"})
    page = await read(meta, at=meta.page.id, view="messages", **{"as": meta.person("Ann Example").id})
    assert [(node.text(), "mine" in node.parent.attributes["class"]) for node in page.css(".bubble .text")] == [
        ("Hello", True),
        ("Good morning", False),
    ]


async def test_pictures_can_be_sent_and_are_shown(meta):
    files = {"picture": ("cake.png", PICTURE.data, "image/png")}
    await send(meta, "post", files=files, text="")
    await send(meta, "message", files=files, text="", view="messages")
    for view in ("wall", "messages"):
        page = await read(meta, at=meta.page.id, view=view)
        picture = await meta.http.get(page.css_first("img.photo").attributes["src"])
        assert (picture.content, picture.headers["content-type"]) == (PICTURE.data, "image/png")


async def test_instagram_takes_comments_messages_and_answers_to_stories(meta):
    await send(meta, "comment", at=meta.instagram, target=meta.media.id, text="How much?")
    await send(meta, "message", at=meta.instagram, view="messages", text="Hello")
    await send(meta, "story_reply", at=meta.instagram, view="messages", target=meta.story.id, text="Wow")
    assert "How much?" in texts(await read(meta, at=meta.instagram.id))
    assert {"Hello", "Wow"} <= set(texts(await read(meta, at=meta.instagram.id, view="messages")))


async def test_what_one_wrote_can_be_edited_and_deleted_and_others_words_cannot(meta):
    mine, other = meta.comment(meta.page_post, "mine"), meta.comment(meta.page_post, "other", person="Ben Sample")
    await send(meta, "edit", target=mine.id, text="changed")
    assert meta.store.comments[mine.id].message == "changed"
    await send(meta, "delete", target=mine.id)
    assert meta.store.comments[mine.id].deleted
    await send(meta, "delete", target=other.id, status=422)
    await send(meta, "edit", target=other.id, text="x", status=422)
    assert meta.store.comments[other.id].message == "other"


async def test_a_message_can_be_edited_and_taken_back(meta):
    message = meta.message("Helo")
    await send(meta, "edit", target=message.id, text="Hello", view="messages")
    assert (message.text, message.edits) == ("Hello", 1)
    await send(meta, "delete", target=message.id, view="messages")
    assert "taken back" in (await read(meta, at=meta.page.id, view="messages")).body.text()


@pytest.mark.parametrize(
    ("action", "fields"),
    [
        ("post", {"text": ""}),
        ("post", {"text": "x" * 8_001}),
        ("comment", {"text": "x", "target": "1_2"}),
        ("fly", {"text": "x"}),
    ],
)
async def test_an_action_that_cannot_be_done_comes_back_with_the_reason_and_the_words(meta, action, fields):
    page = LexborHTMLParser((await send(meta, action, status=422, **fields)).text)
    assert page.css_first("[role=alert]").text() != ""
    if action == "post":
        assert page.css_first("textarea").text() == fields["text"]


@pytest.mark.parametrize("view", ["wall", "messages"])
async def test_hostile_text_is_shown_as_text_everywhere(meta, view):
    meta.store.people.put(meta.person(HOSTILE))
    meta.do("comment", target=meta.visitor_post(HOSTILE, person=HOSTILE).id, text=HOSTILE, person=HOSTILE)
    meta.do("message", text=HOSTILE, person=HOSTILE)
    page = await read(meta, at=meta.page.id, view=view, **{"as": meta.person(HOSTILE).id})
    assert HOSTILE in texts(page)
    assert len(page.css("script")) == 1
    assert page.css("img[onerror]") == []


async def test_hostile_text_is_text_behind_permalinks_too(meta):
    post = meta.visitor_post(HOSTILE, person=HOSTILE)
    page = await read(meta, f"/www.facebook.com/{post.page_id}/posts/{post.id.partition('_')[2]}")
    assert texts(page) == [HOSTILE]
    assert page.css("script, img[onerror]") == []


async def test_permalinks_of_the_api_open_readable_pages(meta):
    comment = meta.comment(meta.page_post, "Open on Sunday?")
    reply = meta.comment(comment, "I wonder, too")
    on_instagram = meta.media_comment(meta.media, "How much?")
    message = meta.message("Hello there")
    links = [
        ((await meta.get(comment.id, fields="permalink_url"))["permalink_url"], "Open on Sunday?"),
        ((await meta.get(reply.id, fields="permalink_url"))["permalink_url"], "I wonder, too"),
        ((await meta.get(meta.page_post.id, fields="permalink_url"))["permalink_url"], meta.page_post.message),
        ((await meta.get(meta.media.id, fields="permalink"))["permalink"], meta.media.caption),
        ((await meta.get(meta.media.id, fields="permalink"))["permalink"] + f"c/{on_instagram.id}/", "How much?"),
        (meta.site.host("www.facebook.com") + (await meta.get(message.conversation_id))["link"], "Hello there"),
        ((await meta.get(meta.page.id, fields="link"))["link"], "plum cake"),
    ]
    for link, words in links:
        answer = await meta.http.get(link, follow_redirects=True)
        assert answer.status_code == 200, link
        assert words in LexborHTMLParser(answer.text).body.text(), link


async def test_the_permalink_of_what_is_gone_is_not_found(meta):
    comment = meta.comment(meta.page_post)
    link = (await meta.get(comment.id, fields="permalink_url"))["permalink_url"]
    meta.do("delete", target=comment.id)
    assert (await meta.http.get(link, follow_redirects=True)).status_code == 404


async def test_a_form_of_another_site_is_refused(meta):
    answer = await meta.http.post(
        meta.site.url,
        data={"action": "post", "text": "x", "at": meta.page.id},
        headers={"origin": "https://evil.example"},
    )
    assert answer.status_code == 403


async def test_pages_allow_scripts_by_nonce_only_and_nobody_frames_them(meta):
    for path in ("/", f"/www.facebook.com/{meta.page.id}"):
        policy = (await meta.http.get(meta.site.url + path)).headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy


async def test_a_page_learns_that_something_changed(meta):
    before = (await meta.http.get(f"{meta.site.url}/changes")).json()
    meta.visitor_post()
    assert (await meta.http.get(f"{meta.site.url}/changes")).json() != before
