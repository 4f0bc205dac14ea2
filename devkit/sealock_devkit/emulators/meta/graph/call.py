# SPDX-License-Identifier: Apache-2.0
"""One call of the Graph API: who makes it, and what they may do."""

from __future__ import annotations

from dataclasses import dataclass, field

from sealock_devkit.emulators.meta.domain import Domain
from sealock_devkit.emulators.meta.errors import refused
from sealock_devkit.emulators.meta.graph.params import Params
from sealock_devkit.emulators.meta.login_records import Grant, Token
from sealock_devkit.emulators.meta.people import InstagramAccount, Page
from sealock_devkit.emulators.meta.usage import Usage
from sealock_devkit.emulators.meta.world import World

FACEBOOK, INSTAGRAM = "facebook", "instagram"


@dataclass(slots=True)
class Call:
    """A call with a valid token (or the app's own), and its parameters."""

    domain: Domain
    usage: Usage
    host: str
    """`facebook` (graph.facebook.com) or `instagram` (graph.instagram.com)."""
    version: str
    method: str
    params: Params = field(repr=False)
    token: Token | None = field(default=None, repr=False)
    """None: the call is the app's own."""

    @property
    def world(self) -> World:
        """Everything there is."""
        return self.domain.world

    @property
    def grant(self) -> Grant:
        """What the token's person lets the app do. Raises `GraphError` for the app's own token."""
        if self.token is None:
            raise refused("permission")
        return self.world.grants[self.token.grant_id]

    @property
    def kind(self) -> str:
        """`app`, `user`, `page` or `instagram`."""
        return self.token.kind if self.token else "app"

    def need(self, *scopes: str) -> None:
        """Raise error 10 unless the person granted all these permissions."""
        missing = [scope for scope in scopes if scope not in self.grant.scopes]
        if missing:
            raise refused(
                "permission",
                f"(#10) This endpoint requires the '{missing[0]}' permission or the 'Page Public Content Access' "
                "feature. Refer to https://developers.facebook.com/docs/apps/review/login-permissions for details.",
            )

    def need_to_write(self, scope: str) -> None:
        """Raise error 200 unless the person granted this permission."""
        if scope not in self.grant.scopes:
            raise refused("scope", f"(#200) Requires {scope} permission to manage the object.")

    def need_task(self, page: Page, task: str) -> None:
        """Raise error 200 unless the token's person has the task on the Page."""
        if task not in page.tasks.get(self.grant.person_id, []):
            raise refused("scope", f"(#200) The user must have the {task} task on the Page.")

    def need_instagram(self, what: str, *, write: bool = False) -> None:
        """The same for Instagram: `basic`, `manage_comments`, `manage_messages`, by the kind of login."""
        scope = f"instagram_business_{what}" if self.kind == "instagram" else f"instagram_{what}"
        if write:
            self.need_to_write(scope)
        else:
            self.need(scope)

    def need_page_token(self, page: Page) -> None:
        """Raise error 190 unless the token is this Page's own."""
        if self.kind == "page" and self.token is not None and self.token.page_id == page.id:
            return
        if self.kind == "page":
            raise refused("permission")
        raise refused("malformed", "(#190) This method must be called with a Page Access Token")

    def sees_page(self, page: Page) -> bool:
        """Whether the token gives access to the Page."""
        if self.token is None:
            return False
        if self.kind == "page":
            return self.token.page_id == page.id
        return self.kind == "user" and page.id in self.grant.page_ids and self.grant.person_id in page.tasks

    def sees_instagram(self, account: InstagramAccount) -> bool:
        """Whether the token gives access to the Instagram account."""
        if self.token is None:
            return False
        if self.kind == "instagram":
            return account.id in self.grant.instagram_ids
        if self.kind == "page":
            return account.page_id == self.token.page_id
        return account.id in self.grant.instagram_ids

    def own_instagram(self) -> InstagramAccount:
        """The account of a token of Instagram Login."""
        return self.world.instagrams[self.grant.instagram_ids[0]]
