# SPDX-License-Identifier: Apache-2.0
"""Conversations and their messages, of Messenger and of Instagram."""

from __future__ import annotations

from typing import Any

from sealock_devkit.emulators.meta.graph.call import PACE_SECONDS, Call
from sealock_devkit.emulators.meta.graph.errors import bad_parameter, refused
from sealock_devkit.emulators.meta.graph.nodes import ABSENT, Edge, Entry, Field, Listing, NodeType
from sealock_devkit.emulators.meta.graph.params import Params
from sealock_devkit.emulators.meta.graph.profiles import picture_url
from sealock_devkit.emulators.meta.records import Account, Conversation, InstagramAccount, Message, Page
from sealock_devkit.emulators.meta.settings import graph_time

READABLE_INSTAGRAM_MESSAGES = 20
PLATFORMS = ("messenger", "instagram")


def owner_for(call: Call, node: Account, platform: str) -> Account:
    """Whose inbox a call means: the Page's own, its Instagram account's, or the account of Instagram Login."""
    if isinstance(node, InstagramAccount):
        if platform == "messenger":
            raise bad_parameter("param platform must be instagram")
        return node
    if platform not in PLATFORMS:
        raise bad_parameter("param platform must be one of {INSTAGRAM, MESSENGER}")
    if platform == "messenger":
        return node
    account = call.store.instagrams.get(node.instagram_id)
    if account is None:
        raise bad_parameter("The Page is not linked to an Instagram account")
    return account


def need_messaging(call: Call, owner: Account) -> None:
    """Raise `GraphError` unless the token may read and send messages there."""
    if isinstance(owner, Page):
        call.need_page_token(owner)
        call.need("pages_messaging")
        call.need_task(owner, "MESSAGING")
        return
    if call.kind != "instagram":
        page = call.store.pages[owner.page_id]
        call.need_page_token(page)
        call.need_task(page, "MESSAGING")
    call.need_instagram("manage_messages")
    if not owner.allows_messages:
        raise refused("messages_off")


def _pace(call: Call, owner_id: str) -> None:
    limit = call.store.settings.conversation_calls_per_second * PACE_SECONDS
    call.usage.pace("conversations", owner_id, limit, PACE_SECONDS)


def _read_conversations(call: Call, node: Account, params: Params) -> Listing:
    platform = params.get("platform").lower() or ("messenger" if isinstance(node, Page) else "instagram")
    owner = owner_for(call, node, platform)
    need_messaging(call, owner)
    _pace(call, owner.id)
    user_id = params.get("user_id")
    entries = [
        Entry([-each.updated, each.id], each)
        for each in call.store.conversations
        if each.owner_id == owner.id and (not user_id or _scoped(call, each) == user_id)
    ]
    return Listing(sorted(entries, key=lambda entry: entry.key))


CONVERSATIONS = Edge(_read_conversations, "UnifiedThread", frozenset({"platform", "user_id", "folder"}))


def _scoped(call: Call, conversation: Conversation) -> str:
    return call.store.contact(conversation.owner_id, conversation.person_id).scoped_id


def _person(call: Call, conversation: Conversation) -> dict[str, Any]:
    person = call.store.people[conversation.person_id]
    scoped_id = _scoped(call, conversation)
    if conversation.platform == "instagram":
        return {"id": scoped_id, "username": person.username}
    return {"id": scoped_id, "name": person.name, "email": f"{scoped_id}@facebook.com"}


def _owner(call: Call, conversation: Conversation) -> dict[str, Any]:
    owner = call.store.account(conversation.owner_id)
    if isinstance(owner, Page):
        return {"id": owner.id, "name": owner.name, "email": f"{owner.id}@facebook.com"}
    assert owner is not None
    return {"id": owner.id, "username": owner.username}


def _read_messages(call: Call, conversation: Conversation, _: Params) -> Listing:
    _pace(call, conversation.owner_id)
    found = call.emulator.inboxes.messages(conversation)
    if conversation.platform == "instagram":
        found = found[-READABLE_INSTAGRAM_MESSAGES:]
    first = len(call.emulator.inboxes.messages(conversation)) - len(found)
    entries = [Entry([-(first + at), each.id], None if each.deleted else each) for at, each in enumerate(found)]
    return Listing(entries[::-1])


def is_readable(call: Call, message: Message) -> bool:
    """Whether a message is there, and among those that Instagram still gives details of."""
    conversation = call.store.conversations[message.conversation_id]
    if message.deleted:
        return False
    if conversation.platform == "messenger":
        return True
    newest = call.emulator.inboxes.messages(conversation)[-READABLE_INSTAGRAM_MESSAGES:]
    return any(each.id == message.id for each in newest)


def _snippet(call: Call, conversation: Conversation) -> str:
    messages = [each for each in call.emulator.inboxes.messages(conversation) if not each.deleted]
    return messages[-1].text[:100] if messages else ""


def _link(_: Call, conversation: Conversation) -> Any:
    if conversation.platform == "instagram":
        return ABSENT
    return f"/{conversation.owner_id}/inbox/{conversation.id.removeprefix('t_')}/?section=messages"


CONVERSATION = NodeType(
    "UnifiedThread",
    {
        "id": Field(lambda _, thread: thread.id, default=True),
        "link": Field(_link, default=True),
        "updated_time": Field(lambda _, thread: graph_time(thread.updated), default=True),
        "participants": Field(lambda call, thread: {"data": [_person(call, thread), _owner(call, thread)]}),
        "senders": Field(lambda call, thread: {"data": [_person(call, thread), _owner(call, thread)]}),
        "unread_count": Field(lambda _, thread: thread.unread),
        "message_count": Field(lambda call, thread: len(call.emulator.inboxes.messages(thread))),
        "snippet": Field(_snippet),
        "can_reply": Field(lambda *_: True),
        "folder": Field(lambda *_: "inbox"),
    },
    edges={"messages": Edge(_read_messages, "Message")},
    brief=("id", "link"),
)


