# SPDX-License-Identifier: Apache-2.0
"""
What messages have besides their words: files, and things that are said in a few words with their title and link.

The kinds are those of Meta's pages on the conversations' messages, and on what webhooks call the same things. Whatever
else comes is said by its type: nothing is left out silently.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sealock_connector import Text
from sealock_connector.localisation import Words, as_written
from sealock_origins.meta.graph import elements, flag, mapping, objects, text

_MOST_TITLE_CHARS = 300
_MOST_LINK_CHARS = 2_000
_MOST_TYPE_CHARS = 40
_ENDINGS = {"image": "jpg", "video": "mp4", "audio": "m4a", "file": "bin"}
_CONTENT_TYPES = {"image": "image/jpeg", "video": "video/mp4", "audio": "audio/mp4"}

FILE_WORDS: Mapping[str, Text] = {
    "image": Text("a picture"),
    "video": Text("a video"),
    "audio": Text("a voice message"),
    "file": Text("a file"),
}
_SHARED = Text("shared")
_LIKE, _HEART, _STICKER = Text("a like"), Text("a heart"), Text("a sticker")
_GIF = Text("an animated picture")
_MENTION, _STORY_ANSWER = Text("mentioned you in a story"), Text("an answer to your story")
_STORY, _REEL = Text("a story"), Text("a reel")
_POST, _INSTAGRAM_POST = Text("a Facebook post"), Text("an Instagram post")
_APPOINTMENT, _PRODUCT, _LOCATION = Text("an appointment"), Text("a product"), Text("a location")
_CARD, _ALBUM, _AD = Text("a card with buttons"), Text("an album"), Text("came from the ad")
_VANISHES = Text("a picture or video that disappears after it was seen")
_NOT_SHOWN = Text("something that cannot be shown here")
NOTHING_WRITTEN = Text("nothing written")
TAGGED = Text("tagged in a post")
KIND_WORDS: Mapping[str, Text] = {
    "animated_image": _GIF,
    "animated_image_share": _GIF,
    "animated_image_video": _GIF,
    "appointment": _APPOINTMENT,
    "appointment_booking": _APPOINTMENT,
    "album": _ALBUM,
    "carousel": _ALBUM,
    "catalog": _PRODUCT,
    "ephemeral": _VANISHES,
    "fallback": _SHARED,
    "gif": _GIF,
    "heart": _HEART,
    "ig_post": _INSTAGRAM_POST,
    "ig_reel": _REEL,
    "ig_story": _STORY,
    "like": _LIKE,
    "like_heart": _HEART,
    "link": _SHARED,
    "location": _LOCATION,
    "media_share": _INSTAGRAM_POST,
    "post": _POST,
    "product": _PRODUCT,
    "reel": _REEL,
    "share": _SHARED,
    "sticker": _STICKER,
    "story": _STORY,
    "story_mention": _MENTION,
    "story_reply": _STORY_ANSWER,
    "story_share": _STORY,
    "template": _CARD,
    "unsupported": _NOT_SHOWN,
    "unsupported_type": _NOT_SHOWN,
}
"""What each kind is called; those of `FILE_WORDS` are files where there is a link to one."""
_RECOMMENDS = {"positive": Text("recommends the Page"), "negative": Text("does not recommend the Page")}
_LIKES = {"369239263222822", "369239343222814", "369239383222810"}
"""Messenger's thumbs up, in three sizes: stickers with these ids."""


@dataclass(frozen=True, slots=True)
class MessageFile:
    """A file of a message."""

    kind: str
    """`image`, `video`, `audio` or `file`."""
    name: str = ""
    content_type: str = ""
    url: str = field(default="", repr=False)
    """A link that works for a short time."""

    def file_name(self, number: int) -> str:
        """A name with an ending; `number` counts the message's files from 0."""
        if "." in self.name:
            return self.name[-127:]
        return f"{self.name or self.kind}-{number + 1}.{_ENDINGS[self.kind]}"[-127:]

    @property
    def type_or_guess(self) -> str:
        """The content type."""
        return self.content_type or _CONTENT_TYPES.get(self.kind, "application/octet-stream")


@dataclass(frozen=True, slots=True)
class Note:
    """Something that is no file: what it is, its title, and where it is."""

    what: Text
    title: str = ""
    link: str = field(default="", repr=False)

    def said(self, words: Words = as_written) -> str:
        """The note in brackets, in the language of `words`."""
        about = ", ".join(filter(None, [self.title, self.link]))
        return f"({words(self.what)}: {about})" if about else f"({words(self.what)})"


NOT_SHOWN = Note(_NOT_SHOWN)
"""There is something, and nothing of it is told."""


def recommendation(kind: str, stars: Any) -> Note:
    """What somebody says of a Page: by the kind of the recommendation, or with the stars of older ones."""
    if told := _RECOMMENDS.get(kind.lower()):
        return Note(told)
    rated = isinstance(stars, int) and not isinstance(stars, bool)
    return Note(Text("rates the Page with {stars} of 5", stars=stars) if rated else Text("reviews the Page"))


def link(raw: Any) -> str:
    """A web address; empty for anything else."""
    found = text(raw)
    usable = found.lower().startswith(("https://", "http://")) and len(found) <= _MOST_LINK_CHARS
    return found if usable and not any(letter.isspace() for letter in found) else ""


