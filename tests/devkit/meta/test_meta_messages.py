# SPDX-License-Identifier: Apache-2.0
"""Conversations are read, and messages sent, as Messenger and Instagram do it."""

from __future__ import annotations

import json

import pytest

from tests.devkit.meta.callers import PICTURE

DAY = 86_400
MESSAGE = (
    "id,created_time,from,to,message,attachments{id,mime_type,name,size,image_data,file_url,video_data},shares,"
    "sticker,reply_to,is_unsupported,story"
)
OUTSIDE = {"messenger": (10, 2018278), "instagram": (10, 2534022)}
PLATFORMS = ("messenger", "instagram", "instagram_login")


class Inbox:
    """One of the three ways to somebody's messages."""

    def __init__(self, meta, kind):
        self.meta, self.kind = meta, kind
        self.owner = meta.page if kind == "messenger" else meta.instagram
        self.platform = "messenger" if kind == "messenger" else "instagram"
        self.token = meta.instagram_token if kind == "instagram_login" else meta.page_token
        self.path = "me" if kind == "instagram_login" else meta.page.id

    def write(self, text="Hello", **more):
        return self.meta.message(text, account=self.owner, **more)

    @property
    def recipient(self):
        return {"id": self.meta.scoped(account=self.owner)}

    async def conversations(self, **query):
        path = f"{self.path}/conversations"
        return (await self.meta.get(path, token=self.token, platform=self.platform, **query))["data"]

    async def send(self, **body):
        body = {"recipient": self.recipient, "messaging_type": "RESPONSE", **body}
        return await self.meta.post(f"{self.path}/messages", token=self.token, **body)

    async def refusal(self, **body):
        body = {"recipient": self.recipient, "messaging_type": "RESPONSE", **body}
        return await self.meta.refusal("POST", f"{self.path}/messages", token=self.token, json=body)


@pytest.fixture(params=PLATFORMS)
def inbox(meta, request):
    return Inbox(meta, request.param)


@pytest.fixture
def messenger(meta):
    return Inbox(meta, "messenger")


async def test_conversations_come_latest_first_with_both_participants(meta, inbox):
    inbox.write()
    meta.store.clock.advance(60)
    inbox.write(person="Ben Sample")
    meta.store.clock.advance(60)
    inbox.write("Me again")
    first, second = await inbox.conversations(fields="id,updated_time,participants,unread_count,snippet")
    assert (first["snippet"], first["unread_count"], first["updated_time"]) == (
        "Me again",
        2,
        "2026-11-22T12:02:00+0000",
    )
    assert [each["id"] for each in first["participants"]["data"]] == [inbox.recipient["id"], inbox.owner.id]
    ben = meta.scoped("Ben Sample", inbox.owner)
    assert [each["id"] for each in await inbox.conversations(user_id=ben)] == [second["id"]]


async def test_messages_come_newest_first_with_their_fields(meta, inbox):
    inbox.write("Look", picture=PICTURE)
    inbox.write("And?")
    (thread,) = await inbox.conversations(fields=f"messages.limit(5){{{MESSAGE}}}")
    newest, oldest = thread["messages"]["data"]
    assert (newest["message"], oldest["message"]) == ("And?", "Look")
    assert newest["from"]["id"] == inbox.recipient["id"]
    assert newest["to"]["data"][0]["id"] == inbox.owner.id
    (attachment,) = oldest["attachments"]["data"]
    assert (attachment["mime_type"], attachment["name"], attachment["size"]) == (
        "image/png",
        "harbour.png",
        len(PICTURE.data),
    )
    assert (await meta.http.get(attachment["image_data"]["url"])).content == PICTURE.data
    assert "attachments" not in newest


async def test_links_to_files_expire_and_are_fresh_on_the_next_reading(meta, inbox):
    message = inbox.write("Look", picture=PICTURE)

    async def link():
        told = await meta.get(message.id, token=inbox.token, fields="attachments")
        return told["attachments"]["data"][0]["image_data"]["url"]

    old = await link()
    meta.store.clock.advance(meta.store.settings.cdn_seconds)
    assert (await meta.http.get(old)).status_code == 403
    assert (await meta.http.get(await link())).status_code == 200
    assert (await meta.http.get((await link()).replace("oh=", "oh=0"))).status_code == 403


async def test_only_the_twenty_newest_messages_are_readable_on_instagram(meta, inbox):
    sent = [inbox.write(f"{number}") for number in range(25)]
    path = f"{sent[0].conversation_id}/messages"
    listed = await meta.whole_list(path, token=inbox.token, fields="message", limit=7)
    expected = 25 if inbox.platform == "messenger" else 20
    assert [each["message"] for each in listed] == [str(number) for number in range(24, 24 - expected, -1)]
    if inbox.platform == "instagram":
        assert await meta.refusal("GET", sent[4].id, token=inbox.token) == (100, 33)
    assert (await meta.get(sent[5].id, token=inbox.token, fields="message"))["message"] == "5"


