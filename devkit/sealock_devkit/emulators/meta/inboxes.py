# SPDX-License-Identifier: Apache-2.0
"""Messages between people and Pages (Messenger) or Instagram accounts."""

from __future__ import annotations

import secrets
from typing import Any

from sealock_devkit.emulators.meta.content import Conversation, Media, Message
from sealock_devkit.emulators.meta.webhooks.announcements import Announcements
from sealock_devkit.emulators.meta.world import World


class Inboxes:
    """Delivers, edits and takes back."""

    def __init__(self, world: World, announcements: Announcements) -> None:
        self._world = world
        self._announcements = announcements

    def conversation(self, owner_id: str, person_id: str) -> Conversation | None:
        """The conversation of a Page or account with a person, if there is one."""
        return next(
            (each for each in self._world.conversations if (each.owner_id, each.person_id) == (owner_id, person_id)),
            None,
        )

    def from_person(
        self,
        owner_id: str,
        person_id: str,
        text: str,
        *,
        attachments: list[dict[str, Any]] | None = None,
        reply_to: str = "",
        story: Media | None = None,
        story_kind: str = "reply_to",
        unsupported: bool = False,
    ) -> Message:
        """What a person sends: it opens the messaging window."""
        contact = self._world.contact(owner_id, person_id)
        contact.opened_at, contact.wrote = self._world.now(), True
        self._world.contacts.put(contact)
        message = self._new(owner_id, person_id, text, by_person=True)
        message.attachments = attachments or []
        message.reply_to = reply_to
        message.unsupported = unsupported
        if story is not None:
            message.story = {"kind": story_kind, "media": story.id}
            if story_kind == "mention":
                message.attachments = [{"type": "story_mention", "file": story.photo}]
        return self._deliver(message)

    def from_owner(
        self,
        owner_id: str,
        person_id: str,
        text: str,
        *,
        attachments: list[dict[str, Any]] | None = None,
        reply_to: str = "",
        metadata: str = "",
        app_id: str = "",
    ) -> Message:
        """What a Page or account sends: by the app, or (no `app_id`) by its people in its inbox."""
        message = self._new(owner_id, person_id, text, by_person=False)
        message.attachments = attachments or []
        message.reply_to = reply_to
        message.metadata = metadata
        message.app_id = app_id
        return self._deliver(message)

    def edit(self, message: Message, text: str) -> None:
        """Other words for a message."""
        message.text = text
        message.edits += 1
        self._world.messages.put(message)
        self._announcements.message_edited(self._world.conversations[message.conversation_id], message)
        self._world.changed()

    def take_back(self, message: Message) -> None:
        """Take a message back."""
        message.deleted = True
        self._world.messages.put(message)
        self._announcements.message_deleted(self._world.conversations[message.conversation_id], message)
        self._world.changed()

    def messages(self, conversation: Conversation) -> list[Message]:
        """The messages of a conversation, oldest first, also those that are gone."""
        return [each for each in self._world.messages if each.conversation_id == conversation.id]

    def _new(self, owner_id: str, person_id: str, text: str, *, by_person: bool) -> Message:
        conversation = self.conversation(owner_id, person_id) or self._begin(owner_id, person_id)
        prefix, length = ("m_", 64) if conversation.platform == "messenger" else ("aWdf", 120)
        return Message(f"{prefix}{secrets.token_urlsafe(length)}", conversation.id, by_person, text, self._world.now())

    def _begin(self, owner_id: str, person_id: str) -> Conversation:
        number = self._world.number("conversation", 2_200_100_000_000_001)
        messenger = owner_id in self._world.pages
        key = f"t_{number}" if messenger else f"aWdfZAG06{secrets.token_urlsafe(40)}"
        platform = "messenger" if messenger else "instagram"
        return self._world.conversations.put(Conversation(key, owner_id, person_id, platform, self._world.now()))

    def _deliver(self, message: Message) -> Message:
        self._world.messages.put(message)
        conversation = self._world.conversations[message.conversation_id]
        conversation.updated = message.created
        conversation.unread = conversation.unread + 1 if message.by_person else 0
        self._world.conversations.put(conversation)
        self._announcements.message(conversation, message)
        self._world.changed()
        return message