def first_link(*raws: Any) -> str:
    """The first web address among these; empty where none is."""
    return next(filter(None, map(link, raws)), "")


def title(*raws: Any) -> str:
    """The texts in one line each, joined, at most 300 characters."""
    lines = (" ".join(text(raw).split()) for raw in raws)
    return ", ".join(dict.fromkeys(filter(None, lines)))[:_MOST_TITLE_CHARS]


def kind_words(kind: str) -> Text:
    """What a kind is called; one that is not known by its type."""
    known = KIND_WORDS.get(kind) or FILE_WORDS.get(kind)
    if known:
        return known
    name = " ".join("".join(each if each.isprintable() else " " for each in kind).split())[:_MOST_TYPE_CHARS]
    return Text("something of the type {kind}", kind=name) if name else _NOT_SHOWN


def told_files(raw: Mapping[str, Any]) -> Iterator[MessageFile]:
    """The files of a message of the Graph API, in its order."""
    for item in elements(raw.get("attachments")):
        found = _told_file(item)
        if found.url and not _is_sticker(item):
            yield found


def told_notes(raw: Mapping[str, Any]) -> Iterator[Note]:
    """What else a message of the Graph API has."""
    seen: set[str] = set()
    for item in elements(raw.get("attachments")):
        if _is_sticker(item):
            seen.add("sticker")
            yield _sticker(item, _told_file(item).url)
        elif not _told_file(item).url:
            yield _told_card(item)
    for item in elements(raw.get("shares")):
        yield _told_share(item)
    if raw.get("sticker") and "sticker" not in seen:
        yield Note(_STICKER, link=link(raw.get("sticker")))
    yield from _story_notes(raw)
    if flag(raw.get("is_unsupported")):
        yield NOT_SHOWN


def _told_file(item: Mapping[str, Any]) -> MessageFile:
    kind, url = "file", link(item.get("file_url"))
    for name, each in (("image_data", "image"), ("video_data", "video")):
        if data := mapping(item.get(name)):
            kind = each
            url = first_link(data.get("url"), data.get("src"), data.get("animated_gif_url"), data.get("preview_url"))
    content_type = text(item.get("mime_type"))
    if kind == "file" and content_type.partition("/")[0] in FILE_WORDS:
        kind = content_type.partition("/")[0]
    return MessageFile(kind, text(item.get("name")), content_type, url)


def _is_sticker(item: Mapping[str, Any]) -> bool:
    told = (item, mapping(item.get("image_data")), mapping(item.get("payload")))
    return text(item.get("type")) == "sticker" or any(
        each.get("sticker_id") or each.get("render_as_sticker") is True for each in told
    )


def _sticker(item: Mapping[str, Any], url: str) -> Note:
    told = (item, mapping(item.get("image_data")), mapping(item.get("payload")))
    ids = {str(each["sticker_id"]) for each in told if each.get("sticker_id")}
    return Note(_LIKE) if ids & _LIKES else Note(_STICKER, link=url)


def _told_card(item: Mapping[str, Any]) -> Note:
    """An attachment without a file: a card, or something of a type that is said."""
    card = mapping(item.get("generic_template")) or mapping(item.get("template"))
    call = mapping(card.get("cta"))
    where = first_link(item.get("url"), call.get("url"), card.get("url"), card.get("media_url"))
    named = title(item.get("title"), item.get("name"), card.get("title"), card.get("subtitle"))
    kind = text(item.get("type"))
    if card and not kind:
        return Note(_CARD, named, where)
    family = text(item.get("mime_type")).partition("/")[0]
    return Note(kind_words(kind or (family if family in FILE_WORDS else "file")), named, where)


def _told_share(item: Mapping[str, Any]) -> Note:
    """A shared thing; a product or card has elements of its own."""
    card = mapping(item.get("template"))
    inside = [*objects(mapping(card.get("payload")).get("elements")), *objects(card.get("elements"))]
    where = first_link(item.get("link"), item.get("url"), *map(_element_link, inside))
    named = title(item.get("name"), item.get("title"), item.get("description"), *(each.get("title") for each in inside))
    kind = text(item.get("type"))
    if not kind and not named and not where:
        return Note(Text("shared something of which Meta shows nothing"))
    return Note(kind_words(kind) if kind else _SHARED, named, where)


def _story_notes(raw: Mapping[str, Any]) -> Iterator[Note]:
    """What a message has to do with stories, and with the ad that it came from."""
    story, replied = mapping(raw.get("story")), mapping(mapping(raw.get("reply_to")).get("story"))
    if "mention" in story:
        yield Note(_MENTION, link=link(mapping(story.get("mention")).get("link")))
    if "reply_to" in story or replied:
        answered = mapping(story.get("reply_to"))
        yield Note(_STORY_ANSWER, link=first_link(answered.get("link"), replied.get("url"), replied.get("link")))
    referral = mapping(raw.get("referral"))
    if ad := mapping(referral.get("ads_context_data")):
        yield Note(_AD, title(ad.get("ad_title")), first_link(ad.get("video_url"), ad.get("photo_url")))
    if product := mapping(referral.get("product")):
        yield Note(_PRODUCT, title(product.get("title"), str(product.get("id") or "")))


def _element_link(element: Mapping[str, Any]) -> str:
    pages = (element.get("item_url"), element.get("url"), mapping(element.get("default_action")).get("url"))
    return first_link(*pages, element.get("media_url"), element.get("image_url"))
