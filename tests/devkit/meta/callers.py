# SPDX-License-Identifier: Apache-2.0
"""An app that calls the emulator, and people who write there."""

from __future__ import annotations

from typing import Any

import httpx2

from sealock_devkit.emulators.meta.actions import Action
from sealock_devkit.emulators.meta.app import MetaSite
from sealock_devkit.emulators.meta.files import Upload, plain_picture
from sealock_devkit.emulators.meta.records import (
    Comment,
    InstagramAccount,
    Media,
    MediaComment,
    Message,
    Page,
    Person,
    Post,
    Token,
)
from sealock_devkit.emulators.meta.settings import FACEBOOK_SCOPES, INSTAGRAM_SCOPES

NOON = 1_795_348_800.0
VERSION = "v26.0"
PICTURE = Upload("harbour.png", "image/png", plain_picture("harbour", size=16))


class Meta:
    """The emulator, with everything at hand. Calls are made with the Page's token unless a test says otherwise."""

    def __init__(self, site: MetaSite, http: httpx2.AsyncClient) -> None:
        self.site = site
        self.http = http
        self.store = site.store
        self.tokens = site.emulator.tokens
        self.owner = self.person("Olivia Owner")
        self.user_token = self.sign_in(self.owner)
        self.page, self.other_page = list(self.store.pages)
        self.instagram = self.store.instagrams[self.page.instagram_id]
        self.page_token = self.tokens.page_token(self.user_token, self.page.id)
        self.instagram_token = self.sign_in_on_instagram(self.instagram)

    def person(self, name: str) -> Person:
        return self.store.person_named(name)

    def sign_in(self, person: Person, scopes=FACEBOOK_SCOPES, *, long_lived: bool = True) -> Token:
        pages = [page.id for page in self.site.logins.pages_of(person)]
        instagrams = [account.id for account in self.site.logins.instagrams_of(person)]
        grant = self.site.logins.facebook(person, scopes, pages=pages, instagrams=instagrams)
        return self.tokens.issue("user", grant, long_lived=long_lived)

    def sign_in_on_instagram(
        self, account: InstagramAccount, scopes=INSTAGRAM_SCOPES, *, long_lived: bool = True
    ) -> Token:
        return self.tokens.issue("instagram", self.site.logins.instagram(account, scopes), long_lived=long_lived)

    def without(self, *scopes: str) -> None:
        for grant in self.store.grants:
            grant.scopes = [scope for scope in grant.scopes if scope not in scopes]
            self.store.grants.put(grant)

    async def call(
        self, method: str, path: str, *, token: Token | str | None = None, version: str = VERSION, **more: Any
    ) -> httpx2.Response:
        value = token.id if isinstance(token, Token) else self.page_token.id if token is None else token
        host = "graph.instagram.com" if value.startswith("IG") else "graph.facebook.com"
        headers = {"authorization": f"Bearer {value}"} if value else {}
        if kind := more.pop("kind", ""):
            headers["content-type"] = kind
        return await self.http.request(
            method, f"{self.site.host(host)}/{version}/{path}".rstrip("/"), headers=headers, **more
        )

    async def get(self, path: str, *, token: Token | str | None = None, **query: Any) -> dict[str, Any]:
        answer = await self.call("GET", path, token=token, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def post(self, path: str, *, token: Token | str | None = None, **body: Any) -> dict[str, Any]:
        answer = await self.call("POST", path, token=token, json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def refusal(self, method: str, path: str, *, token: Token | str | None = None, **more: Any) -> tuple:
        """Code and subcode of a refusal."""
        answer = await self.call(method, path, token=token, **more)
        error = answer.json()["error"]
        assert answer.status_code >= 400
        assert {"message", "type", "code", "fbtrace_id"} <= set(error)
        return error["code"], error.get("error_subcode", 0)

    async def whole_list(self, path: str, *, token: Token | str | None = None, **query: Any) -> list[dict[str, Any]]:
        """All entries of a list, page by page, until no page names a next."""
        page = await self.get(path, token=token, **query)
        found = list(page["data"])
        while address := page.get("paging", {}).get("next"):
            answer = await self.http.get(address)
            assert answer.status_code == 200, answer.text
            page = answer.json()
            found += page["data"]
        return found

    def do(
        self, name: str, *, person: str = "Ann Example", account: Page | InstagramAccount | None = None, **more: Any
    ):
        return self.site.actions.do(name, Action(person, (account or self.page).id, **more))

    def visitor_post(self, text: str = "Lovely place!", **more: Any) -> Post:
        return self.store.posts[self.do("post", text=text, **more)]

    def comment(self, on: Post | Comment, text: str = "Open on Sunday?", **more: Any) -> Comment:
        return self.store.comments[self.do("comment", target=on.id, text=text, **more)]

    def media_comment(self, on: Media | MediaComment, text: str = "How much?", **more: Any) -> MediaComment:
        return self.store.media_comments[self.do("comment", target=on.id, text=text, **more)]

    def message(self, text: str = "Hello", **more: Any) -> Message:
        return self.store.messages[self.do("message", text=text, **more)]

    def scoped(self, name: str = "Ann Example", account: Page | InstagramAccount | None = None) -> str:
        return self.store.contact((account or self.page).id, self.person(name).id).scoped_id

    @property
    def page_post(self) -> Post:
        return next(post for post in self.store.posts if post.author_id == self.page.id)

    @property
    def media(self) -> Media:
        return next(each for each in self.store.media if each.owner_id == self.instagram.id)

    @property
    def story(self) -> Media:
        mine = [each for each in self.store.media if each.owner_id == self.instagram.id]
        return next(each for each in mine if each.product_type == "STORY")
