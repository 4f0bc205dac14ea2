# SPDX-License-Identifier: Apache-2.0
"""The customers' pages: a wall or a conversation, seen and written on as one of the people, and permalinks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from falcon import HTTPForbidden, HTTPNotFound, HTTPSeeOther
from falcon.asgi import Request, Response

from sealock_devkit.emulators.meta.actions import Action, ActionRefused, Actions
from sealock_devkit.emulators.meta.emulator import Emulator
from sealock_devkit.emulators.meta.files import Upload, plain_picture
from sealock_devkit.emulators.meta.graph.errors import GraphError
from sealock_devkit.emulators.meta.graph.params import Params, read_params
from sealock_devkit.emulators.meta.records import Account, Media, Page, Person, Post
from sealock_devkit.emulators.meta.web.rendering import Pages, Views

VIEWS = ("wall", "messages")
SHOWN_POSTS = 30


@dataclass(frozen=True, slots=True)
class Place:
    """Who looks at what."""

    person: Person
    account: Account
    view: str

    def query(self, **others: str) -> str:
        """The address of this place."""
        return "/?" + urlencode({"as": self.person.id, "at": self.account.id, "view": self.view, **others})


class CustomersPage:
    """`/`: GET shows a place, POST does a action there."""

    def __init__(self, emulator: Emulator, actions: Actions, pages: Pages, *, switches: bool) -> None:
        """With `switches` it leads to the page on which one says what is refused."""
        self._emulator = emulator
        self._switches = switches
        self._store = emulator.store
        self._actions = actions
        self._pages = pages
        self._views = Views(emulator)

    async def on_get(self, req: Request, resp: Response) -> None:
        """The wall or the messages that `as`, `at` and `view` name."""
        params = await read_params(req)
        self._show(resp, self._place(params), "", {"action": "", "target": "", "text": ""})

    async def on_post(self, req: Request, resp: Response) -> None:
        """Do what the form says; with a problem, show the page again with what was typed."""
        only_from_here(req)
        try:
            params = await read_params(req)
        except GraphError as error:
            raise HTTPForbidden(description=error.kind.message) from None
        place = self._place(params)
        draft = {name: params.get(name) for name in ("action", "target", "text")}
        action = Action(place.person.id, place.account.id, draft["target"], _plain(draft["text"]), _picture(params))
        try:
            made = self._actions.do(draft["action"], action)
        except ActionRefused as refusal:
            resp.status = 422
            self._show(resp, place, str(refusal), draft)
            return
        raise HTTPSeeOther(f"{place.query()}#{made}")

    def _place(self, params: Params) -> Place:
        customers = [person for person in self._store.people if not person.has_role] or list(self._store.people)
        person = self._store.people.get(params.get("as")) or customers[0]
        if params.get("name").strip():
            person = self._store.person_named(params.get("name").strip()[:60])
        account = self._store.account(params.get("at")) or self._store.accounts()[0]
        view = params.get("view")
        return Place(person, account, view if view in VIEWS else "wall")

    def _show(self, resp: Response, place: Place, problem: str, draft: dict[str, str]) -> None:
        on_facebook = isinstance(place.account, Page)
        self._pages.answer(
            resp,
            "customers.html",
            place=place,
            kind="facebook" if on_facebook else "instagram",
            people=[person for person in self._store.people if not person.has_role],
            accounts=self._store.accounts(),
            pages=self._store.pages,
            problem=problem,
            switches=self._switches,
            draft=draft,
            changes=self._store.changes,
            views=self._views,
            **self._content(place),
        )

    def _content(self, place: Place) -> dict[str, Any]:
        if place.view == "messages":
            conversation = self._emulator.inboxes.conversation(place.account.id, place.person.id)
            found = self._emulator.inboxes.messages(conversation) if conversation else []
            return {"messages": found, "posts": [], "stories": self._stories(place)}
        return {"messages": [], "posts": self._posts(place), "stories": []}

    def _posts(self, place: Place) -> list[Post | Media]:
        account_id = place.account.id
        if isinstance(place.account, Page):
            posts: list[Post | Media] = [each for each in self._store.posts if each.page_id == account_id]
        else:
            posts = [
                each
                for each in self._store.media
                if each.product_type != "STORY" and (each.owner_id == account_id or account_id in each.tagged)
            ]
        return [each for each in posts if not each.deleted][::-1][:SHOWN_POSTS]

    def _stories(self, place: Place) -> list[Media]:
        return [
            each
            for each in self._store.media
            if each.owner_id == place.account.id and each.product_type == "STORY" and not each.deleted
        ]


class Changes:
    """`/changes`: how much has changed, so that a page knows when to show itself anew."""

    def __init__(self, emulator: Emulator) -> None:
        self._store = emulator.store

    async def on_get(self, _: Request, resp: Response) -> None:
        """A number that rises."""
        resp.media = {"changes": self._store.changes}
        resp.cache_control = ["no-store"]


def only_from_here(req: Request) -> None:
    """Refuse a form of another site."""
    origin = req.get_header("Origin")
    if origin is not None and urlsplit(origin).netloc != req.netloc:
        raise HTTPForbidden(description="The form is of another site.")


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").strip()


def _picture(params: Params) -> Upload | None:
    upload = params.files.get("picture")
    return upload if upload is not None and upload.data else None


class Permalinks:
    """Pages of one post, one conversation, one account."""

    def __init__(self, emulator: Emulator, pages: Pages) -> None:
        self._emulator = emulator
        self._store = emulator.store
        self._pages = pages
        self._views = Views(emulator)

    async def on_get_post(self, req: Request, resp: Response, key: str, number: str) -> None:
        """A post on a Page's wall with its comments; `comment_id` marks one."""
        post = self._store.posts.get(f"{key}_{number}")
        if post is None or post.deleted:
            raise HTTPNotFound
        marked = req.get_param("reply_comment_id") or req.get_param("comment_id") or ""
        self._check(f"{number}_{marked}" if marked else "")
        self._show(resp, "facebook", self._store.pages[key].name, posts=[post])

    async def on_get_page(self, _: Request, resp: Response, key: str) -> None:
        """A Page's wall."""
        page = self._store.pages.get(key)
        if page is None:
            raise HTTPNotFound
        posts = [post for post in self._store.posts if post.page_id == key and not post.deleted]
        self._show(resp, "facebook", page.name, posts=posts[::-1])

    async def on_get_inbox(self, _: Request, resp: Response, key: str, number: str) -> None:
        """A conversation in a Page's inbox."""
        conversation = self._store.conversations.get(f"t_{number}")
        if conversation is None or conversation.owner_id != key:
            raise HTTPNotFound
        person = self._store.people[conversation.person_id]
        messages = self._emulator.inboxes.messages(conversation)
        self._show(resp, "facebook", f"{person.name} and {self._store.pages[key].name}", messages=messages)

    async def on_get_media(self, _: Request, resp: Response, shortcode: str, comment_id: str = "") -> None:
        """A post on Instagram with its comments."""
        media = self._media(shortcode)
        comment = self._store.media_comments.get(comment_id)
        if comment_id and (comment is None or comment.deleted or comment.media_id != media.id):
            raise HTTPNotFound
        self._show(resp, "instagram", self._views.author(media), posts=[media])

    async def on_get_direct(self, _: Request, resp: Response) -> None:
        """Instagram's inbox: which conversations there are, is nobody's business here."""
        self._show(resp, "instagram", "Direct messages")

    def _media(self, shortcode: str) -> Media:
        for media in self._store.media:
            if media.shortcode == shortcode and not media.deleted:
                return media
        raise HTTPNotFound

    def _check(self, comment_id: str) -> None:
        comment = self._store.comments.get(comment_id)
        if comment_id and (comment is None or comment.deleted):
            raise HTTPNotFound

    def _show(self, resp: Response, kind: str, title: str, **content: Any) -> None:
        shown = {"posts": [], "messages": [], **content}
        self._pages.answer(resp, "permalink.html", kind=kind, title=title, views=self._views, **shown)


class Picture:
    """`/pictures/{key}.png`: the picture of a person or account."""

    def __init__(self) -> None:
        self._made: dict[str, bytes] = {}

    async def on_get(self, _: Request, resp: Response, key: str) -> None:
        """A picture in colours of its own."""
        if len(self._made) > 1_000:
            self._made.clear()
        if key not in self._made:
            self._made[key] = plain_picture(key)
        resp.content_type = "image/png"
        resp.data = self._made[key]