async def test_a_message_that_was_taken_back_is_gone(meta, inbox):
    message, kept = inbox.write("oops"), inbox.write("hello")
    meta.do("delete", target=message.id)
    assert await meta.refusal("GET", message.id, token=inbox.token) == (100, 33)
    listed = await meta.whole_list(f"{message.conversation_id}/messages", token=inbox.token)
    assert [each["id"] for each in listed] == [kept.id]


async def test_a_message_is_sent_each_time_and_its_metadata_kept_for_the_echo(meta, inbox):
    inbox.write()
    first = await inbox.send(message={"text": "Yes", "metadata": "zd:1"})
    second = await inbox.send(message={"text": "Yes", "metadata": "zd:1"})
    assert first["recipient_id"] == inbox.recipient["id"]
    assert first["message_id"] != second["message_id"], "nothing is idempotent"
    told = await meta.get(first["message_id"], token=inbox.token, fields="message,from")
    assert (told["message"], told["from"]["id"]) == ("Yes", inbox.owner.id)
    assert meta.store.messages[first["message_id"]].metadata == "zd:1"


@pytest.mark.parametrize(
    ("passed", "kind", "works"),
    [
        (DAY - 1, {"messaging_type": "RESPONSE"}, True),
        (DAY - 1, {"messaging_type": "UPDATE"}, True),
        (DAY, {"messaging_type": "RESPONSE"}, False),
        (DAY, {"messaging_type": "UPDATE"}, False),
        (DAY, {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}, True),
        (7 * DAY - 1, {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}, True),
        (7 * DAY, {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}, False),
    ],
)
async def test_the_windows_close_to_the_second(meta, inbox, passed, kind, works):
    inbox.write()
    meta.store.clock.advance(passed)
    if works:
        assert await inbox.send(message={"text": "Yes"}, **kind)
    else:
        assert await inbox.refusal(message={"text": "Yes"}, **kind) == OUTSIDE[inbox.platform]


async def test_what_a_person_writes_opens_the_window_again_and_an_answer_does_not(meta, inbox):
    inbox.write()
    meta.store.clock.advance(DAY - 1)
    await inbox.send(message={"text": "Yes"})
    meta.store.clock.advance(1)
    assert await inbox.refusal(message={"text": "Yes"}) == OUTSIDE[inbox.platform]
    inbox.write()
    assert await inbox.send(message={"text": "Yes"})


async def test_a_comment_opens_messengers_window(meta, messenger):
    meta.comment(meta.page_post)
    assert await messenger.send(message={"text": "Yes"})


