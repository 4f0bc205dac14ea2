# SPDX-License-Identifier: Apache-2.0
"""The customers' pages: a wall or a conversation, seen and written on as one of the people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from falcon import HTTPForbidden, HTTPSeeOther
from falcon.asgi import Request, Response

from sealock_devkit.emulators.meta.content import Media, Post
from sealock_devkit.emulators.meta.deeds import Deed, DeedRefused, Deeds
from sealock_devkit.emulators.meta.domain import Domain
from sealock_devkit.emulators.meta.errors import GraphError
from sealock_devkit.emulators.meta.graph.params import Params, Upload, read_params
from sealock_devkit.emulators.meta.people import Account, Page, Person
from sealock_devkit.emulators.meta.web.rendering import Pages
from sealock_devkit.emulators.meta.web.views import Views

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
    """`/`: GET shows a place, POST does a deed there."""

    def __init__(self, domain: Domain, deeds: Deeds, pages: Pages) -> None:
        self._domain = domain
        self._world = domain.world
        self._deeds = deeds
        self._pages = pages
        self._views = Views(domain)

    async def on_get(self, req: Request, resp: Response) -> None:
        """The wall or the messages that `as`, `at` and `view` name."""
        params = await read_params(req)
        self._show(resp, self._place(params), "", {"deed": "", "target": "", "text": ""})

    async def on_post(self, req: Request, resp: Response) -> None:
        """Do what the form says; with a problem, show the page again with what was typed."""
        self._only_from_here(req)
        try:
            params = await read_params(req)
        except GraphError as error:
            raise HTTPForbidden(description=error.kind.message) from None
        place = self._place(params)
        draft = {name: params.get(name) for name in ("deed", "target", "text")}
        deed = Deed(place.person.id, place.account.id, draft["target"], _plain(draft["text"]), _picture(params))
        try:
            made = self._deeds.do(draft["deed"], deed)
        except DeedRefused as refusal:
            resp.status = 422
            self._show(resp, place, str(refusal), draft)
            return
        raise HTTPSeeOther(f"{place.query()}#{made}")

    def _place(self, params: Params) -> Place:
        customers = [person for person in self._world.people if not person.has_role] or list(self._world.people)
        person = self._world.people.get(params.get("as")) or customers[0]
        if params.get("name").strip():
            person = self._world.person_named(params.get("name").strip()[:60])
        account = self._world.account(params.get("at")) or self._world.accounts()[0]
        view = params.get("view")
        return Place(person, account, view if view in VIEWS else "wall")

    def _show(self, resp: Response, place: Place, problem: str, draft: dict[str, str]) -> None:
        on_facebook = isinstance(place.account, Page)
        self._pages.answer(
            resp,
            "customers.html",
            place=place,
            kind="facebook" if on_facebook else "instagram",
            people=[person for person in self._world.people if not person.has_role],
            accounts=self._world.accounts(),
            pages=self._world.pages,
            problem=problem,
            draft=draft,
            changes=self._world.changes,
            views=self._views,
            **self._content(place),
        )

    def _content(self, place: Place) -> dict[str, Any]:
        if place.view == "messages":
            conversation = self._domain.inboxes.conversation(place.account.id, place.person.id)
            found = self._domain.inboxes.messages(conversation) if conversation else []
            return {"messages": found, "posts": [], "stories": self._stories(place)}
        return {"messages": [], "posts": self._posts(place), "stories": []}

    def _posts(self, place: Place) -> list[Post | Media]:
        account_id = place.account.id
        if isinstance(place.account, Page):
            posts: list[Post | Media] = [each for each in self._world.posts if each.page_id == account_id]
        else:
            posts = [
                each
                for each in self._world.media
                if each.product_type != "STORY" and (each.owner_id == account_id or account_id in each.tagged)
            ]
        return [each for each in posts if not each.deleted][::-1][:SHOWN_POSTS]

    def _stories(self, place: Place) -> list[Media]:
        return [
            each
            for each in self._world.media
            if each.owner_id == place.account.id and each.product_type == "STORY" and not each.deleted
        ]

    def _only_from_here(self, req: Request) -> None:
        origin = req.get_header("Origin")
        if origin is not None and urlsplit(origin).netloc != req.netloc:
            raise HTTPForbidden(description="The form is of another site.")


class Changes:
    """`/changes`: how much has changed, so that a page knows when to show itself anew."""

    def __init__(self, domain: Domain) -> None:
        self._world = domain.world

    async def on_get(self, _: Request, resp: Response) -> None:
        """A number that rises."""
        resp.media = {"changes": self._world.changes}
        resp.cache_control = ["no-store"]


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").strip()


def _picture(params: Params) -> Upload | None:
    upload = params.files.get("picture")
    return upload if upload is not None and upload.data else None