def _conversation(call: Call, message: Message) -> Conversation:
    return call.store.conversations[message.conversation_id]


def _from(call: Call, message: Message) -> dict[str, Any]:
    return (_person if message.by_person else _owner)(call, _conversation(call, message))


def _to(call: Call, message: Message) -> dict[str, Any]:
    return {"data": [(_owner if message.by_person else _person)(call, _conversation(call, message))]}


def _attachments(call: Call, message: Message) -> Any:
    found = [_attachment(call, at, each) for at, each in enumerate(message.attachments) if "file" in each]
    found += [told for at, each in enumerate(message.attachments) if (told := _told(at, each))]
    found = [each for each in found if each]
    return {"data": found} if found else ABSENT


def _attachment(call: Call, at: int, attachment: dict[str, Any]) -> dict[str, Any]:
    if attachment["type"] == "story_mention":
        return {}
    file = call.store.files[attachment["file"]]
    url = call.emulator.cdn.link(file.id)
    answer: dict[str, Any] = {"id": f"{file.id}{at}", "mime_type": file.content_type, "name": file.name}
    answer["size"] = file.size
    size = {"width": file.width, "height": file.height}
    if file.kind == "image":
        image = {**size, "max_width": file.width, "max_height": file.height, "url": url, "preview_url": url}
        return {**answer, "image_data": image}
    if file.kind == "video":
        return {**answer, "video_data": {**size, "length": 0, "url": url, "preview_url": url}}
    return {**answer, "file_url": url}


def _told(at: int, attachment: dict[str, Any]) -> dict[str, Any]:
    """A sticker or a card, as conversations tell it."""
    payload = attachment.get("payload") or {}
    if attachment["type"] == "sticker":
        image = {"url": payload.get("url", ""), "preview_url": payload.get("url", ""), "render_as_sticker": True}
        return {"id": f"8{at}", "mime_type": "image/png", "sticker_id": payload.get("sticker_id"), "image_data": image}
    if attachment["type"] == "template":
        first = (payload.get("elements") or [{}])[0]
        card = {"title": first.get("title", ""), "subtitle": first.get("subtitle", "")}
        return {"id": f"8{at}", "generic_template": card}
    return {}


def _share(attachment: dict[str, Any]) -> dict[str, Any]:
    payload = attachment.get("payload") or {}
    told = {
        "link": payload.get("url") or attachment.get("url"),
        "name": payload.get("title") or attachment.get("title"),
    }
    return {name: value for name, value in told.items() if value}


def _shares(_: Call, message: Message) -> Any:
    told = [each for each in message.attachments if "file" not in each and each["type"] not in {"sticker", "template"}]
    links = list(map(_share, told))
    return {"data": links} if links else ABSENT


def _sticker(_: Call, message: Message) -> Any:
    stickers = [each for each in message.attachments if each["type"] == "sticker"]
    return stickers[0]["payload"].get("url", "") if stickers else ABSENT


def _story(call: Call, message: Message) -> Any:
    if not message.story:
        return ABSENT
    media = call.store.media[message.story["media"]]
    story: dict[str, Any] = {"link": call.emulator.cdn.link(media.photo), "id": media.id}
    return {message.story["kind"]: story}


MESSAGE = NodeType(
    "Message",
    {
        "id": Field(lambda _, message: message.id, default=True),
        "created_time": Field(lambda _, message: graph_time(message.created), default=True),
        "from": Field(_from),
        "to": Field(_to),
        "message": Field(lambda _, message: message.text),
        "attachments": Field(_attachments),
        "shares": Field(_shares),
        "sticker": Field(_sticker),
        "story": Field(_story),
        "reply_to": Field(lambda _, message: {"mid": message.reply_to} if message.reply_to else ABSENT),
        "is_unsupported": Field(lambda _, message: message.unsupported or ABSENT),
        "tags": Field(lambda *_: {"data": [{"name": "inbox"}]}),
    },
)


def _contact_name(call: Call, contact: Any) -> str:
    return call.store.people[contact.person_id].name


MESSENGER_USER = NodeType(
    "UserContext",
    {
        "id": Field(lambda _, contact: contact.scoped_id, default=True),
        "name": Field(_contact_name, default=True),
        "first_name": Field(lambda call, contact: _contact_name(call, contact).split()[0], default=True),
        "last_name": Field(
            lambda call, contact: " ".join(_contact_name(call, contact).split()[1:]) or ABSENT, default=True
        ),
        "profile_pic": Field(lambda call, contact: picture_url(call, contact.person_id), default=True),
    },
)
INSTAGRAM_USER = NodeType(
    "IGMessagingUser",
    {
        "id": Field(lambda _, contact: contact.scoped_id, default=True),
        "name": Field(_contact_name, default=True),
        "username": Field(lambda call, contact: call.store.people[contact.person_id].username, default=True),
        "profile_pic": Field(lambda call, contact: picture_url(call, contact.person_id)),
        "follower_count": Field(lambda *_: 12),
        "is_verified_user": Field(lambda *_: False),
        "is_user_follow_business": Field(lambda *_: False),
        "is_business_follow_user": Field(lambda *_: False),
    },
)