async def test_human_agent_needs_its_feature(meta, inbox):
    inbox.write()
    meta.store.settings.human_agent = False
    tag = {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
    assert await inbox.refusal(message={"text": "Yes"}, **tag) == (10, 0)


@pytest.mark.parametrize(
    "body",
    [
        {"messaging_type": "MESSAGE_TAG", "message": {"text": "x"}},
        {"messaging_type": "MESSAGE_TAG", "tag": "ACCOUNT_UPDATE", "message": {"text": "x"}},
        {"messaging_type": "MESSAGE_TAG", "tag": "CONFIRMED_EVENT_UPDATE", "message": {"text": "x"}},
        {"messaging_type": "MESSAGE_TAG", "tag": "POST_PURCHASE_UPDATE", "message": {"text": "x"}},
        {"messaging_type": "SHOUT", "message": {"text": "x"}},
        {"message": {}},
        {"message": {"text": ""}},
        {"message": {"text": 7}},
        {"message": {"text": "x", "attachment": {"type": "image", "payload": {"attachment_id": "1"}}}},
        {"message": {"attachment": {"type": "image", "payload": {}}}},
        {"message": {"attachment": {"type": "poem", "payload": {}}}},
        {"message": {"attachment": {"type": "image", "payload": {"attachment_id": "1"}}}},
        {"message": {"attachment": {"type": "image", "payload": {"url": "https://example.com/x.png"}}}},
        {"message": {"text": "x", "metadata": "m" * 1_001}},
        {"message": {"text": "x"}, "reply_to": {"mid": "m_unknown"}},
        {"message": {"text": "x"}, "recipient": {}},
        {"message": {"text": "x"}, "recipient": "7"},
        {"message": [], "recipient": {}},
    ],
    ids=str,
)
async def test_a_bad_message_is_error_100_and_nothing_is_sent(meta, inbox, body):
    inbox.write()
    before = len(meta.store.messages)
    unknown_file = "attachment_id" in str(body) and "text" not in str(body)
    assert await inbox.refusal(**body) == (100, 2018074 if unknown_file else 0)
    assert len(meta.store.messages) == before


@pytest.mark.parametrize(
    ("kind", "text", "works"),
    [
        ("messenger", "ä" * 2_000, True),
        ("messenger", "x" * 2_001, False),
        ("instagram", "ä" * 500, True),
        ("instagram", "ä" * 500 + "x", False),
        ("instagram_login", "x" * 1_001, False),
    ],
)
async def test_texts_have_limits_in_characters_or_in_bytes(meta, kind, text, works):
    inbox = Inbox(meta, kind)
    inbox.write()
    if works:
        assert await inbox.send(message={"text": text})
    else:
        assert await inbox.refusal(message={"text": text}) == (100, 0)


async def test_a_person_who_cannot_be_reached_is_551(meta, inbox):
    inbox.write()
    meta.person("Ann Example").blocked.append(inbox.owner.id)
    assert await inbox.refusal(message={"text": "Yes"}) == (551, 1545041)


async def test_somebody_unknown_is_no_matching_user(inbox):
    inbox.write()
    refused = await inbox.refusal(recipient={"id": "1"}, message={"text": "Yes"})
    assert refused in {(100, 2018001), (100, 2534014)}


async def test_a_restricted_page_and_a_blocked_one_send_nothing(meta, inbox):
    inbox.write()
    meta.page.restricted = True
    assert await inbox.refusal(message={"text": "Yes"}) == (10, 1893063)
    meta.page.restricted, meta.page.blocked_as_abusive = False, True
    assert await inbox.refusal(message={"text": "Yes"}) == (368, 0)


async def upload(meta, inbox, file, kind, platform=""):
    attachment = {"attachment": {"type": kind, "payload": {"is_reusable": True}}}
    data = {"message": json.dumps(attachment), **({"platform": platform} if platform else {})}
    path = f"{inbox.path}/message_attachments"
    return await meta.call("POST", path, token=inbox.token, data=data, files={"filedata": file})


async def test_a_file_is_uploaded_once_and_sent_twice(meta, inbox):
    inbox.write()
    platform = inbox.platform if inbox.kind == "instagram" else ""
    answer = (await upload(meta, inbox, ("a.pdf", b"%PDF-1.7", "application/pdf"), "file", platform)).json()
    for _ in range(2):
        attachment = {"type": "file", "payload": {"attachment_id": answer["attachment_id"]}}
        sent = await inbox.send(message={"attachment": attachment})
        told = await meta.get(sent["message_id"], token=inbox.token, fields="attachments")
        (file,) = told["attachments"]["data"]
        assert (file["name"], file["mime_type"]) == ("a.pdf", "application/pdf")
        assert (await meta.http.get(file["file_url"])).content == b"%PDF-1.7"


async def test_a_file_can_come_with_the_message_itself(meta, inbox):
    inbox.write()
    data = {
        "recipient": json.dumps(inbox.recipient),
        "message": json.dumps({"attachment": {"type": "image", "payload": {"is_reusable": True}}}),
    }
    files = {"filedata": ("x.png", PICTURE.data, "image/png")}
    answer = (await meta.call("POST", f"{inbox.path}/messages", token=inbox.token, data=data, files=files)).json()
    assert {"recipient_id", "message_id", "attachment_id"} == set(answer)


async def test_a_file_can_be_fetched_by_its_url(meta, inbox):
    inbox.write()
    link = meta.site.emulator.cdn.link(meta.media.photo)
    sent = await inbox.send(message={"attachment": {"type": "image", "payload": {"url": link}}})
    assert set(sent) == {"recipient_id", "message_id"}


@pytest.mark.parametrize(
    ("kind", "file", "type_"),
    [
        ("messenger", ("x.txt", b"text", "text/plain"), "image"),
        ("instagram", ("x.txt", b"text", "text/plain"), "file"),
        ("instagram", ("x.gif", b"GIF89a", "image/gif"), "image"),
        ("instagram_login", ("x.png", PICTURE.data + b"0" * 8 * 1024 * 1024, "image/png"), "image"),
        ("messenger", ("x.bin", b"0" * (25 * 1024 * 1024 + 1), "application/octet-stream"), "file"),
    ],
)
async def test_files_of_the_wrong_kind_or_size_are_refused(meta, kind, file, type_):
    inbox = Inbox(meta, kind)
    platform = inbox.platform if kind == "instagram" else ""
    assert (await upload(meta, inbox, file, type_, platform)).json()["error"]["code"] == 100


@pytest.mark.parametrize(("kind", "most"), [("messenger", 30), ("instagram", 10)])
async def test_so_many_pictures_go_into_one_message(meta, kind, most):
    inbox = Inbox(meta, kind)
    inbox.write()
    file_id = (await upload(meta, inbox, ("x.png", PICTURE.data, "image/png"), "image", inbox.platform)).json()
    images = [{"type": "image", "payload": {"attachment_id": file_id["attachment_id"]}}] * (most + 1)
    assert await inbox.send(message={"attachments": images[:most]})
    assert await inbox.refusal(message={"attachments": images}) == (100, 0)


@pytest.mark.parametrize("place", ["comment", "post", "instagram", "instagram_login"])
async def test_a_private_reply_works_once_within_seven_days(meta, place):
    inbox = Inbox(meta, place if place.startswith("instagram") else "messenger")

    def write():
        if place == "post":
            return {"post_id": meta.visitor_post().id}
        on = meta.page_post if place == "comment" else meta.media
        return {"comment_id": (meta.comment if place == "comment" else meta.media_comment)(on).id}

    first, second = write(), write()
    told = await inbox.send(recipient=first, message={"text": "Let us talk here"})
    assert told["recipient_id"] == inbox.recipient["id"]
    assert await inbox.refusal(recipient=first, message={"text": "Again"}) == (10900, 0)
    meta.store.clock.advance(7 * DAY - 1)
    third = write()
    meta.store.clock.advance(1)
    assert await inbox.refusal(recipient=second, message={"text": "Late"}) == (10903, 0)
    assert await inbox.send(recipient=third, message={"text": "In time"})


async def test_a_private_reply_is_told_at_the_comment(meta, messenger):
    comment = meta.comment(meta.page_post)
    fields = "can_reply_privately,private_reply_conversation"
    assert (await meta.get(comment.id, fields=fields)) == {"id": comment.id, "can_reply_privately": True}
    await messenger.send(recipient={"comment_id": comment.id}, message={"text": "x"})
    told = await meta.get(comment.id, fields=fields)
    assert told["can_reply_privately"] is False
    assert told["private_reply_conversation"]["id"].startswith("t_")


async def test_a_private_reply_to_what_is_gone_or_ones_own_is_refused(meta, messenger):
    comment = meta.comment(meta.page_post)
    meta.do("delete", target=comment.id)
    assert await messenger.refusal(recipient={"comment_id": comment.id}, message={"text": "x"}) == (100, 33)
    own = {"post_id": meta.page_post.id}
    assert await messenger.refusal(recipient=own, message={"text": "x"}) == (100, 0)


@pytest.mark.parametrize("kind", ["instagram", "instagram_login"])
async def test_stories_that_are_answered_or_mention_us_are_told(meta, kind):
    inbox = Inbox(meta, kind)
    reply = meta.do("story_reply", account=meta.instagram, target=meta.story.id, text="Wow")
    mention = meta.do("story_mention", account=meta.instagram, picture=PICTURE)
    told = await meta.get(reply, token=inbox.token, fields="message,story")
    assert (told["message"], set(told["story"])) == ("Wow", {"reply_to"})
    told = await meta.get(mention, token=inbox.token, fields="message,story,attachments")
    assert (await meta.http.get(told["story"]["mention"]["link"])).content == PICTURE.data
    assert "attachments" not in told


async def test_a_post_that_is_shared_in_a_message_is_a_link(meta, inbox):
    shared = meta.do("share", account=inbox.owner, target=meta.media.id)
    told = await meta.get(shared, token=inbox.token, fields="shares,attachments")
    (share,) = told["shares"]["data"]
    assert (await meta.http.get(share["link"], follow_redirects=True)).status_code == 200
    assert "attachments" not in told


async def test_profiles_of_people_who_wrote_are_readable(meta, inbox):
    inbox.write()
    told = await meta.get(inbox.recipient["id"], token=inbox.token, fields="name,profile_pic")
    assert told["name"] == "Ann Example"
    meta.person("Ann Example").private_profile = True
    assert await meta.refusal("GET", inbox.recipient["id"], token=inbox.token) == (100, 2018218)


async def test_on_instagram_a_profile_needs_that_the_person_wrote_a_message(meta):
    meta.media_comment(meta.media)
    assert await meta.refusal("GET", meta.scoped(account=meta.instagram)) == (230, 0)


@pytest.mark.parametrize("edge", ["conversations", "messages"])
async def test_messaging_needs_its_permission_and_its_task(meta, edge):
    meta.message()
    method = "GET" if edge == "conversations" else "POST"
    body = {"json": {"recipient": {"id": meta.scoped()}, "message": {"text": "x"}}} if method == "POST" else {}
    moderator = meta.tokens.page_token(meta.sign_in(meta.person("Max Moderator")), meta.page.id)
    assert await meta.refusal(method, f"{meta.page.id}/{edge}", token=moderator, **body) == (200, 0)
    assert await meta.refusal(method, f"{meta.page.id}/{edge}", token=meta.user_token, **body) == (190, 0)
    meta.without("pages_messaging")
    assert await meta.refusal(method, f"{meta.page.id}/{edge}", **body) == (10, 0)
